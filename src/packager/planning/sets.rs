//! The targets of a plan: which streams each has, and how they are protected.

use super::lengths::is_too_short_for_playlists;
use super::source::Source;
use crate::cenc::{Pattern, Scheme};
use crate::codec::Codec;
use crate::error::{Code, Error, Message, Result};
use crate::packager::containers::container;
use crate::packager::options::{HlsFormat, Options, Target};
use crate::packager::plan::{SampleEncryption, SegmentEncryption, Set, SetProtection, Stream, TrackRef};
use crate::presentation::Container;

/// The sets of all targets.
pub(super) fn plan(sources: &[Source], options: &Options, warnings: &mut Vec<Message>) -> Result<Vec<Set>> {
    let set = |&target: &Target| {
        let protection = protection(sources, options, target, warnings)?;
        check_pcm(sources, options, target, warnings)?;
        Ok(Set { target, streams: streams(sources, target, options), protection })
    };
    let sets: Vec<Set> = options.targets.iter().map(set).collect::<Result<_>>()?;
    if options.targets.iter().any(|&target| target != Target::Dash) {
        let left_out = sources
            .iter()
            .filter(|source| source.trick_of.is_none() && is_too_short_for_playlists(source, sources, options));
        warnings.extend(left_out.map(|source| {
            message!(
                "{input}: playlists leave its picture out, since it ends more than a segment before the others",
                input = source.origin.name
            )
        }));
    }
    let mut schemes = sets.iter().filter_map(|set| set.protection.samples()).map(|samples| samples.scheme);
    schemes.try_for_each(|scheme| check_scheme(sources, scheme))?;
    Ok(sets)
}

/// The streams of a target: each track once, but for WebVTT, which clients of HLS take as files of its own only. Tracks
/// of key frames come last; playlists have byte ranges for those.
fn streams(sources: &[Source], target: Target, options: &Options) -> Vec<Stream> {
    let mut streams = Vec::new();
    for (index, source) in sources.iter().enumerate() {
        let track = TrackRef(index);
        let is_in_playlists =
            source.trick_of.is_none() && !is_pcm(source) && !is_too_short_for_playlists(source, sources, options);
        let (in_mpd, in_hls) = (target != Target::Hls, target != Target::Dash && is_in_playlists);
        let is_webvtt = source.track.is_webvtt();
        let container = container(&source.track, target, options);
        let media = Stream { track, container, in_mpd, in_hls: in_hls && !is_webvtt };
        let files = Stream { track, container: Container::WebVtt, in_mpd: false, in_hls: in_hls && is_webvtt };
        streams.extend([media, files].into_iter().filter(|stream| stream.in_mpd || stream.in_hls));
    }
    streams
}

fn is_pcm(source: &Source) -> bool {
    source.track.entries.iter().any(|entry| matches!(entry.codec, Codec::Pcm(_)))
}

/// PCM is for MPDs alone: no player of HLS takes it from fMP4, and transport streams have no place for it.
fn check_pcm(sources: &[Source], options: &Options, target: Target, warnings: &mut Vec<Message>) -> Result<()> {
    for Source { origin, .. } in sources.iter().filter(|source| is_pcm(source)) {
        let input = &origin.name;
        match target {
            Target::Hls if !options.skip_unsupported || sources.iter().all(is_pcm) => {
                let message = message!("PCM sound can't be packaged for the hls target, only for cmaf and dash");
                return Err(Error::new(Code::TrackUnsupported, message).option("targets").input(input));
            }
            Target::Hls => {
                warnings.push(message!("{input}: PCM sound is left out of hls, which has no place for it", input))
            }
            Target::Cmaf => warnings.push(message!(
                "{input}: PCM sound is in the MPD as it is, and not in the playlists; browsers don't play it",
                input
            )),
            Target::Dash if options.targets.contains(&Target::Cmaf) => (), // said of that
            Target::Dash => {
                warnings.push(message!("{input}: PCM sound is in the MPD as it is; browsers don't play it", input));
            }
        }
    }
    Ok(())
}

fn protection(
    sources: &[Source],
    options: &Options,
    target: Target,
    warnings: &mut Vec<Message>,
) -> Result<SetProtection> {
    if let Some(place) = options.hls_segments().filter(|_| options.encrypts_segments_of(target)) {
        return Ok(SetProtection::Segments(SegmentEncryption { iv: segment_iv(options)?, place }));
    }
    let Some(mut scheme) = options.scheme_of(target) else { return Ok(SetProtection::Clear) };
    let is_transport = target == Target::Hls && options.hls_format == HlsFormat::Ts;
    if options.scheme.is_none()
        && !is_transport
        && let Err(error) = check_scheme(sources, scheme)
        && check_scheme(sources, Scheme::Cenc).is_ok()
    {
        // Nobody asked for the target's own scheme.
        warnings.push(message!(
            "{reason}: {target} is in cenc for all tracks",
            reason = error.message,
            target = target.as_str()
        ));
        scheme = Scheme::Cenc;
    }
    if let Some(of_keys) = options.server_scheme.filter(|of_keys| *of_keys != scheme) {
        warnings.push(message!(
            "{target}: the keys are made for {of_keys}, but are used for {scheme}; DRM systems may refuse them",
            target = target.as_str(),
            of_keys,
            scheme
        ));
    }
    sample_encryption(options, target, scheme).map(SetProtection::Samples)
}

fn segment_iv(options: &Options) -> Result<Option<[u8; 16]>> {
    let iv = options.chained_iv().map(<[u8; 16]>::try_from).transpose();
    iv.map_err(|_| {
        Error::new(Code::IvInvalid, message!("AES-128 takes an IV of 16 bytes, but 8 are given")).option("iv")
    })
}

/// Refuses the job where a codec can't be protected by the scheme of a target.
fn check_scheme(sources: &[Source], scheme: Scheme) -> Result<()> {
    sources.iter().try_for_each(|Source { origin, track, .. }| {
        let check = track.entries.iter().try_for_each(|entry| entry.codec.check_scheme(scheme.fourcc()));
        check.map_err(|error| error.input(&origin.name).option("scheme"))
    })
}

fn sample_encryption(options: &Options, target: Target, scheme: Scheme) -> Result<SampleEncryption> {
    if target != Target::Dash && !matches!(scheme, Scheme::Cenc | Scheme::Cbcs) {
        let message = message!(
            "{scheme} can't be signalled in HLS and is no scheme of CMAF; only the dash target takes it",
            scheme
        );
        return Err(Error::new(Code::OptionInvalid, message).option("scheme"));
    }
    let given = if scheme == Scheme::Cbcs { options.chained_iv() } else { options.iv.as_deref() };
    let wrong = |wanted: Message, iv: &[u8]| {
        Err(Error::new(
            Code::IvInvalid,
            message!("{scheme} takes {wanted}, and {size} bytes are given", scheme, wanted, size = iv.len()),
        )
        .option("iv"))
    };
    let mut constant_iv = options.seed.draw(b"iv-cbcs ", 0);
    let per_sample_iv_size = match (scheme, given) {
        (Scheme::Cbcs, None) => 0,
        (Scheme::Cbcs, Some(iv)) => {
            let Ok(iv) = iv.try_into() else { return wrong(message!("an IV of 16 bytes"), iv) };
            constant_iv = iv;
            0
        }
        (Scheme::Cbc1, Some(iv)) => return wrong(message!("no IV, since each sample has a random one of its own"), iv),
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
                return wrong(message!("an IV of the size that is asked for"), iv);
            }
            size
        }
    };
    let video_pattern = options.pattern.unwrap_or(Pattern::ONE_IN_TEN);
    Ok(SampleEncryption { scheme, video_pattern, constant_iv, per_sample_iv_size })
}
