// Generated from the core's tables by `npm run generate`: not to be edited.

/** A format of input that is read. */
export interface InputFormat {
  /** What people call it: several names, where what reads one reads the others. */
  readonly names: readonly string[];
  /** The endings that files of it have, without the dot, with the media types of such files. */
  readonly endings: Readonly<Record<string, string>>;
}

/** The formats of input that are read, by what files hold: their names may be others. */
export const INPUT_FORMATS: readonly InputFormat[] = [
  { names: ['MP4', 'MOV'], endings: { mp4: 'video/mp4', m4v: 'video/mp4', m4s: 'video/mp4', m4a: 'audio/mp4', mov: 'video/quicktime', '3gp': 'video/3gpp' } },
  { names: ['WebM', 'Matroska'], endings: { webm: 'video/webm', weba: 'audio/webm', mkv: 'video/matroska', mka: 'audio/matroska' } },
  { names: ['FLV'], endings: { flv: 'video/x-flv' } },
  { names: ['FLAC'], endings: { flac: 'audio/flac' } },
  { names: ['raw H.264'], endings: { h264: 'video/H264', '264': 'video/H264', avc: 'video/H264' } },
  { names: ['raw HEVC'], endings: { hevc: 'video/H265', h265: 'video/H265', '265': 'video/H265' } },
  { names: ['WebVTT'], endings: { vtt: 'text/vtt' } },
  { names: ['TTML'], endings: { ttml: 'application/ttml+xml', ttml2: 'application/ttml+xml', dfxp: 'application/ttml+xml', itt: 'application/ttml+xml', xml: 'application/ttml+xml' } },
  { names: ['SubRip'], endings: { srt: 'application/x-subrip' } },
  { names: ['MPEG transport stream'], endings: { ts: 'video/mp2t', m2ts: 'video/mp2t', mts: 'video/mp2t' } },
  { names: ['MP3', 'MP2'], endings: { mp3: 'audio/mpeg', mp2: 'audio/mpeg' } },
  { names: ['AAC'], endings: { aac: 'audio/aac' } },
  { names: ['AC-3', 'E-AC-3'], endings: { ac3: 'audio/ac3', ec3: 'audio/eac3', eac3: 'audio/eac3' } },
  { names: ['DTS'], endings: { dts: 'audio/vnd.dts' } },
];

/** The media types of the files that are written, by the endings of their names; of some it depends on what they hold. */
export const MEDIA_TYPES: Readonly<Record<string, string | Readonly<Record<'video' | 'audio' | 'text', string>>>> = {
  mpd: 'application/dash+xml',
  m3u8: 'application/vnd.apple.mpegurl',
  mp4: { video: 'video/mp4', audio: 'audio/mp4', text: 'application/mp4' },
  m4s: { video: 'video/mp4', audio: 'audio/mp4', text: 'application/mp4' },
  ts: 'video/mp2t',
  aac: 'audio/aac',
  mp3: 'audio/mpeg',
  ac3: 'audio/ac3',
  ec3: 'audio/eac3',
  vtt: 'text/vtt',
  jpg: 'image/jpeg',
  png: 'image/png',
  key: 'application/octet-stream',
};
