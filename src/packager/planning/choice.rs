//! Which tracks of the inputs are packaged, in which order.

use super::source::Source;
use crate::demux::{Input, Kind, Properties, Role, Track};
use crate::error::Message;
use crate::order;
use crate::packager::plan::Origin;

/// The tracks to package, in the order in which manifests list them. Where several inputs
/// are renditions of one title, sound and text that an earlier input has already are taken once; but a file of nothing
/// but text was given for its text.
///
/// Video comes first, codec by codec, from the smallest pictures to the largest: a client that knows nothing of its
/// network begins with the first. Sound begins with what is played where nobody chooses, and stands by language and
/// codec, in the order in which the inputs have them; text by language likewise.
pub(super) fn choose(inputs: Vec<Input>, warnings: &mut Vec<Message>) -> Vec<Source> {
    let is_side_file: Vec<bool> =
        inputs.iter().map(|input| input.tracks.iter().all(|track| track.kind == Kind::Text)).collect();
    let (mut videos, others): (Vec<Source>, Vec<Source>) =
        inputs.into_iter().enumerate().flat_map(sources).partition(|source| source.track.kind == Kind::Video);
    let (sounds, texts): (Vec<Source>, Vec<Source>) =
        others.into_iter().partition(|source| source.track.kind == Kind::Audio);
    order::sort_by_key(&mut videos, |Source { track, .. }| {
        let bytes: u64 = track.samples.iter().map(|sample| u64::from(sample.size)).sum();
        (pixels(track.properties), bytes)
    });
    keep_together(&mut videos, |source| codec_family(&source.track));
    let mut chosen = videos;
    for (what, candidates) in [(message!("sound"), sounds), (message!("text"), texts)] {
        let mut taken: Vec<Source> = Vec::new();
        for source in candidates {
            let is_same =
                |other: &&Source| other.origin.input != source.origin.input && other.track.is_alike(&source.track);
            match taken.iter().find(is_same).filter(|_| !is_side_file[source.origin.input]) {
                Some(earlier) => warnings.push(message!(
                    "{input}: its {what} is left out, since {earlier} has the same with the same codec and language",
                    input = source.origin.name,
                    what,
                    earlier = earlier.origin.name
                )),
                None => taken.push(source),
            }
        }
        keep_together(&mut taken, |source| codec_family(&source.track));
        keep_together(&mut taken, |source| source.track.language.clone());
        order::sort_by_key(&mut taken, |source| precedence(&source.track));
        chosen.extend(taken);
    }
    chosen
}

fn sources((input, found): (usize, Input)) -> impl Iterator<Item = Source> {
    let Input { name, tracks, .. } = found;
    let kinds: Vec<Kind> = tracks.iter().map(|track| track.kind).collect();
    tracks.into_iter().enumerate().map(move |(index, track)| {
        let count = |kinds: &[Kind]| kinds.iter().filter(|&&kind| kind == track.kind).count();
        let number = (count(&kinds) > 1).then(|| count(&kinds[..=index]));
        Source { origin: Origin { input, name: name.clone(), number }, track, trick_of: None }
    })
}

/// Puts what has the same key side by side, in the order in which the keys come first.
fn keep_together<T, K: PartialEq>(list: &mut [T], key: impl Fn(&T) -> K) {
    let mut keys: Vec<K> = Vec::new();
    for item in list.iter() {
        let key = key(item);
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    order::sort_by_key(list, |item| keys.iter().position(|known| *known == key(item)).unwrap_or(usize::MAX));
}

fn codec_family(track: &Track) -> String {
    track.entries[0].codec.rfc6381().split('.').next().unwrap_or_default().to_owned()
}

fn pixels(properties: Properties) -> u64 {
    match properties {
        Properties::Video { width, height, .. } => u64::from(width) * u64::from(height),
        Properties::Audio { .. } | Properties::Text => 0,
    }
}

/// What is chosen first where nobody says what: what is said to be the main thing, then what isn't said to be
/// something else.
fn precedence(track: &Track) -> u8 {
    let is_other = track.roles.iter().any(|role| {
        matches!(
            role,
            Role::Alternate | Role::Supplementary | Role::Commentary | Role::Dub | Role::Description | Role::Sign
        )
    });
    match (track.roles.contains(&Role::Main), is_other) {
        (true, false) => 0,
        (_, true) => 2,
        (false, false) => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_together_keeps_the_order_of_what_came_first() {
        let mut list = ["en-aac", "de-aac", "en-ac3", "de-ac3", "en-aac2"];
        keep_together(&mut list, |name| name[..2].to_owned());
        assert_eq!(list, ["en-aac", "en-ac3", "en-aac2", "de-aac", "de-ac3"]);
    }
}
