//! The Media Presentation Description of DASH, ISO/IEC 23009-1: segment templates with a timeline or a
//! duration, segment lists, and single files with a `sidx`.

use base64ct::{Base64, Encoding};

use super::{ContentProtection, Fault, Listing, Place, Segment, Track, resolve};
use crate::error::{Message, Result};
use crate::keys::KeyId;
use crate::limits;
use crate::xml::Element;

const DASH: &str = "urn:mpeg:dash:schema:mpd:2011";
const CENC: &str = "urn:mpeg:cenc:2013";

/// Reads the MPD that stands at `path`.
pub fn read(path: &str, document: &[u8]) -> Result<Listing> {
    let mpd = Element::read(document)?;
    let mut reader = Mpd { listing: Listing::default(), left: limits::LISTED_SEGMENTS };
    if mpd.is(DASH, "MPD") {
        reader.read_mpd(&mpd, path);
    } else {
        reader.fault(message!("the root element is not an MPD of urn:mpeg:dash:schema:mpd:2011"));
    }
    Ok(reader.listing)
}

struct Mpd {
    listing: Listing,
    /// How many segments may still be listed.
    left: usize,
}

/// Where a period stands on the presentation's timeline, in milliseconds.
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    start_ms: Option<u64>,
    duration_ms: Option<u64>,
}

impl Span {
    fn end_ms(self) -> Option<u64> {
        Some(self.start_ms?.saturating_add(self.duration_ms?))
    }
}

impl Mpd {
    fn fault(&mut self, message: Message) {
        self.listing.faults.push(Fault { line: None, message });
    }

    fn note(&mut self, message: Message) {
        self.listing.notes.push(Fault { line: None, message });
    }

    /// The path of a reference; `None`, with a note, for one that leads elsewhere: that is right, and can't be read here.
    fn resolved(&mut self, base: &str, reference: &str) -> Option<String> {
        let path = resolve(base, reference);
        if path.is_none() {
            self.note(message!("{uri:?} leads out of the folder, so what is there is not checked", uri = reference));
        }
        path
    }

    fn duration(&mut self, element: &Element, name: &str) -> Option<u64> {
        let text = element.attribute(name)?;
        let read = duration_ms(text);
        if read.is_none() {
            self.fault(message!("{name} is {text:?}, which is not a duration", name, text));
        }
        read
    }

    fn read_mpd(&mut self, mpd: &Element, path: &str) {
        let stated = self.duration(mpd, "mediaPresentationDuration");
        self.listing.min_buffer_ms = self.duration(mpd, "minBufferTime").unwrap_or(0);
        let periods: Vec<&Element> = mpd.all(DASH, "Period").collect();
        if periods.is_empty() {
            self.fault(message!("the MPD has no Period"));
        }
        let spans = self.spans(&periods, stated);
        let last = spans.last().copied().unwrap_or_default();
        // Clause 5.3.1.2: it may be left out where the last Period has a duration.
        let is_open = last.duration_ms.is_none();
        if mpd.attribute("type") != Some("dynamic") && stated.is_none() && is_open {
            self.fault(message!("a static MPD has no mediaPresentationDuration, and its last Period no duration"));
        }
        self.listing.duration_ms = stated.or(last.end_ms());
        let Some(base) = self.base(path, mpd) else { return };
        for (index, (period, &span)) in periods.iter().zip(&spans).enumerate() {
            let prefix = if periods.len() > 1 { format!("period {}, ", index + 1) } else { String::new() };
            self.read_period(period, &base, span, &prefix);
        }
    }

    /// Where the Periods stand (clause 5.3.2.1): from their own start or the end of the one before, until the next begins
    /// or the presentation ends.
    fn spans(&mut self, periods: &[&Element], total: Option<u64>) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        for (index, period) in periods.iter().enumerate() {
            let follows = if index == 0 { Some(0) } else { spans.last().and_then(|before| before.end_ms()) };
            let start_ms = self.duration(period, "start").or(follows);
            spans.push(Span { start_ms, duration_ms: self.duration(period, "duration") });
        }
        for index in 0..spans.len() {
            let end = spans.get(index + 1).map_or(total, |next| next.start_ms);
            let until_end = end.zip(spans[index].start_ms).map(|(end, start)| end.saturating_sub(start));
            spans[index].duration_ms = spans[index].duration_ms.or(until_end);
        }
        spans
    }

    fn read_period(&mut self, period: &Element, base: &str, span: Span, prefix: &str) {
        let Some(base) = self.base(base, period) else { return };
        for set in period.all(DASH, "AdaptationSet") {
            let Some(base) = self.base(&base, set) else { continue };
            for representation in set.all(DASH, "Representation") {
                if let Some(base) = self.base(&base, representation) {
                    self.read_representation([representation, set, period], &base, span, prefix);
                }
            }
        }
    }

    /// The base URL at a level: of several the first that can be followed. `None`, with a note, where none can be.
    fn base(&mut self, outer: &str, element: &Element) -> Option<String> {
        let mut urls = element.all(DASH, "BaseURL").peekable();
        let Some(&first) = urls.peek() else { return Some(outer.to_owned()) };
        match urls.find_map(|url| resolve(outer, url.text())) {
            Some(base) => Some(base),
            None => self.resolved(outer, first.text()),
        }
    }

    fn read_representation(&mut self, levels: [&Element; 3], base: &str, span: Span, prefix: &str) {
        let [representation, set, _] = levels;
        let inherited = |name: &str| representation.attribute(name).or_else(|| set.attribute(name));
        let id = representation.attribute("id").unwrap_or_default();
        let mime = inherited("mimeType");
        let kind = inherited("contentType").or_else(|| mime.and_then(|mime| mime.split('/').next()));
        let number = |name: &str| inherited(name).and_then(|text| text.parse::<u32>().ok());
        let mut track = Track {
            name: format!("{prefix}{id}"),
            kind: kind.filter(|kind| matches!(*kind, "video" | "audio" | "text" | "image")).map(str::to_owned),
            codecs: inherited("codecs").map(str::to_owned),
            is_trick: [set, representation]
                .into_iter()
                .flat_map(|level| level.all(DASH, "EssentialProperty"))
                .any(|property| property.attribute("schemeIdUri") == Some("http://dashif.org/guidelines/trickmode")),
            // 0 says nothing (clause 5.3.7.2).
            sap: ["startWithSAP", "subsegmentStartsWithSAP"]
                .into_iter()
                .find_map(inherited)
                .and_then(|text| text.parse().ok())
                .filter(|&sap| sap > 0),
            size: number("width").zip(number("height")),
            sampling_rate: number("audioSamplingRate"),
            bandwidth: representation.attribute("bandwidth").and_then(|text| text.parse().ok()),
            timescale: 1,
            period: (span.start_ms, span.end_ms()),
            ..Track::default()
        };
        if id.is_empty() {
            self.fault(message!("a Representation has no id"));
        }
        if track.bandwidth.is_none() {
            self.fault(message!("Representation {id:?} has no bandwidth", id));
        }
        for descriptor in [set, representation].into_iter().flat_map(|level| level.all(DASH, "ContentProtection")) {
            let protection = self.content_protection(descriptor);
            track.protection.push(protection);
        }
        self.read_segments(&mut track, levels, base, span, id);
        // Clause 5.3.2.4: the next segments of the same track, not another one.
        let goes_on = set
            .all(DASH, "SupplementalProperty")
            .any(|property| property.attribute("schemeIdUri") == Some("urn:mpeg:dash:period-continuity:2015"));
        let before = self.listing.tracks.iter_mut().find(|other| goes_on && other.init == track.init);
        match before.filter(|other| other.init.is_some() && other.timescale == track.timescale) {
            Some(before) => {
                before.segments.append(&mut track.segments);
                before.period.1 = track.period.1;
            }
            None => self.listing.tracks.push(track),
        }
    }

    fn content_protection(&mut self, descriptor: &Element) -> ContentProtection {
        let mut default_kids = Vec::new();
        for text in descriptor.attribute_of(CENC, "default_KID").unwrap_or_default().split_whitespace() {
            match KeyId::parse(text) {
                Ok(kid) => default_kids.push(kid),
                Err(_) => self.fault(message!("cenc:default_KID {text:?} is not a UUID", text)),
            }
        }
        let pssh = descriptor.child(CENC, "pssh").and_then(|element| {
            let text: String = element.text().split_whitespace().collect();
            let bytes = Base64::decode_vec(&text).ok();
            if bytes.is_none() {
                self.fault(message!("a cenc:pssh is not base64"));
            }
            bytes
        });
        ContentProtection {
            scheme_id: descriptor.attribute("schemeIdUri").unwrap_or_default().to_ascii_lowercase(),
            value: descriptor.attribute("value").map(str::to_owned),
            default_kids,
            pssh,
        }
    }

    fn read_segments(&mut self, track: &mut Track, levels: [&Element; 3], base: &str, span: Span, id: &str) {
        let of = |name: &str| Information { levels: levels.map(|level| level.child(DASH, name)) };
        let (template, list, single) = (of("SegmentTemplate"), of("SegmentList"), of("SegmentBase"));
        if template.is_there() {
            track.read_common(&template);
            self.read_template(track, &template, base, span, id);
        } else if list.is_there() {
            track.read_common(&list);
            self.read_list(track, &list, base);
        } else {
            track.read_common(&single);
            self.read_single(track, &single, base);
        }
    }

    fn read_template(&mut self, track: &mut Track, template: &Information<'_>, base: &str, span: Span, id: &str) {
        let bandwidth = track.bandwidth.unwrap_or(0);
        let file = |reader: &mut Self, pattern: &str, names: Names| {
            let Some(reference) = expanded(pattern, id, names, bandwidth) else {
                reader.fault(message!("the template {pattern:?} can't be understood", pattern));
                return None;
            };
            reader.resolved(base, &reference).map(Place::file)
        };
        track.init = template.attribute("initialization").and_then(|pattern| file(self, pattern, Names::default()));
        let Some(media) = template.attribute("media") else {
            return self.fault(message!("the SegmentTemplate of {id:?} has no media", id));
        };
        let first = template.number("startNumber").unwrap_or(1);
        let times = match template.child("SegmentTimeline") {
            Some(timeline) => self.timeline(timeline, track, span),
            None => self.regular(track, template, span, id),
        };
        for (number, Listed { start, duration, parts }) in (first..).zip(times) {
            if template.number("endNumber").is_some_and(|last| number > last) {
                break;
            }
            // The parts of a Segment Sequence share number and time; each lasts as long as the others, about.
            for part in 0..parts {
                let names = Names { number, time: start, part: part + 1 };
                let Some(place) = file(self, media, names) else { return };
                let at = |part: u64| share(duration, part, parts);
                let length = at(part + 1).saturating_sub(at(part));
                track.segments.push(segment(place, Some(start.saturating_add(at(part))), Some(length)));
            }
            if parts > 1 {
                track.tolerance = track.tolerance.max(duration / parts);
            }
        }
    }

    /// The starts and durations that a `SegmentTimeline` states (clause 5.3.9.6).
    fn timeline(&mut self, timeline: &Element, track: &Track, span: Span) -> Vec<Listed> {
        let end = span.duration_ms.map(|ms| ticks(ms, track.timescale).saturating_add(track.time_offset));
        let entries: Vec<&Element> = timeline.all(DASH, "S").collect();
        let number = |entry: &Element, name: &str| entry.attribute(name).and_then(|text| text.parse::<u64>().ok());
        let mut times = Vec::new();
        let mut next = 0;
        for (index, entry) in entries.iter().enumerate() {
            let Some(duration) = number(entry, "d").filter(|&duration| duration > 0) else {
                self.fault(message!("an S has no duration above 0"));
                return times;
            };
            let start = number(entry, "t").unwrap_or(next);
            let repeat = entry.attribute("r").map_or(Ok(0), str::parse::<i64>);
            let count = match repeat {
                Ok(repeat @ 0..) => repeat.unsigned_abs().saturating_add(1),
                Ok(_) => {
                    let until = entries.get(index + 1).and_then(|next| number(next, "t")).or(end);
                    until.map_or(1, |until| until.saturating_sub(start).div_ceil(duration))
                }
                Err(_) => {
                    self.fault(message!("the r of an S is not a number"));
                    1
                }
            };
            // How many segments a Segment Sequence has (@k).
            let parts = number(entry, "k").unwrap_or(1).max(1);
            let mut at = start;
            for _ in 0..self.take(count.saturating_mul(parts)) / parts {
                times.push(Listed { start: at, duration, parts });
                at = at.saturating_add(duration);
            }
            next = at;
        }
        times
    }

    /// Segments of one duration (clause 5.3.9.5.3): as many as fill the period.
    fn regular(&mut self, track: &mut Track, template: &Information<'_>, span: Span, id: &str) -> Vec<Listed> {
        let Some(duration) = template.number("duration").filter(|&duration| duration > 0) else {
            self.fault(message!("the SegmentTemplate of {id:?} has neither a SegmentTimeline nor a duration", id));
            return Vec::new();
        };
        let Some(total) = span.duration_ms.map(|ms| ticks(ms, track.timescale)) else {
            self.fault(message!("the period of {id:?} has no duration, so its segments can't be counted", id));
            return Vec::new();
        };
        track.tolerance = duration / 2;
        let count = self.take(total.div_ceil(duration));
        let start = |number: u64| number.saturating_mul(duration).saturating_add(track.time_offset);
        let listed = |number: u64| {
            let duration = duration.min(total.saturating_sub(number.saturating_mul(duration)));
            Listed { start: start(number), duration, parts: 1 }
        };
        (0..count).map(listed).collect()
    }

    /// How many of `count` segments may still be listed.
    fn take(&mut self, count: u64) -> u64 {
        let taken = usize::try_from(count).unwrap_or(usize::MAX).min(self.left);
        if (taken as u64) < count {
            self.fault(message!("more than {most} segments are listed", most = limits::LISTED_SEGMENTS));
        }
        self.left -= taken;
        taken as u64
    }

    fn read_list(&mut self, track: &mut Track, list: &Information<'_>, base: &str) {
        track.init = self.url(list.child("Initialization"), "sourceURL", "range", base);
        let duration = list.number("duration");
        let timeline = list.child("SegmentTimeline");
        let times = timeline.map(|timeline| self.timeline(timeline, track, Span::default()));
        track.tolerance = if times.is_some() { 0 } else { duration.unwrap_or(0) / 2 };
        let urls = list.levels.iter().flatten().find(|level| level.child(DASH, "SegmentURL").is_some());
        let mut listed = 0;
        for (number, url) in urls.into_iter().flat_map(|level| level.all(DASH, "SegmentURL")).enumerate() {
            listed += 1;
            if self.take(1) == 0 {
                return;
            }
            let Some(place) = self.url(Some(url), "media", "mediaRange", base) else { continue };
            let stated =
                times.as_ref().and_then(|times| times.get(number)).map(|listed| (listed.start, listed.duration));
            let regular = duration.map(|duration| (duration.saturating_mul(number as u64), duration));
            let (start, duration) = stated.or(regular).unzip();
            track.segments.push(segment(place, start.map(|start| start.saturating_add(track.time_offset)), duration));
        }
        if listed == 0 {
            self.fault(message!("the SegmentList of {track:?} has no SegmentURL", track = track.name));
        }
    }

    /// One file: with an index range its `sidx` lists the segments, without it is one segment.
    fn read_single(&mut self, track: &mut Track, single: &Information<'_>, base: &str) {
        let range = single.attribute("indexRange").and_then(byte_range);
        if single.attribute("indexRange").is_some() && range.is_none() {
            self.fault(message!("the indexRange of {track:?} is not a byte range", track = track.name));
        }
        let init = self.url(single.child("Initialization"), "sourceURL", "range", base);
        let file = Place::file(base.to_owned());
        match range {
            Some(range) => {
                // Without an Initialization element it is what stands before the index.
                track.init = init.or(Some(Place { range: Some((0, range.0)), ..file.clone() }));
                track.index = Some(Place { range: Some(range), ..file });
            }
            None => {
                track.init = init;
                track.segments.push(segment(file, None, None));
            }
        }
    }

    /// A `URLType` or `SegmentURL`: a file, or a range of one.
    fn url(&mut self, element: Option<&Element>, url: &str, range: &str, base: &str) -> Option<Place> {
        let element = element?;
        let path = self.resolved(base, element.attribute(url).unwrap_or_default())?;
        let bytes = element.attribute(range);
        let range = bytes.and_then(byte_range);
        if let (Some(bytes), None) = (bytes, &range) {
            self.fault(message!("{bytes:?} is not a byte range", bytes));
        }
        Some(Place { path, range })
    }
}

/// A segment, or a Segment Sequence of several, by the times that are listed.
#[derive(Debug, Clone, Copy)]
struct Listed {
    start: u64,
    duration: u64,
    parts: u64,
}

/// `duration * part / parts`.
fn share(duration: u64, part: u64, parts: u64) -> u64 {
    u64::try_from(u128::from(duration) * u128::from(part) / u128::from(parts)).unwrap_or(u64::MAX)
}

fn segment(place: Place, start: Option<u64>, duration: Option<u64>) -> Segment {
    Segment { place, start, duration, line: None, keys: None, discontinuity: false }
}

/// An element that may stand at three levels: a lower one adds to and replaces what a higher one says.
struct Information<'a> {
    /// Of the Representation, the AdaptationSet and the Period.
    levels: [Option<&'a Element>; 3],
}

impl<'a> Information<'a> {
    fn is_there(&self) -> bool {
        self.levels.iter().any(Option::is_some)
    }

    fn attribute(&self, name: &str) -> Option<&'a str> {
        self.levels.iter().flatten().find_map(|level| level.attribute(name))
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.attribute(name)?.parse().ok()
    }

    fn child(&self, name: &str) -> Option<&'a Element> {
        self.levels.iter().flatten().find_map(|level| level.child(DASH, name))
    }
}

impl Track {
    fn read_common(&mut self, information: &Information<'_>) {
        let timescale = information.number("timescale").and_then(|value| u32::try_from(value).ok());
        self.timescale = timescale.filter(|&timescale| timescale > 0).unwrap_or(1);
        self.time_offset = information.number("presentationTimeOffset").unwrap_or(0);
    }
}

fn ticks(ms: u64, timescale: u32) -> u64 {
    u64::try_from(u128::from(ms) * u128::from(timescale) / 1000).unwrap_or(u64::MAX)
}

/// `first-last` as offset and length.
fn byte_range(text: &str) -> Option<(u64, u64)> {
    let (first, last) = text.split_once('-')?;
    let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    Some((first, last.checked_sub(first)?.checked_add(1)?))
}

/// An `xs:duration` in milliseconds; years and months have the lengths that DASH clients give them.
fn duration_ms(text: &str) -> Option<u64> {
    let body = text.strip_prefix('P')?;
    let (date, time) = body.split_once('T').unwrap_or((body, ""));
    let mut total = 0.0;
    let units = |part: &str, seconds: &[(char, f64)], total: &mut f64| {
        let mut number = String::new();
        for c in part.chars() {
            match seconds.iter().find(|(unit, _)| *unit == c) {
                Some((_, seconds)) => {
                    *total += number.parse::<f64>().ok()? * seconds;
                    number.clear();
                }
                None => number.push(c),
            }
        }
        number.is_empty().then_some(())
    };
    units(date, &[('Y', 31_536_000.0), ('M', 2_592_000.0), ('D', 86_400.0)], &mut total)?;
    units(time, &[('H', 3600.0), ('M', 60.0), ('S', 1.0)], &mut total)?;
    let ms = (total * 1000.0).round();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the range just checked")]
    let whole = (0.0..1e15).contains(&ms).then_some(ms as u64);
    whole
}

/// What a template names a segment by.
#[derive(Debug, Clone, Copy, Default)]
struct Names {
    number: u64,
    time: u64,
    /// Which of a Segment Sequence it is, from 1.
    part: u64,
}

/// A template with its identifiers replaced (clause 5.3.9.4.4); `None` for one that isn't known.
fn expanded(template: &str, id: &str, Names { number, time, part }: Names, bandwidth: u64) -> Option<String> {
    let mut out = String::new();
    for (index, piece) in template.split('$').enumerate() {
        if index % 2 == 0 {
            out.push_str(piece);
            continue;
        }
        let (name, format) = piece.split_once('%').map_or((piece, None), |(name, format)| (name, Some(format)));
        let width = match format {
            None => 1,
            Some(format) => {
                let digits = format.strip_prefix('0')?.strip_suffix(['d', 'i', 'u'])?;
                digits.parse::<usize>().ok().filter(|&width| width <= 20)?
            }
        };
        match name {
            "" => out.push('$'),
            "RepresentationID" => out.push_str(id),
            "Number" => out.push_str(&format!("{number:0width$}")),
            "SubNumber" => out.push_str(&format!("{part:0width$}")),
            "Time" => out.push_str(&format!("{time:0width$}")),
            "Bandwidth" => out.push_str(&format!("{bandwidth:0width$}")),
            _ => return None,
        }
    }
    (template.split('$').count() % 2 == 1).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tracks(period: &str) -> Vec<Track> {
        let document = format!(
            r#"<MPD xmlns="{DASH}" xmlns:cenc="{CENC}" type="static" mediaPresentationDuration="PT10S"><Period>{period}</Period></MPD>"#
        );
        let listing = read("dash/stream.mpd", document.as_bytes()).unwrap();
        assert_eq!(listing.faults, []);
        listing.tracks
    }

    fn listed(track: &Track) -> Vec<(&str, Option<u64>, Option<u64>)> {
        track.segments.iter().map(|segment| (segment.place.path.as_str(), segment.start, segment.duration)).collect()
    }

    #[test]
    fn a_timeline_with_repeats_and_times_in_names() {
        let tracks = tracks(
            r#"<AdaptationSet mimeType="video/mp4" codecs="avc1.640028">
              <SegmentTemplate timescale="10" media="$RepresentationID$/$Time%05d$-$Number$.m4s" initialization="$RepresentationID$/i$$.mp4" startNumber="7">
                <SegmentTimeline><S t="5" d="20" r="1"/><S d="30"/><S t="80" d="10" r="-1"/></SegmentTimeline>
              </SegmentTemplate>
              <ContentProtection schemeIdUri="urn:mpeg:dash:mp4protection:2011" value="cenc" cenc:default_KID="00000000-0000-0000-0000-000000000001"/>
              <Representation id="v" bandwidth="1000" width="16" height="9"/>
            </AdaptationSet>"#,
        );
        let track = &tracks[0];
        assert_eq!(track.init, Some(Place::file("dash/v/i$.mp4".into())));
        assert_eq!(
            listed(track),
            [
                ("dash/v/00005-7.m4s", Some(5), Some(20)),
                ("dash/v/00025-8.m4s", Some(25), Some(20)),
                ("dash/v/00045-9.m4s", Some(45), Some(30)),
                ("dash/v/00080-10.m4s", Some(80), Some(10)),
                ("dash/v/00090-11.m4s", Some(90), Some(10)),
            ]
        );
        assert_eq!((track.kind.as_deref(), track.size, track.bandwidth), (Some("video"), Some((16, 9)), Some(1000)));
        assert_eq!(track.protection[0].default_kids, [KeyId([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])]);
    }

    #[test]
    fn numbers_with_a_duration_fill_the_period() {
        let tracks = tracks(
            r#"<AdaptationSet><SegmentTemplate duration="4" media="a-$Number$.m4s"/><Representation id="a" bandwidth="1"/></AdaptationSet>"#,
        );
        assert_eq!(
            listed(&tracks[0]),
            [
                ("dash/a-1.m4s", Some(0), Some(4)),
                ("dash/a-2.m4s", Some(4), Some(4)),
                ("dash/a-3.m4s", Some(8), Some(2))
            ]
        );
        assert_eq!(tracks[0].tolerance, 2);
    }

    #[test]
    fn lists_and_single_files_have_byte_ranges() {
        let tracks = tracks(
            r#"<AdaptationSet>
              <Representation id="a" bandwidth="1"><BaseURL>one.mp4</BaseURL>
                <SegmentList duration="4"><Initialization range="0-99"/><SegmentURL mediaRange="100-199"/><SegmentURL mediaRange="200-249"/></SegmentList>
              </Representation>
              <Representation id="b" bandwidth="1"><BaseURL>two.mp4</BaseURL><SegmentBase indexRange="50-99" timescale="9"/></Representation>
              <Representation id="c" bandwidth="1"><BaseURL>three.mp4</BaseURL></Representation>
            </AdaptationSet>"#,
        );
        let place = |path: &str, offset, length| Place { path: path.into(), range: Some((offset, length)) };
        assert_eq!(tracks[0].init, Some(place("dash/one.mp4", 0, 100)));
        assert_eq!(tracks[0].segments[1].place, place("dash/one.mp4", 200, 50));
        assert_eq!(tracks[1].init, Some(place("dash/two.mp4", 0, 50)));
        assert_eq!(tracks[1].index, Some(place("dash/two.mp4", 50, 50)));
        assert_eq!(tracks[2].segments[0].place, Place::file("dash/three.mp4".into()));
    }

    #[test]
    fn what_is_wrong_is_named_and_nothing_is_counted_without_end() {
        let document = format!(
            r#"<MPD xmlns="{DASH}"><Period><AdaptationSet><Representation id="a">
            <SegmentTemplate media="$Number$" ><SegmentTimeline><S d="1" r="9999999999"/></SegmentTimeline></SegmentTemplate>
            </Representation></AdaptationSet></Period></MPD>"#
        );
        let listing = read("x.mpd", document.as_bytes()).unwrap();
        assert_eq!(listing.tracks[0].segments.len(), limits::LISTED_SEGMENTS);
        let faults: Vec<_> = listing.faults.iter().map(|fault| fault.message.text()).collect();
        assert_eq!(faults.len(), 3, "{faults:?}");
        assert!(read("x.mpd", b"<MPD").is_err());
    }

    #[test]
    fn addresses_elsewhere_are_notes_and_not_followed() {
        let of = |body: &str| {
            let document = format!(r#"<MPD xmlns="{DASH}" mediaPresentationDuration="PT8S">{body}</MPD>"#);
            let listing = read("a/stream.mpd", document.as_bytes()).unwrap();
            assert_eq!(listing.faults, []);
            let paths = |track: &Track| track.segments.iter().map(|segment| segment.place.path.clone()).collect();
            let tracks: Vec<Vec<String>> = listing.tracks.iter().map(paths).collect();
            (tracks, listing.notes.len())
        };
        let set = |inside: &str| {
            format!(
                r#"<Period><AdaptationSet><Representation id="v" bandwidth="1">{inside}</Representation></AdaptationSet></Period>"#
            )
        };
        let template = r#"<SegmentTemplate duration="4" media="$Number$.m4s"/>"#;
        assert_eq!(of(&format!("<BaseURL>https://example.com/</BaseURL>{}", set(template))), (vec![], 1));
        assert_eq!(of(&set(&format!("<BaseURL>../../b/</BaseURL>{template}"))), (vec![], 1));
        // Of several addresses of the same files one that is here is taken.
        let both = format!("<BaseURL>https://example.com/</BaseURL><BaseURL>../b/</BaseURL>{template}");
        assert_eq!(of(&set(&both)), (vec![vec!["b/1.m4s".to_owned(), "b/2.m4s".to_owned()]], 0));
        let away = r#"<SegmentTemplate duration="4" media="https://example.com/$Number$.m4s"/>"#;
        assert_eq!(of(&set(away)), (vec![vec![]], 1));
        let list = r#"<SegmentList duration="4"><SegmentURL media="//example.com/1.m4s"/><SegmentURL media="2.m4s"/></SegmentList>"#;
        assert_eq!(of(&set(list)), (vec![vec!["a/2.m4s".to_owned()]], 1));
    }

    #[test]
    fn the_last_period_may_end_the_presentation() {
        let of = |attributes: &str, periods: &str| {
            let document = format!(r#"<MPD xmlns="{DASH}" {attributes}>{periods}</MPD>"#);
            let listing = read("x.mpd", document.as_bytes()).unwrap();
            (listing.duration_ms, listing.faults.len())
        };
        assert_eq!(of("", r#"<Period duration="PT2S"/><Period duration="PT3.5S"/>"#), (Some(5500), 0));
        assert_eq!(of("", r#"<Period duration="PT2S"/><Period/>"#), (None, 1));
        assert_eq!(of(r#"mediaPresentationDuration="PT9S""#, r#"<Period/>"#), (Some(9000), 0));
        assert_eq!(of(r#"type="dynamic""#, r#"<Period/>"#), (None, 0));
    }

    #[test]
    fn segment_sequences_have_a_file_for_each_part() {
        let tracks = tracks(
            r#"<AdaptationSet><SegmentTemplate media="$Number$-$SubNumber%02d$.m4s" startNumber="3">
              <SegmentTimeline><S t="0" d="10" k="3" r="1"/></SegmentTimeline></SegmentTemplate>
              <Representation id="v" bandwidth="1"/></AdaptationSet>"#,
        );
        let listed = listed(&tracks[0]);
        assert_eq!(listed.len(), 6);
        assert_eq!(listed[0], ("dash/3-01.m4s", Some(0), Some(3)));
        assert_eq!(listed[2], ("dash/3-03.m4s", Some(6), Some(4)));
        assert_eq!(listed[3], ("dash/4-01.m4s", Some(10), Some(3)));
    }

    #[test]
    fn durations_have_any_unit() {
        assert_eq!(duration_ms("PT1H2M3.5S"), Some(3_723_500));
        assert_eq!(duration_ms("P1DT0.001S"), Some(86_400_001));
        assert_eq!(duration_ms("PT12"), None);
        assert_eq!(duration_ms("12S"), None);
    }
}
