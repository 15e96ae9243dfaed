/** What is asked of a key server, and what it answers. */

import type { HostKeySettings, KeyService, KeyServiceFields, SharedKeySettings } from '../generated/key-services';

export type * from '../generated/key-services';
export { KEY_HOST_LIMITS, KEY_HOST_SETTINGS, KEY_SERVICES, KEY_SETTINGS } from '../generated/key-services';

/** Where keys come from. Which fields a service takes and needs, `KEY_SERVICES` says, and its errors. */
export interface KeyServer extends KeyServiceFields, SharedKeySettings, HostKeySettings {
  service: KeyService;
  /** Has the keys encrypted for this certificate, and opens them. */
  deliveryKey?: DeliveryKey;
}

/** A range of numbers, both ends among them; `null` where there is no end. */
export interface Range {
  readonly min: number | null;
  readonly max: number | null;
}

/** A key from a server. */
export interface ServerKey {
  /** Which tracks it is for, as in `HD`; `null` for all. */
  readonly label: string | null;
  /** The crypto period, from 0. */
  readonly period: number;
  /** Key id, key and the IV that the server wants for `cbcs`, in hexadecimal digits. */
  readonly kid: string;
  readonly key: string;
  readonly iv: string | null;
  readonly scheme: string | null;
  /** Pictures by their pixels and sound by its channels, where filters say which tracks it is for. */
  readonly pixels: readonly Range[];
  readonly channels: readonly Range[];
  /** Frames a second of pictures, above the least up to the most. */
  readonly frameRates: readonly Range[];
  /** Whether pictures have a high dynamic range, a wide colour gamut; `null` where it makes no difference. */
  readonly hdr: boolean | null;
  readonly wideGamut: boolean | null;
  /** Bits a second. */
  readonly bitrates: readonly Range[];
  /** Labels of which a track has to have one, besides. */
  readonly labels: readonly string[];
}

/** What a DRM system wants signalled for one key; binary values in base64. */
export interface ServerSystem {
  readonly systemId: string;
  readonly kid: string;
  readonly pssh: string | null;
  /** `ContentProtectionData`: an XML fragment, or the payload of a `pssh` box. */
  readonly protectionXml: string | null;
  readonly protectionPayload: string | null;
  readonly hlsMedia: string | null;
  readonly hlsMultivariant: string | null;
  readonly keyUri: string | null;
  readonly keyFormat: string | null;
  readonly keyFormatVersions: string | null;
  readonly smoothHeader: string | null;
}

/** A key server's answer. */
export interface ServerKeys {
  readonly contentId: string | null;
  readonly keys: readonly ServerKey[];
  readonly systems: readonly ServerSystem[];
}

/** A certificate to have keys encrypted for, with its private key. Survives `postMessage` and IndexedDB. */
export interface DeliveryKey {
  /** The certificate, DER in base64. */
  readonly certificate: string;
  /** RSA-OAEP, for `unwrapKey`; not extractable. */
  readonly privateKey: CryptoKey;
}
