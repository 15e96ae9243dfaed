//! Thumbnails as an Adaptation Set of images: DASH-IF IOP version 4.3, section 6.2.6.

use std::io;

use quick_xml::events::{BytesStart, Event};

use super::{Xml, descriptor, element};
use crate::presentation::Thumbnails;

/// Writes the set. Width and height are those of a whole sheet, as in the guideline's example.
pub(super) fn write(xml: &mut Xml, thumbnails: &Thumbnails, id: usize) -> io::Result<()> {
    let image = thumbnails.image();
    let set = [("id", id.to_string()), ("contentType", "image".to_owned()), ("mimeType", image.mime_type().to_owned())];
    let (width, height) = thumbnails.sheet_size();
    let representation = [
        ("id", Thumbnails::ID.to_owned()),
        ("bandwidth", thumbnails.bandwidth().to_string()),
        ("width", width.to_string()),
        ("height", height.to_string()),
    ];
    let template = [
        ("timescale", "1000".to_owned()),
        ("duration", thumbnails.sheet_ms().to_string()),
        ("startNumber", "1".to_owned()),
        ("media", format!("$RepresentationID$/$Number$.{}", image.extension())),
    ];
    element(xml, "AdaptationSet", &set, |xml| {
        element(xml, "Representation", &representation, |xml| {
            let tile = "http://dashif.org/guidelines/thumbnail_tile";
            descriptor(xml, "EssentialProperty", tile, &thumbnails.layout())?;
            let template = template.iter().map(|(name, value)| (*name, value.as_str()));
            xml.write_event(Event::Empty(BytesStart::new("SegmentTemplate").with_attributes(template)))
        })
    })
}
