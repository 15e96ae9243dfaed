//! Media segments in MPEG-TS and packed audio.

use std::borrow::Cow;

use crate::error::Result;
use crate::mux::{SampleAes, StreamSample, TRANSPORT_SCALE, TransportSegment, write_packed, write_transport};
use crate::packager::containers::elementaries;
use crate::packager::plan::{Plan, View};
use crate::packager::window::Window;
use crate::presentation::Container;
use crate::time::{Ticks, rescale_nearest};

/// The bytes of a segment.
pub(super) fn render(plan: &Plan, view: View<'_>, index: usize, window: &Window) -> Result<Vec<u8>> {
    let segment = &view.track.segments[index];
    let source = &view.track.source;
    let streams = elementaries(source)?;
    let bytes: Vec<Cow<'_, [u8]>> =
        segment.cut.samples.clone().map(|index| window.sample(source, index)).collect::<Result<_>>()?;
    let mut decode_time = Ticks::try_from(segment.cut.decode_time).unwrap_or(Ticks::MAX);
    decode_time = decode_time.saturating_add(source.presentation_offset);
    let stamp = |ticks: Ticks| rescale_nearest(ticks, source.timescale, TRANSPORT_SCALE);
    let mut samples = Vec::with_capacity(bytes.len());
    for (index, data) in segment.cut.samples.clone().zip(&bytes) {
        let sample = &source.samples[index];
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
    let protected = view.samples().filter(|_| !view.track.is_clear(segment));
    let encryption = protected
        .map(|(samples, keys)| SampleAes { key: &plan.pair(keys[segment.period]).key, iv: samples.constant_iv });
    match view.stream.container {
        Container::PackedAudio(_) => write_packed(&streams, &samples, encryption.as_ref()),
        _ => write_transport(&TransportSegment {
            streams: &streams,
            samples: &samples,
            end: stamp(decode_time),
            number: index + 1,
            encryption,
        }),
    }
}
