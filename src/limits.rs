//! Every cap, with its reason. Reaching one ends the job with `LIMIT_EXCEEDED`.

/// The largest `moov` that is read, in bytes. It is held in memory whole while it is indexed; a film
/// of ten hours at 60 frames a second has one of about 60 MB.
pub const MOOV_BYTES: u64 = 256 << 20;

/// The most samples of one track. At 24 bytes each this is 384 MB of index, well within wasm's 4 GiB;
/// 16 million video samples are 74 hours at 60 frames a second.
pub const SAMPLES_PER_TRACK: usize = 16_000_000;

/// The furthest that a track may reach from 0 in either direction, in seconds: a year, which no file of
/// [`SAMPLES_PER_TRACK`] that is meant to be played reaches. Ticks of any timescale and microseconds, as
/// manifests have them, then fit 64 bits with room to add.
pub const TIMELINE_SECONDS: u32 = 366 * 24 * 60 * 60;

/// The most segments that sound is cut into where no picture says where. 28 hours of the shortest
/// segments, 69 days of the default ones; an edit list can ask for any number in a few bytes.
pub const SEGMENTS: usize = 1_000_000;

/// The most tracks of one input; real files have fewer than 50.
pub const TRACKS: usize = 256;

/// The most sample entries of one track; each is copied into the init segment.
pub const SAMPLE_ENTRIES: usize = 64;

/// The largest segment, in bytes of samples. A segment is rendered in memory, input and output beside
/// each other; 256 MiB is a minute at 35 Mbit/s.
pub const SEGMENT_BYTES: u64 = 256 << 20;

/// The longest segment that may be asked for, in seconds. HLS clients buffer three of them.
pub const SEGMENT_SECONDS: f64 = 60.0;

/// The longest clear lead, in seconds: a day is longer than any film.
pub const CLEAR_LEAD_SECONDS: f64 = 86_400.0;

/// The longest crypto period, in seconds: a day is longer than any film.
pub const CRYPTO_PERIOD_SECONDS: f64 = 86_400.0;

/// The furthest that a start of playing lies from the start or the end, in seconds: a day is longer than any film.
pub const HLS_START_SECONDS: f64 = 86_400.0;

/// The most crypto periods of one job: each has a key and a line in the playlists.
pub const CRYPTO_PERIODS: usize = 10_000;

/// The most cue points of one job: each starts a period, which repeats what MPDs say of all tracks.
pub const PERIODS: usize = 1000;

/// The largest sample that is read while a file is indexed, in bytes, for the parameter sets in it. A key frame
/// of 8K at the highest rates has about half of that.
pub const FIRST_SAMPLE_BYTES: u32 = 16 << 20;

/// The largest part of a file that isn't an MP4 which is held at once while it is indexed, in bytes: a list of
/// tracks, the frames of a laced block, the pictures of a packet.
pub const ELEMENT_BYTES: u64 = 16 << 20;

/// The largest side file of text that is read, in bytes. It is held whole; subtitles of a film have about 100 kB.
pub const TEXT_FILE_BYTES: u64 = 16 << 20;

/// The most bytes of samples that are made of a text: cues that overlap stand in several samples, and each document
/// that a longer one is cut into has its head again.
pub const TEXT_BYTES: usize = 64 << 20;

/// The most bytes of a transport stream that one sample may be spread over, those of other streams included: a read
/// takes all of them. A frame of sound takes a few packets, a picture what comes in the time that it is sent in.
pub const SPREAD_BYTES: u64 = 32 << 20;

/// The most columns or rows of a sheet of thumbnails: a hundred of 160 pixels are as wide as any decoder takes.
pub const THUMBNAIL_GRID: u32 = 100;

/// The longest time that one thumbnail stands for, in seconds.
pub const THUMBNAIL_SECONDS: f64 = 3600.0;

/// Two ranges of the input closer than this many bytes are read as one: a read costs more than the
/// bytes that are thrown away.
pub const READ_GAP: u64 = 256 << 10;

/// The most bytes of an AC-4 frame that its table of contents may take; real ones take fewer than 200.
/// It bounds what the many counts in it can make us do.
pub const AC4_TOC_BYTES: usize = 4096;

/// The largest answer of a key server, and the largest CPIX document, in bytes. A key with four DRM
/// systems takes about 3 kB; 8 MiB hold the keys of 500 crypto periods of five tracks.
pub const KEY_ANSWER_BYTES: usize = 8 << 20;

/// The most keys of tracks and crypto periods that a CPIX document may come to: a rule without a period stands for all
/// that the document has.
pub const CPIX_KEYS: usize = 100_000;

/// The deepest nesting of elements in a document of XML; in CPIX encrypted keys stand nine deep, text in TTML about eight.
pub const XML_DEPTH: usize = 32;

/// The most attributes of one element in a CPIX document; no element has more than ten, namespaces
/// included.
pub const XML_ATTRIBUTES: usize = 64;

/// The longest content id, in bytes: what `DoveRunner` and `PallyCon` document.
pub const CONTENT_ID_BYTES: usize = 200;

/// The most crypto periods that are asked for at once.
pub const KEY_PERIODS: u32 = 1000;

/// The most segments that one manifest may list, over all its tracks: a day of segments of two seconds in
/// twenty tracks has fewer. A timeline can ask for any number in a few bytes.
pub const LISTED_SEGMENTS: usize = 1_000_000;

/// The largest manifest that is read, in bytes.
pub const MANIFEST_BYTES: u64 = 8 << 20;

/// At how many places of a track its pictures are searched for captions, how many pictures at each, and in how many bytes:
/// 4 MB of a track, of however long a film. Captions come with every picture, padding included; the codes that tell their
/// channels every few seconds of speech.
pub const CAPTION_PLACES: usize = 8;
/// See [`CAPTION_PLACES`].
pub const CAPTION_PICTURES: usize = 48;
/// See [`CAPTION_PLACES`].
pub const CAPTION_BYTES: u64 = 512 << 10;

/// The most findings of one kind that are listed for a track; the others are counted.
pub const FINDINGS_OF_A_KIND: usize = 5;

/// The most samples whose IVs are remembered to find one that is used twice.
pub const REMEMBERED_IVS: usize = 2_000_000;

/// The largest PlayReady Object, in bytes: the PlayReady Header Specification, section 2, says that it
/// should not exceed 15 kilobytes.
pub const PLAYREADY_OBJECT_BYTES: usize = 15 << 10;

/// The most levels of lists and objects in what a caller gives. Options have five; what is deeper, or goes in a circle,
/// would use up the stack.
pub const OPTION_LEVELS: usize = 16;
