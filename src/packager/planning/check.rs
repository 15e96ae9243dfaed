//! What is refused before anything is written.

use std::mem::discriminant;

use crate::cenc::{Pattern, Scheme};
use crate::demux::Kind;
use crate::drm::SystemSignal;
use crate::error::{Code, Error, Message, Result};
use crate::limits;
use crate::mux::Elementary;
use crate::packager::containers::elementaries;
use crate::packager::options::{HlsFormat, Options, Target};
use crate::packager::plan::{Keys, Plan, PlannedTrack, View};
use crate::packager::signals::{is_identity, key_place};
use crate::time::{Ticks, clock, seconds};

/// Refuses options that MPEG-TS and packed audio have no room for.
pub(super) fn options(options: &Options) -> Result<()> {
    let wrong = |option, message: Message| Err(Error::new(Code::OptionInvalid, message).option(option));
    if options.hls_format == HlsFormat::Fmp4 {
        return match options.hls_audio {
            Some(_) => wrong("hlsAudio", message!("it says how to pack sound beside MPEG-TS, but the format is fmp4")),
            None => Ok(()),
        };
    }
    if !options.targets.contains(&Target::Hls) {
        return wrong("hlsFormat", message!("MPEG-TS is only for the hls target, which is not chosen"));
    }
    if options.scheme_of(Target::Hls).is_none() {
        return Ok(());
    }
    if options.scheme.is_some_and(|scheme| scheme != Scheme::Cbcs) {
        return wrong("scheme", message!("MPEG-TS under SAMPLE-AES is in cbcs; other schemes are only for fMP4"));
    }
    if options.pattern.is_some_and(|pattern| pattern != Pattern::ONE_IN_TEN) {
        return wrong("pattern", message!("MPEG-TS under SAMPLE-AES has the pattern 1:9; others are only for fMP4"));
    }
    Ok(())
}

/// Refuses a plan that can't be carried out as it says. What is left out of it, or done otherwise, is told in a sentence
/// each.
pub(super) fn plan(plan: &Plan) -> Result<Vec<Message>> {
    start(plan)?;
    signals(plan)?;
    thumbnails(plan)?;
    let mut leaves_out = false;
    for view in plan.views().filter(|view| view.stream.container.is_transport()) {
        let track = view.track;
        transport_track(view).map_err(|mut error| {
            error.message = message!("{track}: {reason}", track = track.id, reason = error.message);
            error.input(&track.origin.name)
        })?;
        leaves_out |= transport_keys(plan, view)?;
    }
    let mut sentences = clear_lead(plan);
    sentences.extend(plan.tracks.iter().filter_map(long_segment));
    sentences.extend(leaves_out.then(|| {
        message!("hls: only FairPlay goes with MPEG-TS and packed audio; the playlists leave out the other DRM systems")
    }));
    Ok(sentences)
}

/// Says where the key frames of a video are so far apart that a segment lasts longer than any that may be asked for.
fn long_segment(track: &PlannedTrack) -> Option<Message> {
    let longest = track.segments.iter().map(|segment| segment.duration).max()?;
    let ticks = Ticks::try_from(longest).unwrap_or(Ticks::MAX);
    let is_long = seconds(ticks, track.source.timescale) > limits::SEGMENT_SECONDS;
    (track.source.kind == Kind::Video && track.trick_of.is_none() && is_long).then(|| {
        message!(
            "{track}: its key frames are so far apart that a segment lasts {time}: players load all of it before they can \
             start or seek there; encode it with a key frame every few seconds",
            track = track.id,
            time = clock(ticks, track.source.timescale)
        )
    })
}

/// Says of each target whose segments are protected as a whole where its clear lead ends, if not where it was wanted.
fn clear_lead(plan: &Plan) -> Vec<Message> {
    let of_set = |set: usize| {
        let is_whole = |view: &View<'_>| {
            view.segments().is_some() || (view.samples().is_some() && view.stream.container.is_transport())
        };
        let view = plan.views_of(set).filter(|view| view.track.first_protected > 0).find(is_whole)?;
        let (track, target) = (view.track, view.set.target.as_str());
        let first = track.segments.iter().find(|segment| !track.is_clear(segment))?;
        if first.cut.samples.start == track.first_protected {
            return None; // as it was wanted
        }
        let wanted = clock(i64::from(plan.options.clear_lead_ms), 1000);
        Some(match first.start {
            0 => message!(
                "{target}: only whole segments can be clear there, and the first ends after the clear lead at {wanted}: \
                 everything is protected",
                target,
                wanted
            ),
            start => message!(
                "{target}: only whole segments can be clear there: the clear lead ends at {end} and not at {wanted}",
                target,
                end = clock(Ticks::try_from(start).unwrap_or(Ticks::MAX), track.source.timescale),
                wanted
            ),
        })
    };
    (0..plan.sets.len()).filter_map(of_set).collect()
}

/// Refuses a start of playing that isn't within the presentation (rfc8216bis section 4.4.2.2).
fn start(plan: &Plan) -> Result<()> {
    let Some(start_ms) = plan.options.hls_start_ms else { return Ok(()) };
    let end_ms = plan.tracks.iter().map(|track| ms(track, |ticks, second| ticks / second)).max().unwrap_or(0);
    if u128::from(start_ms.unsigned_abs()) <= end_ms {
        return Ok(());
    }
    let message = message!("playing can't start at {start_ms} ms of a presentation of {end_ms} ms", start_ms, end_ms);
    Err(Error::new(Code::OptionInvalid, message).option("hlsStart"))
}

/// Refuses thumbnails that end before the presentation does.
fn thumbnails(plan: &Plan) -> Result<()> {
    let Some(thumbnails) = &plan.options.thumbnails else { return Ok(()) };
    let end_ms = plan.tracks.iter().map(|track| ms(track, u128::div_ceil)).max().unwrap_or(0);
    thumbnails.check(u64::try_from(end_ms).unwrap_or(u64::MAX))
}

/// The end of a track in milliseconds, rounded as `divide` does.
fn ms(track: &PlannedTrack, divide: impl Fn(u128, u128) -> u128) -> u128 {
    divide(u128::from(track.end()) * 1000, u128::from(track.source.timescale.max(1)))
}

/// Makes each signal once, so that what can't be signalled is found before anything is written.
fn signals(plan: &Plan) -> Result<()> {
    plan.views().try_for_each(|view| {
        view.all_signals(plan, Keys::All)?;
        let periods = view.track.keys.iter().flatten().enumerate();
        periods.map(|(period, _)| Keys::OfPeriod(period)).try_for_each(|keys| view.all_signals(plan, keys).map(drop))
    })
}

/// Refuses a track that MPEG-TS or packed audio has no place or no rule for.
fn transport_track(view: View<'_>) -> Result<()> {
    let streams = elementaries(&view.track.source)?;
    let first = discriminant(&streams[0]);
    if streams.iter().any(|stream| discriminant(stream) != first) {
        let message = message!("its sample entries have different codecs, but a stream can have only one");
        return Err(Error::new(Code::ContainerUnsupported, message));
    }
    if view.samples().is_some() {
        streams.iter().try_for_each(Elementary::check_sample_aes)?;
    }
    Ok(())
}

/// Refuses keys that no client of MPEG-TS or packed audio could find. Gives whether any DRM system is left out.
fn transport_keys(plan: &Plan, view: View<'_>) -> Result<bool> {
    if view.samples().is_none() {
        return Ok(false);
    }
    let all = view.all_signals(plan, Keys::All)?;
    let named = view.signals(plan, Keys::All);
    if named.is_empty() {
        let message = message!(
            "none of the chosen DRM systems can read MPEG-TS or packed audio: choose FairPlay, or say where the key is \
             fetched (hlsKeyUri or hlsKeyFiles)"
        );
        return Err(Error::new(Code::DrmSchemeConflict, message).option("drm"));
    }
    let is_made =
        |signal: &SystemSignal| signal.hls_lines.is_empty() && signal.hls_key.as_ref().is_some_and(is_identity);
    if named.iter().any(is_made) && key_place(&plan.options).is_none() {
        let message = message!("clients of SAMPLE-AES in MPEG-TS fetch the key, but nothing says from where");
        return Err(Error::new(Code::OptionMissing, message).option("hlsKeyUri"));
    }
    let is_of_hls = |signal: &&SystemSignal| signal.hls_key.is_some() || !signal.hls_lines.is_empty();
    Ok(all.iter().filter(is_of_hls).count() > named.len())
}
