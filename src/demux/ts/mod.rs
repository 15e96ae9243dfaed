//! MPEG transport streams (ISO/IEC 13818-1:2019), as broadcasts, HLS and Blu-ray have them.
//!
//! What the first programme holds is learnt from the tables at the front of the file; then all packets are read, and
//! of pictures only what tells where they begin. Samples stay where they are, spread over packets.

mod frames;
mod lane;
mod packet;
mod psi;
mod spread;
mod stream;
mod timeline;
mod times;

pub use spread::Spread;

use super::demuxer::{Demand, Demuxer};
use super::format::{Ending, Format, NOWHERE, Opening};
use super::{Input, LeftOut, no_track};
use crate::error::{Code, Error, Message, Result};
use crate::limits;
use lane::{Finished, Lane};
use packet::{Continuity, PACKET, Packet, continuity};
use psi::Sections;
use stream::Stream;
use timeline::Epochs;

/// How many bytes at the front are searched for the tables. They come every half a second at least (ETSI TR 101 290),
/// which at 100 Mbit/s is 6 MB.
const TABLES: u64 = 8 << 20;

/// The largest PID, one more.
const PIDS: usize = 1 << 13;

/// No lane has this PID.
const NONE: u16 = u16::MAX;

/// MPEG transport streams. Its first packet is searched for behind whatever stands before it.
pub(super) const FORMAT: Format = Format {
    names: &["MPEG transport stream"],
    endings: &[Ending::new("ts", "video/mp2t"), Ending::new("m2ts", "video/mp2t"), Ending::new("mts", "video/mp2t")],
    sniff: |head| packet::first(head).map(|(at, _)| at),
    search: NOWHERE,
    open: |opening| Ok(opening.started_with(TransportStream::new(opening))),
};

/// Reads a file, packet by packet.
#[derive(Debug)]
struct TransportStream {
    name: String,
    size: u64,
    /// Where the first packet begins.
    start: u64,
    stride: usize,
    tables: Tables,
    /// The lane of each PID; empty until the tables are known.
    of_pid: Vec<u16>,
    lanes: Vec<Lane>,
    epochs: Epochs,
    /// Whether no packet begins where one should.
    is_lost: bool,
    /// How many bytes that are no packet, and where the first of them are.
    junk: Option<(u64, u64)>,
    warnings: Vec<Message>,
    /// Of them those on video and sound.
    unpackaged: Vec<Message>,
    input: Option<Input>,
}

/// The tables as they are found.
#[derive(Debug, Default)]
struct Tables {
    /// Programmes in the order of their table: number and PID of the map.
    programmes: Vec<(u16, u16)>,
    /// By PID, with the last counter.
    sections: Vec<(u16, Sections, Option<u8>)>,
    /// The streams of each programme, by its number.
    maps: Vec<(u16, Vec<Stream>)>,
}

impl Tables {
    fn take(&mut self, packet: &Packet<'_>) {
        let is_map = self.programmes.iter().any(|&(_, pid)| pid == packet.pid);
        if packet.pid != psi::PAT && !is_map {
            return;
        }
        let known = self.sections.iter().position(|&(pid, ..)| pid == packet.pid);
        let index = known.unwrap_or(self.sections.len());
        if known.is_none() {
            self.sections.push((packet.pid, Sections::default(), None));
        }
        let (_, sections, counter) = &mut self.sections[index];
        match continuity(counter.replace(packet.counter), packet.counter) {
            Continuity::Again => return,
            Continuity::Lost => sections.lose(),
            Continuity::Next => (),
        }
        let (programmes, maps) = (&mut self.programmes, &mut self.maps);
        sections.take(packet.payload, packet.starts_unit, |section| {
            if packet.pid == psi::PAT {
                for programme in psi::programmes(section) {
                    if !programmes.contains(&programme) && programmes.len() < limits::TRACKS {
                        programmes.push(programme);
                    }
                }
            } else if let Some((number, streams)) = psi::map(section)
                && maps.iter().all(|&(known, _)| known != number)
                && programmes.iter().any(|&(known, _)| known == number)
            {
                maps.push((number, streams));
            }
        });
    }

    /// The streams of a programme.
    fn of(&self, number: u16) -> Option<&[Stream]> {
        self.maps.iter().find(|&&(known, _)| known == number).map(|(_, streams)| &streams[..])
    }

    fn are_whole(&self) -> bool {
        !self.programmes.is_empty() && self.programmes.iter().all(|&(number, _)| self.of(number).is_some())
    }
}

impl TransportStream {
    fn new(opening: &Opening<'_>) -> Self {
        Self {
            name: opening.name.to_owned(),
            size: opening.size,
            start: opening.offset,
            stride: packet::first(opening.head).map_or(PACKET, |(_, stride)| stride),
            tables: Tables::default(),
            of_pid: Vec::new(),
            lanes: Vec::new(),
            epochs: Epochs::default(),
            is_lost: false,
            junk: None,
            warnings: Vec::new(),
            unpackaged: Vec::new(),
            input: None,
        }
    }

    /// Takes the packets in `bytes`, which stand at `offset`; gives how many bytes were taken.
    fn take_packets(&mut self, bytes: &[u8], offset: u64) -> Result<usize> {
        let is_end = offset + bytes.len() as u64 >= self.size;
        let is_last = |at: usize| is_end && at + PACKET <= bytes.len() && at + self.stride >= bytes.len();
        let mut at = 0;
        // As far as it can be told whether a packet follows.
        while at + 2 * self.stride <= bytes.len() || is_end && at < bytes.len() {
            let found = match self.is_lost {
                true => packet::search(bytes, at..bytes.len(), self.stride, is_last),
                false => packet::next(bytes, at, self.stride, is_last),
            };
            let limit = if is_end { bytes.len() } else { bytes.len() - self.stride };
            let next = found.unwrap_or(limit);
            self.is_lost = found.is_none();
            if next > at && !self.of_pid.is_empty() {
                self.junk.get_or_insert((0, offset + at as u64)).0 += (next - at) as u64;
            }
            at = next + if self.is_lost { 0 } else { self.stride };
            let Some(bytes) = bytes.get(next..next + PACKET).filter(|_| !self.is_lost) else { continue };
            let Some(packet) = Packet::read(bytes) else { continue };
            if self.of_pid.is_empty() {
                self.tables.take(&packet);
                continue;
            }
            let number = self.of_pid[usize::from(packet.pid)];
            if let Some(lane) = self.lanes.get_mut(usize::from(number)) {
                let here = offset + next as u64;
                lane.take(&packet, here, here + PACKET as u64, &mut self.epochs)?;
            }
        }
        Ok(at.min(bytes.len()))
    }

    /// Chooses the programme and its streams.
    fn choose(&mut self) -> Result<()> {
        let mut programmes = self.tables.programmes.iter().map(|&(number, _)| number);
        let chosen = programmes.find_map(|number| Some((number, self.tables.of(number)?)));
        let Some((chosen, streams)) = chosen else {
            let message = message!("there is no program map among the first packets of the transport stream");
            return Err(Error::new(Code::InputDamaged, message).at(self.start));
        };
        let others = self.tables.programmes.iter().map(|&(number, _)| number).filter(|&number| number != chosen);
        let others: Vec<String> = others.map(|number| number.to_string()).collect();
        if !others.is_empty() {
            self.warnings.push(message!(
                "programme {chosen} is packaged; the others in the stream are left out: {others}",
                chosen,
                others = others.join(", ")
            ));
        }
        self.of_pid = vec![NONE; PIDS];
        let streams = streams.to_vec();
        for stream in &streams {
            match Lane::new(stream) {
                Some(lane) => {
                    let place = &mut self.of_pid[usize::from(stream.pid)];
                    if *place == NONE {
                        *place = u16::try_from(self.lanes.len()).unwrap_or(NONE);
                        self.lanes.push(lane);
                    }
                }
                None => self.leave_out(stream.pid, stream.coding.as_ref().err()),
            }
        }
        if self.lanes.is_empty() {
            return Err(no_track(std::mem::take(&mut self.warnings)));
        }
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        let mut lanes = std::mem::take(&mut self.lanes);
        lanes.iter_mut().try_for_each(Lane::end)?;
        let spans: Vec<_> = lanes.iter().flat_map(Lane::spans).collect();
        let joined = self.epochs.joined(&spans);
        let (mut tracks, mut mended, mut starts_late) = (Vec::new(), Vec::new(), false);
        for lane in lanes {
            let number = u32::try_from(tracks.len() + 1).unwrap_or(u32::MAX);
            let pid = lane.pid();
            match lane.finish(number, self.stride, &joined)? {
                Ok(Finished { track, sentences, starts_late: is_late }) => {
                    starts_late |= is_late;
                    mended.extend(
                        sentences.into_iter().map(|sentence| message!("track {number}: {sentence}", number, sentence)),
                    );
                    tracks.push(track);
                }
                Err(reason) => self.leave_out(pid, Some(&reason)),
            }
        }
        if tracks.is_empty() {
            return Err(no_track(std::mem::take(&mut self.warnings)));
        }
        if starts_late {
            times::start_with_pictures(&mut tracks);
        }
        let start = times::start_at_zero(&mut tracks);
        let mut warnings = std::mem::take(&mut self.warnings);
        warnings.extend(times::joints(&joined, start));
        warnings.extend(mended);
        if let Some((count, at)) = self.junk {
            warnings.push(message!(
                "{count} bytes that belong to no packet are skipped, the first at byte {at}",
                count,
                at
            ));
        }
        self.input = Some(Input {
            name: self.name.clone(),
            size: self.size,
            tracks,
            warnings,
            unpackaged: std::mem::take(&mut self.unpackaged),
            pssh: Vec::new(),
        });
        Ok(())
    }
}

impl Demuxer for TransportStream {
    fn take(&mut self, bytes: Vec<u8>, offset: u64) -> Result<Demand> {
        let mut taken = self.take_packets(&bytes, offset)?;
        if self.of_pid.is_empty() {
            let seen = offset + taken as u64;
            if !self.tables.are_whole() && seen < self.size && seen - self.start < TABLES {
                return Ok(self.demand(seen));
            }
            self.choose()?;
            self.is_lost = false;
            if offset > self.start {
                return Ok(self.demand(self.start));
            }
            // All is here yet: read once more, for the streams.
            taken = self.take_packets(&bytes, offset)?;
        }
        let next = offset + taken as u64;
        if next >= self.size {
            self.end()?;
            return Ok(Demand::Done);
        }
        Ok(self.demand(next))
    }

    fn finish(&mut self) -> Result<Input> {
        self.input.take().ok_or_else(|| Error::new(Code::Internal, message!("the file was not read to its end")))
    }
}

impl TransportStream {
    fn leave_out(&mut self, pid: u16, left_out: Option<&LeftOut>) {
        let pid = format!("{pid:#x}");
        let sentence = match left_out {
            Some(LeftOut { reason, .. }) => message!("stream {pid} is left out: {reason}", pid, reason = *reason),
            None => message!("stream {pid} is left out", pid),
        };
        self.unpackaged.extend(left_out.filter(|left_out| left_out.is_media).map(|_| sentence.clone()));
        self.warnings.push(sentence);
    }

    /// What is needed from `offset` on to go forward: two packets, if there are as many.
    fn demand(&self, offset: u64) -> Demand {
        Demand::Bytes { offset, least: (2 * self.stride as u64).min(self.size - offset) }
    }
}
