//! Which tracks of the inputs are packaged, in which order, and what the user says of them.

use crate::demux::{Input, Kind, Properties, Role, Track};
use crate::error::{Code, Error, Result};
use crate::full;

/// What the user says of tracks, in place of what their input says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrackSettings {
    /// The index of the input.
    pub input: usize,
    /// The kind of its tracks that is meant; without it sound and text, or pictures where there is nothing else.
    pub kind: Option<Kind>,
    /// The language tag of BCP 47.
    pub language: Option<String>,
    /// A name for people.
    pub label: Option<String>,
    /// What the tracks are for.
    pub roles: Option<Vec<Role>>,
    /// Whether they are text that is shown where no other text is chosen.
    pub is_forced: Option<bool>,
}

impl TrackSettings {
    fn is_for(&self, input: &Input, track: &Track) -> bool {
        let has_others = input.tracks.iter().any(|track| track.kind != Kind::Video);
        self.kind.map_or(track.kind != Kind::Video || !has_others, |kind| kind == track.kind)
    }

    fn apply(&self, track: &mut Track) -> Result<()> {
        if let Some(language) = &self.language {
            track.set_language(language)?;
        }
        track.label = self.label.clone().or(track.label.take());
        if let Some(roles) = &self.roles {
            track.roles.clone_from(roles);
            track.is_forced = roles.contains(&Role::ForcedSubtitle);
        }
        track.is_forced = self.is_forced.unwrap_or(track.is_forced);
        Ok(())
    }
}

/// Puts what the user says in place of what the inputs say.
pub(super) fn apply(all: &[TrackSettings], inputs: &mut [Input]) -> Result<()> {
    let invalid = |message: String| Error::new(Code::OptionInvalid, message).option("tracks");
    for settings in all {
        let count = inputs.len();
        let input = inputs
            .get_mut(settings.input)
            .ok_or_else(|| invalid(format!("there is no input {}, they are {count}", settings.input + 1)))?;
        let meant: Vec<usize> =
            (0..input.tracks.len()).filter(|&index| settings.is_for(input, &input.tracks[index])).collect();
        if meant.is_empty() {
            let kind = settings.kind.map_or("such", Kind::as_str);
            return Err(invalid(format!("there is no {kind} track that this could be said of")).input(&input.name));
        }
        for index in meant {
            settings.apply(&mut input.tracks[index]).map_err(|error| error.option("tracks"))?;
        }
    }
    Ok(())
}

/// The tracks to package as pairs of input and track, in the order in which manifests list them. Where several inputs
/// are renditions of one title, sound and text that an earlier input has already are taken once; but a file of nothing
/// but text was given for its text.
///
/// Video comes first, codec by codec, from the smallest pictures to the largest: a client that knows nothing of its
/// network begins with the first. Sound begins with what is played where nobody chooses, and stands by language and
/// codec, in the order in which the inputs have them; text by language likewise.
pub(super) fn choose(inputs: &[Input], warnings: &mut Vec<String>) -> Vec<(usize, usize)> {
    let track = |(input, track): (usize, usize)| &inputs[input].tracks[track];
    let mut chosen = all(inputs, Kind::Video);
    sort_by_key(&mut chosen, |&place| {
        let track = track(place);
        let bytes: u64 = track.samples.iter().map(|sample| u64::from(sample.size)).sum();
        (pixels(track.properties), bytes)
    });
    keep_together(&mut chosen, |&place| codec_family(track(place)));
    for kind in [Kind::Audio, Kind::Text] {
        let mut taken: Vec<(usize, usize)> = Vec::new();
        let what = if kind == Kind::Audio { "sound" } else { "text" };
        for candidate in all(inputs, kind) {
            let is_same = |&&other: &&(usize, usize)| other.0 != candidate.0 && is_same(track(other), track(candidate));
            let is_side_file = inputs[candidate.0].tracks.iter().all(|track| track.kind == Kind::Text);
            match taken.iter().find(is_same).filter(|_| !is_side_file) {
                Some(&(earlier, _)) => warnings.push(format!(
                    "{}: its {what} is left out, since {} has {what} of the same codec and language",
                    inputs[candidate.0].name, inputs[earlier].name
                )),
                None => taken.push(candidate),
            }
        }
        keep_together(&mut taken, |&place| codec_family(track(place)));
        keep_together(&mut taken, |&place| track(place).language.as_deref());
        sort_by_key(&mut taken, |&place| precedence(track(place)));
        chosen.extend(taken);
    }
    chosen
}

/// Adds a track of key frames for each video to the inputs and to what is chosen, in the order of the videos; gives how
/// many there are.
pub(super) fn add_key_frames(inputs: &mut [Input], chosen: &mut Vec<(usize, usize)>) -> Result<usize> {
    full::only("tracks for winding")?;
    let videos = chosen.iter().take_while(|&&(input, track)| inputs[input].tracks[track].kind == Kind::Video).count();
    for place in 0..videos {
        let (input, track) = chosen[place];
        let frames = inputs[input].tracks[track].key_frames().map_err(|error| error.input(&inputs[input].name))?;
        chosen.push((input, inputs[input].tracks.len()));
        inputs[input].tracks.push(frames);
    }
    Ok(videos)
}

fn all(inputs: &[Input], kind: Kind) -> Vec<(usize, usize)> {
    let of = |(input, found): (usize, &Input)| {
        let places = (0..found.tracks.len()).filter(|&track| found.tracks[track].kind == kind);
        places.map(|track| (input, track)).collect::<Vec<_>>()
    };
    inputs.iter().enumerate().flat_map(of).collect()
}

/// What is equal stays in order. By insertion, since tracks are few: the library's stable sort is large, once for each
/// kind of list and key.
fn sort_by_key<T, K: Ord>(list: &mut [T], key: impl FnMut(&T) -> K) {
    let mut keys: Vec<K> = list.iter().map(key).collect();
    for end in 1..list.len() {
        let before = (1..=end).rev().take_while(|&at| keys[at - 1] > keys[end]).count();
        keys[end - before..=end].rotate_right(1);
        list[end - before..=end].rotate_right(1);
    }
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
    sort_by_key(list, |item| keys.iter().position(|known| *known == key(item)).unwrap_or(usize::MAX));
}

fn is_same(a: &Track, b: &Track) -> bool {
    a.kind == b.kind
        && a.language == b.language
        && a.label == b.label
        && a.roles == b.roles
        && a.is_forced == b.is_forced
        && a.properties == b.properties
        && a.entries[0].codec.rfc6381() == b.entries[0].codec.rfc6381()
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
