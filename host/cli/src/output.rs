//! What commands print: a table or a line for people, JSON for programs.
//!
//! Colours appear on a terminal only; `NO_COLOR` turns them off.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write as _, stdout};
use std::path::Path;

use comfy_table::{Cell, CellAlignment, Color};
use serde::Serialize;
use serde_json::json;

use crate::failure::Failure;
pub(crate) use crate::table::table;
pub(crate) use crate::visible::{visible, visible_lines};

/// In which form a command answers.
#[derive(Clone, Copy)]
pub(crate) struct Output {
    /// JSON, one document, on standard output; what goes wrong, one on standard error.
    pub(crate) json: bool,
}

impl Output {
    /// Prints `value` as JSON, or what `human` makes of it.
    pub(crate) fn show<T: Serialize>(self, value: &T, human: impl FnOnce(&T) -> String) -> Result<(), Failure> {
        let text = self.text(value, human)?;
        is_read(writeln!(anstream::stdout(), "{text}")).map(drop)
    }

    /// [`Output::show`] of what holds a secret that nobody is shown again. Who hung up has not read it: that is a
    /// failure, which says what is `lost` and what to do.
    pub(crate) fn show_once<T: Serialize>(
        self,
        value: &T,
        human: impl FnOnce(&T) -> String,
        lost: impl Display,
    ) -> Result<(), Failure> {
        let text = self.text(value, human)?;
        let unread = |error| Failure::Failed(format!("writing to standard output: {error}; {lost}"));
        writeln!(anstream::stdout(), "{text}").map_err(unread)
    }

    fn text<T: Serialize>(self, value: &T, human: impl FnOnce(&T) -> String) -> Result<String, Failure> {
        if self.json {
            serde_json::to_string_pretty(value).map_err(|error| Failure::of("writing JSON", error))
        } else {
            Ok(human(value))
        }
    }

    /// Prints a document in a form of its own.
    pub(crate) fn document(bytes: &[u8]) -> Result<(), Failure> {
        let mut out = stdout().lock();
        is_read(out.write_all(bytes).and_then(|()| out.flush())).map(drop)
    }

    /// Says that a file of so many bytes was written.
    pub(crate) fn written(self, path: &Path, bytes: u64) -> Result<(), Failure> {
        let name = path.display().to_string();
        self.show(&json!({ "file": name, "bytes": bytes }), |_| format!("{name} is written"))
    }

    /// Says something on the way; silent where JSON is wanted.
    pub(crate) fn note(self, text: &str) -> Result<(), Failure> {
        if self.json { Ok(()) } else { is_read(writeln!(anstream::stdout(), "{text}")).map(drop) }
    }

    /// Says something on the way to whoever watches, beside the answer; silent where JSON is wanted.
    pub(crate) fn aside(self, text: &str) {
        if !self.json {
            tell(text);
        }
    }

    /// Prints one of many answers in a line; false if nobody reads any more.
    pub(crate) fn line<T: Serialize>(self, value: &T, human: impl FnOnce(&T) -> String) -> Result<bool, Failure> {
        let text = if self.json {
            serde_json::to_string(value).map_err(|error| Failure::of("writing JSON", error))?
        } else {
            human(value)
        };
        is_read(writeln!(anstream::stdout(), "{text}"))
    }

    /// Says why a command ended as it did.
    pub(crate) fn fail(self, failure: &Failure) {
        if self.json {
            tell(failure.to_json());
        } else {
            tell(format_args!("error: {failure}"));
        }
    }
}

/// Says it on standard error. Where nobody hears that, the exit code says enough.
fn tell(text: impl Display) {
    drop(writeln!(anstream::stderr(), "{text}"));
}

/// Whether somebody reads what was written. Who hung up has read enough: that is an end and no failure.
fn is_read(written: io::Result<()>) -> Result<bool, Failure> {
    match written {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Failure::of("writing to standard output", error)),
    }
}

/// A cell for what went well or badly, or for a verdict.
pub(crate) fn verdict(text: &str) -> Cell {
    let colour = match text {
        "ok" | "approve" | "assign" | "match" | "enabled" => Color::Green,
        "review" | "decline" | "disabled" => Color::Yellow,
        _ => Color::Red,
    };
    Cell::new(text).fg(colour)
}

/// A cell for a number.
pub(crate) fn number(text: impl Display) -> Cell {
    Cell::new(text).set_alignment(CellAlignment::Right)
}

/// A cell for what may be missing.
pub(crate) fn given(text: Option<&String>) -> Cell {
    Cell::new(text.map_or("", String::as_str))
}

/// So many of something, whose plural has an `s`: `1 row`, `2 rows`.
pub(crate) fn count(number: impl Display, what: &str) -> String {
    plural(number, what, &format!("{what}s"))
}

/// So many of something: `1 entry`, `2 entries`.
pub(crate) fn plural(number: impl Display, one: &str, several: &str) -> String {
    match number.to_string() {
        number if number == "1" => format!("1 {one}"),
        number => format!("{number} {several}"),
    }
}

/// A digest as people compare it: twelve digits.
pub(crate) fn short(digest: &str) -> String {
    digest.trim_start_matches("sha256:").chars().take(12).collect()
}

/// A duration as people read it.
pub(crate) fn duration(nanoseconds: u64) -> String {
    match nanoseconds {
        ..1_000 => format!("{nanoseconds} ns"),
        1_000..1_000_000 => format!("{:.1} µs", nanoseconds as f64 / 1e3),
        _ => format!("{:.1} ms", nanoseconds as f64 / 1e6),
    }
}
