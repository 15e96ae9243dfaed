/** What is asked of a key server, and what it answers. */

import type { Scheme } from './scheme';

/** Which kind of server is asked, or `cpix` and `raw` for keys that are here already. */
export type KeyService = 'doverunner' | 'speke' | 'speke2' | 'widevine' | 'axinom' | 'ezdrm' | 'keyos' | 'cpix' | 'raw';

/** A content provider's page that issues content ids (packaging callback). */
export interface ContentIdPage {
  url: string;
  /** The site key, 32 characters. A secret. */
  siteKey: string;
  /** The form of the messages; `json` by default, `xml` is that of 2014. */
  form?: 'json' | 'xml';
  /** What the page is told; by default the input's name. */
  fileName?: string;
  filePath?: string;
}

/** Where keys come from. Which members a service needs, its error says. */
export interface KeyServer {
  service: KeyService;
  /** The server's address; each service whose address is published has it by default. */
  url?: string;
  /** KMS token, or a bearer token. A secret. */
  token?: string;
  /** For Basic authentication, or EZDRM's query. */
  user?: string;
  /** A secret. */
  password?: string;
  /** SPEKE 2's minor version; `2.0` by default. */
  version?: '2.0' | '2.1';
  /** EZDRM's key id. */
  keyId?: string;
  /** Widevine: the provider's name, and its AES signing key and IV in hexadecimal digits, which are secrets. */
  signer?: string;
  signingKey?: string;
  signingIv?: string;
  policy?: string;
  /** The content id; `{name}`, `{index}` and `{date}` stand for the input's name, its number and the day. */
  contentId?: string;
  /** Asked for the content id instead. */
  contentIdPage?: ContentIdPage;
  /** A key for each of these: `SD`, `HD`, `UHD1`, `UHD2`, `AUDIO` …; one key for all tracks by default. */
  tracks?: readonly string[];
  /** SPEKE 2's presets in place of `tracks`, as in `PRESET_VIDEO_2`. Without one of both its tracks stay clear. */
  videoPreset?: string;
  audioPreset?: string;
  /** The scheme that the keys are for; by default the job's. */
  scheme?: Scheme;
  /** `widevine`, `playready`, `fairplay`, `wiseplay`, `hls-ncg-aes`, `hls-ncg-sample-aes`, `clear-aes`, `clear-sample-aes`, or UUIDs. */
  systems?: readonly string[];
  /** Key rotation: how many crypto periods, and the first one's number (0). Goes with `cryptoPeriod` of the job. */
  periods?: number;
  firstPeriod?: number;
  /** Has the keys encrypted for this certificate, and opens them. */
  deliveryKey?: DeliveryKey;
  /** A CPIX document, for `cpix`. */
  document?: string;
  /** Raw keys as `label=HD:key_id=…:key=…` with commas between, for `raw`. */
  keys?: string;
  /** A proxy whose address takes the server's, escaped, at `{url}` or at its end. It sees what the server sees. */
  proxy?: string;
  /** Seconds for everything, retries included; 30 by default. */
  timeout?: number;
  /** How often a request is repeated after 429, 5xx or a failure of the network; 2 by default. */
  retries?: number;
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
