/** What segments of HLS are, and the files of keys, by the ends of their names. */
const TYPES: Readonly<Record<string, string>> = {
  ts: 'video/mp2t',
  aac: 'audio/aac',
  mp3: 'audio/mpeg',
  ac3: 'audio/ac3',
  ec3: 'audio/eac3',
  key: 'application/octet-stream',
  jpg: 'image/jpeg',
  png: 'image/png',
};

/** The media type of an output file, by its path. */
export function mediaType(path: string): string {
  if (path.endsWith('.mpd')) return 'application/dash+xml';
  if (path.endsWith('.m3u8')) return 'application/vnd.apple.mpegurl';
  const type = TYPES[path.slice(path.lastIndexOf('.') + 1)];
  if (type !== undefined) return type;
  if (path.includes('/text-')) return 'application/mp4';
  return path.includes('/audio-') ? 'audio/mp4' : 'video/mp4';
}
