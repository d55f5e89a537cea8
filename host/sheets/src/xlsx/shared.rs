//! The table of strings that cells refer to by number: one text and where each string ends, so that millions of
//! strings cost little more than their letters.

use std::borrow::Cow;
use std::io::Read;

use super::xml::{Node, Xml};
use crate::bounds::{Bound, Bounds};
use crate::error::{Place, SheetError};

/// The strings of a workbook.
#[derive(Debug, Default)]
pub(super) struct Shared {
    text: String,
    ends: Vec<u32>,
}

impl Shared {
    /// String `index` of the table.
    pub(super) fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)? as usize;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        self.text.get(start..end)
    }

    pub(super) fn read<S: Read>(xml: &mut Xml<S>, part: &str, bounds: &Bounds) -> Result<Self, SheetError> {
        let mut table = Self::default();
        let at = |exceeded: crate::bounds::Exceeded| exceeded.at(Place::part(part));
        let mut rich = RichText::default();
        loop {
            match xml.next()? {
                Node::Start(element) => rich.start(element.name()),
                Node::Text(text) => {
                    rich.text(&text);
                    bounds.hold(Bound::SharedBytes, (table.text.len() + rich.buffer.len()) as u64).map_err(at)?;
                }
                Node::End(end) if end.name() == "si" => {
                    bounds.hold(Bound::SharedStrings, table.ends.len() as u64 + 1).map_err(at)?;
                    table.text.push_str(&unescape(&rich.buffer));
                    rich.buffer.clear();
                    let end = u32::try_from(table.text.len())
                        .map_err(|_| SheetError::malformed("more than 4 GiB of strings", Place::part(part)))?;
                    table.ends.push(end);
                }
                Node::End(end) => rich.end(end.name()),
                Node::Other => {}
                Node::Eof => return Ok(table),
            }
        }
    }
}

/// Gathers the text of a string item: plain or in formatted runs, without the pronunciation that East Asian editions
/// put beside it.
#[derive(Debug, Default)]
pub(super) struct RichText {
    pub(super) buffer: String,
    in_text: bool,
    in_phonetic: bool,
}

impl RichText {
    pub(super) fn start(&mut self, name: &str) {
        match name {
            "t" => self.in_text = true,
            "rPh" => self.in_phonetic = true,
            _ => {}
        }
    }

    pub(super) fn end(&mut self, name: &str) {
        match name {
            "t" => self.in_text = false,
            "rPh" => self.in_phonetic = false,
            _ => {}
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        if self.in_text && !self.in_phonetic {
            self.buffer.push_str(text);
        }
    }
}

/// Undoes `_x000D_`: how the format writes characters that XML can't hold (ECMA-376 part 1, 22.9.2.19).
pub(super) fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains("_x") {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        let code = rest.get(at + 2..at + 6).filter(|_| rest.as_bytes().get(at + 6) == Some(&b'_'));
        let hex = code.filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()));
        plain.push_str(&rest[..at]);
        match hex.and_then(|hex| u32::from_str_radix(hex, 16).ok()).and_then(char::from_u32) {
            Some(character) => {
                plain.push(character);
                rest = &rest[at + 7..];
            }
            None => {
                plain.push_str("_x");
                rest = &rest[at + 2..];
            }
        }
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_characters_come_back() {
        let check = |text: &str, expected: &str| assert_eq!(unescape(text), expected);
        check("plain", "plain");
        check("a_x000D_b", "a\rb");
        check("_x005F_x000D_", "_x000D_");
        check("_x00", "_x00");
        check("_xZZZZ_", "_xZZZZ_");
        check("_xD800_", "_xD800_");
        check("_x00é_", "_x00é_");
        check("max_x_y", "max_x_y");
    }
}
