//! What holds a track of a target, and what that is called.

use super::options::{HlsAudio, HlsFormat, Options, Target};
use crate::codec::Codec;
use crate::demux::{Entry, Kind, Track};
use crate::error::Result;
use crate::mux::Elementary;
use crate::presentation::{Container, PackedAudio};

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
        Codec::Mp3(_) if container.is_transport() => "mp4a.40.34".to_owned(),
        _ => codec.rfc6381(),
    }
}

/// How each sample entry of a track goes into MPEG-TS or packed audio.
pub(super) fn elementaries(track: &Track) -> Result<Vec<Elementary>> {
    let stream = |entry: &Entry| Elementary::of_entry(&entry.codec, &entry.bytes).map_err(|error| error.in_box("stsd"));
    track.entries.iter().map(stream).collect()
}
