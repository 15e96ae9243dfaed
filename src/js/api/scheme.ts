/** What is written, and how it is protected. */

/**
 * What is written. `cmaf`: one set of segments under `cmaf/` with an MPD and HLS playlists over it;
 * `dash`: `dash/stream.mpd` with its own segments; `hls`: `hls/master.m3u8` with its own segments.
 */
export type Target = 'cmaf' | 'dash' | 'hls';

/** A protection scheme of Common Encryption (ISO/IEC 23001-7 clause 10). `cens` and `cbc1` are for the `dash` target only. */
export type Scheme = 'cenc' | 'cens' | 'cbc1' | 'cbcs';
