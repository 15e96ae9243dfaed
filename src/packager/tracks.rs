//! What the user says of tracks, in place of what their input says.

use super::options::TrackSettings;
use crate::demux::{Input, Kind, Role, Track};
use crate::error::{Code, Error, Message, Result};

impl TrackSettings {
    fn is_for(&self, input: &Input, track: &Track) -> bool {
        let has_others = input.tracks.iter().any(|track| track.kind != Kind::Video);
        self.kind.map_or(track.kind != Kind::Video || !has_others, |kind| kind == track.kind)
    }

    /// The inputs as the user describes their tracks, without those that are left out; what is said later wins.
    pub(super) fn apply_all(all: &[Self], mut inputs: Vec<Input>) -> Result<Vec<Input>> {
        let mut left_out: Vec<(usize, usize)> = Vec::new();
        for settings in all {
            for index in settings.apply(&mut inputs)? {
                let Some(is_used) = settings.is_used else { continue };
                let track = (settings.input, index);
                left_out.retain(|&known| known != track);
                left_out.extend((!is_used).then_some(track));
            }
        }
        for (number, input) in inputs.iter_mut().enumerate() {
            let mut indices = 0..;
            input.tracks.retain(|_| indices.next().is_some_and(|index| !left_out.contains(&(number, index))));
        }
        if inputs.iter().all(|input| input.tracks.is_empty()) {
            return Err(Error::new(Code::TrackNone, message!("no track is left: all are left out")).option("tracks"));
        }
        Ok(inputs)
    }

    /// Describes the tracks that are meant; gives their indices.
    fn apply(&self, inputs: &mut [Input]) -> Result<Vec<usize>> {
        let invalid = |message: Message| Error::new(Code::OptionInvalid, message).option("tracks");
        let count = inputs.len();
        let input = inputs.get_mut(self.input).ok_or_else(|| {
            invalid(message!("there is no input {input}, they are {count}", input = self.input + 1, count))
        })?;
        let all = (0..input.tracks.len()).filter(|&index| self.is_for(input, &input.tracks[index]));
        let meant: Vec<usize> = match self.number {
            None => all.collect(),
            Some(number) => all.skip(number).take(1).collect(),
        };
        if meant.is_empty() {
            let kind = self.kind.map_or("such", Kind::as_str);
            return Err(
                invalid(message!("there is no {kind} track that this could be said of", kind)).input(&input.name)
            );
        }
        for &index in &meant {
            self.describe(&mut input.tracks[index]).map_err(|error| error.option("tracks").input(&input.name))?;
        }
        Ok(meant)
    }

    fn describe(&self, track: &mut Track) -> Result<()> {
        if let Some(language) = &self.language {
            track.set_language(language)?;
        }
        track.label = self.label.clone().or(track.label.take());
        if let Some(roles) = &self.roles {
            track.roles.clone_from(roles);
            track.is_forced = roles.contains(&Role::ForcedSubtitle);
        }
        track.is_forced = self.is_forced.unwrap_or(track.is_forced);
        if let Some(rate) = self.frame_rate {
            track.set_frame_rate(rate)?;
        }
        Ok(())
    }
}
