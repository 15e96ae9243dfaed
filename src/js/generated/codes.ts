/** The table of error codes, and the words of places. Generated from `src/error` by `npm run generate`: don't edit. */

/** Who can act on an error. */
export type ErrorClass = 'input' | 'unsupported' | 'limit' | 'keys' | 'usage' | 'server' | 'output' | 'internal';

/** The stable codes. */
export type ErrorCode =
  | 'INPUT_EMPTY'
  | 'INPUT_READ_FAILED'
  | 'INPUT_NOT_FOUND'
  | 'INPUT_NOT_RECOGNISED'
  | 'INPUT_UNSUPPORTED'
  | 'INPUT_TRUNCATED'
  | 'INPUT_DAMAGED'
  | 'MP4_BOX_TRUNCATED'
  | 'MP4_BOX_INVALID'
  | 'MP4_BOX_MISSING'
  | 'MP4_SAMPLE_OUT_OF_FILE'
  | 'MP4_FRAGMENTED'
  | 'MP4_SEGMENTS_OVERLAP'
  | 'MP4_ENCRYPTED'
  | 'PROTECTION_UNSUPPORTED'
  | 'DECRYPTION_KEY_WRONG'
  | 'TS_SCRAMBLED'
  | 'TRACK_NONE'
  | 'TRACK_UNSUPPORTED'
  | 'VIDEO_NOT_ALIGNED'
  | 'VIDEO_LENGTHS_DIFFER'
  | 'CODEC_INVALID'
  | 'CODEC_UNSUPPORTED'
  | 'CONTAINER_UNSUPPORTED'
  | 'SCHEME_UNSUPPORTED'
  | 'LIMIT_EXCEEDED'
  | 'KEY_INVALID'
  | 'KEY_MISSING'
  | 'IV_INVALID'
  | 'IV_REUSED'
  | 'PSSH_INVALID'
  | 'DRM_SCHEME_CONFLICT'
  | 'DRM_DATA_MISSING'
  | 'OPTION_MISSING'
  | 'OPTION_INVALID'
  | 'OPTION_COUNT'
  | 'CPIX_INVALID'
  | 'CPIX_KEY_MISSING'
  | 'CPIX_MAC_MISMATCH'
  | 'DELIVERY_KEY_MISSING'
  | 'DELIVERY_KEY_INVALID'
  | 'CONTENT_ID_INVALID'
  | 'KEY_REQUEST_INVALID'
  | 'KEY_SERVER_UNREACHABLE'
  | 'KEY_SERVER_TIMEOUT'
  | 'KEY_SERVER_BLOCKED'
  | 'KEY_SERVER_ERROR'
  | 'KEY_SERVER_ANSWER_INVALID'
  | 'OUTPUT_WRITE_FAILED'
  | 'OUTPUT_EXISTS'
  | 'OUTPUT_PATH_TOO_LONG'
  | 'OUTPUT_NAME_TOO_LONG'
  | 'OUTPUT_NO_SPACE'
  | 'OUTPUT_NOT_FOUND'
  | 'PREVIEW_CLOSED'
  | 'RESUME_MISMATCH'
  | 'OUTPUT_SERVER_ERROR'
  | 'OUTPUT_SERVER_UNREACHABLE'
  | 'INTERNAL';

/** What holds of every error with a code: who can act, the number in the numeric table, what the user may do. */
export interface CodeFacts {
  readonly errorClass: ErrorClass;
  readonly number: number;
  readonly advice: string;
}

/** The table of codes. */
export const CODES: Readonly<Record<ErrorCode, CodeFacts>> = {
  INPUT_EMPTY: {
    errorClass: 'input',
    number: 1202,
    advice: 'The file is empty: copy or export it again.',
  },
  INPUT_READ_FAILED: {
    errorClass: 'input',
    number: 1202,
    advice: 'Check that the file may be read, and choose it again: it may have been moved or changed since it was chosen.',
  },
  INPUT_NOT_FOUND: {
    errorClass: 'input',
    number: 1201,
    advice: 'Check the path.',
  },
  INPUT_NOT_RECOGNISED: {
    errorClass: 'input',
    number: 1202,
    advice: 'Convert the file first, to one of the formats that are read, for example: ffmpeg -i INPUT -c copy OUTPUT.mp4',
  },
  INPUT_UNSUPPORTED: {
    errorClass: 'unsupported',
    number: 1102,
    advice: 'Convert the file first, for example: ffmpeg -i INPUT -c copy OUTPUT.mp4 (without -c copy where its codecs don\'t go into an MP4)',
  },
  INPUT_TRUNCATED: {
    errorClass: 'input',
    number: 1202,
    advice: 'The file was cut short by a broken download or recording. Get it again, or repair it first.',
  },
  INPUT_DAMAGED: {
    errorClass: 'input',
    number: 1202,
    advice: 'The file is damaged. Rewrite it first, for example: ffmpeg -i INPUT -c copy OUTPUT.mp4',
  },
  MP4_BOX_TRUNCATED: {
    errorClass: 'input',
    number: 1202,
    advice: 'The file was cut short by a broken download or recording. Get it again, or repair it first.',
  },
  MP4_BOX_INVALID: {
    errorClass: 'input',
    number: 1202,
    advice: 'The file is damaged. Rewrite it first, for example: ffmpeg -i INPUT -c copy OUTPUT.mp4',
  },
  MP4_BOX_MISSING: {
    errorClass: 'input',
    number: 1202,
    advice: 'The file is incomplete: a recording that was never finished has no moov box. Get it again, or repair it first.',
  },
  MP4_SAMPLE_OUT_OF_FILE: {
    errorClass: 'input',
    number: 1202,
    advice: 'The file was cut short, or its tables are damaged. Get it again, or repair it first.',
  },
  MP4_FRAGMENTED: {
    errorClass: 'unsupported',
    number: 1102,
    advice: 'Give the init segment before its media segments, for example: tabpack package init.mp4 1.m4s 2.m4s -o DIR',
  },
  MP4_SEGMENTS_OVERLAP: {
    errorClass: 'input',
    number: 1102,
    advice: 'Give each media segment once, behind the init segment of its own rendition.',
  },
  MP4_ENCRYPTED: {
    errorClass: 'unsupported',
    number: 1102,
    advice: 'Give its key as KID:KEY (with --decryption-key to tabpack package, with --key to tabpack decrypt, as decryptionKeys in JavaScript), or package the clear source of this file.',
  },
  PROTECTION_UNSUPPORTED: {
    errorClass: 'unsupported',
    number: 1102,
    advice: 'Package the clear source of this file: only Common Encryption and PIFF are decrypted, with the content key.',
  },
  DECRYPTION_KEY_WRONG: {
    errorClass: 'keys',
    number: 1102,
    advice: 'Check which key belongs to the key id: what it makes of the samples is no sound and no picture.',
  },
  TS_SCRAMBLED: {
    errorClass: 'unsupported',
    number: 1102,
    advice: 'Record or export it unscrambled: the receiver removes the conditional access of a broadcast, not tabpack.',
  },
  TRACK_NONE: {
    errorClass: 'unsupported',
    number: 1102,
    advice: 'Convert the tracks first, to H.264, HEVC, AV1 or VP9 and to AAC, AC-3, Opus or FLAC, for example: ffmpeg -i INPUT -c:v libx264 -c:a aac OUTPUT.mp4',
  },
  TRACK_UNSUPPORTED: {
    errorClass: 'unsupported',
    number: 1102,
    advice: 'Convert the track first, for example: ffmpeg -i INPUT -c:v libx264 -c:a aac OUTPUT.mp4. Or leave it out with --skip-unsupported (skipUnsupported in JavaScript).',
  },
  VIDEO_NOT_ALIGNED: {
    errorClass: 'input',
    number: 1102,
    advice: 'Encode all renditions with key frames at the same times (a fixed GOP, no scene-cut key frames). Or leave all but one out (option tracks: use).',
  },
  VIDEO_LENGTHS_DIFFER: {
    errorClass: 'input',
    number: 1102,
    advice: 'Give renditions of the same length. Or keep the lengths (option lengths: keep): then the longer are cut on by their own key frames.',
  },
  CODEC_INVALID: {
    errorClass: 'input',
    number: 1202,
    advice: 'The track is damaged, or is not what its sample entry says. Encode it again.',
  },
  CODEC_UNSUPPORTED: {
    errorClass: 'unsupported',
    number: 1102,
    advice: 'Encode the track again without this feature.',
  },
  CONTAINER_UNSUPPORTED: {
    errorClass: 'unsupported',
    number: 1102,
    advice: 'Package into fMP4 segments, which can hold every codec: --hls-format fmp4 (hlsFormat in JavaScript). Or encode the track again, as H.264, AAC-LC, AC-3 or E-AC-3.',
  },
  SCHEME_UNSUPPORTED: {
    errorClass: 'unsupported',
    number: 1102,
    advice: 'Choose another scheme for this track: every codec allows cenc.',
  },
  LIMIT_EXCEEDED: {
    errorClass: 'limit',
    number: 1102,
    advice: 'The input exceeds what tabpack can handle with bounded memory. If segments are too large, encode with more key frames.',
  },
  KEY_INVALID: {
    errorClass: 'keys',
    number: 1102,
    advice: 'Give KID:KEY, each 16 bytes as 32 hexadecimal digits, a UUID, base64 or base64url.',
  },
  KEY_MISSING: {
    errorClass: 'keys',
    number: 1102,
    advice: 'Give the keys as KID:KEY: one without a label for all tracks, or one for each label (SD, HD, UHD1, UHD2, AUDIO, a track\'s name, or AUDIO with a language, as in AUDIO-en).',
  },
  IV_INVALID: {
    errorClass: 'keys',
    number: 1102,
    advice: 'Give the IV as hexadecimal digits: 16 or 32 digits (8 or 16 bytes) for cenc and cens, 32 digits for cbcs, none for cbc1.',
  },
  IV_REUSED: {
    errorClass: 'keys',
    number: 1102,
    advice: 'Leave the IV and the seed out, so that they are random, or give another key.',
  },
  PSSH_INVALID: {
    errorClass: 'keys',
    number: 1102,
    advice: 'Give a whole pssh box, or its data as SYSTEM:DATA, in hexadecimal digits or base64.',
  },
  DRM_SCHEME_CONFLICT: {
    errorClass: 'usage',
    number: 1102,
    advice: 'Choose another scheme or leave the system out: FairPlay takes only cbcs; PlayReady takes cbcs with header 4.3, cenc with any header, and several keys with 4.2 and 4.3.',
  },
  DRM_DATA_MISSING: {
    errorClass: 'usage',
    number: 1101,
    advice: 'The license service of this system provides the data: pass it on as pssh.',
  },
  OPTION_MISSING: {
    errorClass: 'usage',
    number: 1101,
    advice: 'See the usage for what is required.',
  },
  OPTION_INVALID: {
    errorClass: 'usage',
    number: 1102,
    advice: 'See the usage for the allowed values.',
  },
  OPTION_COUNT: {
    errorClass: 'usage',
    number: 1103,
    advice: 'See the usage for how many may be given.',
  },
  CPIX_INVALID: {
    errorClass: 'keys',
    number: 1102,
    advice: 'Check that it is a whole CPIX document (version 2.0 to 2.4, or SPEKE\'s dialect), as the key server wrote it.',
  },
  CPIX_KEY_MISSING: {
    errorClass: 'keys',
    number: 1102,
    advice: 'Ask only for keys of tracks that the document or the server has keys for.',
  },
  CPIX_MAC_MISMATCH: {
    errorClass: 'keys',
    number: 2002,
    advice: 'The keys were changed or damaged after the server encrypted them. Ask for them again; if the error stays, tell the server\'s operator.',
  },
  DELIVERY_KEY_MISSING: {
    errorClass: 'keys',
    number: 2004,
    advice: 'Create or import a delivery certificate with its private key, and ask for the keys with it.',
  },
  DELIVERY_KEY_INVALID: {
    errorClass: 'keys',
    number: 2005,
    advice: 'Use the private key of the certificate with which the keys were requested.',
  },
  CONTENT_ID_INVALID: {
    errorClass: 'usage',
    number: 1102,
    advice: 'Give a content id of 1 to 200 letters, digits, dots, hyphens and underscores.',
  },
  KEY_REQUEST_INVALID: {
    errorClass: 'usage',
    number: 1102,
    advice: 'Change the tracks, the scheme or the DRM systems that keys are requested for.',
  },
  KEY_SERVER_UNREACHABLE: {
    errorClass: 'server',
    number: 2001,
    advice: 'Check the server\'s address and the network connection, then start again.',
  },
  KEY_SERVER_TIMEOUT: {
    errorClass: 'server',
    number: 2001,
    advice: 'Start again; if the server is known to be slow, allow it more time.',
  },
  KEY_SERVER_BLOCKED: {
    errorClass: 'server',
    number: 2001,
    advice: 'Ask the server\'s operator to allow this page\'s origin (CORS), set a proxy that does, or fetch the CPIX document elsewhere and paste it.',
  },
  KEY_SERVER_ERROR: {
    errorClass: 'server',
    number: 2002,
    advice: 'Act on what the server says: check the credentials, the content id and what was requested.',
  },
  KEY_SERVER_ANSWER_INVALID: {
    errorClass: 'server',
    number: 2002,
    advice: 'Check that the address is that of the service chosen; if it is, tell the server\'s operator.',
  },
  OUTPUT_WRITE_FAILED: {
    errorClass: 'output',
    number: 1202,
    advice: 'Check that the folder is writable and not in use.',
  },
  OUTPUT_EXISTS: {
    errorClass: 'output',
    number: 1202,
    advice: 'Choose an empty folder, or allow it to be replaced.',
  },
  OUTPUT_PATH_TOO_LONG: {
    errorClass: 'output',
    number: 1203,
    advice: 'Choose a folder with a shorter path.',
  },
  OUTPUT_NAME_TOO_LONG: {
    errorClass: 'output',
    number: 1204,
    advice: 'Choose a shorter name.',
  },
  OUTPUT_NO_SPACE: {
    errorClass: 'output',
    number: 1205,
    advice: 'Free some space (delete packaged results that you no longer need) and start again.',
  },
  OUTPUT_NOT_FOUND: {
    errorClass: 'usage',
    number: 1201,
    advice: 'Ask for the files that the manifests name, by their paths below the output\'s root.',
  },
  PREVIEW_CLOSED: {
    errorClass: 'usage',
    number: 1202,
    advice: 'Open the preview again.',
  },
  RESUME_MISMATCH: {
    errorClass: 'usage',
    number: 1102,
    advice: 'Give the same inputs, options and keys as for the interrupted job, or delete its output and start over.',
  },
  OUTPUT_SERVER_ERROR: {
    errorClass: 'output',
    number: 2002,
    advice: 'Act on what the server says: check the address, its permissions and whether it has expired.',
  },
  OUTPUT_SERVER_UNREACHABLE: {
    errorClass: 'output',
    number: 2001,
    advice: 'Check the server\'s address, its CORS rules and the network connection, then start again.',
  },
  INTERNAL: {
    errorClass: 'internal',
    number: -1,
    advice: 'This is a bug in tabpack: please report it with the log.',
  },
};

/** The words for each part of a place, in the order in which they are said. */
export const PLACES = [
  ['input', 'in {input}'],
  ['line', 'line {line}'],
  ['segment', 'segment {segment}'],
  ['sample', 'sample {sample}'],
  ['boxes', 'box {boxes}'],
  ['offset', 'at byte {offset}'],
  ['option', 'option {option}'],
] as const;
