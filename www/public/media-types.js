// Generated from the core's tables by `npm run generate`: not to be edited.

self.MEDIA_TYPES = {
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
