/** What is known of a job's options. Generated from `src/packager/options` by `npm run generate`: don't edit. */

/** What is known of an option, of a job or of an object of options. */
export interface OptionInfo<Name extends string = string> {
  /** Its name. */
  readonly name: Name;
  /** Its documentation. */
  readonly about: string;
  /** The heading that it stands under; empty for none. */
  readonly group: string;
  /**
   * What a page calls it, and says beside that; empty for an option that pages don't offer. A flag that is on by default
   * is called by what turning it off does.
   */
  readonly label: string;
  readonly hint: string;
  /** What counts where it isn't given, in words, where the default alone doesn't say it. */
  readonly unset?: string;
  /** Whether it is chosen often: a page shows it at once. */
  readonly often?: true;
  /** What it is: `host` for what only a program can give. */
  readonly kind: 'flag' | 'number' | 'text' | 'word' | 'words' | 'list' | 'object' | 'host';
  /** What each item of a list is. */
  readonly of?: 'number' | 'text' | 'list' | 'object' | 'host';
  /** Its type in TypeScript. */
  readonly type: string;
  /** Whether it must be given. */
  readonly required?: true;
  /** Whether it, or a part of it, is a secret. */
  readonly secret?: true;
  /** What counts where it isn't given. */
  readonly default?: boolean | number | string | readonly string[];
  /** The words, each with what it stands for. */
  readonly words?: readonly (readonly [word: string, about: string])[];
  /** The least and the most of a number, both included, what it counts, and whether it must be whole. */
  readonly min?: number;
  readonly max?: number;
  readonly unit?: string;
  readonly whole?: true;
  /** The numbers, where there are only a few. */
  readonly numbers?: readonly number[];
  /** What a text looks like. */
  readonly form?: string;
  /** The options of an object. */
  readonly options?: readonly OptionInfo[];
  /** It does something with one of these options only, as one of the words where there are some. */
  readonly goesWith?: readonly (readonly [option: Name, words: readonly string[]])[];
  /** It does nothing beside any of these. */
  readonly notBeside?: readonly (readonly [option: Name, words: readonly string[]])[];
}

/** The name of an option of a job. */
export type OptionName = 'output' | 'targets' | 'encryption' | 'scheme' | 'keyServer' | 'key' | 'keys' | 'decryptionKeys' | 'multiKey' | 'clear' | 'pixelLimits' | 'clearLead' | 'cryptoPeriod' | 'pattern' | 'iv' | 'ivSize' | 'segmentDuration' | 'singleFile' | 'segmentNames' | 'skipUnsupported' | 'lengths' | 'trickPlay' | 'cuePoints' | 'thumbnails' | 'tracks' | 'captions' | 'drm' | 'clearKeyLicenseUrl' | 'hlsMethod' | 'hlsKeyUri' | 'hlsKeyFiles' | 'hlsFormat' | 'hlsAudio' | 'hlsStart' | 'programDateTime' | 'seed' | 'journal' | 'resume' | 'signal' | 'onPlan' | 'onProgress' | 'onLog';

/** The options of a job, in the order in which they are documented. */
export const OPTIONS: readonly OptionInfo<OptionName>[] = [
  {
    name: 'output',
    about: 'Where the files go.',
    group: 'Output', label: '', hint: '',
    kind: 'host', type: 'Sink',
    required: true,
  },
  {
    name: 'targets',
    about: 'Which targets are written; `[\'cmaf\']` by default.',
    group: 'Targets', label: 'Targets', hint: '',
    often: true,
    kind: 'words', type: 'readonly Target[]',
    default: ['cmaf'],
    words: [['cmaf', 'One set of segments under `cmaf/` with an MPD and HLS playlists over it.'], ['dash', '`dash/stream.mpd` with segments of its own.'], ['hls', '`hls/master.m3u8` with segments of its own.']],
  },
  {
    name: 'encryption',
    about: '`false` leaves the samples clear; `true` by default.',
    group: 'Protection', label: 'Leave clear', hint: 'Package without encryption',
    often: true,
    kind: 'flag', type: 'boolean',
    default: true,
  },
  {
    name: 'scheme',
    about: 'The protection scheme of all targets; by default `cbcs` for `cmaf` and `hls`, `cenc` for `dash`, and `cenc` where a codec can\'t be protected by `cbcs`, as VP9.',
    group: 'Protection', label: 'Scheme', hint: '',
    unset: 'Auto: what suits each target',
    often: true,
    kind: 'word', type: 'Scheme',
    words: [['cenc', 'AES-CTR.'], ['cens', 'AES-CTR with a pattern, for `dash` only.'], ['cbc1', 'AES-CBC, for `dash` only.'], ['cbcs', 'AES-CBC with a pattern.']],
    notBeside: [['encryption', ['false']]],
  },
  {
    name: 'keyServer',
    about: 'Where the keys come from instead. Its credentials stay in memory.',
    group: 'Protection', label: 'Key server', hint: '',
    unset: 'None: the key below, or a random one',
    often: true,
    kind: 'host', type: 'KeyServer',
    notBeside: [['encryption', ['false']]],
  },
  {
    name: 'key',
    about: 'The content key as `KID:KEY`, each side 32 hexadecimal digits, a UUID, base64 or base64url. By default a random key and key id are made.',
    group: 'Protection', label: 'Key', hint: 'As key id:key; empty makes a random one per file',
    often: true,
    kind: 'text', type: 'string',
    secret: true,
    form: '[LABEL=]KID:KEY',
    notBeside: [['encryption', ['false']], ['keyServer', []]],
  },
  {
    name: 'keys',
    about: 'Content keys: as `LABEL=KID:KEY`, or as objects. Labels are `SD`, `HD`, `UHD1`, `UHD2`, `AUDIO`, `VIDEO`, a track\'s name as in `video-2`, or a kind with a language as in `AUDIO-en`; the most specific one wins. Under `cryptoPeriod` also `LABEL@1=…` for the second period and so on.',
    group: 'Protection', label: 'Keys by label', hint: 'As LABEL=KID:KEY, for the tracks of SD, HD, UHD1, UHD2, AUDIO, VIDEO, AUDIO-en, video-2 …',
    kind: 'list', type: 'readonly (string | TrackKey)[]',
    secret: true,
    of: 'text',
    form: '[LABEL=]KID:KEY',
    notBeside: [['encryption', ['false']], ['keyServer', []]],
  },
  {
    name: 'decryptionKeys',
    about: 'Keys as `KID:KEY` that protected inputs are decrypted with.',
    group: 'Protection', label: 'Keys of encrypted files', hint: 'Files that are encrypted already are decrypted with these first',
    kind: 'list', type: 'readonly string[]',
    secret: true,
    of: 'text',
    form: 'KID:KEY',
  },
  {
    name: 'multiKey',
    about: 'With `true` random keys are made for each label rather than one for all tracks.',
    group: 'Protection', label: 'A key for each kind of track', hint: 'Random keys for SD, HD, UHD and sound, not one for all',
    kind: 'flag', type: 'boolean',
    default: false,
    notBeside: [['encryption', ['false']], ['key', []], ['keys', []], ['keyServer', []]],
  },
  {
    name: 'clear',
    about: 'Labels whose tracks stay clear, as in `[\'AUDIO\']`.',
    group: 'Protection', label: 'Tracks that stay clear', hint: 'By their labels, as AUDIO',
    unset: 'None',
    kind: 'list', type: 'readonly string[]',
    of: 'text',
    notBeside: [['encryption', ['false']]],
  },
  {
    name: 'pixelLimits',
    about: 'Up to how many pixels a picture is SD, HD, UHD1; 589824, 2073600 and 8847360 by default (the CPIX presets).',
    group: 'Protection', label: 'Sizes of SD, HD and UHD', hint: 'How many pixels a picture of each label has at most',
    kind: 'object', type: 'PixelLimits',
    options: [
      {
        name: 'sd',
        about: 'Up to which it is `SD`; 589824 by default.',
        group: '', label: 'SD', hint: '',
        kind: 'number', type: 'number',
        default: 589824,
        min: 0, max: 9007199254740991,
        whole: true,
      },
      {
        name: 'hd',
        about: 'Up to which it is `HD`; 2073600 by default.',
        group: '', label: 'HD', hint: '',
        kind: 'number', type: 'number',
        default: 2073600,
        min: 0, max: 9007199254740991,
        whole: true,
      },
      {
        name: 'uhd1',
        about: 'Up to which it is `UHD1`, and `UHD2` above; 8847360 by default.',
        group: '', label: 'UHD1', hint: '',
        kind: 'number', type: 'number',
        default: 8847360,
        min: 0, max: 9007199254740991,
        whole: true,
      },
    ],
    notBeside: [['encryption', ['false']]],
  },
  {
    name: 'clearLead',
    about: 'How many seconds stay clear at the start, exact to the sample; 0 by default.',
    group: 'Protection', label: 'Clear lead', hint: 'The start stays clear, so that playback needn\'t wait for the license',
    kind: 'number', type: 'number',
    default: 0,
    min: 0, max: 86400,
    unit: 's',
    notBeside: [['encryption', ['false']]],
  },
  {
    name: 'cryptoPeriod',
    about: 'Key rotation: how many seconds a key is in use, at least 1. One key for the whole presentation by default.',
    group: 'Protection', label: 'Key rotation', hint: 'How long a key is in use',
    unset: 'One key for all',
    kind: 'number', type: 'number',
    min: 1, max: 86400,
    unit: 's',
    notBeside: [['encryption', ['false']]],
  },
  {
    name: 'pattern',
    about: 'The pattern of video under `cbcs` and `cens` as `CRYPT:SKIP` in blocks of 16 bytes; `1:9` by default.',
    group: 'Protection', label: 'Pattern', hint: 'Blocks of video that cbcs and cens encrypt and skip',
    unset: '1:9',
    kind: 'text', type: 'string',
    form: 'CRYPT:SKIP',
    notBeside: [['encryption', ['false']], ['scheme', ['cenc', 'cbc1']]],
  },
  {
    name: 'iv',
    about: 'The IV in hexadecimal digits, 8 or 16 bytes for cenc and cens (the first of a count), 16 for cbcs (constant). Random by default.',
    group: 'Protection', label: 'IV', hint: 'In hex: 8 or 16 bytes for cenc and cens, 16 for cbcs',
    unset: 'Random',
    kind: 'text', type: 'string',
    form: 'HEX',
    notBeside: [['encryption', ['false']]],
  },
  {
    name: 'ivSize',
    about: 'The size of each sample\'s IV under `cenc` and `cens` in bytes, 8 (the default) or 16.',
    group: 'Protection', label: 'IV size', hint: 'Bytes of each sample\'s IV under cenc and cens',
    unset: 'Auto: 8',
    kind: 'number', type: '8 | 16',
    numbers: [8, 16],
    notBeside: [['encryption', ['false']], ['scheme', ['cbcs', 'cbc1']]],
  },
  {
    name: 'segmentDuration',
    about: 'The target duration of a segment in seconds, from 0.1 to 60; 6 by default.',
    group: 'Segments', label: 'Target duration', hint: '',
    often: true,
    kind: 'number', type: 'number',
    default: 6,
    min: 0.1, max: 60,
    unit: 's',
  },
  {
    name: 'singleFile',
    about: '`true` makes each track one file with a segment index, `video-1.mp4`, rather than a folder of segments.',
    group: 'Segments', label: 'One file per track', hint: 'With a segment index in it, in place of a folder of segments',
    kind: 'flag', type: 'boolean',
    default: false,
  },
  {
    name: 'segmentNames',
    about: 'What the files of segments are named by; `number` by default.',
    group: 'Segments', label: 'Names of segments', hint: '',
    kind: 'word', type: 'SegmentNames',
    default: 'number',
    words: [['number', 'Their number, from 1.'], ['time', 'The start of each in ticks (`$Time$`).']],
    notBeside: [['singleFile', ['true']]],
  },
  {
    name: 'skipUnsupported',
    about: 'With `true` video and sound that can\'t be packaged are left out with a warning, where the job fails otherwise.',
    group: 'Tracks', label: 'Leave out what can\'t be packaged', hint: '',
    kind: 'flag', type: 'boolean',
    default: false,
  },
  {
    name: 'lengths',
    about: 'What becomes of tracks that end at different times. By default sizes of one title that end more than a second apart are refused, and sound that goes on for more than a segment behind the pictures, or the other way round, is packaged with a warning: players may stop where the shorter ends. With `keep`, the longer of several sizes is cut on by its own key frames; playlists leave out one that ends more than a segment before the others.',
    group: 'Timeline', label: 'Tracks that end at different times', hint: '',
    kind: 'word', type: 'Lengths',
    words: [['keep', 'Each goes on to its own end.'], ['pictures', 'Sound ends with the pictures.']],
  },
  {
    name: 'trickPlay',
    about: '`true` offers each video\'s key frames in MPDs as a track of their own, for winding (DASH-IF\'s trick mode). Playlists list key frames of the video itself, for which nothing more is stored.',
    group: 'Timeline', label: 'Trick play', hint: 'Key frames as a track of their own in MPDs, for fast winding',
    kind: 'flag', type: 'boolean',
    default: false,
    goesWith: [['targets', ['cmaf', 'dash']]],
  },
  {
    name: 'cuePoints',
    about: 'Where MPDs start a new Period, for what is put between: seconds from the start. It begins at the first key frame at or after each, where segments of all targets start, too.',
    group: 'Timeline', label: 'Cue points', hint: 'Seconds from the start, with commas: MPDs begin a new Period at the next key frame',
    unset: 'None',
    kind: 'list', type: 'readonly number[]',
    of: 'number',
    min: 0.001, max: 4294967,
    unit: 's',
  },
  {
    name: 'thumbnails',
    about: 'Pictures for the timeline of players: written as they are, and listed in the MPD and the multivariant playlist.',
    group: 'Timeline', label: 'Thumbnails', hint: 'A small picture every ten seconds, drawn by this browser, for players that show them on the timeline',
    often: true,
    kind: 'object', type: 'Thumbnails',
    options: [
      {
        name: 'images',
        about: 'The sheets in the order of time, JPEG or PNG, all of one type and size. Together they cover the presentation.',
        group: 'Timeline', label: '', hint: '',
        kind: 'host', type: 'readonly (Blob | Uint8Array)[]',
        required: true,
      },
      {
        name: 'interval',
        about: 'The seconds from one picture to the next: the first is of the time 0. From 0.1 to 3600.',
        group: 'Timeline', label: '', hint: '',
        kind: 'number', type: 'number',
        required: true,
        min: 0.1, max: 3600,
      },
      {
        name: 'columns',
        about: 'How many pictures stand side by side in a sheet, which is read row by row; 1 by default.',
        group: 'Timeline', label: '', hint: '',
        kind: 'number', type: 'number',
        default: 1,
        min: 1, max: 100,
        whole: true,
      },
      {
        name: 'rows',
        about: 'How many stand one above the other; 1 by default.',
        group: '', label: '', hint: '',
        kind: 'number', type: 'number',
        default: 1,
        min: 1, max: 100,
        whole: true,
      },
    ],
  },
  {
    name: 'tracks',
    about: 'What is said of tracks, in place of what their inputs say; later ones win.',
    group: 'Tracks', label: '', hint: '',
    kind: 'list', type: 'readonly TrackSettings[]',
    of: 'object',
  },
  {
    name: 'captions',
    about: 'The captions within the pictures (CEA-608 and CEA-708), as `CHANNEL=LANGUAGE`: `CC1` to `CC4`, `SERVICE1` to `SERVICE63`. They are found by themselves, without their languages, as far as a part of the pictures shows them.',
    group: 'Tracks', label: 'Captions in the pictures', hint: 'Their languages, as CC1=en, SERVICE1=de',
    unset: 'Found, without a language',
    kind: 'list', type: 'readonly string[]',
    of: 'text',
    form: 'CHANNEL=LANGUAGE',
  },
  {
    name: 'drm',
    about: 'Which DRM systems are signalled, and how; ClearKey by default.',
    group: 'DRM', label: 'DRM systems', hint: 'Those that players find in the output; ClearKey where none is chosen',
    kind: 'object', type: 'DrmOptions',
    options: [
      {
        name: 'contentId',
        about: 'The content\'s name at the license service, in Widevine\'s and WisePlay\'s data and FairPlay\'s URI.',
        group: '', label: 'Content id', hint: 'The content\'s name at the license service',
        kind: 'text', type: 'string',
      },
      {
        name: 'widevine',
        about: 'Widevine, Google\'s.',
        group: '', label: 'Widevine', hint: '',
        kind: 'object', type: 'WidevineOptions',
        options: [
          {
            name: 'provider',
            about: 'The content provider\'s name at the license service.',
            group: 'DRM', label: 'Provider', hint: '',
            kind: 'text', type: 'string',
          },
          {
            name: 'licenseUrl',
            about: 'Where licenses are fetched (`dashif:Laurl` in the MPD); clients are mostly told by the page.',
            group: '', label: 'License address', hint: '',
            kind: 'text', type: 'string',
          },
          {
            name: 'protectionScheme',
            about: '`false` leaves the scheme out of the data (`protection_scheme`) for `cenc`, which clients take it for then; `true` by default.',
            group: '', label: '', hint: '',
            kind: 'flag', type: 'boolean',
            default: true,
          },
          {
            name: 'algorithm',
            about: '`true` writes the deprecated `algorithm`, with the value for AES-CTR, for clients of before 2016. It means nothing to clients that know `protection_scheme`.',
            group: '', label: '', hint: '',
            kind: 'flag', type: 'boolean',
            default: false,
          },
          {
            name: 'pssh',
            about: 'Data to use in place of what would be made.',
            group: '', label: '', hint: '',
            kind: 'text', type: 'GivenPssh',
            form: '[SYSTEM:]DATA',
          },
        ],
      },
      {
        name: 'playready',
        about: 'PlayReady, Microsoft\'s.',
        group: '', label: 'PlayReady', hint: '',
        kind: 'object', type: 'PlayReadyOptions',
        options: [
          {
            name: 'licenseUrl',
            about: 'Where licenses are fetched: `LA_URL` in the header, `dashif:Laurl` in the MPD.',
            group: 'DRM', label: 'License address', hint: '',
            kind: 'text', type: 'string',
          },
          {
            name: 'licenseUiUrl',
            about: 'Where a user is sent who gets no license without being asked (`LUI_URL`).',
            group: '', label: '', hint: '',
            kind: 'text', type: 'string',
          },
          {
            name: 'domainServiceId',
            about: 'The domain service\'s id (`DS_ID`), a GUID in base64 as the service states it.',
            group: '', label: '', hint: '',
            kind: 'text', type: 'string',
          },
          {
            name: 'customAttributes',
            about: 'XML for `CUSTOMATTRIBUTES`, which the license server gets to see.',
            group: '', label: 'Custom attributes', hint: 'XML that the license server gets to see',
            kind: 'text', type: 'string',
          },
          {
            name: 'headerVersion',
            about: 'The header\'s version; by default the lowest that the scheme and the number of keys allow, which most clients read.',
            group: 'DRM', label: 'Version of the header', hint: '',
            unset: 'Auto: the lowest that will do',
            kind: 'word', type: 'PlayReadyHeaderVersion',
            words: [['4.0', 'One AES-CTR key; PlayReady 1 and later.'], ['4.1', 'One AES-CTR key, named by an attribute; PlayReady 2 and later.'], ['4.2', 'Several AES-CTR keys; PlayReady 3 and later.'], ['4.3', 'Several keys of AES-CTR or AES-CBC; PlayReady 4 and later.']],
          },
          {
            name: 'pssh',
            about: 'Data to use in place of what would be made.',
            group: '', label: '', hint: '',
            kind: 'text', type: 'GivenPssh',
            form: '[SYSTEM:]DATA',
          },
        ],
      },
      {
        name: 'fairplay',
        about: 'FairPlay, Apple\'s.',
        group: '', label: 'FairPlay', hint: '',
        kind: 'object', type: 'FairPlayOptions',
        options: [
          {
            name: 'uri',
            about: 'The key\'s URI, `skd://{uuid}` by default. In it `{kid}` is the key id in 32 hexadecimal digits, `{uuid}` in the 8-4-4-4-12 form, `{base64}` in base64, and `{contentId}` the content id.',
            group: 'DRM', label: 'Key URI', hint: 'With {kid}, {uuid}, {base64} and {contentId} in it',
            kind: 'text', type: 'string',
            default: 'skd://{uuid}',
          },
          {
            name: 'uris',
            about: 'URIs by key id, where a key server gives them; they win.',
            group: '', label: '', hint: '',
            kind: 'object', type: 'Readonly<Record<string, string>>',
          },
          {
            name: 'pssh',
            about: '`true` writes a `pssh` box that lists the key ids; by default there is none.',
            group: '', label: '', hint: '',
            kind: 'flag', type: 'boolean',
            default: false,
          },
        ],
      },
      {
        name: 'wiseplay',
        about: 'WisePlay, Huawei\'s.',
        group: '', label: 'WisePlay', hint: '',
        kind: 'object', type: 'WisePlayOptions',
        options: [
          {
            name: 'pssh',
            about: 'Data to use in place of what would be made.',
            group: '', label: '', hint: '',
            kind: 'text', type: 'GivenPssh',
            form: '[SYSTEM:]DATA',
          },
        ],
      },
      {
        name: 'marlin',
        about: 'Marlin, Intertrust\'s.',
        group: '', label: 'Marlin', hint: '',
        kind: 'object', type: 'MarlinOptions',
        options: [
          {
            name: 'pssh',
            about: 'The data of its box; without there is none.',
            group: '', label: 'Data of the pssh box', hint: '',
            kind: 'text', type: 'GivenPssh',
            form: '[SYSTEM:]DATA',
          },
        ],
      },
      {
        name: 'primetime',
        about: 'Primetime, Adobe\'s, whose data must be given.',
        group: '', label: 'Primetime', hint: '',
        kind: 'object', type: 'PrimetimeOptions',
        options: [
          {
            name: 'pssh',
            about: 'Its data, which must be given here or in `drm.pssh`.',
            group: '', label: 'Data of the pssh box', hint: '',
            kind: 'text', type: 'GivenPssh',
            form: '[SYSTEM:]DATA',
          },
        ],
      },
      {
        name: 'irdeto',
        about: 'Irdeto Control, whose data must be given.',
        group: '', label: 'Irdeto', hint: '',
        kind: 'object', type: 'IrdetoOptions',
        options: [
          {
            name: 'pssh',
            about: 'Its data, which must be given here or in `drm.pssh`.',
            group: '', label: 'Data of the pssh box', hint: '',
            kind: 'text', type: 'GivenPssh',
            form: '[SYSTEM:]DATA',
          },
        ],
      },
      {
        name: 'clearkey',
        about: 'ClearKey: keys in the clear, as every browser takes them.',
        group: '', label: 'ClearKey', hint: '',
        kind: 'object', type: 'ClearKeyOptions',
        options: [
          {
            name: 'licenseUrl',
            about: 'Where licenses are fetched (`dashif:Laurl` in the MPD); without it the player is given the key.',
            group: '', label: 'License address', hint: '',
            kind: 'text', type: 'string',
          },
          {
            name: 'hlsKeyUri',
            about: 'The URI of the ClearKey line in HLS playlists; by default the key id in a form that no client can fetch a key from.',
            group: '', label: '', hint: '',
            kind: 'text', type: 'string',
          },
          {
            name: 'hlsKeyFormat',
            about: 'Which players the ClearKey line in HLS playlists is for, as its `KEYFORMAT`; `identity` by default.',
            group: 'HLS', label: 'ClearKey in playlists', hint: '',
            kind: 'word', type: 'ClearKeyHlsFormat',
            default: 'identity',
            words: [['identity', 'A key of no DRM system (RFC 8216, section 4.3.2.4): for Shaka Player, which is given the key.'], ['org.w3.clearkey', 'The key system of Encrypted Media Extensions: for hls.js, which asks for a license then. It takes `identity` for keys of MPEG-TS.']],
          },
        ],
      },
      {
        name: 'common',
        about: 'The W3C common system in the MPD: key ids for whichever system. Its box is in every file, unless `psshPlacement` keeps boxes out.',
        group: '', label: 'W3C common', hint: '',
        kind: 'object', type: 'CommonOptions',
        options: [
          {
            name: 'pssh',
            about: 'Its box, to use in place of the one that would be made.',
            group: '', label: '', hint: '',
            kind: 'text', type: 'GivenPssh',
            form: '[SYSTEM:]DATA',
          },
        ],
      },
      {
        name: 'pssh',
        about: 'Boxes that stand in front of all others, in this order. For their systems none is made. Of data that doesn\'t say which key it is for, `kid` does.',
        group: 'DRM', label: 'Given pssh boxes', hint: 'Boxes or data in hex or base64, in place of what would be made',
        kind: 'list', type: 'readonly (GivenPssh | PsshOfKey)[]',
        of: 'text',
        form: '[SYSTEM:]DATA',
      },
      {
        name: 'signals',
        about: 'What a key server says that clients are to be told of a key. It wins over what would be made.',
        group: '', label: '', hint: '',
        kind: 'list', type: 'readonly DrmSignal[]',
        of: 'object',
      },
      {
        name: 'psshPlacement',
        about: 'Where boxes go; `both` by default. HLS playlists hold them in any case.',
        group: 'DRM', label: 'Where pssh boxes go', hint: '',
        kind: 'word', type: 'PsshPlacement',
        default: 'both',
        words: [['moov', 'Into init segments only.'], ['mpd', 'Into the MPD only, as DASH-IF IOP part 6 recommends.'], ['both', 'Into both, so that every player finds them.']],
      },
    ],
    notBeside: [['encryption', ['false']]],
  },
  {
    name: 'clearKeyLicenseUrl',
    about: 'Where a ClearKey license server answers: short for `drm.clearkey.licenseUrl`.',
    group: 'DRM', label: '', hint: '',
    kind: 'text', type: 'string',
    notBeside: [['encryption', ['false']]],
  },
  {
    name: 'hlsMethod',
    about: 'How the `hls` target is encrypted (RFC 8216 section 4.3.2.4); `SAMPLE-AES` by default.',
    group: 'HLS', label: 'Encryption of HLS', hint: '',
    kind: 'word', type: 'HlsMethod',
    default: 'SAMPLE-AES',
    words: [['SAMPLE-AES', 'The samples.'], ['AES-128', 'Each segment as a whole, in CBC mode. Then `iv`, of 16 bytes, is the IV of all segments, by default it is each one\'s media sequence number; DRM systems are not signalled; and `hlsKeyUri` or `hlsKeyFiles` says where players find the key.']],
    goesWith: [['targets', ['hls']]],
    notBeside: [['encryption', ['false']]],
  },
  {
    name: 'hlsKeyUri',
    about: 'The URI of the `identity` key in HLS playlists: short for `drm.clearkey.hlsKeyUri`. For AES-128 players fetch the key\'s 16 bytes from it; `{kid}` in it is the key id in 32 hexadecimal digits, `{uuid}` in the 8-4-4-4-12 form.',
    group: 'HLS', label: 'Key address in playlists', hint: 'Where players fetch the key; {kid} and {uuid} in it stand for the key id',
    kind: 'text', type: 'string',
    goesWith: [['targets', ['cmaf', 'hls']]],
    notBeside: [['encryption', ['false']]],
  },
  {
    name: 'hlsKeyFiles',
    about: 'Writes the keys of AES-128, and of SAMPLE-AES in MPEG-TS, beside the playlists, where whoever can fetch those can fetch them.',
    group: 'HLS', label: 'Key files beside the playlists', hint: 'Whoever can fetch the playlists can fetch the keys',
    kind: 'flag', type: 'boolean',
    default: false,
    goesWith: [['hlsMethod', ['AES-128']], ['hlsFormat', ['ts']]],
    notBeside: [['encryption', ['false']], ['hlsKeyUri', []]],
  },
  {
    name: 'hlsFormat',
    about: 'What the segments of the `hls` target are; `fmp4` by default. Under SAMPLE-AES in MPEG-TS, Apple\'s format for it, players fetch the key (`hlsKeyUri` or `hlsKeyFiles`) or get it from FairPlay; keys begin and end with segments.',
    group: 'HLS', label: 'Format of HLS segments', hint: '',
    kind: 'word', type: 'HlsFormat',
    default: 'fmp4',
    words: [['fmp4', 'Fragmented MP4.'], ['ts', 'MPEG-2 transport streams for older devices. Those take H.264, AAC, MP3, AC-3 and E-AC-3.']],
    goesWith: [['targets', ['hls']]],
  },
  {
    name: 'hlsAudio',
    about: 'With `hlsFormat: \'ts\'`: how sound is packed. Packed audio (AAC in ADTS, MP3, AC-3, E-AC-3) is smaller and the default, but under SAMPLE-AES, since hls.js decrypts samples of transport streams only.',
    group: 'HLS', label: 'Sound beside MPEG-TS', hint: '',
    unset: 'Auto: packed, but ts under SAMPLE-AES',
    kind: 'word', type: 'HlsAudio',
    words: [['ts', 'In transport streams as well.'], ['packed', 'As packed audio.']],
    goesWith: [['hlsFormat', ['ts']]],
  },
  {
    name: 'hlsStart',
    about: 'Where players of HLS start, in seconds from the start of the presentation or, below 0, from its end (`EXT-X-START`, precisely there). By default they start at the beginning.',
    group: 'HLS', label: 'Start of playback', hint: 'From the start or, below 0, from the end',
    unset: 'The beginning',
    kind: 'number', type: 'number',
    min: -86400, max: 86400,
    unit: 's',
    goesWith: [['targets', ['cmaf', 'hls']]],
  },
  {
    name: 'programDateTime',
    about: 'The date and time that the start of the presentation stands for, in ISO 8601 with a time zone, as in `2026-02-19T14:54:23.031Z`: in every media playlist (`EXT-X-PROGRAM-DATE-TIME`).',
    group: 'HLS', label: 'Date and time of the start', hint: 'With a time zone, as 2026-02-19T14:54:23.031Z',
    unset: 'Not said',
    kind: 'text', type: 'string',
    form: 'TIME',
    goesWith: [['targets', ['cmaf', 'hls']]],
  },
  {
    name: 'seed',
    about: '1 to 32 bytes in hexadecimal digits from which keys and IVs are drawn, for byte-for-byte reproducible output. For tests: with the same seed and input the same key and IVs come out. Secure random by default.',
    group: 'For tests', label: 'Seed', hint: '1 to 32 bytes in hex that keys and IVs are drawn from: the same output each time',
    unset: 'Random',
    kind: 'text', type: 'string',
    secret: true,
    form: 'HEX',
  },
  {
    name: 'journal',
    about: 'Keeps a journal beside the output while the job runs, from which an interrupted job goes on: after a crash or a closed tab, and after a full disk, a lost input or a dead worker, when what is written stays. An abort, and errors that would come again, remove it as they do without. `with-keys` keeps random keys in the journal too, so that none have to be given to go on; else it has no key. `false` by default.',
    group: 'Output', label: 'Keep a random key until the job is done', hint: 'Stored in this browser, so that an interrupted job goes on without being told it',
    often: true,
    kind: 'host', type: 'boolean | \'with-keys\'',
  },
  {
    name: 'resume',
    about: 'Goes on with the job that was interrupted in this output, given the same inputs, options and keys: what is there is checked, and kept. Where it doesn\'t fit the job rejects (`RESUME_MISMATCH`) and nothing is changed. Without a journal in the output the job starts anew; either way it keeps one. `false` by default.',
    group: 'Output', label: '', hint: '',
    kind: 'host', type: 'boolean',
  },
  {
    name: 'signal',
    about: 'Ends the job early: it rejects with the signal\'s reason, and its output is removed. Closes a preview.',
    group: '', label: '', hint: '',
    kind: 'host', type: 'AbortSignal',
  },
  {
    name: 'onPlan',
    about: 'Called when the plan is made and checked, before anything is encrypted.',
    group: '', label: '', hint: '',
    kind: 'host', type: '(plan: PlanSummary) => void',
  },
  {
    name: 'onProgress',
    about: 'Called as the job goes on.',
    group: '', label: '', hint: '',
    kind: 'host', type: '(progress: Progress) => void',
  },
  {
    name: 'onLog',
    about: 'Called with a sentence a line for a log. Never holds a key.',
    group: '', label: '', hint: '',
    kind: 'host', type: '(line: string) => void',
  },
];
