//! A letter's words put together: plain text, HTML, SMS. The one place where values are made harmless.

use std::fmt::Write as _;

/// A letter as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// The same in short, one line.
    pub sms: String,
}

/// A letter in one language.
pub(super) struct Words {
    /// What it is about.
    pub subject: String,
    /// What it says.
    pub blocks: Vec<Block>,
    /// What it says, in short.
    pub sms: String,
}

/// A part of a letter.
pub(super) enum Block {
    /// A paragraph.
    Text(String),
    /// Something to be copied, on a line of its own.
    Key(String),
    /// A link of this host, on a line of its own.
    Link(String),
}

/// A paragraph.
pub(super) fn text(text: impl Into<String>) -> Block {
    Block::Text(text.into())
}

/// Something to be copied.
pub(super) fn key(text: &str) -> Block {
    Block::Key(text.to_owned())
}

/// A link of this host.
pub(super) fn link_to(link: &str) -> Block {
    Block::Link(link.to_owned())
}

impl Words {
    pub(super) fn written(self, language: &str) -> Written {
        let mut plain = String::new();
        let mut html = format!(
            "<!DOCTYPE html>\n<html lang=\"{language}\">\n<head><meta charset=\"utf-8\"><title>{}</title></head>\n\
             <body style=\"font-family: sans-serif; line-height: 1.5; max-width: 36em\">\n",
            escaped(&self.subject)
        );
        for block in &self.blocks {
            let (Block::Text(line) | Block::Key(line) | Block::Link(line)) = block;
            if !plain.is_empty() {
                plain.push('\n');
            }
            plain.push_str(&one_line(line));
            plain.push('\n');
            let shown = escaped(line);
            // Writing to a string cannot fail.
            let _ = match block {
                Block::Text(_) => writeln!(html, "<p>{shown}</p>"),
                Block::Key(_) => writeln!(html, "<p style=\"font-family: monospace; font-size: 1.5em\">{shown}</p>"),
                Block::Link(_) => writeln!(html, "<p><a href=\"{shown}\">{shown}</a></p>"),
            };
        }
        html.push_str("</body>\n</html>\n");
        Written { subject: one_line(&self.subject), text: plain, html, sms: one_line(&self.sms) }
    }
}

/// What may stand in a header, and cannot begin a paragraph of its own. The separators of lines and
/// paragraphs are no control characters, but break lines where Unicode is read.
fn one_line(text: &str) -> String {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.chars().map(|c| if breaks(c) { ' ' } else { c }).collect()
}

/// For HTML, between tags and within quotes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in one_line(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
