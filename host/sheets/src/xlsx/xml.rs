//! The XML of one part, tag by tag, within the bounds: depth, length of a tag, no document type, no entities.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Read};

use quick_xml::Reader;
use quick_xml::events::{BytesEnd, BytesStart, Event};

use super::archive::Inflate;
use crate::bounds::{Bound, Bounds, Exceeded};
use crate::error::{Place, SheetError};

const BUFFER: usize = 32 << 10;

/// Reads one part.
pub(super) struct Xml<S> {
    reader: Reader<Paced<BufReader<Inflate<S>>>>,
    buffer: Vec<u8>,
    part: Box<str>,
    bounds: Bounds,
    depth: u64,
}

/// What comes next in a part.
pub(super) enum Node<'a> {
    /// An element begins; one without content also ends.
    Start(Element<'a>),
    /// An element ends.
    End(EndTag<'a>),
    /// Text, entities resolved.
    Text(Cow<'a, str>),
    /// A comment or a declaration.
    Other,
    /// The part ends.
    Eof,
}

/// An end tag.
pub(super) struct EndTag<'a>(BytesEnd<'a>);

impl EndTag<'_> {
    /// The name without prefix.
    pub(super) fn name(&self) -> &str {
        local(self.0.name().into_inner())
    }
}

/// A start tag.
pub(super) struct Element<'a>(BytesStart<'a>);

impl Element<'_> {
    /// The name without prefix: writers choose prefixes as they like.
    pub(super) fn name(&self) -> &str {
        local(self.0.name().into_inner())
    }

    /// The attribute of this name, whatever its prefix.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        self.attributes().find(|(key, _)| *key == name).map(|(_, value)| value.into_owned())
    }

    /// Names without prefix, and values.
    pub(super) fn attributes(&self) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
        let mut attributes = self.0.attributes();
        attributes.with_checks(false);
        // A malformed attribute counts as absent, and so does one with an entity that isn't predefined.
        attributes.filter_map(Result::ok).filter_map(|attribute| {
            let value = match attribute.value {
                Cow::Borrowed(text) => quick_xml::escape::unescape(text).ok()?,
                Cow::Owned(text) => Cow::Owned(quick_xml::escape::unescape(&text).ok()?.into_owned()),
            };
            Some((local(attribute.key.into_inner()), value))
        })
    }
}

/// A name without its prefix.
fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

impl<S: Read> Xml<S> {
    pub(super) fn new(content: Inflate<S>, part: &str, bounds: Bounds) -> Self {
        let paced = Paced { inner: BufReader::with_capacity(BUFFER, content), left: 0 };
        let mut reader = Reader::from_reader(paced);
        reader.config_mut().expand_empty_elements = true;
        Self { reader, buffer: Vec::new(), part: part.into(), bounds, depth: 0 }
    }

    /// Bytes inflated so far, of this part and all before it.
    pub(super) fn total(&self) -> u64 {
        self.reader.get_ref().inner.get_ref().total()
    }

    /// The next node.
    pub(super) fn next(&mut self) -> Result<Node<'_>, SheetError> {
        self.reader.get_mut().left = self.bounds.limit(Bound::XmlBytes);
        self.buffer.clear();
        let event = match self.reader.read_event_into(&mut self.buffer) {
            Ok(event) => event,
            Err(error) => return Err(refusal(error, &self.part, &self.bounds)),
        };
        let place = || Place::part(&self.part);
        Ok(match event {
            Event::Start(start) | Event::Empty(start) => {
                self.depth += 1;
                self.bounds.hold(Bound::XmlDepth, self.depth).map_err(|exceeded| exceeded.at(place()))?;
                Node::Start(Element(start))
            }
            Event::End(end) => {
                self.depth = self.depth.saturating_sub(1);
                Node::End(EndTag(end))
            }
            Event::Text(text) => Node::Text(text.xml10_content()),
            Event::CData(text) => Node::Text(text.xml10_content()),
            Event::GeneralRef(reference) => match resolve(&reference) {
                Some(text) => Node::Text(text),
                None => return Err(SheetError::Forbidden { what: "an entity of its own", place: place() }),
            },
            Event::DocType(_) => return Err(SheetError::Forbidden { what: "a document type", place: place() }),
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) => Node::Other,
            Event::Eof if self.depth > 0 => return Err(SheetError::malformed("the part is cut off", place())),
            Event::Eof => Node::Eof,
        })
    }
}

/// One of the five predefined entities, or a character by its number.
fn resolve(reference: &quick_xml::events::BytesRef<'_>) -> Option<Cow<'static, str>> {
    match reference.resolve_char_ref() {
        Ok(Some(character)) => Some(Cow::Owned(character.to_string())),
        Ok(None) => quick_xml::escape::resolve_xml_entity(reference).map(Cow::Borrowed),
        Err(_) => None,
    }
}

fn refusal(error: quick_xml::Error, part: &str, bounds: &Bounds) -> SheetError {
    let place = Place::part(part);
    let quick_xml::Error::Io(error) = error else {
        return SheetError::malformed(error.to_string(), place);
    };
    match error.get_ref().and_then(|inner| inner.downcast_ref::<PaceEnded>()) {
        Some(_) => Exceeded { bound: Bound::XmlBytes, limit: bounds.limit(Bound::XmlBytes) }.at(place),
        None => match std::sync::Arc::try_unwrap(error) {
            Ok(error) => SheetError::from_io(error, place),
            Err(shared) => SheetError::malformed(shared.to_string(), place),
        },
    }
}

/// A reader that gives out a number of bytes and then fails until it is given more: the parser buffers a whole tag,
/// and this is what keeps the tag short.
struct Paced<R> {
    inner: R,
    left: u64,
}

#[derive(Debug, thiserror::Error)]
#[error("the tag is too long")]
struct PaceEnded;

impl<R: BufRead> Read for Paced<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Paced<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(io::Error::other(PaceEnded));
        }
        let bytes = self.inner.fill_buf()?;
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
        Ok(&bytes[..most])
    }

    fn consume(&mut self, count: usize) {
        self.left = self.left.saturating_sub(count as u64);
        self.inner.consume(count);
    }
}
