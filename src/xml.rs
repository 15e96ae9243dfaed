//! A small tree of XML elements: enough for documents whose elements may stand in any order.
//!
//! Names are pairs of namespace and local name, so prefixes don't matter. Document types are refused, so
//! there are no entities but XML's own five and characters by number.

use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{NamespaceResolver, ResolveResult};
use quick_xml::{NsReader, XmlVersion};
use zeroize::Zeroizing;

use crate::error::{Code, Error, Message, Result};
use crate::limits;

/// An element with what is in it. Its text is wiped when dropped: it may be a key.
pub(crate) struct Element {
    namespace: String,
    name: String,
    /// Namespace, local name and value; without a prefix there is no namespace.
    attributes: Vec<(String, String, String)>,
    text: Zeroizing<String>,
    children: Vec<Element>,
}

impl Element {
    /// Reads a document's root.
    pub(crate) fn read(document: &[u8]) -> Result<Self> {
        if document.len() > limits::KEY_ANSWER_BYTES {
            return Err(invalid(message!(
                "the document is {size} bytes long; the most is {most}",
                size = document.len(),
                most = limits::KEY_ANSWER_BYTES
            )));
        }
        let document = document.strip_prefix(b"\xef\xbb\xbf").unwrap_or(document);
        let text = std::str::from_utf8(document).map_err(|_| invalid(message!("the document isn't UTF-8")))?;
        read_tree(text)
    }

    /// Whether the element has this name.
    pub(crate) fn is(&self, namespace: &str, name: &str) -> bool {
        self.namespace == namespace && self.name == name
    }

    /// The first child of this name.
    pub(crate) fn child(&self, namespace: &str, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.is(namespace, name))
    }

    /// The children of this name.
    pub(crate) fn all<'a>(&'a self, namespace: &'a str, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.is(namespace, name))
    }

    /// The first element of this name below this one, at any depth.
    pub(crate) fn find(&self, namespace: &str, name: &str) -> Option<&Self> {
        self.children.iter().find_map(
            |child| {
                if child.is(namespace, name) { Some(child) } else { child.find(namespace, name) }
            },
        )
    }

    /// An attribute without a namespace.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attribute_of("", name)
    }

    /// An attribute of a namespace.
    pub(crate) fn attribute_of(&self, namespace: &str, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(of, known, _)| of == namespace && known == name);
        found.map(|(_, _, value)| value.as_str())
    }

    /// The element's own text without blanks around it.
    pub(crate) fn text(&self) -> &str {
        self.text.trim()
    }
}

/// Reads a fragment: elements side by side, each with its own text as it stands there. Prefixes may be
/// those that `known` binds, beside what the fragment binds itself.
pub(crate) fn fragment<'a>(text: &'a str, known: &[(&str, &str)]) -> Result<Vec<(Element, &'a str)>> {
    let bindings: String = known.iter().map(|(name, namespace)| format!(" {name}=\"{namespace}\"")).collect();
    let (start, end) = (format!("<fragment{bindings}>"), "</fragment>");
    let root = Element::read(format!("{start}{text}{end}").as_bytes())?;
    let mut found = Vec::new();
    let (mut depth, mut began) = (0_usize, 0);
    let mut reader = quick_xml::Reader::from_str(text);
    for child in root.children {
        loop {
            let before = reader.buffer_position();
            let event = reader
                .read_event()
                .map_err(|error| invalid(message!("the XML isn't well-formed: {reason}", reason = error)))?;
            match event {
                Event::Start(_) | Event::Empty(_) if depth == 0 => began = before,
                _ => (),
            }
            match event {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth -= 1,
                Event::Eof => return Err(invalid(message!("the XML breaks off before its end"))),
                _ => (),
            }
            if depth == 0 && matches!(event, Event::End(_) | Event::Empty(_)) {
                break;
            }
        }
        let span = usize::try_from(began).ok().zip(usize::try_from(reader.buffer_position()).ok());
        let (from, to) = span.ok_or_else(|| invalid(message!("the XML is too long")))?;
        found.push((child, text.get(from..to).ok_or_else(|| invalid(message!("the XML can't be split up")))?));
    }
    Ok(found)
}

fn read_tree(text: &str) -> Result<Element> {
    let mut reader = NsReader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    loop {
        let event = reader
            .read_event()
            .map_err(|error| invalid(message!("the document isn't well-formed: {reason}", reason = error)))?;
        match event {
            Event::Start(_) if open.len() >= limits::XML_DEPTH => {
                return Err(invalid(message!(
                    "the document nests more than {most} elements",
                    most = limits::XML_DEPTH
                )));
            }
            Event::Start(start) => open.push(element(&start, reader.resolver())?),
            Event::Empty(start) => place(element(&start, reader.resolver())?, &mut open, &mut root)?,
            Event::End(_) => {
                let done = open.pop().ok_or_else(|| invalid(message!("an element ends that never began")))?;
                place(done, &mut open, &mut root)?;
            }
            Event::Text(text) => push_text(&mut open, &text.xml10_content()),
            Event::CData(text) => push_text(&mut open, &text.xml10_content()),
            Event::GeneralRef(reference) => {
                let character = match reference.resolve_char_ref() {
                    Ok(Some(character)) => Some(character),
                    Ok(None) => predefined(&reference.xml10_content()),
                    Err(_) => None,
                };
                let character = character
                    .ok_or_else(|| invalid(message!("the document uses an entity that XML doesn't define")))?;
                push_text(&mut open, character.encode_utf8(&mut [0; 4]));
            }
            Event::DocType(_) => {
                return Err(invalid(message!(
                    "the document has a document type declaration, which could define entities"
                )));
            }
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) => (),
            Event::Eof if open.is_empty() => {
                return root.ok_or_else(|| invalid(message!("the document has no elements")));
            }
            Event::Eof => return Err(invalid(message!("the document breaks off before its end"))),
        }
    }
}

fn element(start: &BytesStart<'_>, resolver: &NamespaceResolver) -> Result<Element> {
    let (namespace, name) = resolver.resolve_element(start.name());
    let namespace = match namespace {
        ResolveResult::Bound(namespace) => namespace.0.to_owned(),
        ResolveResult::Unbound => String::new(),
        ResolveResult::Unknown(_) => return Err(invalid(message!("the prefix of an element has no namespace"))),
    };
    let mut attributes = Vec::new();
    for (count, attribute) in start.attributes().with_checks(false).enumerate() {
        if count >= limits::XML_ATTRIBUTES {
            return Err(invalid(message!("an element has too many attributes")));
        }
        let attribute =
            attribute.map_err(|error| invalid(message!("an attribute can't be read: {reason}", reason = error)))?;
        if attribute.key.as_namespace_binding().is_some() {
            continue;
        }
        let namespace = match resolver.resolve_attribute(attribute.key).0 {
            ResolveResult::Bound(namespace) => namespace.0.to_owned(),
            ResolveResult::Unbound => String::new(),
            ResolveResult::Unknown(_) => continue,
        };
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|error| invalid(message!("an attribute can't be read: {reason}", reason = error)))?;
        attributes.push((namespace, attribute.key.local_name().into_inner().to_owned(), value.into_owned()));
    }
    Ok(Element {
        namespace,
        name: name.into_inner().to_owned(),
        attributes,
        text: Zeroizing::new(String::new()),
        children: Vec::new(),
    })
}

fn place(done: Element, open: &mut [Element], root: &mut Option<Element>) -> Result<()> {
    match open.last_mut() {
        Some(parent) => parent.children.push(done),
        None if root.is_some() => return Err(invalid(message!("the document has two roots"))),
        None => *root = Some(done),
    }
    Ok(())
}

/// Appends text; a buffer that is outgrown is wiped, since it may hold a part of a key.
fn push_text(open: &mut [Element], text: &str) {
    let Some(element) = open.last_mut() else { return };
    let needed = element.text.len() + text.len();
    if needed > element.text.capacity() {
        let mut larger = String::with_capacity(needed.max(2 * element.text.capacity()));
        larger.push_str(&element.text);
        element.text = Zeroizing::new(larger);
    }
    element.text.push_str(text);
}

fn predefined(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "apos" => '\'',
        "quot" => '"',
        _ => return None,
    })
}

fn invalid(message: Message) -> Error {
    Error::new(Code::CpixInvalid, message)
}
