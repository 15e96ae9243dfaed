/** The media type of an output file, by its path. */
export function mediaType(path: string): string {
  if (path.endsWith('.mpd')) return 'application/dash+xml';
  if (path.endsWith('.m3u8')) return 'application/vnd.apple.mpegurl';
  if (path.endsWith('.jpg')) return 'image/jpeg';
  if (path.endsWith('.png')) return 'image/png';
  if (path.includes('/text-')) return 'application/mp4';
  return path.includes('/audio-') ? 'audio/mp4' : 'video/mp4';
}
