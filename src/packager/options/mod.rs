//! What a job is told: each option is declared here, once.
//!
//! The documentation of an option is that of the package's TypeScript type: it speaks to callers.

mod keys;
mod thumbnails;
mod tracks;
mod words;

pub(in crate::packager) use keys::Measured;
pub use keys::{Bounds, Filter, GivenKey, PixelLimits, pair};
pub use thumbnails::Sheets;
pub use tracks::TrackSettings;
pub use words::{HlsAudio, HlsFormat, HlsMethod, Lengths, SegmentNames, Target};

use crate::cenc::{Pattern, Scheme};
use crate::drm::{self, System};
use crate::error::{Code, Error, Result};
use crate::hls;
use crate::keys::{KeyPair, parse_hex};
use crate::limits;
use crate::options::Rule::{With, Without};
use crate::options::read::{
    Host, Reader, flag, host, list, object, one_of, parsed, seconds, secret, text, text_or, word,
};
use crate::options::{At, Audience, Beside, Given, Shape, Value, options};
use crate::order;
use crate::presentation::{Caption, Thumbnails};
use crate::random::Seed;
use crate::time::DateTime;

/// Nothing is encrypted: keys and what is signalled of them are of no use.
const CLEAR: Beside = ("encryption", &["false"]);

/// Playlists are written by these targets.
const PLAYLISTS: &[Beside] = &[("targets", &["cmaf", "hls"])];

/// And MPDs by these.
const MPDS: &[Beside] = &[("targets", &["cmaf", "dash"])];

/// The target of its own that HLS may have.
const HLS: &[Beside] = &[("targets", &["hls"])];

/// The last time that a cue point may have, in seconds: what milliseconds in 32 bits hold.
const LAST_CUE_SECONDS: f64 = 4_294_967.0;

/// What texts look like that are read below.
const CRYPT_SKIP: &str = r"^\s*\+?[0-9]+\s*:\s*\+?[0-9]+\s*$";
const IV: &str = r"^\s*(0[xX])?([0-9A-Fa-f]{16}|[0-9A-Fa-f]{32})\s*$";

/// How a page and the help of the command line group options.
mod group {
    pub(super) const OUTPUT: &str = "Output";
    pub(super) const TARGETS: &str = "Targets";
    pub(super) const PROTECTION: &str = "Protection";
    pub(super) const SEGMENTS: &str = "Segments";
    pub(super) const TIMELINE: &str = "Timeline";
    pub(super) const TRACKS: &str = "Tracks";
    pub(super) const DRM: &str = "DRM";
    pub(super) const HLS: &str = "HLS";
    pub(super) const TESTS: &str = "For tests";
}

options! {
    /// What a job may be told. Everything but `output` has a default.
    pub struct Options = "PackageOptions" {
        /// Where the files go.
        pub output: Host = "output", host("Sink").required(), {
            flag: "o, output DIR",
            help: "the folder that the targets' folders are made in, FILE.zip for one ZIP archive, or an\n\
                   http or https address, below which each file is sent by PUT, manifests last",
            group: group::OUTPUT,
        };
        /// Which targets are written; `['cmaf']` by default.
        pub targets: Vec<Target> = "targets", list(word()).filled().then(distinct).or(Given::Words(&["cmaf"])), {
            flag: "cmaf|dash|hls",
            help: "one set of segments with an MPD and HLS playlists\n\
                   DASH with segments of its own\n\
                   HLS with segments of its own",
            group: group::TARGETS,
            label: "Targets",
            often: true,
        };
        /// `false` leaves the samples clear; `true` by default.
        pub encryption: bool = "encryption", flag().or(Given::Flag(true)), {
            flag: "no-encryption",
            help: "leave the samples clear",
            group: group::PROTECTION,
            label: "Leave clear",
            hint: "Package without encryption",
            often: true,
        };
        /// The protection scheme of all targets; by default `cbcs` for `cmaf` and `hls`, `cenc` for `dash`, and `cenc`
        /// where a codec can't be protected by `cbcs`, as VP9.
        pub scheme: Option<Scheme> = "scheme", word().optional(), when [Without(CLEAR)], {
            flag: "scheme NAME",
            help: "cenc or cbcs; for --dash also cens and cbc1\n(default: cenc for --dash, else cbcs)",
            group: group::PROTECTION,
            label: "Scheme",
            unset: "Auto: what suits each target",
            often: true,
        };
        /// Where the keys come from instead. Its credentials stay in memory.
        pub key_server: Host = "keyServer", host("KeyServer"), when [Without(CLEAR)], {
            group: group::PROTECTION,
            label: "Key server",
            unset: "None: the key below, or a random one",
            often: true,
        };
        /// The content key as `KID:KEY`, each side 32 hexadecimal digits, a UUID, base64 or base64url.
        /// By default a random key and key id are made.
        pub key: Option<GivenKey> = "key", keys::labelled().optional(),
            when [Without(CLEAR), Without(("keyServer", &[]))], {
            group: group::PROTECTION,
            label: "Key",
            hint: "As key id:key; empty makes a random one per file",
            often: true,
        };
        /// Content keys: as `LABEL=KID:KEY`, or as objects. Labels are `SD`, `HD`, `UHD1`, `UHD2`, `AUDIO`, `VIDEO`, a
        /// track's name as in `video-2`, or a kind with a language as in `AUDIO-en`; the most specific one wins. Under
        /// `cryptoPeriod` also `LABEL@1=…` for the second period and so on.
        pub keys: Vec<GivenKey> = "keys", list(text_or(keys::labelled(), keys::of_tracks())),
            when [Without(CLEAR), Without(("keyServer", &[]))], {
            flag: "key [LABEL=]KID:KEY",
            help: "content key; each side in hex, as a UUID, base64 or base64url.\n\
                   Repeat it for tracks of a label: SD, HD, UHD1, UHD2, AUDIO, VIDEO,\n\
                   AUDIO-en, video-1 …; LABEL@1 is the second crypto period\n\
                   (default: a random one, which is printed)",
            group: group::PROTECTION,
            label: "Keys by label",
            hint: "As LABEL=KID:KEY, for the tracks of SD, HD, UHD1, UHD2, AUDIO, VIDEO, AUDIO-en, video-2 …",
        };
        /// Keys as `KID:KEY` that protected inputs are decrypted with.
        pub decryption_keys: Vec<KeyPair> = "decryptionKeys", list(keys::pair()), {
            flag: "decryption-key KID:KEY",
            help: "key that a protected INPUT is decrypted with; may be repeated",
            group: group::PROTECTION,
            label: "Keys of encrypted files",
            hint: "Files that are encrypted already are decrypted with these first",
        };
        /// With `true` random keys are made for each label rather than one for all tracks.
        pub multi_key: bool = "multiKey", flag(),
            when [Without(CLEAR), Without(("key", &[])), Without(("keys", &[])), Without(("keyServer", &[]))], {
            flag: "multi-key",
            help: "random keys for each label, not one for all",
            group: group::PROTECTION,
            label: "A key for each kind of track",
            hint: "Random keys for SD, HD, UHD and sound, not one for all",
        };
        /// Labels whose tracks stay clear, as in `['AUDIO']`.
        pub clear: Vec<String> = "clear", list(text()), when [Without(CLEAR)], {
            flag: "clear LABEL",
            help: "leave the tracks of this label clear; may be repeated",
            group: group::PROTECTION,
            label: "Tracks that stay clear",
            hint: "By their labels, as AUDIO",
            unset: "None",
        };
        /// Up to how many pixels a picture is SD, HD, UHD1; 589824, 2073600 and 8847360 by default (the CPIX presets).
        pub pixel_limits: PixelLimits = "pixelLimits", object().or_defaults(), when [Without(CLEAR)], {
            group: group::PROTECTION,
            label: "Sizes of SD, HD and UHD",
            hint: "How many pixels a picture of each label has at most",
        };
        /// How many seconds stay clear at the start, exact to the sample; 0 by default.
        pub clear_lead_ms: u32 = "clearLead", seconds(0.0, limits::CLEAR_LEAD_SECONDS).or(Given::Number(0.0)),
            when [Without(CLEAR)], {
            flag: "clear-lead S",
            help: "leave the first S seconds clear",
            group: group::PROTECTION,
            label: "Clear lead",
            hint: "The start stays clear, so that playback needn't wait for the license",
        };
        /// Key rotation: how many seconds a key is in use, at least 1. One key for the whole presentation by default.
        pub crypto_period_ms: Option<u32> = "cryptoPeriod", seconds(1.0, limits::CRYPTO_PERIOD_SECONDS).optional(),
            when [Without(CLEAR)], {
            flag: "crypto-period S",
            help: "take a new key every S seconds",
            group: group::PROTECTION,
            label: "Key rotation",
            hint: "How long a key is in use",
            unset: "One key for all",
        };
        /// The pattern of video under `cbcs` and `cens` as `CRYPT:SKIP` in blocks of 16 bytes; `1:9` by default.
        pub pattern: Option<Pattern> = "pattern", parsed("CRYPT:SKIP", "1:9", Pattern::parse).pattern(CRYPT_SKIP).optional(),
            when [Without(CLEAR), Without(("scheme", &["cenc", "cbc1"]))], {
            flag: "pattern CRYPT:SKIP",
            help: "blocks of video that cbcs and cens encrypt and skip (default: 1:9)",
            group: group::PROTECTION,
            label: "Pattern",
            hint: "Blocks of video that cbcs and cens encrypt and skip",
            unset: "1:9",
        };
        /// The IV in hexadecimal digits, 8 or 16 bytes for cenc and cens (the first of a count), 16 for cbcs (constant).
        /// Random by default.
        pub iv: Option<Vec<u8>> = "iv", parsed("HEX", "00112233445566778899aabbccddeeff", read_iv).pattern(IV).optional(),
            when [Without(CLEAR)], {
            flag: "iv HEX",
            help: "8 or 16 bytes for cenc and cens, 16 for cbcs (default: random)",
            group: group::PROTECTION,
            label: "IV",
            hint: "In hex: 8 or 16 bytes for cenc and cens, 16 for cbcs",
            unset: "Random",
        };
        /// The size of each sample's IV under `cenc` and `cens` in bytes, 8 (the default) or 16.
        pub iv_size: Option<u8> = "ivSize", one_of(&[8, 16]).optional(),
            when [Without(CLEAR), Without(("scheme", &["cbcs", "cbc1"]))], {
            flag: "iv-size 8|16",
            help: "bytes of each sample's IV under cenc and cens (default: 8)",
            group: group::PROTECTION,
            label: "IV size",
            hint: "Bytes of each sample's IV under cenc and cens",
            unset: "Auto: 8",
        };
        /// The target duration of a segment in seconds, from 0.1 to 60; 6 by default.
        pub segment_ms: u32 = "segmentDuration", seconds(0.1, limits::SEGMENT_SECONDS).or(Given::Number(6.0)), {
            flag: "segment-duration S",
            help: "target duration of a segment in seconds",
            group: group::SEGMENTS,
            label: "Target duration",
            often: true,
        };
        /// `true` makes each track one file with a segment index, `video-1.mp4`, rather than a folder of segments.
        pub single_file: bool = "singleFile", flag(), {
            flag: "single-file",
            help: "one file a track with a segment index, not a folder of segments",
            group: group::SEGMENTS,
            label: "One file per track",
            hint: "With a segment index in it, in place of a folder of segments",
        };
        /// What the files of segments are named by; `number` by default.
        pub segment_names: SegmentNames = "segmentNames", word().or(Given::Text("number")),
            when [Without(("singleFile", &["true"]))], {
            flag: "segment-names number|time",
            help: "what segments are named by",
            group: group::SEGMENTS,
            label: "Names of segments",
        };
        /// With `true` video and sound that can't be packaged are left out with a warning, where the job fails otherwise.
        pub skip_unsupported: bool = "skipUnsupported", flag(), {
            flag: "skip-unsupported",
            help: "leave out video and sound that can't be packaged, rather than fail",
            group: group::TRACKS,
            label: "Leave out what can't be packaged",
        };
        /// What becomes of tracks that end at different times. By default sizes of one title that end more than a second
        /// apart are refused, and sound that goes on for more than a segment behind the pictures, or the other way round,
        /// is packaged with a warning: players may stop where the shorter ends. With `keep`, the longer of several sizes
        /// is cut on by its own key frames; playlists leave out one that ends more than a segment before the others.
        pub lengths: Option<Lengths> = "lengths", word().optional(), {
            flag: "lengths keep|pictures",
            help: "what ends at different times: keep each to its end, also sizes of one\n\
                   title, which are refused otherwise; or end sound with the pictures",
            group: group::TIMELINE,
            label: "Tracks that end at different times",
        };
        /// `true` offers each video's key frames in MPDs as a track of their own, for winding (DASH-IF's trick mode).
        /// Playlists list key frames of the video itself, for which nothing more is stored.
        pub trick_play: bool = "trickPlay", flag(), when [With(MPDS)], {
            flag: "trick-play",
            help: "offer each video's key frames in MPDs as a track of their own, for winding",
            group: group::TIMELINE,
            label: "Trick play",
            hint: "Key frames as a track of their own in MPDs, for fast winding",
        };
        /// Where MPDs start a new Period, for what is put between: seconds from the start. It begins at the first key
        /// frame at or after each, where segments of all targets start, too.
        pub cue_points_ms: Vec<u32> = "cuePoints",
            list(seconds(0.001, LAST_CUE_SECONDS)).then(cue_points), {
            flag: "cue-points S,...",
            help: "start a new Period of the MPD at the key frame at or after each of these times",
            group: group::TIMELINE,
            label: "Cue points",
            hint: "Seconds from the start, with commas: MPDs begin a new Period at the next key frame",
            unset: "None",
        };
        /// Pictures for the timeline of players: written as they are, and listed in the MPD and the multivariant
        /// playlist.
        pub thumbnails: Option<Thumbnails> = "thumbnails", thumbnails::sheets().optional(), {
            group: group::TIMELINE,
            label: "Thumbnails",
            often: true,
            hint: "A small picture every ten seconds, drawn by this browser, for players that show them on the timeline",
        };
        /// What is said of tracks, in place of what their inputs say; later ones win.
        pub tracks: Vec<TrackSettings> = "tracks", list(object()), {
            flag: "track N[.KIND[.M]]:NAME=VALUE,...",
            help: "say of the tracks of the Nth INPUT, of its video, audio or text, or\n\
                   of the Mth of these what the file doesn't: language=TAG, role=ROLE\n\
                   (with + between several, of DASH's role scheme), forced=yes or no,\n\
                   use=no to leave it out, rate=25 or 30000/1001 for raw H.264 and\n\
                   HEVC, and as the last one label=TEXT. May be repeated",
            group: group::TRACKS,
            by_hand: true,
        };
        /// The captions within the pictures (CEA-608 and CEA-708), as `CHANNEL=LANGUAGE`: `CC1` to `CC4`, `SERVICE1` to
        /// `SERVICE63`. They are found by themselves, without their languages, as far as a part of the pictures shows them.
        pub captions: Vec<Caption> = "captions", list(parsed("CHANNEL=LANGUAGE", "CC1=en", Caption::parse)), {
            flag: "captions CHANNEL=LANGUAGE,...",
            help: "languages of the captions within the pictures, as in CC1=en,CC3=es or\n\
                   SERVICE1=en; those that are not found are listed, too",
            group: group::TRACKS,
            label: "Captions in the pictures",
            hint: "Their languages, as CC1=en, SERVICE1=de",
            unset: "Found, without a language",
        };
        /// Which DRM systems are signalled, and how; ClearKey by default.
        pub drm: drm::Settings = "drm", object::<drm::Options>().or_defaults().then(drm::Settings::new), when [Without(CLEAR)], {
            flag: "drm SYSTEM,...",
            help: "DRM systems to signal: {names} (default: clearkey)",
            group: group::DRM,
            label: "DRM systems",
            hint: "Those that players find in the output; ClearKey where none is chosen",
        };
        /// Where a ClearKey license server answers: short for `drm.clearkey.licenseUrl`.
        pub clear_key_license_url: Option<String> = "clearKeyLicenseUrl", text().optional(), when [Without(CLEAR)], {
            flag: "clearkey-url URL",
            help: "ClearKey license server, named in the MPD",
            group: group::DRM,
        };
        /// How the `hls` target is encrypted (RFC 8216 section 4.3.2.4); `SAMPLE-AES` by default.
        pub hls_method: HlsMethod = "hlsMethod", word().or(Given::Text("SAMPLE-AES")),
            when [Without(CLEAR), With(HLS)], {
            flag: "hls-method SAMPLE-AES|AES-128",
            help: "encrypt samples, or whole segments of the hls target",
            group: group::HLS,
            label: "Encryption of HLS",
        };
        /// The URI of the `identity` key in HLS playlists: short for `drm.clearkey.hlsKeyUri`. For AES-128 players fetch
        /// the key's 16 bytes from it; `{kid}` in it is the key id in 32 hexadecimal digits, `{uuid}` in the 8-4-4-4-12
        /// form.
        pub hls_key_uri: Option<String> = "hlsKeyUri", text().optional(), when [Without(CLEAR), With(PLAYLISTS)], {
            flag: "hls-key-uri URI",
            help: "URI of the identity key, named in the playlists; {kid} and {uuid} in it\nstand for the key id",
            group: group::HLS,
            label: "Key address in playlists",
            hint: "Where players fetch the key; {kid} and {uuid} in it stand for the key id",
        };
        /// Writes the keys of AES-128, and of SAMPLE-AES in MPEG-TS, beside the playlists, where whoever can fetch those
        /// can fetch them.
        pub hls_key_files: bool = "hlsKeyFiles", flag(), when [
            Without(CLEAR),
            With(&[("hlsMethod", &["AES-128"]), ("hlsFormat", &["ts"])]),
            Without(("hlsKeyUri", &[])),
        ], {
            flag: "hls-key-files",
            help: "for AES-128 and MPEG-TS: write the keys beside the playlists",
            group: group::HLS,
            label: "Key files beside the playlists",
            hint: "Whoever can fetch the playlists can fetch the keys",
        };
        /// What the segments of the `hls` target are; `fmp4` by default. Under SAMPLE-AES in MPEG-TS, Apple's format for
        /// it, players fetch the key (`hlsKeyUri` or `hlsKeyFiles`) or get it from FairPlay; keys begin and end with
        /// segments.
        pub hls_format: HlsFormat = "hlsFormat", word().or(Given::Text("fmp4")), when [With(HLS)], {
            flag: "hls-format fmp4|ts",
            help: "segments of the hls target: fragmented MP4 or MPEG-TS",
            group: group::HLS,
            label: "Format of HLS segments",
        };
        /// With `hlsFormat: 'ts'`: how sound is packed. Packed audio (AAC in ADTS, MP3, AC-3, E-AC-3) is smaller and the
        /// default, but under SAMPLE-AES, since hls.js decrypts samples of transport streams only.
        pub hls_audio: Option<HlsAudio> = "hlsAudio", word().optional(), when [With(&[("hlsFormat", &["ts"])])], {
            flag: "hls-audio ts|packed",
            help: "sound beside MPEG-TS: in MPEG-TS too, or packed audio\n(default: packed; ts under SAMPLE-AES)",
            group: group::HLS,
            label: "Sound beside MPEG-TS",
            unset: "Auto: packed, but ts under SAMPLE-AES",
        };
        /// Where players of HLS start, in seconds from the start of the presentation or, below 0, from its end
        /// (`EXT-X-START`, precisely there). By default they start at the beginning.
        pub hls_start_ms: Option<i64> = "hlsStart",
            seconds(-limits::HLS_START_SECONDS, limits::HLS_START_SECONDS).optional(), when [With(PLAYLISTS)], {
            flag: "hls-start S",
            help: "where players of HLS start, in seconds; --hls-start=-S counts from the end",
            group: group::HLS,
            label: "Start of playback",
            hint: "From the start or, below 0, from the end",
            unset: "The beginning",
        };
        /// The date and time that the start of the presentation stands for, in ISO 8601 with a time zone, as in
        /// `2026-02-19T14:54:23.031Z`: in every media playlist (`EXT-X-PROGRAM-DATE-TIME`).
        pub program_date_time: Option<DateTime> = "programDateTime",
            parsed("TIME", "2026-02-19T14:54:23.031Z", read_date).optional(), when [With(PLAYLISTS)], {
            flag: "program-date-time TIME",
            help: "date and time (ISO 8601, with a time zone) of the start, for HLS",
            group: group::HLS,
            label: "Date and time of the start",
            hint: "With a time zone, as 2026-02-19T14:54:23.031Z",
            unset: "Not said",
        };
        /// 1 to 32 bytes in hexadecimal digits from which keys and IVs are drawn, for byte-for-byte reproducible
        /// output. For tests: with the same seed and input the same key and IVs come out. Secure random by default.
        pub seed: Seed = "seed", secret("HEX", "00ff", read_seed).supplied(), {
            flag: "seed HEX",
            help: "draw keys and IVs from this seed: reproducible output, for tests only",
            group: group::TESTS,
            label: "Seed",
            hint: "1 to 32 bytes in hex that keys and IVs are drawn from: the same output each time",
            unset: "Random",
        };
        /// What random keys are drawn from instead of the seed. With one of its own for keys the seed is no secret: only
        /// IVs come from it, which are in the output.
        pub key_seed: Option<Seed> = "keySeed", secret("HEX", "00ff", read_seed).optional(), {
            audience: Audience::Facade,
        };
        /// The IV of a key server, of 16 bytes: for `cbcs` and whole segments, where none is given. In counter mode one
        /// IV for all contents of a key would encrypt twice with the same key stream.
        pub server_iv: Option<Vec<u8>> = "serverIv", parsed("HEX", "00112233445566778899aabbccddeeff", read_iv).optional(), {
            audience: Audience::Facade,
        };
        /// The scheme that a key server made its keys for: of all targets that can have it, where none is given.
        pub server_scheme: Option<Scheme> = "serverScheme", word().optional(), {
            audience: Audience::Facade,
        };
        /// Keeps a journal beside the output while the job runs, from which an interrupted job goes on: after a crash or
        /// a closed tab, and after a full disk, a lost input or a dead worker, when what is written stays. An abort, and
        /// errors that would come again, remove it as they do without. `with-keys` keeps random keys in the journal too,
        /// so that none have to be given to go on; else it has no key. `false` by default.
        pub journal: Host = "journal", host("boolean | 'with-keys'"), {
            flag: "journal-keys",
            help: "while the job runs, keep random keys beside the output, so that\n--resume needs none",
            group: group::OUTPUT,
            label: "Keep a random key until the job is done",
            often: true,
            hint: "Stored in this browser, so that an interrupted job goes on without being told it",
        };
        /// Goes on with the job that was interrupted in this output, given the same inputs, options and keys: what is
        /// there is checked, and kept. Where it doesn't fit the job rejects (`RESUME_MISMATCH`) and nothing is changed.
        /// Without a journal in the output the job starts anew; either way it keeps one. `false` by default.
        pub resume: Host = "resume", host("boolean"), {
            flag: "resume",
            help: "go on with the job that was interrupted in this folder, given the\n\
                   same inputs, options and keys: what is there is checked and kept",
            group: group::OUTPUT,
        };
        /// Ends the job early: it rejects with the signal's reason, and its output is removed. Closes a preview.
        pub signal: Host = "signal", host("AbortSignal");
        /// Called when the plan is made and checked, before anything is encrypted.
        pub on_plan: Host = "onPlan", host("(plan: PlanSummary) => void");
        /// Called as the job goes on.
        pub on_progress: Host = "onProgress", host("(progress: Progress) => void");
        /// Called with a sentence a line for a log. Never holds a key.
        pub on_log: Host = "onLog", host("(line: string) => void");
    }
}

impl Options {
    /// The IV for modes that chain blocks: the caller's or else the key server's.
    pub fn chained_iv(&self) -> Option<&[u8]> {
        self.iv.as_deref().or(self.server_iv.as_deref())
    }

    /// The defaults, with random keys and IVs drawn from `seed`.
    pub fn new(seed: Seed) -> Self {
        let nothing = Value::Object(vec![("seed".to_owned(), "00".into())]);
        Self { seed, ..<Self as Shape>::read(&nothing, At::ROOT).expect("the defaults are allowed") }
    }

    /// Checks what a caller gave.
    pub fn read(value: &Value) -> Result<Self> {
        let mut options = <Self as Shape>::read(value, At::ROOT)?;
        options.keys.splice(..0, options.key.take());
        let mut keys = options.keys.iter().enumerate();
        if keys.any(|(index, key)| options.keys[..index].iter().any(|known| known.is_for_same(key))) {
            let message = message!("two keys are given for the same tracks");
            return Err(Error::new(Code::KeyInvalid, message).option("keys"));
        }
        options.join_clear_key()?;
        Ok(options)
    }

    /// Takes what short options say of ClearKey to the settings of DRM systems.
    fn join_clear_key(&mut self) -> Result<()> {
        if self.hls_method == HlsMethod::Aes128 && self.key_place().is_none() {
            let message = message!("clients of AES-128 fetch the key, and nothing says from where");
            return Err(Error::new(Code::OptionMissing, message).option("hlsKeyUri"));
        }
        if self.hls_key_place().is_some() {
            // Asked for or not, keys that clients fetch are then named.
            self.drm.options.choose(System::ClearKey);
        }
        if let Some(url) = &self.clear_key_license_url {
            drm::check_absolute_url(url, "clearKeyLicenseUrl")?;
        }
        if let Some(uri) = &self.hls_key_uri {
            drm::check_template(uri, &["kid", "uuid"], "hlsKeyUri")?;
        }
        if let Some(url) = self.clear_key_license_url.take() {
            self.drm.options.clearkey.get_or_insert_default().license_url = Some(url);
        }
        if let Some(uri) = &self.hls_key_uri {
            self.drm.options.clearkey.get_or_insert_default().hls_key_uri = Some(uri.clone());
        }
        Ok(())
    }

    /// Where clients find keys that no DRM system gives them.
    fn key_place(&self) -> Option<KeyPlace> {
        let uri = self.hls_key_uri.clone().map(KeyPlace::Uri);
        uri.or(self.hls_key_files.then_some(KeyPlace::Files))
    }

    /// Where clients find the keys of whole segments of the `hls` target; `None` where samples are encrypted.
    pub(super) fn hls_segments(&self) -> Option<KeyPlace> {
        if self.hls_method == HlsMethod::Aes128 { self.key_place() } else { None }
    }

    /// Where clients of SAMPLE-AES in MPEG-TS and packed audio find the key of no DRM system.
    pub(super) fn hls_key_place(&self) -> Option<KeyPlace> {
        let is_ours = self.hls_method == HlsMethod::SampleAes && self.hls_format == HlsFormat::Ts;
        if is_ours { self.key_place() } else { None }
    }

    /// What playlists say that the media doesn't.
    pub(super) fn hls(&self) -> hls::Settings {
        hls::Settings { start_ms: self.hls_start_ms, program_date_time: self.program_date_time }
    }

    /// Whether segments are named by their start in ticks rather than by their number.
    pub(super) fn segments_by_time(&self) -> bool {
        self.segment_names == SegmentNames::Time
    }

    /// Whether whole segments are encrypted rather than samples.
    pub(super) fn encrypts_segments_of(&self, target: Target) -> bool {
        self.encryption && target == Target::Hls && self.hls_method == HlsMethod::Aes128
    }

    /// The scheme of `target`; `None` where nothing is encrypted.
    pub(super) fn scheme_of(&self, target: Target) -> Option<Scheme> {
        if self.encrypts_segments_of(target) {
            return None;
        }
        let of_keys = self.server_scheme.filter(|&scheme| match target {
            Target::Dash => true,
            Target::Hls if self.hls_format == HlsFormat::Ts => scheme == Scheme::Cbcs,
            Target::Cmaf | Target::Hls => matches!(scheme, Scheme::Cenc | Scheme::Cbcs),
        });
        self.encryption.then(|| self.scheme.or(of_keys).unwrap_or(target.default_scheme()))
    }
}

/// Where clients find keys that no DRM system gives them (`URI` of `EXT-X-KEY`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPlace {
    /// At this address, in which `{kid}` is the key id in 32 hexadecimal digits and `{uuid}` in the 8-4-4-4-12 form.
    Uri(String),
    /// In files beside the playlists, which anybody who can fetch those can fetch.
    Files,
}

/// Each target once, in the order in which they are given.
fn distinct(given: Vec<Target>) -> Result<Vec<Target>> {
    let mut targets = Vec::new();
    for target in given {
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    Ok(targets)
}

fn cue_points(mut cues: Vec<u32>) -> Result<Vec<u32>> {
    order::sort(&mut cues);
    cues.dedup();
    if cues.len() > limits::PERIODS {
        let message = message!("{count} cue points, over {most}", count = cues.len(), most = limits::PERIODS);
        return Err(Error::new(Code::LimitExceeded, message));
    }
    Ok(cues)
}

fn read_iv(text: &str) -> Result<Vec<u8>> {
    let text = text.trim();
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
    parse_hex(digits)
        .filter(|iv| matches!(iv.len(), 8 | 16))
        .ok_or_else(|| Error::new(Code::IvInvalid, message!("the IV is not 16 or 32 hexadecimal digits")))
}

fn read_date(text: &str) -> Result<DateTime> {
    DateTime::parse(text.trim()).filter(|date| date.zone.is_some()).ok_or_else(|| {
        let message =
            message!("{text:?} is not a date and time with a time zone, as in 2026-02-19T14:54:23.031Z", text);
        Error::new(Code::OptionInvalid, message)
    })
}

/// Shorter seeds are filled up with zeros.
fn read_seed(text: &str) -> Result<Seed> {
    let bytes = parse_hex(text.trim()).filter(|bytes| bytes.len() <= 32).ok_or_else(|| {
        Error::new(Code::OptionInvalid, message!("the seed is not 1 to 32 bytes in hexadecimal digits"))
    })?;
    let mut seed = [0; 32];
    seed[..bytes.len()].copy_from_slice(&bytes);
    Ok(Seed::new(seed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Options> {
        let mut value: Value = serde_json::from_str(json).unwrap();
        if let Value::Object(members) = &mut value {
            members.push(("seed".to_owned(), "00ff".into()));
        }
        Options::read(&value)
    }

    fn fault(json: &str) -> (Code, String) {
        let error = read(json).unwrap_err();
        (error.code, error.place.option.as_deref().unwrap_or_default().to_owned())
    }

    #[test]
    fn wrong_options_are_named() {
        let invalid = |json: &str, option: &str| assert_eq!(fault(json), (Code::OptionInvalid, option.to_owned()));
        invalid(r#"{"segmentDuration":0}"#, "segmentDuration");
        invalid(r#"{"segmentDurations":4}"#, "segmentDurations");
        invalid(r#"{"hlsStart":86401}"#, "hlsStart");
        invalid(r#"{"programDateTime":"2026-02-19"}"#, "programDateTime");
        invalid(r#"{"key":123}"#, "key");
        invalid(r#"{"targets":"cmaf"}"#, "targets");
        invalid(r#"{"targets":["cmaf","dsah"]}"#, "targets[1]");
        invalid(r#"{"encrytion":false}"#, "encrytion");
        invalid(r#"{"tracks":[{"input":0,"kind":"sound"}]}"#, "tracks[0].kind");
        invalid(r#"{"onLog":1}"#, "onLog");
        assert_eq!(fault(r#"{"iv":"0011"}"#), (Code::IvInvalid, "iv".to_owned()));
        assert_eq!(fault(r#"{"targets":[]}"#), (Code::OptionMissing, "targets".to_owned()));
        assert_eq!(fault(r#"{"keys":["a:b"]}"#), (Code::KeyInvalid, "keys[0]".to_owned()));
    }

    #[test]
    fn what_would_do_nothing_is_refused() {
        let key = keys::EXAMPLE;
        for (json, option) in [
            (r#"{"hlsMethod":"AES-128","hlsKeyUri":"https://a"}"#, "hlsMethod"),
            (&format!(r#"{{"encryption":false,"key":"{key}"}}"#), "key"),
            (r#"{"encryption":false,"scheme":"cenc"}"#, "scheme"),
            (r#"{"targets":["dash"],"hlsStart":4}"#, "hlsStart"),
            (r#"{"targets":["hls"],"trickPlay":true}"#, "trickPlay"),
            (r#"{"targets":["hls"],"hlsAudio":"packed"}"#, "hlsAudio"),
            (r#"{"targets":["hls"],"hlsKeyFiles":true}"#, "hlsKeyFiles"),
            (r#"{"targets":["hls"],"hlsFormat":"ts","hlsKeyUri":"https://a","hlsKeyFiles":true}"#, "hlsKeyFiles"),
            (r#"{"singleFile":true,"segmentNames":"time"}"#, "segmentNames"),
            (r#"{"scheme":"cbcs","ivSize":8}"#, "ivSize"),
            (r#"{"scheme":"cenc","pattern":"5:5"}"#, "pattern"),
            (r#"{"clearKeyLicenseUrl":"x"}"#, "clearKeyLicenseUrl"),
            (r#"{"hlsKeyUri":"https://a/{foo}"}"#, "hlsKeyUri"),
        ] {
            assert_eq!(fault(json), (Code::OptionInvalid, option.to_owned()), "{json}");
        }
        // What says no more than the default asks for nothing.
        assert!(read(r#"{"hlsMethod":"SAMPLE-AES","hlsFormat":"fmp4","clearLead":0,"trickPlay":false}"#).is_ok());
        let aes = r#"{"targets":["hls"],"hlsMethod":"AES-128"}"#;
        assert_eq!(fault(aes), (Code::OptionMissing, "hlsKeyUri".to_owned()));
    }

    #[test]
    fn keys_are_text_or_objects() {
        let [kid, key] = [&keys::EXAMPLE[..32], &keys::EXAMPLE[33..]];
        let json = format!(
            r#"{{"keys":["SD={kid}:{key}",
                {{"kid":"{kid}","key":{{"hex":"{key}","base64":"…"}},"label":"HD","period":1,"generated":true}},
                {{"kid":"{kid}","key":"{key}","label":null,"pixels":[{{"min":10,"max":null}}]}}]}}"#
        );
        let given = read(&json).unwrap().keys;
        let labels: Vec<_> = given.iter().map(|key| (key.label.as_deref(), key.period)).collect();
        assert_eq!(labels, [(Some("SD"), 0), (Some("HD"), 1), (None, 0)]);
        assert!(given.iter().all(|given| given.pair == given_pair()));
        assert_eq!(given[2].filter.as_ref().unwrap().pixels[0].min, 10);
        let twice = format!(r#"{{"key":"{kid}:{key}","keys":["{kid}:{key}"]}}"#);
        assert_eq!(fault(&twice), (Code::KeyInvalid, "keys".to_owned()));
    }

    fn given_pair() -> KeyPair {
        KeyPair::parse(keys::EXAMPLE).unwrap()
    }

    #[test]
    fn defaults_are_those_that_the_documentation_states() {
        let options = Options::new(Seed::new([7; 32]));
        assert_eq!(
            (options.targets.as_slice(), options.segment_ms, options.encryption),
            (&[Target::Cmaf][..], 6000, true)
        );
        assert_eq!(options.scheme_of(Target::Dash), Some(Scheme::Cenc));
        assert_eq!(options.pixel_limits, PixelLimits::default());
    }
}
