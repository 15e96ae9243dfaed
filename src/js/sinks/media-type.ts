import { MEDIA_TYPES } from '../generated/formats';

/** The media type of an output file, by its path: folders of tracks are named by kind, as in `cmaf/audio-1/2.m4s`. */
export function mediaType(path: string): string {
  const type = MEDIA_TYPES[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
  if (typeof type === 'string') return type;
  if (path.includes('/text-')) return type.text;
  return path.includes('/audio-') ? type.audio : type.video;
}
