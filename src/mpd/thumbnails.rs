//! Thumbnails as an Adaptation Set of images: DASH-IF IOP version 4.3, section 6.2.6.

use std::io;

use quick_xml::events::{BytesStart, Event};

use super::period::Period;
use super::{Xml, descriptor, element, timeline};
use crate::presentation::{Segment, Thumbnails, sheet_template};

/// Writes the set of a period. Width and height are those of a whole sheet, as in the guideline's example.
pub(super) fn write(
    xml: &mut Xml,
    thumbnails: &Thumbnails,
    id: usize,
    period: &Period<'_>,
    end_ms: u64,
) -> io::Result<()> {
    let image = thumbnails.image();
    let set = [("id", id.to_string()), ("contentType", "image".to_owned()), ("mimeType", image.mime_type().to_owned())];
    let (width, height) = thumbnails.sheet_size();
    let representation = [
        ("id", Thumbnails::ID.to_owned()),
        ("bandwidth", thumbnails.bandwidth().to_string()),
        ("width", width.to_string()),
        ("height", height.to_string()),
    ];
    let sheet_ms = thumbnails.sheet_ms();
    let media = ("media", sheet_template(image));
    let timescale = ("timescale", "1000".to_owned());
    element(xml, "AdaptationSet", &set, |xml| {
        element(xml, "Representation", &representation, |xml| {
            let tile = "http://dashif.org/guidelines/thumbnail_tile";
            descriptor(xml, "EssentialProperty", tile, &thumbnails.layout())?;
            if period.is_all() {
                let template = [timescale, ("duration", sheet_ms.to_string()), ("startNumber", "1".to_owned()), media];
                let template = template.iter().map(|(name, value)| (*name, value.as_str()));
                return xml.write_event(Event::Empty(BytesStart::new("SegmentTemplate").with_attributes(template)));
            }
            // Sheets know no periods: the first and the last of one may be in the next one as well.
            let (start, end) = period.span_ms(end_ms);
            let numbers = start / sheet_ms..thumbnails.count(end) as u64;
            let template = [
                timescale,
                ("presentationTimeOffset", start.to_string()),
                ("startNumber", (numbers.start + 1).to_string()),
                media,
            ];
            let segment =
                |number| Segment { start: number * sheet_ms, duration: sheet_ms, size: 0, ..Segment::default() };
            let segments: Vec<Segment> = numbers.map(segment).collect();
            element(xml, "SegmentTemplate", &template, |xml| timeline::write(xml, &segments))
        })
    })
}
