/** What is one of a few words. Generated from `src/packager/options` by `npm run generate`: don't edit. */

/**
 * What is written.
 * - `cmaf`: One set of segments under `cmaf/` with an MPD and HLS playlists over it.
 * - `dash`: `dash/stream.mpd` with segments of its own.
 * - `hls`: `hls/master.m3u8` with segments of its own.
 */
export type Target = 'cmaf' | 'dash' | 'hls';

/**
 * A protection scheme of Common Encryption (ISO/IEC 23001-7 clause 10). `cens` and `cbc1` are for the `dash` target only.
 * - `cenc`: AES-CTR.
 * - `cens`: AES-CTR with a pattern, for `dash` only.
 * - `cbc1`: AES-CBC, for `dash` only.
 * - `cbcs`: AES-CBC with a pattern.
 */
export type Scheme = 'cenc' | 'cens' | 'cbc1' | 'cbcs';

/**
 * What the files of segments are named by.
 * - `number`: Their number, from 1.
 * - `time`: The start of each in ticks (`$Time$`).
 */
export type SegmentNames = 'number' | 'time';

/**
 * What becomes of tracks that end at different times.
 * - `keep`: Each goes on to its own end.
 * - `pictures`: Sound ends with the pictures.
 */
export type Lengths = 'keep' | 'pictures';

/**
 * The kind of a track's media.
 * - `video`:
 * - `audio`:
 * - `text`:
 */
export type TrackKind = 'video' | 'audio' | 'text';

/**
 * What a track is for: a value of the scheme `urn:mpeg:dash:role:2011` (ISO/IEC 23009-1:2022 clause 5.8.5.5).
 * - `main`:
 * - `alternate`:
 * - `supplementary`:
 * - `commentary`:
 * - `dub`:
 * - `description`:
 * - `caption`:
 * - `subtitle`:
 * - `forced-subtitle`:
 * - `sign`:
 * - `enhanced-audio-intelligibility`:
 * - `easyreader`:
 * - `karaoke`:
 * - `emergency`:
 * - `metadata`:
 */
export type TrackRole = 'main' | 'alternate' | 'supplementary' | 'commentary' | 'dub' | 'description' | 'caption' | 'subtitle' | 'forced-subtitle' | 'sign' | 'enhanced-audio-intelligibility' | 'easyreader' | 'karaoke' | 'emergency' | 'metadata';

/**
 * How the `hls` target is encrypted.
 * - `SAMPLE-AES`: The samples.
 * - `AES-128`: Each segment as a whole, in CBC mode. Then `iv`, of 16 bytes, is the IV of all segments, by default it is
 * each one's media sequence number; DRM systems are not signalled; and `hlsKeyUri` or `hlsKeyFiles` says where
 * players find the key.
 */
export type HlsMethod = 'SAMPLE-AES' | 'AES-128';

/**
 * What the segments of the `hls` target are.
 * - `fmp4`: Fragmented MP4.
 * - `ts`: MPEG-2 transport streams for older devices. Those take H.264, AAC, MP3, AC-3 and E-AC-3.
 */
export type HlsFormat = 'fmp4' | 'ts';

/**
 * How sound is packed beside pictures in MPEG-TS.
 * - `ts`: In transport streams as well.
 * - `packed`: As packed audio.
 */
export type HlsAudio = 'ts' | 'packed';
