/** The commands of the command line. Generated from `src/commands.rs` by `npm run generate`: don't edit. */

/** A flag of a command. */
export interface Flag {
  /** Its name, without the dashes. */
  readonly name: string;
  /** Its letter, if it has one. */
  readonly short?: string;
  /** What stands for its value; none for a flag without. */
  readonly value?: string;
  /** The option that it sets: the names on the way to it. */
  readonly path: readonly string[];
  /** Further options that it sets, likewise. */
  readonly also?: readonly (readonly string[])[];
  /**
   * What its value becomes: `true`, `false` and `item` are of flags without one; `texts` collects a text each time,
   * `list` and `numbers` are separated by commas, `members` names members that are chosen. What is `own` the program
   * reads itself.
   */
  readonly as: 'true' | 'false' | 'item' | 'number' | 'numbers' | 'text' | 'texts' | 'list' | 'members' | 'own' | 'owns';
  /** The heading that it stands under in the help. */
  readonly group: string;
  /** What the help says of it, a line each. */
  readonly help: readonly string[];
}

/** A command. */
export interface Command {
  readonly name: string;
  /** What stands behind its name. */
  readonly arguments: string;
  /** What it does, a line each. */
  readonly about: readonly string[];
  readonly flags: readonly Flag[];
}

/** The commands. */
export const COMMANDS: readonly Command[] = [
  {
    name: 'package', arguments: 'INPUT... -o DIR',
    about: ['Packages media for DASH, CMAF and HLS with Common Encryption. Several INPUTs are', 'renditions of one title and become one presentation; media segments go with the init segment', 'before them. Subtitles as WebVTT, SRT and TTML say by their names what they are, as in', 'film.pt-BR.forced.srt or film.en.sdh.vtt.'],
    flags: [
      { name: 'output', short: 'o', value: 'DIR', path: ['output'], as: 'own', group: 'Output', help: ['the folder that the targets\' folders are made in, FILE.zip for one ZIP archive, or an', 'http or https address, below which each file is sent by PUT, manifests last'] },
      { name: 'cmaf', path: ['targets'], as: 'item', group: 'Targets', help: ['one set of segments with an MPD and HLS playlists (the default)'] },
      { name: 'dash', path: ['targets'], as: 'item', group: 'Targets', help: ['DASH with segments of its own'] },
      { name: 'hls', path: ['targets'], as: 'item', group: 'Targets', help: ['HLS with segments of its own'] },
      { name: 'no-encryption', path: ['encryption'], as: 'false', group: 'Protection', help: ['leave the samples clear'] },
      { name: 'scheme', value: 'NAME', path: ['scheme'], as: 'text', group: 'Protection', help: ['cenc or cbcs; for --dash also cens and cbc1', '(default: cenc for --dash, else cbcs)'] },
      { name: 'key', value: '[LABEL=]KID:KEY', path: ['keys'], as: 'texts', group: 'Protection', help: ['content key; each side in hex, as a UUID, base64 or base64url.', 'Repeat it for tracks of a label: SD, HD, UHD1, UHD2, AUDIO, VIDEO,', 'AUDIO-en, video-1 …; LABEL@1 is the second crypto period', '(default: a random one, which is printed)'] },
      { name: 'decryption-key', value: 'KID:KEY', path: ['decryptionKeys'], as: 'texts', group: 'Protection', help: ['key that a protected INPUT is decrypted with; may be repeated'] },
      { name: 'multi-key', path: ['multiKey'], as: 'true', group: 'Protection', help: ['random keys for each label, not one for all'] },
      { name: 'clear', value: 'LABEL', path: ['clear'], as: 'texts', group: 'Protection', help: ['leave the tracks of this label clear; may be repeated'] },
      { name: 'clear-lead', value: 'S', path: ['clearLead'], as: 'number', group: 'Protection', help: ['leave the first S seconds clear'] },
      { name: 'crypto-period', value: 'S', path: ['cryptoPeriod'], as: 'number', group: 'Protection', help: ['take a new key every S seconds'] },
      { name: 'pattern', value: 'CRYPT:SKIP', path: ['pattern'], as: 'text', group: 'Protection', help: ['blocks of video that cbcs and cens encrypt and skip (default: 1:9)'] },
      { name: 'iv', value: 'HEX', path: ['iv'], as: 'text', group: 'Protection', help: ['8 or 16 bytes for cenc and cens, 16 for cbcs (default: random)'] },
      { name: 'iv-size', value: '8|16', path: ['ivSize'], as: 'number', group: 'Protection', help: ['bytes of each sample\'s IV under cenc and cens (default: 8)'] },
      { name: 'segment-duration', value: 'S', path: ['segmentDuration'], as: 'number', group: 'Segments', help: ['target duration of a segment in seconds (default: 6)'] },
      { name: 'single-file', path: ['singleFile'], as: 'true', group: 'Segments', help: ['one file a track with a segment index, not a folder of segments'] },
      { name: 'segment-names', value: 'number|time', path: ['segmentNames'], as: 'text', group: 'Segments', help: ['what segments are named by (default: number)'] },
      { name: 'skip-unsupported', path: ['skipUnsupported'], as: 'true', group: 'Tracks', help: ['leave out video and sound that can\'t be packaged, rather than fail'] },
      { name: 'lengths', value: 'keep|pictures', path: ['lengths'], as: 'text', group: 'Timeline', help: ['what ends at different times: keep each to its end, also sizes of one', 'title, which are refused otherwise; or end sound with the pictures'] },
      { name: 'trick-play', path: ['trickPlay'], as: 'true', group: 'Timeline', help: ['offer each video\'s key frames in MPDs as a track of their own, for winding'] },
      { name: 'cue-points', value: 'S,...', path: ['cuePoints'], as: 'numbers', group: 'Timeline', help: ['start a new Period of the MPD at the key frame at or after each of these times'] },
      { name: 'thumbnails', value: 'PATH', path: ['thumbnails', 'images'], as: 'owns', group: 'Timeline', help: ['pictures for the timeline of players: a JPEG or PNG file, or a folder', 'of them, which are taken in the order of their names. Each is a sheet', 'of pictures, row by row. May be repeated'] },
      { name: 'thumbnail-interval', value: 'S', path: ['thumbnails', 'interval'], as: 'own', group: 'Timeline', help: ['seconds from one picture to the next (default: 10)'] },
      { name: 'thumbnail-grid', value: 'CxR', path: ['thumbnails', 'columns'], as: 'own', group: 'Timeline', help: ['columns and rows of each sheet (default: 1x1, single pictures)'] },
      { name: 'track', value: 'N[.KIND[.M]]:NAME=VALUE,...', path: ['tracks'], as: 'owns', group: 'Tracks', help: ['say of the tracks of the Nth INPUT, of its video, audio or text, or', 'of the Mth of these what the file doesn\'t: language=TAG, role=ROLE', '(with + between several, of DASH\'s role scheme), forced=yes or no,', 'use=no to leave it out, rate=25 or 30000/1001 for raw H.264 and', 'HEVC, and as the last one label=TEXT. May be repeated'] },
      { name: 'captions', value: 'CHANNEL=LANGUAGE,...', path: ['captions'], as: 'list', group: 'Tracks', help: ['languages of the captions within the pictures, as in CC1=en,CC3=es or', 'SERVICE1=en; those that are not found are listed, too'] },
      { name: 'drm', value: 'SYSTEM,...', path: ['drm'], as: 'members', group: 'DRM', help: ['DRM systems to signal: widevine, playready, fairplay, wiseplay, marlin, primetime, irdeto, clearkey, common (default: clearkey)'] },
      { name: 'widevine-provider', value: 'NAME', path: ['drm', 'widevine', 'provider'], as: 'text', group: 'DRM', help: ['the content provider\'s name at the license service'] },
      { name: 'playready-la-url', value: 'URL', path: ['drm', 'playready', 'licenseUrl'], as: 'text', group: 'DRM', help: ['PlayReady license server'] },
      { name: 'playready-header', value: 'VERSION', path: ['drm', 'playready', 'headerVersion'], as: 'text', group: 'DRM', help: ['version of the header: 4.0, 4.1, 4.2 or 4.3'] },
      { name: 'fairplay-uri', value: 'URI', path: ['drm', 'fairplay', 'uri'], as: 'text', group: 'DRM', help: ['with {kid}, {uuid}, {base64} and {contentId} in it (default: skd://{uuid})'] },
      { name: 'hls-key-format', value: 'NAME', path: ['drm', 'clearkey', 'hlsKeyFormat'], as: 'text', group: 'HLS', help: ['whom ClearKey\'s line in playlists is for: identity, for Shaka Player, or org.w3.clearkey, for hls.js (default: identity)'] },
      { name: 'pssh', value: '[SYSTEM:]DATA', path: ['drm', 'pssh'], as: 'texts', group: 'DRM', help: ['a pssh box, or a system\'s data, in hex or base64; stands first, and in place of what would be made. May be repeated'] },
      { name: 'pssh-in', value: 'PLACE', path: ['drm', 'psshPlacement'], as: 'text', group: 'DRM', help: ['where pssh boxes go: moov, mpd or both (default: both)'] },
      { name: 'clearkey-url', value: 'URL', path: ['clearKeyLicenseUrl'], as: 'text', group: 'DRM', help: ['ClearKey license server, named in the MPD'] },
      { name: 'hls-method', value: 'SAMPLE-AES|AES-128', path: ['hlsMethod'], as: 'text', group: 'HLS', help: ['encrypt samples, or whole segments of the hls target (default: SAMPLE-AES)'] },
      { name: 'hls-key-uri', value: 'URI', path: ['hlsKeyUri'], as: 'text', group: 'HLS', help: ['URI of the identity key, named in the playlists; {kid} and {uuid} in it', 'stand for the key id'] },
      { name: 'hls-key-files', path: ['hlsKeyFiles'], as: 'true', group: 'HLS', help: ['for AES-128 and MPEG-TS: write the keys beside the playlists'] },
      { name: 'hls-format', value: 'fmp4|ts', path: ['hlsFormat'], as: 'text', group: 'HLS', help: ['segments of the hls target: fragmented MP4 or MPEG-TS (default: fmp4)'] },
      { name: 'hls-audio', value: 'ts|packed', path: ['hlsAudio'], as: 'text', group: 'HLS', help: ['sound beside MPEG-TS: in MPEG-TS too, or packed audio', '(default: packed; ts under SAMPLE-AES)'] },
      { name: 'hls-start', value: 'S', path: ['hlsStart'], as: 'number', group: 'HLS', help: ['where players of HLS start, in seconds; --hls-start=-S counts from the end'] },
      { name: 'program-date-time', value: 'TIME', path: ['programDateTime'], as: 'text', group: 'HLS', help: ['date and time (ISO 8601, with a time zone) of the start, for HLS'] },
      { name: 'seed', value: 'HEX', path: ['seed'], as: 'text', group: 'For tests', help: ['draw keys and IVs from this seed: reproducible output, for tests only'] },
      { name: 'journal-keys', path: ['journal'], as: 'own', group: 'Output', help: ['while the job runs, keep random keys beside the output, so that', '--resume needs none'] },
      { name: 'resume', path: ['resume'], as: 'own', group: 'Output', help: ['go on with the job that was interrupted in this folder, given the', 'same inputs, options and keys: what is there is checked and kept'] },
      { name: 'force', path: ['force'], as: 'own', group: 'Output', help: ['replace files that are there already'] },
      { name: 'put-header', value: 'NAME:VALUE', path: ['putHeader'], as: 'owns', group: 'Output', help: ['header of each PUT, such as Authorization; may be repeated. @NAME', 'in place of the value takes it from the environment'] },
      { name: 'report', value: 'FILE', path: ['report'], as: 'own', group: 'Command', help: ['write the support report (XML) there, for success and failure alike'] },
      { name: 'quiet', short: 'q', path: ['quiet'], as: 'own', group: 'Command', help: ['print no progress'] },
      { name: 'json', path: ['json'], as: 'own', group: 'Command', help: ['print the result as one JSON object'] },
      { name: 'help', short: 'h', path: ['help'], as: 'own', group: 'Command', help: ['print this'] },
      { name: 'version', path: ['version'], as: 'own', group: 'Command', help: ['print the version'] },
    ],
  },
  {
    name: 'verify', arguments: 'DIR|MANIFEST',
    about: ['Reads every file that the manifests name, checks manifests against segments and boxes against', 'each other, decrypts every sample, and compares it with the source where that is given. The', 'exit status is 1 if there is a fault. Output of other packagers is checked as well.'],
    flags: [
      { name: 'key', value: 'KID:KEY', path: ['keys'], as: 'texts', group: '', help: ['content key that samples are decrypted with; may be repeated'] },
      { name: 'source', value: 'FILE', path: ['source'], as: 'owns', group: '', help: ['what was packaged: every sample is compared with it; may be repeated'] },
      { name: 'json', path: ['json'], as: 'own', group: 'Command', help: ['print the result as one JSON object'] },
      { name: 'help', short: 'h', path: ['help'], as: 'own', group: 'Command', help: ['print this'] },
      { name: 'version', path: ['version'], as: 'own', group: 'Command', help: ['print the version'] },
    ],
  },
  {
    name: 'check', arguments: 'DIR|PLAYLIST',
    about: ['Checks HLS playlists, of whatever packager, by the rules of RFC 8216, its second edition and', 'Apple\'s HLS Authoring Specification, with what that recommends of the content. Of segments', 'only sizes and first bytes are read. The exit status is 1 if there is an error; warnings', 'leave it 0.'],
    flags: [
      { name: 'json', path: ['json'], as: 'own', group: 'Command', help: ['print the result as one JSON object'] },
      { name: 'help', short: 'h', path: ['help'], as: 'own', group: 'Command', help: ['print this'] },
      { name: 'version', path: ['version'], as: 'own', group: 'Command', help: ['print the version'] },
    ],
  },
  {
    name: 'decrypt', arguments: 'INPUT... -o DIR --key KID:KEY',
    about: ['Decrypts protected MP4 files, or what a manifest lists, to clear MP4: one file a track.'],
    flags: [
      { name: 'key', value: 'KID:KEY', path: ['keys'], as: 'texts', group: 'Decryption', help: ['content key; may be repeated'] },
      { name: 'force', path: ['replace'], as: 'true', group: 'Output', help: ['replace files that are there already'] },
      { name: 'output', short: 'o', value: 'DIR', path: ['output'], as: 'own', group: 'Output', help: ['the folder that the files go into'] },
      { name: 'json', path: ['json'], as: 'own', group: 'Command', help: ['print the result as one JSON object'] },
      { name: 'help', short: 'h', path: ['help'], as: 'own', group: 'Command', help: ['print this'] },
      { name: 'version', path: ['version'], as: 'own', group: 'Command', help: ['print the version'] },
    ],
  },
];

/** The flags whose values the program reads itself. */
export type OwnFlag =
  | 'force'
  | 'help'
  | 'journal-keys'
  | 'json'
  | 'output'
  | 'put-header'
  | 'quiet'
  | 'report'
  | 'resume'
  | 'source'
  | 'thumbnail-grid'
  | 'thumbnail-interval'
  | 'thumbnails'
  | 'track'
  | 'version';
