//! The targets of a plan: which streams each has, and how they are protected.

use super::options::{HlsFormat, KeyPlace, Options, Target};
use super::transport;
use crate::cenc::{Pattern, Scheme};
use crate::demux::{Input, Kind};
use crate::error::{Code, Error, Result};
use crate::presentation::Container;

/// The files of one target.
#[derive(Debug)]
pub(super) struct Set {
    pub(super) target: Target,
    /// Its streams, video first; manifests list them in this order.
    pub(super) streams: Vec<Stream>,
    pub(super) protection: Option<SetProtection>,
    /// How whole segments are encrypted, in place of samples.
    pub(super) segments: Option<SegmentProtection>,
}

/// A track as a target has it: in files of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stream {
    /// The index of the planned track.
    pub(super) track: usize,
    pub(super) container: Container,
    /// Which manifests of the target list it.
    pub(super) in_mpd: bool,
    pub(super) in_hls: bool,
}

/// AES-128 over whole segments.
#[derive(Debug)]
pub(super) struct SegmentProtection {
    /// The IV of all segments; without one it is each one's media sequence number.
    pub(super) iv: Option<[u8; 16]>,
    pub(super) place: KeyPlace,
}

/// How a target's tracks are protected.
#[derive(Debug)]
pub(super) struct SetProtection {
    pub(super) scheme: Scheme,
    /// The pattern of video, where the scheme has one.
    video_pattern: Pattern,
    /// The IV of all samples under `cbcs`; under CTR with IVs of 16 bytes its second half is each
    /// sample's first block counter.
    pub(super) constant_iv: [u8; 16],
    /// The size of each sample's own IV in bytes: 0, 8 or 16.
    pub(super) per_sample_iv_size: u8,
}

impl SetProtection {
    /// The pattern for a kind of media: sound has none.
    pub(super) fn pattern(&self, kind: Kind) -> Pattern {
        if self.scheme.has_pattern() && kind == Kind::Video { self.video_pattern } else { Pattern::ALL }
    }
}

pub(super) fn plan_sets(
    inputs: &[Input],
    chosen: &[(usize, usize)],
    tricks: usize,
    options: &Options,
    warnings: &mut Vec<String>,
) -> Result<Vec<Set>> {
    let set = |&target: &Target| {
        let mut scheme = options.scheme_of(target);
        let is_transport = target == Target::Hls && options.hls_format == HlsFormat::Ts;
        if let Some(refused) = scheme.filter(|_| options.scheme.is_none() && !is_transport)
            && let Err(error) = check_scheme(inputs, chosen, refused)
            && check_scheme(inputs, chosen, Scheme::Cenc).is_ok()
        {
            // Nobody asked for the target's own scheme.
            warnings.push(format!("{}: {} is in cenc for all tracks", error.message.text(), target.as_str()));
            scheme = Some(Scheme::Cenc);
        }
        let protection = scheme.map(|scheme| plan_protection(options, target, scheme)).transpose()?;
        let streams = plan_streams(inputs, chosen, tricks, target, options);
        Ok(Set { target, streams, protection, segments: plan_segment_protection(options, target)? })
    };
    options.targets.iter().map(set).collect()
}

/// The streams of a target: each track once, but for WebVTT, which clients of HLS take as files of its own only. Tracks
/// of key frames come last; playlists have byte ranges for those.
fn plan_streams(
    inputs: &[Input],
    chosen: &[(usize, usize)],
    tricks: usize,
    target: Target,
    options: &Options,
) -> Vec<Stream> {
    let mut streams = Vec::new();
    for (track, &(input, number)) in chosen.iter().enumerate() {
        let is_trick = track >= chosen.len() - tricks;
        let (in_mpd, in_hls) = (target != Target::Hls, target != Target::Dash && !is_trick);
        let from = &inputs[input].tracks[number];
        let is_webvtt = from.is_webvtt();
        let container = transport::container(from, target, options);
        let media = Stream { track, container, in_mpd, in_hls: in_hls && !is_webvtt };
        let files = Stream { track, container: Container::WebVtt, in_mpd: false, in_hls: in_hls && is_webvtt };
        streams.extend([media, files].into_iter().filter(|stream| stream.in_mpd || stream.in_hls));
    }
    streams
}

fn plan_segment_protection(options: &Options, target: Target) -> Result<Option<SegmentProtection>> {
    let Some(place) = options.hls_segments.clone().filter(|_| options.encrypts_segments_of(target)) else {
        return Ok(None);
    };
    let iv = match options.iv.as_deref().map(<[u8; 16]>::try_from) {
        Some(Err(_)) => {
            return Err(Error::new(Code::IvInvalid, "AES-128 takes an IV of 16 bytes, and 8 are given").option("iv"));
        }
        iv => iv.and_then(std::result::Result::ok),
    };
    Ok(Some(SegmentProtection { iv, place }))
}

/// Refuses the job where a codec can't be protected by the scheme of a target.
pub(super) fn check_schemes(inputs: &[Input], chosen: &[(usize, usize)], sets: &[Set]) -> Result<()> {
    let mut protections = sets.iter().filter_map(|set| set.protection.as_ref());
    protections.try_for_each(|protection| check_scheme(inputs, chosen, protection.scheme))
}

fn check_scheme(inputs: &[Input], chosen: &[(usize, usize)], scheme: Scheme) -> Result<()> {
    chosen.iter().try_for_each(|&(input, track)| {
        let mut entries = inputs[input].tracks[track].entries.iter();
        let check = entries.try_for_each(|entry| entry.codec.check_scheme(scheme.fourcc()));
        check.map_err(|error| error.input(&inputs[input].name).option("scheme"))
    })
}

fn plan_protection(options: &Options, target: Target, scheme: Scheme) -> Result<SetProtection> {
    if target != Target::Dash && !matches!(scheme, Scheme::Cenc | Scheme::Cbcs) {
        let message =
            format!("{scheme} can't be signalled in HLS and is no scheme of CMAF; only the dash target takes it");
        return Err(Error::new(Code::OptionInvalid, message).option("scheme"));
    }
    let given = options.iv.as_deref();
    let wrong = |wanted: &str, iv: &[u8]| {
        Err(Error::new(Code::IvInvalid, format!("{scheme} takes {wanted}, and {} bytes are given", iv.len()))
            .option("iv"))
    };
    let mut constant_iv = options.seed.draw(b"iv-cbcs ", 0);
    let per_sample_iv_size = match (scheme, given) {
        (Scheme::Cbcs, None) => 0,
        (Scheme::Cbcs, Some(iv)) => {
            let Ok(iv) = iv.try_into() else { return wrong("an IV of 16 bytes", iv) };
            constant_iv = iv;
            0
        }
        (Scheme::Cbc1, Some(iv)) => return wrong("no IV, since each sample has a random one of its own", iv),
        (Scheme::Cbc1, None) => 16,
        (Scheme::Cenc | Scheme::Cens, None) => {
            constant_iv = [0; 16];
            options.iv_size.unwrap_or(8)
        }
        (Scheme::Cenc | Scheme::Cens, Some(iv)) => {
            constant_iv = [0; 16];
            constant_iv[..iv.len()].copy_from_slice(iv);
            let size = if iv.len() == 16 { 16 } else { 8 };
            if options.iv_size.is_some_and(|wanted| wanted != size) {
                return wrong("an IV of the size that is asked for", iv);
            }
            size
        }
    };
    let video_pattern = options.pattern.unwrap_or(Pattern::ONE_IN_TEN);
    Ok(SetProtection { scheme, video_pattern, constant_iv, per_sample_iv_size })
}
