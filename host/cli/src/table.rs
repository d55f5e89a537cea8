//! Tables for people. What they copy (ids, names of files, numbers) is never broken over lines.
//!
//! Names are strangers' words: what nobody would see of them is shown (see `visible`).
//!
//! One column at most may wrap. Where even that does not fit, each row becomes a block of lines. Where nobody says how
//! wide a line is, lines are as long as they need be.

use std::fmt::{self, Display, Formatter};

use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{Attribute, Cell, ColumnConstraint, ContentArrangement, Width};

use crate::visible::visible_lines;

/// Narrower than this, what a terminal says of its width is not believed.
const MIN_TERMINAL: u16 = 20;
/// The narrowest that a column is made which may wrap.
const MIN_WRAPPED: u16 = 24;
/// Columns of the terminal that a column takes beside its content.
const PADDING: u16 = 2;
/// Columns of the terminal that the borders take.
const BORDERS: u16 = 2;

/// A table with headings.
pub(crate) struct Table {
    headings: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
    wrapping: Option<usize>,
    empty: &'static str,
}

/// A table with these headings.
pub(crate) fn table(headings: &[&'static str]) -> Table {
    Table { headings: headings.to_vec(), rows: Vec::new(), wrapping: None, empty: "" }
}

impl Table {
    /// The column with this heading holds sentences, which may be broken over lines.
    pub(crate) fn wrapping(mut self, heading: &str) -> Table {
        self.wrapping = self.headings.iter().position(|known| *known == heading);
        self
    }

    /// What is said instead of a table without rows.
    pub(crate) fn or(mut self, empty: &'static str) -> Table {
        self.empty = empty;
        self
    }

    /// One more row, a cell for each heading.
    pub(crate) fn add_row<C: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = C>) {
        self.rows.push(cells.into_iter().map(|cell| visible(cell.into())).collect());
    }

    /// As text for lines of this width, if it is known.
    fn text(&self, width: Option<u16>) -> String {
        if self.rows.is_empty() && !self.empty.is_empty() {
            return self.empty.to_owned();
        }
        match width.filter(|width| *width >= MIN_TERMINAL) {
            None => self.drawn(None).to_string(),
            Some(width) if self.least() <= u32::from(width) => self.drawn(Some(width)).to_string(),
            Some(_) => self.blocks(),
        }
    }

    fn drawn(&self, width: Option<u16>) -> comfy_table::Table {
        let mut table = comfy_table::Table::new();
        table
            .load_style(UTF8_BORDERS_ONLY)
            .set_header(self.headings.iter().map(|heading| Cell::new(heading).add_attribute(Attribute::Bold)))
            .add_rows(self.rows.iter().cloned());
        let Some(width) = width else {
            table.set_content_arrangement(ContentArrangement::Disabled);
            return table;
        };
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        let lower = ColumnConstraint::LowerBoundary(Width::Fixed(self.wrapped_least() + PADDING));
        let wrapping = |index| if Some(index) == self.wrapping { lower } else { ColumnConstraint::ContentWidth };
        table.set_constraints((0..self.headings.len()).map(wrapping));
        table
    }

    /// The narrowest lines that it fits into.
    fn least(&self) -> u32 {
        let widths = self.drawn(None).column_max_content_widths();
        let columns = widths.iter().enumerate().map(|(index, width)| match self.wrapping {
            Some(wrapping) if wrapping == index => self.wrapped_least().min(*width),
            _ => *width,
        });
        columns.map(|width| u32::from(width) + u32::from(PADDING)).sum::<u32>() + u32::from(BORDERS)
    }

    fn wrapped_least(&self) -> u16 {
        let widths = self.drawn(None).column_max_content_widths();
        self.wrapping.and_then(|index| widths.get(index)).map_or(0, |width| MIN_WRAPPED.min(*width))
    }

    /// A line for each cell that holds something, its heading before it.
    fn blocks(&self) -> String {
        let indent = self.headings.iter().map(|heading| heading.chars().count()).max().unwrap_or_default();
        let block = |row: &Vec<Cell>| {
            let cells = self.headings.iter().zip(row).filter(|(_, cell)| !cell.content().is_empty());
            let text = |cell: &Cell| visible_lines(&cell.content(), indent + 2);
            let lines = cells.map(|(heading, cell)| format!("{heading:<indent$}  {}", text(cell)));
            lines.collect::<Vec<_>>().join("\n")
        };
        self.rows.iter().map(block).collect::<Vec<_>>().join("\n\n")
    }
}

/// The cell, or if it holds what nobody would see, one that shows it.
fn visible(cell: Cell) -> Cell {
    let text = cell.content();
    let shown = visible_lines(&text, 0);
    if shown == text { cell } else { Cell::new(shown) }
}

impl Display for Table {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        // A terminal that says nothing of its width, and no terminal at all, are the same here.
        f.write_str(&self.text(comfy_table::Table::new().width()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: &str = "plan_01m83666a2eg4bmxbcm2mqcpbq";
    const REASON: &str = "the columns Department and Workforce type are missing in this sheet";

    fn seats() -> Table {
        let mut seats = table(&["plan", "seats", "reason"]).wrapping("reason").or("There is no plan.");
        seats.add_row([PLAN, "10", REASON]);
        seats.add_row([PLAN, "7", ""]);
        seats
    }

    /// Whatever the width, ids are in one piece; where a width is known, no line is longer unless it holds one word.
    fn check(width: Option<u16>, framed: bool, wrapped: bool) {
        let text = seats().text(width);
        assert_eq!(text.matches(PLAN).count(), 2, "{width:?}\n{text}");
        assert_eq!((text.contains('│'), !text.contains(REASON)), (framed, wrapped), "{width:?}\n{text}");
        if framed && let Some(width) = width.filter(|width| *width > 0) {
            assert!(text.lines().all(|line| line.chars().count() <= usize::from(width)), "{width}\n{text}");
        }
    }

    #[test]
    fn ids_are_never_broken() {
        check(None, true, false);
        check(Some(0), true, false);
        check(Some(200), true, false);
        check(Some(80), true, true);
        check(Some(40), false, false);
    }

    #[test]
    fn a_cell_shows_what_nobody_would_see_and_stays_a_cell() {
        let mut cases = table(&["case", "why"]);
        cases.add_row(["\u{1b}[31mred", "not yet\ncase  green"]);
        let framed = cases.text(None);
        assert!(framed.contains(r"│ \u{1b}[31mred   not yet     │"), "{framed}");
        assert!(framed.contains("│                 case  green │"), "{framed}");
        assert_eq!(cases.blocks(), "case  \\u{1b}[31mred\nwhy   not yet\n      case  green");
    }

    #[test]
    fn a_table_without_rows_says_so() {
        let empty = table(&["plan"]).or("There is no plan.");
        assert_eq!(empty.to_string(), "There is no plan.");
    }
}
