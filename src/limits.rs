//! Every cap, with its reason. Reaching one ends the job with `LIMIT_EXCEEDED`.

/// The largest `moov` that is read, in bytes. It is held in memory whole while it is indexed; a film
/// of ten hours at 60 frames a second has one of about 60 MB.
pub const MOOV_BYTES: u64 = 256 << 20;

/// The most samples of one track. At 24 bytes each this is 384 MB of index, well within wasm's 4 GiB;
/// 16 million video samples are 74 hours at 60 frames a second.
pub const SAMPLES_PER_TRACK: usize = 16_000_000;

/// The most tracks of one input; real files have fewer than 50.
pub const TRACKS: usize = 256;

/// The most sample entries of one track; each is copied into the init segment.
pub const SAMPLE_ENTRIES: usize = 64;

/// The largest segment, in bytes of samples. A segment is rendered in memory, input and output beside
/// each other; 256 MiB is a minute at 35 Mbit/s.
pub const SEGMENT_BYTES: u64 = 256 << 20;

/// The longest segment that may be asked for, in seconds. HLS clients buffer three of them.
pub const SEGMENT_SECONDS: f64 = 60.0;

/// The deepest nesting of boxes that is followed.
pub const BOX_DEPTH: usize = 16;

/// Two ranges of the input closer than this many bytes are read as one: a read costs more than the
/// bytes that are thrown away.
pub const READ_GAP: u64 = 256 << 10;

/// The largest PlayReady Object, in bytes: the PlayReady Header Specification, section 2, says that it
/// should not exceed 15 kilobytes.
pub const PLAYREADY_OBJECT_BYTES: usize = 15 << 10;
