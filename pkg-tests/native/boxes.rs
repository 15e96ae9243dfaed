//! The tree of boxes in a file, for tests: where each box stands, and a readable dump.

use std::fmt::Write;
use std::ops::Range;

/// A box and its children.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// The box type.
    pub(crate) kind: [u8; 4],
    /// The whole box.
    pub(crate) range: Range<usize>,
    /// The content behind the header.
    pub(crate) content: Range<usize>,
    /// The child boxes, for the containers that are known here.
    pub(crate) children: Vec<Node>,
}

/// The boxes in `range` of a sound file.
pub(crate) fn tree(file: &[u8], range: Range<usize>) -> Vec<Node> {
    let mut nodes = Vec::new();
    let mut start = range.start;
    while range.end - start >= 8 {
        let short = usize::try_from(number(&file[start..start + 4])).unwrap();
        let (header, size) = match short {
            0 => (8, range.end - start),
            1 => (16, usize::try_from(number(&file[start + 8..start + 16])).unwrap()),
            size => (8, size),
        };
        let kind = file[start + 4..start + 8].try_into().unwrap();
        let (content, end) = (start + header, start + size);
        assert!(size >= header && end <= range.end, "a sound file: {} at {start}", name(kind));
        let skipped = before_children(kind, &file[content..end]);
        let children = skipped.map_or(Vec::new(), |skipped| tree(file, content + skipped..end));
        nodes.push(Node { kind, range: start..end, content: content..end, children });
        start = end;
    }
    nodes
}

/// How many bytes of a container stand before its children; `None` for other boxes.
fn before_children(kind: [u8; 4], content: &[u8]) -> Option<usize> {
    match &kind {
        b"moov" | b"trak" | b"mdia" | b"minf" | b"dinf" | b"stbl" | b"edts" | b"mvex" | b"moof" | b"traf" | b"sinf"
        | b"schi" => Some(0),
        b"stsd" | b"dref" => Some(8),
        b"avc1" | b"avc3" | b"encv" => Some(78),
        // QuickTime's sound description of version 1 has more fields.
        b"mp4a" | b"enca" => Some(if content[8..10] == [0, 1] { 44 } else { 28 }),
        _ => None,
    }
}

/// All boxes of a tree, parents before children.
pub(crate) fn flat(nodes: &[Node]) -> Vec<&Node> {
    nodes.iter().flat_map(|node| [vec![node], flat(&node.children)].concat()).collect()
}

/// The first box on this path of types.
pub(crate) fn find<'a>(nodes: &'a [Node], path: &[&[u8; 4]]) -> Option<&'a Node> {
    let (first, rest) = path.split_first()?;
    let node = nodes.iter().find(|node| node.kind == **first)?;
    if rest.is_empty() { Some(node) } else { find(&node.children, rest) }
}

/// A big-endian number of up to 8 bytes.
pub(crate) fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

pub(crate) fn name(kind: [u8; 4]) -> String {
    kind.iter().map(|&byte| if byte.is_ascii_graphic() || byte == b' ' { char::from(byte) } else { '?' }).collect()
}

/// A box a line, indented by depth: type, size and the fields.
pub(crate) fn dump(file: &[u8]) -> String {
    let mut text = String::new();
    for node in tree(file, 0..file.len()) {
        dump_node(&mut text, file, &node, 0);
    }
    text
}

fn dump_node(text: &mut String, file: &[u8], node: &Node, depth: usize) {
    let fields = fields(node.kind, &file[node.content.clone()]);
    let line = format!("{:indent$}{} {}{fields}", "", name(node.kind), node.range.len(), indent = depth * 2);
    writeln!(text, "{}", line.trim_end()).expect("a String takes every write");
    for child in &node.children {
        dump_node(text, file, child, depth + 1);
    }
}

/// The fields of the boxes that the packager writes; of others the bytes.
fn fields(kind: [u8; 4], content: &[u8]) -> String {
    let mut fields = Fields { content, position: 0, text: String::new() };
    match &kind {
        b"ftyp" | b"styp" => {
            fields.fourcc("major_brand").number("minor_version", 4);
            while fields.left() >= 4 {
                fields.fourcc("brand");
            }
        }
        b"mvhd" => {
            fields.full().skip(8).number("timescale", 4).number("duration", 4);
            fields.hex("rate", 4).hex("volume", 2).skip(10).hex("matrix", 36).skip(24).number("next_track_id", 4);
        }
        b"tkhd" => {
            fields.full().skip(8).number("track_id", 4).skip(4).number("duration", 4).skip(8).number("layer", 2);
            fields.number("alternate_group", 2).number("volume", 2).skip(2).hex("matrix", 36);
            fields.number("width", 2).skip(2).number("height", 2).skip(2);
        }
        b"elst" => {
            fields.full().number("count", 4).number("segment_duration", 8).number("media_time", 8).number("rate", 2);
            fields.skip(2);
        }
        b"mdhd" => {
            fields.full().skip(8).number("timescale", 4).number("duration", 4).hex("language", 2).skip(2);
        }
        b"hdlr" => {
            fields.full().skip(4).fourcc("handler").skip(12);
        }
        b"stsd" | b"dref" => {
            fields.full().number("count", 4).end();
        }
        b"stts" | b"stsc" | b"stco" | b"mfhd" => {
            fields.full().number("value", 4);
        }
        b"stsz" => {
            fields.full().number("sample_size", 4).number("count", 4);
        }
        b"trex" => {
            fields.full().number("track_id", 4).number("description", 4).number("duration", 4).number("size", 4);
            fields.hex("flags", 4);
        }
        b"avc1" | b"avc3" | b"encv" => {
            fields.skip(6).number("data_reference", 2).skip(16).number("width", 2).number("height", 2).end();
        }
        b"mp4a" | b"enca" => {
            fields.skip(6).number("data_reference", 2).skip(8).number("channels", 2).skip(6).number("rate", 2).end();
        }
        b"frma" => {
            fields.fourcc("original_format");
        }
        b"schm" => {
            fields.full().fourcc("scheme").hex("version", 4);
        }
        b"tenc" => {
            fields.full().skip(1).hex("pattern", 1).number("protected", 1).number("iv_size", 1).hex("kid", 16);
            if fields.left() > 0 {
                fields.number("constant_iv_size", 1).hex("constant_iv", 16);
            }
        }
        b"pssh" => {
            fields.full().hex("system_id", 16).number("kids", 4).hex("kid", 16).number("size", 4);
        }
        b"tfhd" => {
            let flags = fields.flags();
            fields.full().number("track_id", 4);
            for (bit, label) in [(2, "description"), (8, "duration"), (0x10, "size"), (0x20, "sample_flags")] {
                if flags & bit != 0 {
                    fields.number(label, 4);
                }
            }
        }
        b"tfdt" => {
            fields.full().number("base_media_decode_time", 8);
        }
        b"trun" => trun(&mut fields),
        b"senc" => {
            fields.full().number("count", 4);
        }
        b"saiz" => {
            fields.full().number("default_size", 1).number("count", 4);
        }
        b"saio" => {
            fields.full().number("count", 4).number("offset", 4);
        }
        b"mdat" => fields.end(),
        _ if before_children(kind, content).is_some() => fields.end(),
        _ => (),
    }
    fields.rest()
}

/// The first sample's fields; the rest stays bytes, and the hash tells of it.
fn trun(fields: &mut Fields<'_>) {
    let flags = fields.flags();
    fields.full().number("count", 4).number("data_offset", 4);
    if flags & 4 != 0 {
        fields.hex("first_flags", 4);
    }
}

/// Decodes fields one after the other into ` name=value`.
struct Fields<'a> {
    content: &'a [u8],
    position: usize,
    text: String,
}

impl<'a> Fields<'a> {
    fn left(&self) -> usize {
        self.content.len() - self.position
    }

    fn take(&mut self, size: usize) -> &'a [u8] {
        let bytes = &self.content[self.position..self.position + size.min(self.left())];
        self.position += bytes.len();
        bytes
    }

    fn flags(&self) -> u64 {
        number(&self.content[1..4])
    }

    fn full(&mut self) -> &mut Self {
        let (version, flags) = (self.take(1)[0], number(self.take(3)));
        self.push(format!("v{version} flags={flags:06x}"))
    }

    fn number(&mut self, label: &str, size: usize) -> &mut Self {
        let value = number(self.take(size));
        self.push(format!("{label}={value}"))
    }

    fn hex(&mut self, label: &str, size: usize) -> &mut Self {
        let value = hex(self.take(size));
        self.push(format!("{label}={value}"))
    }

    fn fourcc(&mut self, label: &str) -> &mut Self {
        let value = name(self.take(4).try_into().expect("four bytes"));
        self.push(format!("{label}={value}"))
    }

    /// Passes over bytes, which are named where they are not zero.
    fn skip(&mut self, size: usize) -> &mut Self {
        let bytes = self.take(size);
        if bytes.iter().any(|&byte| byte != 0) {
            return self.push(format!("({})", hex(bytes)));
        }
        self
    }

    /// What is left belongs to other lines.
    fn end(&mut self) {
        self.position = self.content.len();
    }

    fn push(&mut self, field: String) -> &mut Self {
        write!(self.text, " {field}").expect("a String takes every write");
        self
    }

    /// The text, with the first bytes of what wasn't decoded.
    fn rest(mut self) -> String {
        const SHOWN: usize = 24;
        let rest = self.take(usize::MAX);
        if rest.len() > SHOWN {
            self.push(format!("+ {} … of {} bytes", hex(&rest[..SHOWN]), rest.len()));
        } else if !rest.is_empty() {
            self.push(format!("+ {}", hex(rest)));
        }
        self.text
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
