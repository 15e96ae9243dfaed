/** The DRM systems that are known by name. Generated from `src/drm` by `npm run generate`: don't edit. */

/** A DRM system that is known by name. */
export type DrmSystem = 'widevine' | 'playready' | 'fairplay' | 'wiseplay' | 'marlin' | 'primetime' | 'irdeto' | 'clearkey' | 'common';

/**
 * A `pssh` that is given: whole boxes, or the data of one, in hexadecimal digits, base64 or base64url. In front of data
 * the system may be named, by its name or UUID: `wiseplay:eyJ2…`. A PlayReady Object and a Widevine message are known
 * without.
 */
export type GivenPssh = string;

/**
 * Which DRM systems are signalled, and how. A system that is named is chosen, be it with `{}`; systems of a
 * given `pssh` are too. By default it is ClearKey.
 */
export interface DrmOptions {
  /** The content's name at the license service, in Widevine's and WisePlay's data and FairPlay's URI. */
  contentId?: string;
  /** Widevine, Google's. */
  widevine?: WidevineOptions;
  /** PlayReady, Microsoft's. */
  playready?: PlayReadyOptions;
  /** FairPlay, Apple's. */
  fairplay?: FairPlayOptions;
  /** WisePlay, Huawei's. */
  wiseplay?: WisePlayOptions;
  /** Marlin, Intertrust's. */
  marlin?: MarlinOptions;
  /** Primetime, Adobe's, whose data must be given. */
  primetime?: PrimetimeOptions;
  /** Irdeto Control, whose data must be given. */
  irdeto?: IrdetoOptions;
  /** ClearKey: keys in the clear, as every browser takes them. */
  clearkey?: ClearKeyOptions;
  /**
   * The W3C common system in the MPD: key ids for whichever system. Its box is in every file, unless `psshPlacement`
   * keeps boxes out.
   */
  common?: CommonOptions;
  /**
   * Boxes that stand in front of all others, in this order. For their systems none is made. Of data that
   * doesn't say which key it is for, `kid` does.
   */
  pssh?: readonly (GivenPssh | PsshOfKey)[];
  /** What a key server says that clients are to be told of a key. It wins over what would be made. */
  signals?: readonly DrmSignal[];
  /** Where boxes go; `both` by default. HLS playlists hold them in any case. */
  psshPlacement?: PsshPlacement;
}

/** How Widevine is signalled. */
export interface WidevineOptions {
  /** The content provider's name at the license service. */
  provider?: string;
  /** Where licenses are fetched (`dashif:Laurl` in the MPD); clients are mostly told by the page. */
  licenseUrl?: string;
  /**
   * `false` leaves the scheme out of the data (`protection_scheme`) for `cenc`, which clients take it for then;
   * `true` by default.
   */
  protectionScheme?: boolean;
  /**
   * `true` writes the deprecated `algorithm`, with the value for AES-CTR, for clients of before 2016. It means
   * nothing to clients that know `protection_scheme`.
   */
  algorithm?: boolean;
  /** Data to use in place of what would be made. */
  pssh?: GivenPssh;
}

/** How PlayReady is signalled. */
export interface PlayReadyOptions {
  /** Where licenses are fetched: `LA_URL` in the header, `dashif:Laurl` in the MPD. */
  licenseUrl?: string;
  /** Where a user is sent who gets no license without being asked (`LUI_URL`). */
  licenseUiUrl?: string;
  /** The domain service's id (`DS_ID`), a GUID in base64 as the service states it. */
  domainServiceId?: string;
  /** XML for `CUSTOMATTRIBUTES`, which the license server gets to see. */
  customAttributes?: string;
  /**
   * The header's version; by default the lowest that the scheme and the number of keys allow, which most clients
   * read.
   */
  headerVersion?: PlayReadyHeaderVersion;
  /** Data to use in place of what would be made. */
  pssh?: GivenPssh;
}

/**
 * A version of the PlayReady header. Clients refuse a header of a later version than their own (section 3.1).
 * - `4.0`: One AES-CTR key; PlayReady 1 and later.
 * - `4.1`: One AES-CTR key, named by an attribute; PlayReady 2 and later.
 * - `4.2`: Several AES-CTR keys; PlayReady 3 and later.
 * - `4.3`: Several keys of AES-CTR or AES-CBC; PlayReady 4 and later.
 */
export type PlayReadyHeaderVersion = '4.0' | '4.1' | '4.2' | '4.3';

/** How FairPlay is signalled: in playlists of cbcs only. */
export interface FairPlayOptions {
  /**
   * The key's URI, `skd://{uuid}` by default. In it `{kid}` is the key id in 32 hexadecimal digits, `{uuid}` in the
   * 8-4-4-4-12 form, `{base64}` in base64, and `{contentId}` the content id.
   */
  uri?: string;
  /** URIs by key id, where a key server gives them; they win. */
  uris?: Readonly<Record<string, string>>;
  /** `true` writes a `pssh` box that lists the key ids; by default there is none. */
  pssh?: boolean;
}

/** How WisePlay is signalled. */
export interface WisePlayOptions {
  /** Data to use in place of what would be made. */
  pssh?: GivenPssh;
}

/** How Marlin is signalled. */
export interface MarlinOptions {
  /** The data of its box; without there is none. */
  pssh?: GivenPssh;
}

/** How Primetime is signalled. */
export interface PrimetimeOptions {
  /** Its data, which must be given here or in `drm.pssh`. */
  pssh?: GivenPssh;
}

/** How Irdeto Control is signalled. */
export interface IrdetoOptions {
  /** Its data, which must be given here or in `drm.pssh`. */
  pssh?: GivenPssh;
}

/** How ClearKey is signalled. */
export interface ClearKeyOptions {
  /** Where licenses are fetched (`dashif:Laurl` in the MPD); without it the player is given the key. */
  licenseUrl?: string;
  /**
   * The URI of the ClearKey line in HLS playlists; by default the key id in a form that no client can fetch a key
   * from.
   */
  hlsKeyUri?: string;
  /** Which players the ClearKey line in HLS playlists is for, as its `KEYFORMAT`; `identity` by default. */
  hlsKeyFormat?: ClearKeyHlsFormat;
}

/**
 * The `KEYFORMAT` of a ClearKey line in playlists of fragmented MP4. No player reads both.
 * - `identity`: A key of no DRM system (RFC 8216, section 4.3.2.4): for Shaka Player, which is given the key.
 * - `org.w3.clearkey`: The key system of Encrypted Media Extensions: for hls.js, which asks for a license then. It takes
 * `identity` for keys of MPEG-TS.
 */
export type ClearKeyHlsFormat = 'identity' | 'org.w3.clearkey';

/** What the W3C common system is told. */
export interface CommonOptions {
  /** Its box, to use in place of the one that would be made. */
  pssh?: GivenPssh;
}

/** A `pssh` of one key. */
export interface PsshOfKey {
  /** The key's id. */
  kid: string;
  /** Its boxes or data. */
  pssh: GivenPssh;
}

/** What clients of a DRM system are to be told of one key, as CPIX says it. */
export interface DrmSignal {
  /** The system's UUID. */
  systemId: string;
  /** The key's id. */
  kid: string;
  /** XML for the system's descriptor in the MPD: elements side by side. */
  contentProtection?: string;
  /** Lines for media playlists (`#EXT-X-KEY:`). */
  hlsMedia?: string;
  /** Lines for the multivariant playlist (`#EXT-X-SESSION-KEY:`). */
  hlsMultivariant?: string;
  /** The key's URI in playlists, for FairPlay and for HLS keys of no system. */
  keyUri?: string;
  /** `KEYFORMAT` beside it. */
  keyFormat?: string;
}

/**
 * Where `pssh` boxes go. HLS playlists hold them in any case: a key of a system is nothing without.
 * - `moov`: Into init segments only.
 * - `mpd`: Into the MPD only, as DASH-IF IOP part 6 recommends.
 * - `both`: Into both, so that every player finds them.
 */
export type PsshPlacement = 'moov' | 'mpd' | 'both';

/** What is known of a DRM system. */
export interface DrmSystemInfo {
  readonly name: DrmSystem;
  /** What people call it. */
  readonly title: string;
  /** The UUIDs that its `pssh` boxes and descriptors are found with; the first is the one that is written. */
  readonly ids: readonly string[];
  /** The schemes that it decrypts. */
  readonly schemes: readonly string[];
  /** The `KEYFORMAT` of its keys in playlists; `null` for a system that no playlist names. */
  readonly keyFormat: string | null;
  /** Whether its data must be given, since it can't be made. */
  readonly needsData: boolean;
}

/** Every system, in the order in which manifests list them. */
export const DRM_SYSTEMS: readonly DrmSystemInfo[] = [
  { name: 'widevine', title: 'Widevine', ids: ['edef8ba9-79d6-4ace-a3c8-27dcd51d21ed'], schemes: ['cenc', 'cbc1', 'cens', 'cbcs'], keyFormat: 'urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed', needsData: false },
  { name: 'playready', title: 'PlayReady', ids: ['9a04f079-9840-4286-ab92-e65be0885f95'], schemes: ['cenc', 'cbc1', 'cens', 'cbcs'], keyFormat: 'com.microsoft.playready', needsData: false },
  { name: 'fairplay', title: 'FairPlay', ids: ['94ce86fb-07ff-4f43-adb8-93d2fa968ca2', '29701fe4-3cc7-4a34-8c5b-ae90c7439a47'], schemes: ['cbcs'], keyFormat: 'com.apple.streamingkeydelivery', needsData: false },
  { name: 'wiseplay', title: 'WisePlay', ids: ['3d5e6d35-9b9a-41e8-b843-dd3c6e72c42c'], schemes: ['cenc', 'cbc1', 'cens', 'cbcs'], keyFormat: 'urn:uuid:3d5e6d35-9b9a-41e8-b843-dd3c6e72c42c', needsData: false },
  { name: 'marlin', title: 'Marlin', ids: ['69f908af-4816-46ea-910c-cd5dcccb0a3a', '5e629af5-38da-4063-8977-97ffbd9902d4'], schemes: ['cenc', 'cbc1', 'cens', 'cbcs'], keyFormat: null, needsData: false },
  { name: 'primetime', title: 'Primetime', ids: ['f239e769-efa3-4850-9c16-a903c6932efb'], schemes: ['cenc', 'cbc1', 'cens', 'cbcs'], keyFormat: null, needsData: true },
  { name: 'irdeto', title: 'Irdeto', ids: ['80a6be7e-1448-4c37-9e70-d5aebe04c8d2'], schemes: ['cenc', 'cbc1', 'cens', 'cbcs'], keyFormat: null, needsData: true },
  { name: 'clearkey', title: 'ClearKey', ids: ['e2719d58-a985-b3c9-781a-b030af78d30e'], schemes: ['cenc', 'cbc1', 'cens', 'cbcs'], keyFormat: 'identity', needsData: false },
  { name: 'common', title: 'W3C common', ids: ['1077efec-c0b2-4d02-ace3-3c1e52e2fb4b'], schemes: ['cenc', 'cbc1', 'cens', 'cbcs'], keyFormat: null, needsData: false },
];

/** HLS keys of no system, which key servers know by UUIDs as they do systems. */
export const IDENTITY_KEYS: readonly { readonly name: string; readonly title: string; readonly id: string }[] = [
  { name: 'hls-ncg-aes', title: 'HLS AES-128, the key file wrapped for NCG', id: '81376844-f976-481e-a84e-cc25d39b0b33' },
  { name: 'hls-ncg-sample-aes', title: 'HLS SAMPLE-AES, the key file wrapped for NCG', id: '48582a1d-1ff4-426e-8cd5-06424fcc578c' },
  { name: 'clear-aes', title: 'HLS AES-128 with a key in the clear', id: '3ea8778f-7742-4bf9-b18b-e834b2acbd47' },
  { name: 'clear-sample-aes', title: 'HLS SAMPLE-AES with a key in the clear', id: 'be58615b-19c4-4684-88b3-c8c57e99e957' },
];

/** The systems whose data key servers may send as the header of Smooth Streaming alone. */
export const DATA_IN_SMOOTH_HEADERS: readonly string[] = ['9a04f079-9840-4286-ab92-e65be0885f95'];

/** The systems by whose ids key servers send a key itself in place of its URI. */
export const KEYS_AS_URIS: readonly string[] = ['d9e4411a-e886-4909-a380-a77f28d52335'];
