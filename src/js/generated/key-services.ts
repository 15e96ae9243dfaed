/** The key services, and what they are told. Generated from `src/keyserver` by `npm run generate`: don't edit. */

/** Which kind of server is asked, or `cpix` and `raw` for keys that are here already. */
export type KeyService = 'doverunner' | 'speke2' | 'speke' | 'widevine' | 'axinom' | 'ezdrm' | 'keyos' | 'skm' | 'cpix' | 'raw';

/** The fields of services. Which of them a service takes, `KEY_SERVICES` says, and its errors. */
export interface KeyServiceFields {
  /** The server's address; by default the published one, if there is one (doverunner, speke2, speke, widevine, axinom, ezdrm, keyos, skm). */
  url?: string;
  /** The KMS token of your site (doverunner). A bearer token in place of user and password (speke2, speke). The token that the service gave you (keyos). The customer authenticator (API key); it goes where {token} stands in the address, or into its query (skm). A secret. */
  token?: string;
  /** The name that you log in with (speke2, speke, ezdrm). The id of your tenant (axinom). */
  user?: string;
  /** The password that belongs to it (speke2, speke, ezdrm). The management key of your tenant (axinom). A secret. */
  password?: string;
  /** The version of SPEKE that the server speaks (speke2, axinom). */
  version?: '2.0' | '2.1';
  /** The preset of SPEKE 2 that says which keys the pictures have, in place of tracks. Where only the sound has one, they stay clear (speke2, axinom). */
  videoPreset?: 'PRESET_VIDEO_1' | 'PRESET_VIDEO_2' | 'PRESET_VIDEO_3' | 'PRESET_VIDEO_4' | 'PRESET_VIDEO_5' | 'PRESET_VIDEO_6' | 'PRESET_VIDEO_7' | 'PRESET_VIDEO_8' | 'SHARED' | 'UNENCRYPTED';
  /** The preset of SPEKE 2 that says which keys the sound has. Where only the pictures have one, it stays clear (speke2, axinom). */
  audioPreset?: 'PRESET_AUDIO_1' | 'PRESET_AUDIO_2' | 'PRESET_AUDIO_3' | 'SHARED' | 'UNENCRYPTED';
  /** The provider's name, which requests are signed with (widevine). */
  signer?: string;
  /** The provider's AES signing key, 64 hexadecimal digits (widevine). A secret. */
  signingKey?: string;
  /** The IV of the signing key, 32 hexadecimal digits (widevine). A secret. */
  signingIv?: string;
  /** The policy that licenses of these keys have (widevine). */
  policy?: string;
  /** The id of the key, as EZDRM's console shows it (ezdrm). */
  keyId?: string;
  /** The key that keys are stored under, 32 hexadecimal digits. It is not sent; without it the server must give keys in the clear (skm). A secret. */
  kek?: string;
  /** What the server calls that key; by default made of it (skm). */
  kekId?: string;
  /** The key id, or ^ and a text that it is made of; by default the content id's (skm). */
  kid?: string;
  /** A note that the server keeps beside a key that it hasn't yet (skm). */
  info?: string;
  /** Whether a key that the server hasn't is stored there (auto), or missed (get) (skm). */
  mode?: 'auto' | 'get';
  /** The document with the keys (cpix). A secret. */
  document?: string;
  /** Keys, one a line or with commas between: label=HD:key_id=…:key=…, and :iv=… where it has one (raw). A secret. */
  keys?: string;
}

/** A content provider's page that issues content ids (packaging callback), which is asked for the content id. */
export interface ContentIdPage {
  /** The page's address. */
  url: string;
  /** The site key, 32 characters, which messages are encrypted with. A secret. */
  siteKey: string;
  /** The form of the messages; xml is that of 2014. `json` by default. */
  form?: 'json' | 'xml';
  /** The name that the page is told; by default the input's. */
  fileName?: string;
  /** The path that the page is told. */
  filePath?: string;
}

/** The settings that all services have. */
export interface SharedKeySettings {
  /** The content id; {name}, {index} and {date} in it stand for the input's name, its number and the day. */
  contentId?: string;
  /** A content provider's page that issues content ids (packaging callback), which is asked for the content id. */
  contentIdPage?: ContentIdPage;
  /** A key for each of these track types, as SD, HD, UHD1, UHD2, AUDIO; by default one for all. */
  tracks?: readonly string[];
  /** The scheme that the keys are for; by default the job's. */
  scheme?: 'cenc' | 'cens' | 'cbc1' | 'cbcs';
  /** The DRM systems that the server is asked about, by their names or UUIDs; also hls-ncg-aes, hls-ncg-sample-aes, clear-aes and clear-sample-aes. */
  systems?: readonly string[];
  /** How many crypto periods there are keys for; it goes with the crypto periods of the job. */
  periods?: number;
  /** The number of the first crypto period. `0` by default. */
  firstPeriod?: number;
}

/** How requests are carried, whatever the service. */
export interface HostKeySettings {
  /** A proxy whose address takes the server's, escaped, at {url} or at its end. It sees what the server sees. */
  proxy?: string;
  /** Seconds for everything, retries included. `30` by default. */
  timeout?: number;
  /** How often a request is repeated after 429, 5xx or a failure of the network. `2` by default. */
  retries?: number;
}

/** A flag of the command line that stands for a field. */
export type KeyFlag = 'key-server-url' | 'key-server-version' | 'video-preset' | 'audio-preset' | 'skm-kek-id' | 'skm-kid' | 'skm-info' | 'skm-mode' | 'cpix-file' | 'content-id' | 'cid-page' | 'cid-page-form' | 'tracks' | 'systems' | 'periods' | 'first-period' | 'key-server-timeout';

/** A field of settings. */
export interface KeyField {
  /** The setting's name. */
  readonly name: string;
  /** The name of the setting that this one is a member of. */
  readonly within?: string;
  /** What stands beside it on a form. */
  readonly label: string;
  /** What it is, in a sentence. */
  readonly help: string;
  /** A line of text, many lines (mostly in a file), one of `choices`, a whole number from `least` to `most`, or words. */
  readonly kind: 'text' | 'document' | 'choice' | 'number' | 'list';
  readonly choices?: readonly string[];
  readonly least?: number;
  readonly most?: number;
  /** Whether there is no service without it. */
  readonly required?: true;
  /** Whether it must never be shown. */
  readonly secret?: true;
  /** What holds where it isn't given. */
  readonly default?: string;
  /** The flag of the command line, without the dashes; a field without one comes from the file of credentials. */
  readonly flag?: string;
}

/** What is known of a key service. */
export interface KeyServiceInfo {
  readonly name: KeyService;
  /** What people call it. */
  readonly title: string;
  /** Whether the keys are here already, so that nothing is asked. */
  readonly local: boolean;
  /** What else it can be asked for than one key of all tracks. */
  readonly takes: readonly ('tracks' | 'rotation' | 'delivery')[];
  /** The fields of its settings, beside those that all services have. */
  readonly fields: readonly KeyField[];
}

/** The services, in the order in which they are offered. */
export const KEY_SERVICES: readonly KeyServiceInfo[] = [
  {
    name: 'doverunner',
    title: 'DoveRunner / PallyCon KMS',
    local: false,
    takes: ['tracks', 'rotation'],
    fields: [
      { name: 'url', label: 'Address', help: 'The server\'s address; by default the published one, if there is one.', kind: 'text', default: 'https://drm-kms.doverunner.com/v2/cpix/doverunner/getKey/', flag: 'key-server-url' },
      { name: 'token', label: 'KMS token', help: 'The KMS token of your site.', kind: 'text', required: true, secret: true },
    ],
  },
  {
    name: 'speke2',
    title: 'SPEKE 2.0 and 2.1',
    local: false,
    takes: ['tracks', 'rotation', 'delivery'],
    fields: [
      { name: 'url', label: 'Address', help: 'The server\'s address; by default the published one, if there is one.', kind: 'text', required: true, flag: 'key-server-url' },
      { name: 'user', label: 'User', help: 'The name that you log in with.', kind: 'text' },
      { name: 'password', label: 'Password', help: 'The password that belongs to it.', kind: 'text', secret: true },
      { name: 'token', label: 'Bearer token', help: 'A bearer token in place of user and password.', kind: 'text', secret: true },
      { name: 'version', label: 'SPEKE version', help: 'The version of SPEKE that the server speaks.', kind: 'choice', choices: ['2.0', '2.1'], default: '2.0', flag: 'key-server-version' },
      { name: 'videoPreset', label: 'Preset of keys for video', help: 'The preset of SPEKE 2 that says which keys the pictures have, in place of tracks. Where only the sound has one, they stay clear.', kind: 'choice', choices: ['PRESET_VIDEO_1', 'PRESET_VIDEO_2', 'PRESET_VIDEO_3', 'PRESET_VIDEO_4', 'PRESET_VIDEO_5', 'PRESET_VIDEO_6', 'PRESET_VIDEO_7', 'PRESET_VIDEO_8', 'SHARED', 'UNENCRYPTED'], flag: 'video-preset' },
      { name: 'audioPreset', label: 'Preset of keys for sound', help: 'The preset of SPEKE 2 that says which keys the sound has. Where only the pictures have one, it stays clear.', kind: 'choice', choices: ['PRESET_AUDIO_1', 'PRESET_AUDIO_2', 'PRESET_AUDIO_3', 'SHARED', 'UNENCRYPTED'], flag: 'audio-preset' },
    ],
  },
  {
    name: 'speke',
    title: 'SPEKE 1',
    local: false,
    takes: ['delivery'],
    fields: [
      { name: 'url', label: 'Address', help: 'The server\'s address; by default the published one, if there is one.', kind: 'text', required: true, flag: 'key-server-url' },
      { name: 'user', label: 'User', help: 'The name that you log in with.', kind: 'text' },
      { name: 'password', label: 'Password', help: 'The password that belongs to it.', kind: 'text', secret: true },
      { name: 'token', label: 'Bearer token', help: 'A bearer token in place of user and password.', kind: 'text', secret: true },
    ],
  },
  {
    name: 'widevine',
    title: 'Widevine Common Encryption API',
    local: false,
    takes: ['tracks', 'rotation'],
    fields: [
      { name: 'url', label: 'Address', help: 'The server\'s address; by default the published one, if there is one.', kind: 'text', default: 'https://license.uat.widevine.com/cenc/getcontentkey', flag: 'key-server-url' },
      { name: 'signer', label: 'Provider (signer)', help: 'The provider\'s name, which requests are signed with.', kind: 'text', required: true },
      { name: 'signingKey', label: 'Signing key', help: 'The provider\'s AES signing key, 64 hexadecimal digits.', kind: 'text', required: true, secret: true },
      { name: 'signingIv', label: 'Signing IV', help: 'The IV of the signing key, 32 hexadecimal digits.', kind: 'text', required: true, secret: true },
      { name: 'policy', label: 'Policy', help: 'The policy that licenses of these keys have.', kind: 'text' },
    ],
  },
  {
    name: 'axinom',
    title: 'Axinom Key Service',
    local: false,
    takes: ['tracks', 'rotation', 'delivery'],
    fields: [
      { name: 'url', label: 'Address', help: 'The server\'s address; by default the published one, if there is one.', kind: 'text', default: 'https://key-server-management.axprod.net/api/SpekeV2', flag: 'key-server-url' },
      { name: 'user', label: 'Tenant id', help: 'The id of your tenant.', kind: 'text', required: true },
      { name: 'password', label: 'Management key', help: 'The management key of your tenant.', kind: 'text', required: true, secret: true },
      { name: 'version', label: 'SPEKE version', help: 'The version of SPEKE that the server speaks.', kind: 'choice', choices: ['2.0', '2.1'], default: '2.0', flag: 'key-server-version' },
      { name: 'videoPreset', label: 'Preset of keys for video', help: 'The preset of SPEKE 2 that says which keys the pictures have, in place of tracks. Where only the sound has one, they stay clear.', kind: 'choice', choices: ['PRESET_VIDEO_1', 'PRESET_VIDEO_2', 'PRESET_VIDEO_3', 'PRESET_VIDEO_4', 'PRESET_VIDEO_5', 'PRESET_VIDEO_6', 'PRESET_VIDEO_7', 'PRESET_VIDEO_8', 'SHARED', 'UNENCRYPTED'], flag: 'video-preset' },
      { name: 'audioPreset', label: 'Preset of keys for sound', help: 'The preset of SPEKE 2 that says which keys the sound has. Where only the pictures have one, it stays clear.', kind: 'choice', choices: ['PRESET_AUDIO_1', 'PRESET_AUDIO_2', 'PRESET_AUDIO_3', 'SHARED', 'UNENCRYPTED'], flag: 'audio-preset' },
    ],
  },
  {
    name: 'ezdrm',
    title: 'EZDRM',
    local: false,
    takes: [],
    fields: [
      { name: 'url', label: 'Address', help: 'The server\'s address; by default the published one, if there is one.', kind: 'text', default: 'https://cpix.ezdrm.com/keygenerator/cpix.aspx', flag: 'key-server-url' },
      { name: 'keyId', label: 'Key id', help: 'The id of the key, as EZDRM\'s console shows it.', kind: 'text', required: true },
      { name: 'user', label: 'User', help: 'The name that you log in with.', kind: 'text', required: true },
      { name: 'password', label: 'Password', help: 'The password that belongs to it.', kind: 'text', required: true, secret: true },
    ],
  },
  {
    name: 'keyos',
    title: 'BuyDRM KeyOS',
    local: false,
    takes: ['tracks'],
    fields: [
      { name: 'url', label: 'Address', help: 'The server\'s address; by default the published one, if there is one.', kind: 'text', default: 'https://cpix.keyos.com/api/v4/getKeysNoEncryption', flag: 'key-server-url' },
      { name: 'token', label: 'Token', help: 'The token that the service gave you.', kind: 'text', required: true, secret: true },
    ],
  },
  {
    name: 'skm',
    title: 'ExpressPlay (SKM API)',
    local: false,
    takes: [],
    fields: [
      { name: 'url', label: 'Address', help: 'The server\'s address; by default the published one, if there is one.', kind: 'text', default: 'https://api.service.expressplay.com/keystore/keys', flag: 'key-server-url' },
      { name: 'token', label: 'Customer authenticator', help: 'The customer authenticator (API key); it goes where {token} stands in the address, or into its query.', kind: 'text', secret: true },
      { name: 'kek', label: 'Key-encryption key', help: 'The key that keys are stored under, 32 hexadecimal digits. It is not sent; without it the server must give keys in the clear.', kind: 'text', secret: true },
      { name: 'kekId', label: 'Id of the key-encryption key', help: 'What the server calls that key; by default made of it.', kind: 'text', flag: 'skm-kek-id' },
      { name: 'kid', label: 'Key id', help: 'The key id, or ^ and a text that it is made of; by default the content id\'s.', kind: 'text', flag: 'skm-kid' },
      { name: 'info', label: 'Note', help: 'A note that the server keeps beside a key that it hasn\'t yet.', kind: 'text', flag: 'skm-info' },
      { name: 'mode', label: 'Mode', help: 'Whether a key that the server hasn\'t is stored there (auto), or missed (get).', kind: 'choice', choices: ['auto', 'get'], default: 'auto', flag: 'skm-mode' },
    ],
  },
  {
    name: 'cpix',
    title: 'CPIX document, pasted or from a file',
    local: true,
    takes: ['tracks', 'rotation', 'delivery'],
    fields: [
      { name: 'document', label: 'CPIX document', help: 'The document with the keys.', kind: 'document', required: true, secret: true, flag: 'cpix-file' },
    ],
  },
  {
    name: 'raw',
    title: 'Raw keys',
    local: true,
    takes: [],
    fields: [
      { name: 'keys', label: 'Raw keys', help: 'Keys, one a line or with commas between: label=HD:key_id=…:key=…, and :iv=… where it has one.', kind: 'document', required: true, secret: true },
    ],
  },
];

/** The settings that all services have, those of the issue page among them. */
export const KEY_SETTINGS: readonly KeyField[] = [
  { name: 'contentId', label: 'Content id', help: 'The content id; {name}, {index} and {date} in it stand for the input\'s name, its number and the day.', kind: 'text', flag: 'content-id' },
  { name: 'url', within: 'contentIdPage', label: 'CID issue page', help: 'The page\'s address.', kind: 'text', required: true, flag: 'cid-page' },
  { name: 'siteKey', within: 'contentIdPage', label: 'Site key', help: 'The site key, 32 characters, which messages are encrypted with.', kind: 'text', required: true, secret: true },
  { name: 'form', within: 'contentIdPage', label: 'Form of the issue page', help: 'The form of the messages; xml is that of 2014.', kind: 'choice', choices: ['json', 'xml'], default: 'json', flag: 'cid-page-form' },
  { name: 'fileName', within: 'contentIdPage', label: 'File name', help: 'The name that the page is told; by default the input\'s.', kind: 'text' },
  { name: 'filePath', within: 'contentIdPage', label: 'File path', help: 'The path that the page is told.', kind: 'text' },
  { name: 'tracks', label: 'Tracks', help: 'A key for each of these track types, as SD, HD, UHD1, UHD2, AUDIO; by default one for all.', kind: 'list', flag: 'tracks' },
  { name: 'scheme', label: 'Scheme', help: 'The scheme that the keys are for; by default the job\'s.', kind: 'choice', choices: ['cenc', 'cens', 'cbc1', 'cbcs'] },
  { name: 'systems', label: 'DRM systems', help: 'The DRM systems that the server is asked about, by their names or UUIDs; also hls-ncg-aes, hls-ncg-sample-aes, clear-aes and clear-sample-aes.', kind: 'list', flag: 'systems' },
  { name: 'periods', label: 'Crypto periods', help: 'How many crypto periods there are keys for; it goes with the crypto periods of the job.', kind: 'number', least: 1, most: 1000, flag: 'periods' },
  { name: 'firstPeriod', label: 'First crypto period', help: 'The number of the first crypto period.', kind: 'number', least: 0, most: 4294967295, default: '0', flag: 'first-period' },
];

/** How requests are carried, whatever the service. */
export const KEY_HOST_SETTINGS: readonly KeyField[] = [
  { name: 'proxy', label: 'Proxy', help: 'A proxy whose address takes the server\'s, escaped, at {url} or at its end. It sees what the server sees.', kind: 'text' },
  { name: 'timeout', label: 'Seconds to wait', help: 'Seconds for everything, retries included.', kind: 'number', least: 1, most: 600, default: '30', flag: 'key-server-timeout' },
  { name: 'retries', label: 'Retries', help: 'How often a request is repeated after 429, 5xx or a failure of the network.', kind: 'number', least: 0, most: 100, default: '2' },
];

/** The same, each by its name. */
export const KEY_HOST_LIMITS = {
  timeout: { least: 1, most: 600, default: 30 },
  retries: { least: 0, most: 100, default: 2 },
} as const;

/** The largest answer of a key server that is read, in bytes. */
export const KEY_ANSWER_BYTES = 8388608;
