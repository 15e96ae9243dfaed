/** What is known of a job's options. Generated from `src/packager/options` by `npm run generate`: don't edit. */

/** What is known of an option of a job. */
export interface OptionInfo {
  /** Its name. */
  readonly name: string;
  /** Its documentation. */
  readonly about: string;
  /** The heading that it stands under; empty for none. */
  readonly group: string;
  /** What a page calls it, and says beside that; empty for an option that pages don't offer. */
  readonly label: string;
  readonly hint: string;
  /** What it is: `host` for what only a program can give, `object` and `list` for what has no control of its own. */
  readonly kind: 'flag' | 'number' | 'text' | 'word' | 'words' | 'list' | 'object' | 'host';
  /** Its type in TypeScript. */
  readonly type: string;
  /** Whether it must be given. */
  readonly required?: true;
  /** Whether it is a secret. */
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
  /** What a text looks like. */
  readonly form?: string;
  /** It does something with one of these options only, as one of the words where there are some. */
  readonly goesWith?: readonly (readonly [option: string, words: readonly string[]])[];
  /** It does nothing beside any of these. */
  readonly notBeside?: readonly (readonly [option: string, words: readonly string[]])[];
}

/** The options of a job, in the order in which they are documented. */
export const OPTIONS: readonly OptionInfo[] = [
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
    kind: 'words', type: 'readonly Target[]',
    default: ['cmaf'],
    words: [['cmaf', 'One set of segments under `cmaf/` with an MPD and HLS playlists over it.'], ['dash', '`dash/stream.mpd` with segments of its own.'], ['hls', '`hls/master.m3u8` with segments of its own.']],
  },
  {
    name: 'scheme',
    about: 'The protection scheme of all targets; by default `cbcs` for `cmaf` and `hls`, `cenc` for `dash`, and `cenc` where a codec can\'t be protected by `cbcs`, as VP9.',
    group: 'Protection', label: 'Scheme', hint: '',
    kind: 'word', type: 'Scheme',
    words: [['cenc', ''], ['cens', ''], ['cbc1', ''], ['cbcs', '']],
    notBeside: [['encryption', ['false']]],
  },
  {
    name: 'key',
    about: 'The content key as `KID:KEY`, each side 32 hexadecimal digits, a UUID, base64 or base64url. By default a random key and key id are made.',
    group: 'Protection', label: 'Key', hint: '',
    kind: 'text', type: 'string',
    secret: true,
    form: '[LABEL=]KID:KEY',
    notBeside: [['encryption', ['false']], ['keyServer', []]],
  },
  {
    name: 'keys',
    about: 'Content keys: as `LABEL=KID:KEY`, or as objects. Labels are `SD`, `HD`, `UHD1`, `UHD2`, `AUDIO`, `VIDEO`, a track\'s name as in `video-2`, or a kind with a language as in `AUDIO-en`; the most specific one wins. Under `cryptoPeriod` also `LABEL@1=…` for the second period and so on.',
    group: 'Protection', label: '', hint: '',
    kind: 'list', type: 'readonly (string | TrackKey)[]',
    notBeside: [['encryption', ['false']], ['keyServer', []]],
  },
  {
    name: 'keyServer',
    about: 'Where the keys come from instead. Its credentials stay in memory.',
    group: '', label: '', hint: '',
    kind: 'host', type: 'KeyServer',
    notBeside: [['encryption', ['false']]],
  },
  {
    name: 'decryptionKeys',
    about: 'Keys as `KID:KEY` that protected inputs are decrypted with.',
    group: 'Protection', label: '', hint: '',
    kind: 'list', type: 'readonly string[]',
  },
  {
    name: 'multiKey',
    about: 'With `true` random keys are made for each label rather than one for all tracks.',
    group: 'Protection', label: '', hint: '',
    kind: 'flag', type: 'boolean',
    default: false,
    notBeside: [['encryption', ['false']], ['key', []], ['keys', []], ['keyServer', []]],
  },
  {
    name: 'clear',
    about: 'Labels whose tracks stay clear, as in `[\'AUDIO\']`.',
    group: 'Protection', label: '', hint: '',
    kind: 'list', type: 'readonly string[]',
    notBeside: [['encryption', ['false']]],
  },
  {
    name: 'pixelLimits',
    about: 'Up to how many pixels a picture is SD, HD, UHD1; 589824, 2073600 and 8847360 by default (the CPIX presets).',
    group: '', label: '', hint: '',
    kind: 'object', type: 'PixelLimits',
    notBeside: [['encryption', ['false']]],
  },
  {
    name: 'clearLead',
    about: 'How many seconds stay clear at the start, exact to the sample; 0 by default.',
    group: 'Protection', label: '', hint: '',
    kind: 'number', type: 'number',
    default: 0,
    min: 0, max: 86400,
    unit: 's',
    notBeside: [['encryption', ['false']]],
  },
  {
    name: 'cryptoPeriod',
    about: 'Key rotation: how many seconds a key is in use, at least 1. One key for the whole presentation by default.',
    group: 'Protection', label: '', hint: '',
    kind: 'number', type: 'number',
    min: 1, max: 86400,
    unit: 's',
    notBeside: [['encryption', ['false']]],
  },
  {
    name: 'pattern',
    about: 'The pattern of video under `cbcs` and `cens` as `CRYPT:SKIP` in blocks of 16 bytes; `1:9` by default.',
    group: 'Protection', label: '', hint: '',
    kind: 'text', type: 'string',
    form: 'CRYPT:SKIP',
    notBeside: [['encryption', ['false']], ['scheme', ['cenc', 'cbc1']]],
  },
  {
    name: 'iv',
    about: 'The IV in hexadecimal digits, 8 or 16 bytes for cenc and cens (the first of a count), 16 for cbcs (constant). Random by default.',
    group: 'Protection', label: '', hint: '',
    kind: 'text', type: 'string',
    form: 'HEX',
    notBeside: [['encryption', ['false']]],
  },
  {
    name: 'ivSize',
    about: 'The size of each sample\'s IV under `cenc` and `cens` in bytes, 8 (the default) or 16.',
    group: 'Protection', label: '', hint: '',
    kind: 'number', type: '8 | 16',
    notBeside: [['encryption', ['false']], ['scheme', ['cbcs', 'cbc1']]],
  },
  {
    name: 'encryption',
    about: '`false` leaves the samples clear; `true` by default.',
    group: 'Protection', label: 'Encryption', hint: '',
    kind: 'flag', type: 'boolean',
    default: true,
  },
  {
    name: 'segmentDuration',
    about: 'The target duration of a segment in seconds, from 0.1 to 60; 6 by default.',
    group: 'Segments', label: 'Target duration in seconds', hint: '',
    kind: 'number', type: 'number',
    default: 6,
    min: 0.1, max: 60,
    unit: 's',
  },
  {
    name: 'singleFile',
    about: '`true` makes each track one file with a segment index, `video-1.mp4`, rather than a folder of segments.',
    group: 'Segments', label: '', hint: '',
    kind: 'flag', type: 'boolean',
    default: false,
  },
  {
    name: 'segmentNames',
    about: 'What the files of segments are named by; `number` by default.',
    group: 'Segments', label: '', hint: '',
    kind: 'word', type: 'SegmentNames',
    default: 'number',
    words: [['number', 'Their number, from 1.'], ['time', 'The start of each in ticks (`$Time$`).']],
    notBeside: [['singleFile', ['true']]],
  },
  {
    name: 'trickPlay',
    about: '`true` offers each video\'s key frames in MPDs as a track of their own, for winding (DASH-IF\'s trick mode). Playlists list key frames of the video itself, for which nothing more is stored.',
    group: 'Timeline', label: '', hint: '',
    kind: 'flag', type: 'boolean',
    default: false,
    goesWith: [['targets', ['cmaf', 'dash']]],
  },
  {
    name: 'cuePoints',
    about: 'Where MPDs start a new Period, for what is put between: seconds from the start. It begins at the first key frame at or after each, where segments of all targets start, too.',
    group: 'Timeline', label: '', hint: '',
    kind: 'list', type: 'readonly number[]',
  },
  {
    name: 'thumbnails',
    about: 'Pictures for the timeline of players: written as they are, and listed in the MPD and the multivariant playlist.',
    group: 'Timeline', label: 'Thumbnails', hint: 'A small picture every ten seconds, drawn by this browser, for players that show them on the timeline',
    kind: 'object', type: 'Thumbnails',
  },
  {
    name: 'tracks',
    about: 'What is said of tracks, in place of what their inputs say; later ones win.',
    group: 'Tracks', label: '', hint: '',
    kind: 'list', type: 'readonly TrackSettings[]',
  },
  {
    name: 'drm',
    about: 'Which DRM systems are signalled, and how; ClearKey by default.',
    group: 'DRM', label: '', hint: '',
    kind: 'object', type: 'DrmOptions',
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
    group: 'HLS', label: '', hint: '',
    kind: 'word', type: 'HlsMethod',
    default: 'SAMPLE-AES',
    words: [['SAMPLE-AES', 'The samples.'], ['AES-128', 'Each segment as a whole, in CBC mode. Then `iv`, of 16 bytes, is the IV of all segments, by default it is each one\'s media sequence number; DRM systems are not signalled; and `hlsKeyUri` or `hlsKeyFiles` says where players find the key.']],
    goesWith: [['targets', ['hls']]],
    notBeside: [['encryption', ['false']]],
  },
  {
    name: 'hlsKeyUri',
    about: 'The URI of the `identity` key in HLS playlists: short for `drm.clearkey.hlsKeyUri`. For AES-128 players fetch the key\'s 16 bytes from it; `{kid}` in it is the key id in 32 hexadecimal digits, `{uuid}` in the 8-4-4-4-12 form.',
    group: 'HLS', label: '', hint: '',
    kind: 'text', type: 'string',
    goesWith: [['targets', ['cmaf', 'hls']]],
    notBeside: [['encryption', ['false']]],
  },
  {
    name: 'hlsKeyFiles',
    about: 'Writes the keys of AES-128, and of SAMPLE-AES in MPEG-TS, beside the playlists, where whoever can fetch those can fetch them.',
    group: 'HLS', label: '', hint: '',
    kind: 'flag', type: 'boolean',
    default: false,
    goesWith: [['hlsMethod', ['AES-128']], ['hlsFormat', ['ts']]],
    notBeside: [['encryption', ['false']], ['hlsKeyUri', []]],
  },
  {
    name: 'hlsFormat',
    about: 'What the segments of the `hls` target are; `fmp4` by default. Under SAMPLE-AES in MPEG-TS, Apple\'s format for it, players fetch the key (`hlsKeyUri` or `hlsKeyFiles`) or get it from FairPlay; keys begin and end with segments.',
    group: 'HLS', label: '', hint: '',
    kind: 'word', type: 'HlsFormat',
    default: 'fmp4',
    words: [['fmp4', 'Fragmented MP4.'], ['ts', 'MPEG-2 transport streams for older devices. Those take H.264, AAC, MP3, AC-3 and E-AC-3.']],
    goesWith: [['targets', ['hls']]],
  },
  {
    name: 'hlsAudio',
    about: 'With `hlsFormat: \'ts\'`: how sound is packed. Packed audio (AAC in ADTS, MP3, AC-3, E-AC-3) is smaller and the default, but under SAMPLE-AES, since hls.js decrypts samples of transport streams only.',
    group: 'HLS', label: '', hint: '',
    kind: 'word', type: 'HlsAudio',
    words: [['ts', 'In transport streams as well.'], ['packed', 'As packed audio.']],
    goesWith: [['hlsFormat', ['ts']]],
  },
  {
    name: 'hlsStart',
    about: 'Where players of HLS start, in seconds from the start of the presentation or, below 0, from its end (`EXT-X-START`, precisely there). By default they start at the beginning.',
    group: 'HLS', label: '', hint: '',
    kind: 'number', type: 'number',
    min: -86400, max: 86400,
    unit: 's',
    goesWith: [['targets', ['cmaf', 'hls']]],
  },
  {
    name: 'programDateTime',
    about: 'The date and time that the start of the presentation stands for, in ISO 8601 with a time zone, as in `2026-02-19T14:54:23.031Z`: in every media playlist (`EXT-X-PROGRAM-DATE-TIME`).',
    group: 'HLS', label: '', hint: '',
    kind: 'text', type: 'string',
    form: 'TIME',
    goesWith: [['targets', ['cmaf', 'hls']]],
  },
  {
    name: 'seed',
    about: '1 to 32 bytes in hexadecimal digits from which keys and IVs are drawn, for byte-for-byte reproducible output. For tests: with the same seed and input the same key and IVs come out. Secure random by default.',
    group: 'For tests', label: '', hint: '',
    kind: 'text', type: 'string',
    secret: true,
    form: 'HEX',
  },
  {
    name: 'journal',
    about: 'Keeps a journal beside the output while the job runs, from which an interrupted job goes on: after a crash or a closed tab, and after a full disk, a lost input or a dead worker, when what is written stays. An abort, and errors that would come again, remove it as they do without. `with-keys` keeps random keys in the journal too, so that none have to be given to go on; else it has no key. `false` by default.',
    group: 'Output', label: 'Keep a random key until the job is done', hint: 'Stored in this browser, so that an interrupted job goes on without being told it',
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
