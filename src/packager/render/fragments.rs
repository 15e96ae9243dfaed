//! Media segments of fragmented MP4.

use std::borrow::Cow;

use crate::bytes::Writer;
use crate::cenc::Scheme;
use crate::codec::Protector;
use crate::demux::Kind;
use crate::error::Result;
use crate::keys::KeyId;
use crate::mp4::header::put_styp;
use crate::mp4::protection::Tenc;
use crate::mux::{Encryption, Fragment, FragmentSample, Iv, SampleGroup, write_fragment};
use crate::packager::plan::{Keys, Plan, PlannedSegment, Run, SampleEncryption, View};
use crate::packager::window::Window;
use crate::presentation::KeyFrame;

/// The bytes of a segment, and where its first key frame is in them.
pub(super) fn render(
    plan: &Plan,
    view: View<'_>,
    index: usize,
    window: &Window,
) -> Result<(Vec<u8>, Option<KeyFrame>)> {
    let View { track, .. } = view;
    let source = &track.source;
    let segment = &track.segments[index];
    let samples = &source.samples[segment.cut.samples.clone()];
    let payload: usize = samples.iter().map(|sample| sample.size as usize).sum();
    // Room for the samples, and for each one's place in trun and senc.
    let mut out = Writer::with_capacity(payload + 64 * samples.len() + 512);
    if plan.names().is_some() {
        put_styp(&mut out);
    }
    // Kept from run to run: what a sample's headers mean may depend on the samples before.
    let mut current: Option<(u16, Box<dyn Protector>)> = None;
    let mut key_frame = None;
    for (number, run) in (0u32..).zip(track.runs(segment)) {
        let bytes: Vec<Cow<'_, [u8]>> =
            run.samples.clone().map(|index| window.sample(source, index)).collect::<Result<_>>()?;
        let fragment = fragment(view, segment, number, &run, &bytes);
        let encryption = encryption(plan, view, segment, &run);
        let (_, mut protector) = current
            .take_if(|(entry, _)| *entry == run.entry)
            .unwrap_or_else(|| (run.entry, source.entries[usize::from(run.entry)].codec.protector()));
        let start = out.len() as u64;
        let end = write_fragment(&mut out, &fragment, encryption.as_ref(), &mut *protector)? as u64;
        if number == 0 && source.kind == Kind::Video && fragment.samples.first().is_some_and(|first| first.sync) {
            key_frame = Some(KeyFrame { offset: start, size: end - start });
        }
        current = Some((run.entry, protector));
    }
    Ok((out.into_vec(), key_frame))
}

/// The movie fragment of a run; `number` counts the runs of the segment from 0.
fn fragment<'a>(
    view: View<'_>,
    segment: &PlannedSegment,
    number: u32,
    run: &Run,
    bytes: &'a [Cow<'a, [u8]>],
) -> Fragment<'a> {
    let track = view.track;
    let samples = track.source.samples[run.samples.clone()].iter().zip(bytes);
    Fragment {
        sequence_number: segment.first_sequence_number + number,
        sample_description_index: view.sample_description_index(run),
        base_media_decode_time: run.decode_time + track.decode_offset,
        samples: samples
            .map(|(sample, data)| FragmentSample {
                data,
                duration: sample.duration,
                composition_offset: sample.composition_offset,
                sync: sample.sync,
                offset: sample.offset,
            })
            .collect(),
    }
}

/// How a run of samples is encrypted; `None` where the stream's samples are clear.
pub(in crate::packager) fn encryption<'a>(
    plan: &'a Plan,
    view: View<'a>,
    segment: &PlannedSegment,
    run: &Run,
) -> Option<Encryption<'a>> {
    let (samples, keys) = view.samples()?;
    let View { track, .. } = view;
    let pair = plan.pair(keys[segment.period]);
    let kind = track.source.kind;
    let first = run.samples.start as u64;
    let rotates = keys.len() > 1;
    // Where the key changes, the samples say which they have. Clear ones have a sample entry of their own.
    let group = || SampleGroup {
        tenc: samples.tenc(kind, pair.kid),
        pssh: {
            let systems = view.signals(plan, Keys::OfPeriod(segment.period));
            systems.into_iter().flat_map(|system| system.pssh).collect()
        },
    };
    Some(Encryption {
        scheme: samples.scheme,
        pattern: samples.pattern(kind),
        key: (!run.clear).then_some(&pair.key),
        group: (rotates && !run.clear).then(group),
        iv: match samples.scheme {
            Scheme::Cbcs => Iv::Constant(samples.constant_iv),
            Scheme::Cbc1 => Iv::Random { seed: &plan.options.seed, track: track.first_iv, first },
            Scheme::Cenc | Scheme::Cens => Iv::Counted {
                first: track.first_iv.wrapping_add(first),
                block_counter: *samples.constant_iv.last_chunk().expect("8 of 16 bytes"),
                size: usize::from(samples.per_sample_iv_size),
            },
        },
    })
}

impl SampleEncryption {
    /// The encryption defaults of a track under a key.
    pub(super) fn tenc(&self, kind: Kind, kid: KeyId) -> Tenc {
        let pattern = self.pattern(kind);
        Tenc {
            scheme: self.scheme.fourcc(),
            default_crypt_byte_block: pattern.crypt_byte_block,
            default_skip_byte_block: pattern.skip_byte_block,
            default_kid: kid.0,
            default_per_sample_iv_size: self.per_sample_iv_size,
            default_constant_iv: if self.per_sample_iv_size == 0 { self.constant_iv.to_vec() } else { Vec::new() },
        }
    }
}
