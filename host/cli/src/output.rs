//! What commands print: a table or a line for people, JSON for programs.
//!
//! Colours appear on a terminal only; `NO_COLOR` turns them off.

use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, Table};
use serde::Serialize;

use crate::failure::Failure;

/// In which form a command answers.
#[derive(Clone, Copy)]
pub(crate) struct Output {
    /// JSON, one document, on standard output.
    pub(crate) json: bool,
}

impl Output {
    /// Prints `value` as JSON, or what `human` makes of it.
    pub(crate) fn show<T: Serialize>(self, value: &T, human: impl FnOnce(&T) -> String) -> Result<(), Failure> {
        let text = if self.json {
            serde_json::to_string_pretty(value).map_err(|error| Failure::of("writing JSON", error))?
        } else {
            human(value)
        };
        anstream::println!("{text}");
        Ok(())
    }

    /// Says something on the way; silent where JSON is wanted.
    pub(crate) fn note(self, text: &str) {
        if !self.json {
            anstream::println!("{text}");
        }
    }
}

/// A table with these headings.
pub(crate) fn table(headings: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(UTF8_BORDERS_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(headings.iter().map(|heading| Cell::new(heading).add_attribute(Attribute::Bold)));
    table
}

/// A cell for what went well or badly, or for a verdict.
pub(crate) fn verdict(text: &str) -> Cell {
    let colour = match text {
        "ok" | "approve" | "assign" | "match" => Color::Green,
        "review" | "decline" => Color::Yellow,
        _ => Color::Red,
    };
    Cell::new(text).fg(colour)
}

/// A cell for a number.
pub(crate) fn number(text: impl std::fmt::Display) -> Cell {
    Cell::new(text).set_alignment(CellAlignment::Right)
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
