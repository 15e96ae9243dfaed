//! Closed captions within video: CEA-608 and CEA-708 in supplemental information of H.264 and HEVC, and in metadata of
//! AV1 (ATSC A/53 part 4 clause 6.2.3, ANSI/SCTE 128-1 clause 8.1).
//!
//! A picture may bring bytes of them or padding; which services there are is told by what pictures bring over some time.

use std::fmt;

use crate::error::{Code, Error, Result};
use crate::order::Map;

/// A service of captions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// CEA-608: 1 to 4.
    Cc(u8),
    /// CEA-708: 1 to 63.
    Service(u8),
}

impl Channel {
    /// Reads what [`Display`](fmt::Display) writes.
    pub fn parse(text: &str) -> Result<Self> {
        let number = |digits: &str, most: u8| digits.parse::<u8>().ok().filter(|number| (1..=most).contains(number));
        let upper = text.trim().to_ascii_uppercase();
        let cc = upper.strip_prefix("CC").and_then(|digits| number(digits, 4)).map(Self::Cc);
        let service = || upper.strip_prefix("SERVICE").and_then(|digits| number(digits, 63)).map(Self::Service);
        cc.or_else(service).ok_or_else(|| {
            let message = message!("{text:?} is no channel of captions: CC1 to CC4, SERVICE1 to SERVICE63", text);
            Error::new(Code::OptionInvalid, message)
        })
    }
}

/// As HLS names it (`INSTREAM-ID`, rfc8216bis section 4.4.6.1).
impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cc(number) => write!(f, "CC{number}"),
            Self::Service(number) => write!(f, "SERVICE{number}"),
        }
    }
}

/// What is known of the captions in a track.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Captions {
    /// Nobody looked, or nothing was found out: pictures bring padding in their place.
    #[default]
    Unknown,
    /// There are none.
    None,
    /// These.
    Some(Vec<Channel>),
}

/// What stands in front of the bytes of captions: country, provider, `user_identifier` and `user_data_type_code`.
const MARK: [u8; 8] = [0xb5, 0x00, 0x31, b'G', b'A', b'9', b'4', 0x03];

/// The most bytes behind the mark: a flag byte, another, 31 constructs of three bytes.
const MOST: usize = 2 + 31 * 3;

/// Finds out which captions there are, a picture after the other.
#[derive(Debug, Default)]
pub struct Finder {
    pictures: usize,
    /// Whether any picture had a place for captions.
    is_carried: bool,
    found: Map<Channel, ()>,
    /// The channel that bytes of each field are for, from the last control code on.
    current: [Option<u8>; 2],
    /// A packet of CEA-708 that goes on.
    packet: Vec<u8>,
}

impl Finder {
    /// Takes a picture. `escapes` tells that its bytes have emulation prevention, as NAL units have.
    pub fn take(&mut self, picture: &[u8], escapes: bool) {
        self.pictures += 1;
        let mut at = 0;
        while let Some(found) = picture[at..].windows(MARK.len()).position(|bytes| bytes == MARK) {
            at += found + MARK.len();
            let data = unescaped(&picture[at..], escapes);
            let Some((&flags, rest)) = data.split_first() else { return };
            self.is_carried = true;
            // process_cc_data_flag, cc_count; em_data
            if flags & 0x40 == 0 {
                continue;
            }
            for construct in rest.get(1..).unwrap_or_default().chunks_exact(3).take(usize::from(flags & 0x1f)) {
                self.construct(construct[0], construct[1], construct[2]);
            }
        }
    }

    /// `cc_valid` and `cc_type`, and two bytes.
    fn construct(&mut self, head: u8, first: u8, second: u8) {
        let is_valid = head & 4 != 0;
        match (head & 3, is_valid) {
            (field @ (0 | 1), true) => self.pair(field, first & 0x7f, second & 0x7f),
            (3, true) => {
                self.end_packet();
                self.packet.extend([first, second]);
            }
            (2, true) if !self.packet.is_empty() => self.packet.extend([first, second]),
            (2 | 3, false) => self.end_packet(),
            _ => (),
        }
    }

    /// Two bytes of CEA-608 without parity (clause 8.4): control codes say which channel is meant.
    fn pair(&mut self, field: u8, first: u8, second: u8) {
        let current = &mut self.current[usize::from(field)];
        match first {
            // Padding; in the second field also data on the programme, from here to 0x0f.
            0..=0x0f => {
                if field == 1 && first > 0 {
                    *current = None;
                }
                return;
            }
            0x10..=0x1f => {
                let is_text_mode = matches!(first & 0x77, 0x14 | 0x15) && matches!(second, 0x2a | 0x2b);
                *current = (!is_text_mode).then_some(first >> 3 & 1);
            }
            _ => (),
        }
        if let Some(second_of_field) = *current {
            self.found.insert(Channel::Cc(1 + 2 * field + second_of_field), ());
        }
    }

    /// A whole packet of CEA-708 (clause 5): blocks of services.
    fn end_packet(&mut self) {
        let packet = std::mem::take(&mut self.packet);
        let Some((&head, mut rest)) = packet.split_first() else { return };
        let size = match head & 0x3f {
            0 => 127,
            code => usize::from(code) * 2 - 1,
        };
        rest = &rest[..rest.len().min(size)];
        while let Some((&block, behind)) = rest.split_first() {
            let (mut number, size) = (block >> 5, usize::from(block & 0x1f));
            let mut content = behind;
            if number == 7 && size > 0 {
                let Some((&extended, after)) = behind.split_first() else { return };
                (number, content) = (extended & 0x3f, after);
            }
            if number == 0 || content.len() < size {
                return;
            }
            if size > 0 {
                self.found.insert(Channel::Service(number), ());
            }
            rest = &content[size..];
        }
    }

    /// What the pictures have shown.
    pub fn finish(mut self) -> Captions {
        self.end_packet();
        match (self.found.is_empty(), self.is_carried || self.pictures == 0) {
            (false, _) => Captions::Some(self.found.into_iter().map(|(channel, ())| channel).collect()),
            (true, true) => Captions::Unknown,
            (true, false) => Captions::None,
        }
    }
}

/// The bytes of captions without emulation prevention.
fn unescaped(bytes: &[u8], escapes: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(MOST);
    let mut zeros = 0;
    for &byte in bytes {
        if out.len() == MOST {
            break;
        }
        if escapes && zeros >= 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        out.push(byte);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(constructs: &[[u8; 3]]) -> Vec<u8> {
        let count = u8::try_from(constructs.len()).unwrap();
        [&[6, 4, 71][..], &MARK, &[0x40 | count, 0xff], &constructs.concat(), &[0xff, 0x80]].concat()
    }

    fn found(pictures: &[&[[u8; 3]]]) -> Captions {
        let mut finder = Finder::default();
        pictures.iter().for_each(|constructs| finder.take(&picture(constructs), true));
        finder.finish()
    }

    #[test]
    fn control_codes_tell_the_channels_of_cea_608() {
        // Resume caption loading of CC1, "Hi"; of CC2; in the second field of CC3.
        let (one, text, two, three) = ([0xfc, 0x94, 0x20], [0xfc, 0xc8, 0xe9], [0xfc, 0x1c, 0x20], [0xfd, 0x15, 0x20]);
        let padding = [0xfc, 0x80, 0x80];
        assert_eq!(found(&[&[padding], &[one], &[text]]), Captions::Some(vec![Channel::Cc(1)]));
        assert_eq!(
            found(&[&[one, three], &[two]]),
            Captions::Some(vec![Channel::Cc(1), Channel::Cc(2), Channel::Cc(3)])
        );
        // Padding alone tells nothing, nor bytes before the first code, nor data on the programme, nor text mode.
        for silent in [&[padding][..], &[text], &[[0xfd, 0x01, 0x03]], &[[0xfc, 0x94, 0x2a], text]] {
            assert_eq!(found(&[silent]), Captions::Unknown, "{silent:02x?}");
        }
        assert_eq!(found(&[&[[0xf8, 0x94, 0x20]]]), Captions::Unknown, "not valid");
    }

    #[test]
    fn packets_of_cea_708_name_services() {
        // Six bytes: service 1 with two, service 7 with an extended number, 12.
        let packet: &[[u8; 3]] = &[[0xff, 0x04, 0x22], [0xfe, 0x41, 0x42], [0xfe, 0xe1, 0x0c], [0xfe, 0x43, 0x00]];
        assert_eq!(found(&[packet, &[[0xfa, 0, 0]]]), Captions::Some(vec![Channel::Service(1), Channel::Service(12)]));
        assert_eq!(found(&[&[[0xff, 0x01, 0x00]]]), Captions::Unknown, "no service");
    }

    #[test]
    fn none_is_what_no_picture_has_a_place_for() {
        let mut finder = Finder::default();
        finder.take(&[0x65, 1, 2, 3], true);
        assert_eq!(finder.finish(), Captions::None);
        assert_eq!(Finder::default().finish(), Captions::Unknown);
        let mut finder = Finder::default();
        finder.take(&picture(&[[0xfc, 0x94, 0x20]])[..14], true); // cut short
        assert_eq!(finder.finish(), Captions::Unknown);
    }

    #[test]
    fn emulation_prevention_is_taken_away() {
        let mut finder = Finder::default();
        let bytes = [&MARK[..], &[0x42, 0xff, 0xfc, 0, 0, 3, 0xfc, 0x94, 0x20]].concat();
        finder.take(&bytes, true);
        assert_eq!(finder.finish(), Captions::Some(vec![Channel::Cc(1)]));
    }

    #[test]
    fn channels_have_names() {
        for channel in [Channel::Cc(3), Channel::Service(63)] {
            assert_eq!(Channel::parse(&channel.to_string().to_lowercase()).unwrap(), channel);
        }
        for wrong in ["CC0", "CC5", "SERVICE64", "SERVICE", "CC", "x"] {
            assert!(Channel::parse(wrong).is_err(), "{wrong}");
        }
    }
}
