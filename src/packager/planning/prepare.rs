//! What a plan is made of: the tracks that are packaged, as they will be.

use super::choice::choose;
use super::lengths;
use super::source::{Source, timeline};
use super::text;
use crate::demux::{Input, Kind};
use crate::drm::playready;
use crate::error::{Code, Error, Message, Messages, Result};
use crate::keys::KeyPair;
use crate::open::Opener;
use crate::packager::options::{Options, TrackSettings};
use crate::packager::plan::TrackRef;
use crate::segment::{Boundaries, Timeline};

/// The tracks of all inputs that are packaged, in the order in which manifests list them.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) sources: Vec<Source>,
    pub(super) boundaries: Boundaries,
    /// What was left out or mended, a sentence each.
    pub(super) warnings: Vec<Message>,
}

/// Takes the tracks out of their inputs: as the user describes them, each once, text fitted into segments, with tracks
/// of key frames beside them.
pub(super) fn prepare(inputs: Vec<Input>, options: &Options, opener: &Opener) -> Result<Prepared> {
    let of_input = |input: &Input| {
        let of_file = |warning: &Message| message!("{input}: {warning}", input = input.name, warning = *warning);
        input.warnings.iter().map(of_file).collect::<Vec<_>>()
    };
    let mut warnings: Vec<Message> = inputs.iter().flat_map(of_input).collect();
    inputs.iter().try_for_each(|input| check_keys(input, &options.decryption_keys))?;
    if !options.skip_unsupported {
        inputs.iter().try_for_each(check_whole)?;
    }
    let mut chosen = choose(TrackSettings::apply_all(&options.tracks, inputs)?, &mut warnings);
    for Source { origin, track, .. } in &chosen {
        let Some(protection) = &track.protection else { continue };
        opener.check(protection).map_err(|error| error.input(&origin.name))?;
    }
    lengths::settle(&mut chosen, options, &mut warnings)?;
    let names: Vec<String> = chosen.iter().map(Source::name).collect();
    let timelines: Vec<Timeline<'_>> =
        chosen.iter().zip(&names).map(|(source, name)| timeline(name, &source.track)).collect();
    let boundaries = Boundaries::find(&timelines, options.segment_ms, &options.cue_points_ms)?;
    warnings.extend_from_slice(boundaries.notes());
    if chosen.iter().all(|source| source.track.kind == Kind::Text) {
        let far = |source: &Source| Some((source.origin.name.clone(), text::far(&source.track)?));
        warnings.extend(
            chosen.iter().filter_map(far).map(|(input, warning)| message!("{input}: {warning}", input, warning)),
        );
    }
    let fitted: Result<Vec<Source>> =
        chosen.into_iter().map(|source| fit(source, &boundaries, &mut warnings)).collect();
    let mut sources = fitted?;
    if options.trick_play {
        sources.extend(key_frames(&sources)?);
    }
    Ok(Prepared { sources, boundaries, warnings })
}

/// Refuses an input of which video or sound can't be packaged: half a title would be left.
fn check_whole(input: &Input) -> Result<()> {
    if input.unpackaged.is_empty() {
        return Ok(());
    }
    let message =
        message!("not all video and sound can be packaged: {tracks}", tracks = Messages(input.unpackaged.clone()));
    Err(Error::new(Code::TrackUnsupported, message).option("skipUnsupported").input(&input.name))
}

/// Refuses keys that aren't those of which a PlayReady header has a checksum.
fn check_keys(input: &Input, keys: &[KeyPair]) -> Result<()> {
    let headers = input.pssh.iter().filter(|pssh| pssh.system_id == playready::ID);
    for (kid, checksum) in headers.flat_map(|header| playready::checksums(&header.data)) {
        if let Some(pair) = keys.iter().find(|pair| pair.kid == kid)
            && playready::checksum(pair) != checksum
        {
            let message = message!(
                "the key for key id {kid} isn't the one that the file's PlayReady header has a checksum of",
                kid = kid.to_hex()
            );
            return Err(Error::new(Code::DecryptionKeyWrong, message).option("decryptionKeys").input(&input.name));
        }
    }
    Ok(())
}

fn fit(source: Source, boundaries: &Boundaries, warnings: &mut Vec<Message>) -> Result<Source> {
    if source.track.kind != Kind::Text {
        return Ok(source);
    }
    let (track, note) = text::fit(source.track, boundaries);
    warnings.extend(note.map(|warning| message!("{input}: {warning}", input = source.origin.name, warning)));
    Ok(Source { track, ..source })
}

/// A track of key frames for each video.
fn key_frames(sources: &[Source]) -> Result<Vec<Source>> {
    let of = |(main, source): (usize, &Source)| {
        let track = source.track.key_frames().map_err(|error| error.input(&source.origin.name))?;
        Ok(Source { origin: source.origin.clone(), track, trick_of: Some(TrackRef(main)) })
    };
    sources.iter().enumerate().filter(|(_, source)| source.track.kind == Kind::Video).map(of).collect()
}
