//! The MPEG-TS and packed audio of the `hls` target: which tracks go where, what goes with what, rendering.

use std::borrow::Cow;
use std::mem::discriminant;

use super::options::{HlsAudio, HlsFormat, KeyPlace, Options, Target};
use super::plan::{Plan, PlannedTrack, is_clear};
use super::render::read_sample;
use super::sets::{Set, Stream};
use super::signals::Keys;
use super::window::Window;
use crate::cenc::{Pattern, Scheme};
use crate::codec::Codec;
use crate::demux::{Entry, Kind, Track};
use crate::drm::{HlsKey, SystemSignal};
use crate::error::{Code, Error, Result};
use crate::full;
use crate::keys::hex;
use crate::mux::{
    Elementary, SampleAes, StreamSample, TRANSPORT_SCALE, TRANSPORT_START, TransportSegment, write_packed,
    write_transport,
};
use crate::presentation::{Container, PackedAudio};
use crate::time::{Ticks, rescale_nearest};

/// The key formats whose clients read SAMPLE-AES in these containers: a key in a file, and FairPlay.
const KEY_FORMATS: [&str; 2] = ["identity", "com.apple.streamingkeydelivery"];

/// What holds a track of a target.
pub(super) fn container(track: &Track, target: Target, options: &Options) -> Container {
    if target != Target::Hls || options.hls_format == HlsFormat::Fmp4 || track.kind == Kind::Text {
        return Container::Fmp4;
    }
    let samples_are_encrypted = options.scheme_of(target).is_some();
    // hls.js decrypts SAMPLE-AES in MPEG-TS, and not in packed audio.
    let audio = options.hls_audio.unwrap_or(if samples_are_encrypted { HlsAudio::Ts } else { HlsAudio::Packed });
    let packed = match track.entries[0].codec {
        Codec::Aac(_) | Codec::Mpeg2Aac(_) => PackedAudio::Aac,
        Codec::Mp3(_) => PackedAudio::Mp3,
        Codec::Ac3(_) => PackedAudio::Ac3,
        Codec::Ec3(_) => PackedAudio::Ec3,
        _ => return Container::MpegTs,
    };
    if audio == HlsAudio::Packed { Container::PackedAudio(packed) } else { Container::MpegTs }
}

/// The codecs parameter of RFC 6381. Outside MP4 there is no `objectTypeIndication` that MP3 could be named by: HLS has
/// the audio object type in its place (34, Layer-3, of ISO/IEC 14496-3 table 1.17), and hls.js knows no other name.
pub(super) fn codecs(container: Container, codec: &Codec) -> String {
    match codec {
        Codec::Mp3(_) if is_transport(container) => "mp4a.40.34".to_owned(),
        _ => codec.rfc6381(),
    }
}

/// Refuses options that these containers have no room for.
pub(super) fn check_options(options: &Options) -> Result<()> {
    if options.hls_format != HlsFormat::Fmp4 {
        full::only("MPEG-TS")?;
    }
    let wrong = |option, message: &str| Err(Error::new(Code::OptionInvalid, message).option(option));
    if options.hls_format == HlsFormat::Fmp4 {
        return match options.hls_audio {
            Some(_) => wrong("hlsAudio", "how sound is packed beside MPEG-TS is asked for, and the format is fmp4"),
            None => Ok(()),
        };
    }
    full::only("MPEG-TS and packed audio")?;
    if !options.targets.contains(&Target::Hls) {
        return wrong("hlsFormat", "MPEG-TS is for the hls target, which isn't chosen");
    }
    if options.scheme_of(Target::Hls).is_none() {
        return Ok(());
    }
    if options.scheme.is_some_and(|scheme| scheme != Scheme::Cbcs) {
        return wrong("scheme", "MPEG-TS under SAMPLE-AES is in cbcs; other schemes are for fMP4 only");
    }
    if options.pattern.is_some_and(|pattern| pattern != Pattern::ONE_IN_TEN) {
        return wrong("pattern", "MPEG-TS under SAMPLE-AES has the pattern 1:9; others are for fMP4 only");
    }
    Ok(())
}

impl Plan {
    /// Refuses tracks that their containers have no place or no rule for, and keys that no client could find.
    pub(super) fn check_transport(&mut self) -> Result<()> {
        let mut leaves_out = false;
        for set in &self.sets {
            for stream in set.streams.iter().filter(|stream| is_transport(stream.container)) {
                full::only("MPEG-TS and packed audio")?;
                let planned = &self.tracks[stream.track];
                let track = self.track(planned);
                self.check_track(set, planned, track).map_err(|mut error| {
                    error.message = message!("{track}: {reason}", track = planned.id, reason = error.message);
                    error.input(&self.inputs[planned.input].name)
                })?;
                if let (Some(_), Some(keys)) = (&set.protection, planned.keys.as_deref()) {
                    let all = self.signals(set, keys, Keys::All);
                    let named = self.transport_signals(set, keys, Keys::All);
                    if named.is_empty() {
                        let message = "none of the DRM systems chosen reads MPEG-TS or packed audio: choose FairPlay, \
                                       or say where the key is fetched (hlsKeyUri or hlsKeyFiles)";
                        return Err(Error::new(Code::DrmSchemeConflict, message).option("drm"));
                    }
                    let is_unnamed = |signal: &SystemSignal| signal.hls_key.is_some() || !signal.hls_lines.is_empty();
                    leaves_out |= all.iter().filter(|signal| is_unnamed(signal)).count() > named.len();
                    let is_made = |signal: &SystemSignal| {
                        signal.hls_lines.is_empty() && signal.hls_key.as_ref().is_some_and(is_identity)
                    };
                    if named.iter().any(is_made) && self.key_place().is_none() {
                        let message = "clients of SAMPLE-AES in MPEG-TS fetch the key, and nothing says from where";
                        return Err(Error::new(Code::OptionMissing, message).option("hlsKeyUri"));
                    }
                }
            }
        }
        if leaves_out {
            self.warnings.push(
                "hls: of the DRM systems only FairPlay goes with MPEG-TS and packed audio; its playlists don't name the others"
                    .to_owned(),
            );
        }
        Ok(())
    }

    fn check_track(&self, set: &Set, planned: &PlannedTrack, track: &Track) -> Result<()> {
        let streams = elementaries(track)?;
        let first = discriminant(&streams[0]);
        if streams.iter().any(|stream| discriminant(stream) != first) {
            let message = "its sample entries are of different codecs, and a stream is of one";
            return Err(Error::new(Code::ContainerUnsupported, message));
        }
        if set.protection.is_some() && planned.keys.is_some() {
            streams.iter().try_for_each(Elementary::check_sample_aes)?;
        }
        Ok(())
    }

    /// A segment in MPEG-TS or packed audio.
    pub(super) fn render_transport(
        &self,
        set: &Set,
        stream: &Stream,
        number: usize,
        window: &Window,
    ) -> Result<Vec<u8>> {
        full::only("MPEG-TS and packed audio")?;
        let planned = &self.tracks[stream.track];
        let segment = &planned.segments[number];
        let track = self.track(planned);
        let streams = elementaries(track)?;
        let bytes: Vec<Cow<'_, [u8]>> =
            segment.cut.samples.clone().map(|index| read_sample(track, index, window)).collect::<Result<_>>()?;
        let mut decode_time = Ticks::try_from(segment.cut.decode_time).unwrap_or(Ticks::MAX);
        decode_time = decode_time.saturating_add(track.presentation_offset);
        let stamp = |ticks: Ticks| rescale_nearest(ticks, track.timescale, TRANSPORT_SCALE);
        let mut samples = Vec::with_capacity(bytes.len());
        for (index, data) in segment.cut.samples.clone().zip(&bytes) {
            let sample = &track.samples[index];
            samples.push(StreamSample {
                data,
                presented: stamp(decode_time.saturating_add(Ticks::from(sample.composition_offset))),
                decoded: stamp(decode_time),
                duration: sample.duration,
                sync: sample.sync,
                entry: sample.entry,
                offset: sample.offset,
            });
            decode_time = decode_time.saturating_add(Ticks::from(sample.duration));
        }
        // A key holds for whole segments: the clear lead ends with the last one that lies in it.
        let keys = planned.keys.as_deref().filter(|_| !is_clear(track, segment, planned));
        let encryption = set.protection.as_ref().zip(keys).map(|(protection, keys)| SampleAes {
            key: &self.keys[keys[segment.period]].pair.key,
            iv: protection.constant_iv,
        });
        match stream.container {
            Container::PackedAudio(_) => write_packed(&streams, &samples, encryption.as_ref()),
            _ => write_transport(&TransportSegment {
                streams: &streams,
                samples: &samples,
                end: stamp(decode_time),
                number: number + 1,
                encryption,
            }),
        }
    }

    /// What clients are told of the keys of SAMPLE-AES in these containers.
    pub(super) fn transport_signals(&self, set: &Set, keys: &[usize], which: Keys) -> Vec<SystemSignal> {
        let first = match which {
            Keys::All => keys[0],
            Keys::OfPeriod(period) => keys[period],
        };
        let kid = self.keys[first].pair.kid;
        let place = self.key_place();
        let iv = set.protection.as_ref().map_or([0; 16], |protection| protection.constant_iv);
        let named = |mut signal: SystemSignal| {
            if signal.hls_lines.is_empty() {
                let key = signal.hls_key.as_mut().filter(|key| KEY_FORMATS.contains(&key.key_format))?;
                if let Some(place) = place.as_ref().filter(|_| is_identity(key)) {
                    key.uri = self.key_uri(place, kid);
                }
                return Some(signal);
            }
            for lines in [&mut signal.hls_lines, &mut signal.hls_session_lines] {
                *lines = lines.iter().filter_map(|line| given_line(line, iv)).collect();
            }
            Some(signal).filter(|signal| !signal.hls_lines.is_empty())
        };
        self.signals(set, keys, which).into_iter().filter_map(named).collect()
    }

    /// Where the key of no DRM system is; `None` where nothing says it.
    fn key_place(&self) -> Option<KeyPlace> {
        let clear_key = self.options.drm.options.clearkey.as_ref();
        let uri = clear_key.and_then(|settings| settings.hls_key_uri.clone()).map(KeyPlace::Uri);
        self.options.hls_key_place.clone().or(uri)
    }

    /// Whether keys stand in files beside the playlists of a target.
    pub(super) fn has_key_files(&self, set: &Set) -> bool {
        let of_segments = set.segments.as_ref().map(|protection| &protection.place);
        let of_samples = set.protection.as_ref().and(self.options.hls_key_place.as_ref());
        let is_transport = set.streams.iter().any(|stream| is_transport(stream.container));
        of_segments.or(of_samples.filter(|_| is_transport)) == Some(&KeyPlace::Files)
    }
}

/// The time stamp of the presentation's start in a target's pictures and sound, in units of 1/90000 s: in fMP4 times
/// count from 0.
pub(super) fn start(set: &Set) -> u64 {
    if set.streams.iter().any(|stream| is_transport(stream.container)) { TRANSPORT_START } else { 0 }
}

/// Whether a container is one of this module's.
pub(super) const fn is_transport(container: Container) -> bool {
    matches!(container, Container::MpegTs | Container::PackedAudio(_))
}

fn is_identity(key: &HlsKey) -> bool {
    key.key_format == "identity"
}

/// A key server's line, if a client of these containers knows its key's format; with the IV, which it needn't say of
/// fMP4.
fn given_line(line: &str, iv: [u8; 16]) -> Option<String> {
    let (_, attributes) = line.split_once(':')?;
    let format =
        attributes.split_once("KEYFORMAT=\"").map_or("identity", |(_, rest)| rest.split('"').next().unwrap_or(""));
    let has_iv = attributes.starts_with("IV=") || attributes.contains(",IV=");
    KEY_FORMATS.contains(&format).then(|| match has_iv {
        true => line.to_owned(),
        false => format!("{line},IV=0x{}", hex(&iv).to_ascii_uppercase()),
    })
}

fn elementaries(track: &Track) -> Result<Vec<Elementary>> {
    full::only("MPEG-TS and packed audio")?;
    let stream = |entry: &Entry| Elementary::of_entry(&entry.codec, &entry.bytes).map_err(|error| error.in_box("stsd"));
    track.entries.iter().map(stream).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_key_server_says_the_iv_or_is_left_out() {
        let iv = [0xab; 16];
        let line = |text: &str| given_line(text, iv);
        let fairplay = "#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"skd://a\",KEYFORMAT=\"com.apple.streamingkeydelivery\"";
        assert_eq!(line(fairplay), Some(format!("{fairplay},IV=0x{}", "AB".repeat(16))));
        let own = "#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"k\",IV=0x01";
        assert_eq!(line(own).as_deref(), Some(own));
        assert_eq!(line("#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"k\",KEYFORMAT=\"com.microsoft.playready\""), None);
    }
}
