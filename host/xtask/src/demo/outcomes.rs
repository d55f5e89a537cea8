//! What came of each step of the demo, beside what was expected.

use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{Attribute, Cell, ContentArrangement, Table};

use crate::terminal::{bold, green, red};

/// The steps of one part of the demo.
pub struct Outcomes {
    unexpected: usize,
}

impl Outcomes {
    /// Begins a part, by its heading.
    pub fn of(heading: &str) -> Self {
        println!("\n{}", bold(&format!("── {heading}")));
        Self { unexpected: 0 }
    }

    /// Tells what came of a step.
    pub fn step(&mut self, what: &str, came: &str, expected: &str) {
        if came == expected {
            println!("  {} {what}: {came}", green("✓"));
        } else {
            self.unexpected += 1;
            println!("  {} {what}: {came}; expected {expected}", red("✗"));
        }
    }

    /// How many were not as expected.
    pub fn finish(self) -> usize {
        self.unexpected
    }
}

/// A table that a person likes to read.
pub fn table(headings: &[&str]) -> Table {
    let mut table = Table::new();
    let bold = |heading: &&str| Cell::new(heading).add_attribute(Attribute::Bold);
    table
        .load_style(UTF8_BORDERS_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(headings.iter().map(bold));
    table
}
