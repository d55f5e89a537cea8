//! What a sheet is made of, whatever the format: rows of cells, and how a row is put together within the bounds.

use crate::bounds::{Bound, Bounds};
use crate::defuse::unguard;
use crate::error::{Place, SheetError};

/// One row that holds something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The number that a spreadsheet program shows beside it, from 1.
    pub number: u32,
    /// The cells from column A on; empty cells at the end are left out. May be more than the header has.
    pub cells: Vec<Cell>,
}

impl Row {
    /// The cell under the header's column `index`, empty if the row is shorter.
    #[must_use]
    pub fn cell(&self, index: usize) -> &Cell {
        self.cells.get(index).unwrap_or(&Cell::Empty)
    }
}

/// What one cell holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Nothing, or only white space.
    Empty,
    /// Text. Numbers come without exponent and at 15 digits, with the zeros in front that a format like `00000` shows;
    /// dates as `2026-03-31` or `2026-03-31T08:30:00`, truth values as `TRUE` and `FALSE`. An apostrophe before `=`,
    /// `+`, `-` or `@` is taken off: it is how such text is kept from being run.
    Text(String),
    /// A formula, as `=A1&B1`; `=` alone where a formula of another cell fills this one. It is not evaluated, and the
    /// result that the file claims is not trusted: refuse the row.
    Formula(String),
    /// An error value such as `#REF!`.
    Error(String),
}

/// What stands in a cell instead of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoValue {
    /// A formula.
    #[error("holds a formula: put its value there")]
    Formula,
    /// An error value such as `#REF!`.
    #[error("holds an error instead of a value")]
    Error,
}

impl NoValue {
    /// Its name in reports: `formula` or `cell_error`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Formula => "formula",
            Self::Error => "cell_error",
        }
    }
}

/// The error values of spreadsheet programs, as they show them.
const ERRORS: [&str; 7] = ["#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"];

impl Cell {
    /// The value, without white space around it; `""` for an empty cell.
    ///
    /// # Errors
    /// A formula or an error value, where it has become text too, as in a CSV file and in the sheet of rows that were
    /// refused ([`crate::Refusals`]).
    pub fn value(&self) -> Result<&str, NoValue> {
        match self {
            Self::Empty => Ok(""),
            Self::Text(text) => value(text),
            Self::Formula(_) => Err(NoValue::Formula),
            Self::Error(_) => Err(NoValue::Error),
        }
    }

    /// The text, `""` for an empty cell; nothing where a formula or an error stands in for a value.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Empty => Some(""),
            Self::Text(text) => Some(text),
            Self::Formula(_) | Self::Error(_) => None,
        }
    }

    /// Bytes of what stands in it, a formula or an error too.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match self {
            Self::Empty => 0,
            Self::Text(text) | Self::Formula(text) | Self::Error(text) => text.len(),
        }
    }

    pub(crate) fn from_text(text: &str) -> Self {
        let text = unguard(text);
        if text.trim().is_empty() { Self::Empty } else { Self::Text(text.to_owned()) }
    }
}

/// The value that a text is in a cell ([`Cell::value`]).
///
/// # Errors
/// A formula or an error value.
pub fn value(text: &str) -> Result<&str, NoValue> {
    match text.trim() {
        text if text.starts_with('=') => Err(NoValue::Formula),
        text if ERRORS.contains(&text) => Err(NoValue::Error),
        text => Ok(text),
    }
}

/// Puts rows together: columns in order, bounds held, nothing kept for cells without content.
#[derive(Debug)]
pub(crate) struct Builder {
    bounds: Bounds,
    cells: Vec<Cell>,
    total: u64,
}

impl Builder {
    pub(crate) fn new(bounds: Bounds) -> Self {
        Self { bounds, cells: Vec::new(), total: 0 }
    }

    /// Sets the cell at `column` of row `number`.
    pub(crate) fn set(&mut self, number: u32, column: u32, cell: Cell) -> Result<(), SheetError> {
        if cell == Cell::Empty {
            return Ok(());
        }
        let at = |exceeded: crate::bounds::Exceeded| exceeded.at(Place::cell(number, column));
        self.bounds.hold(Bound::Columns, u64::from(column) + 1).map_err(at)?;
        self.total += 1;
        self.bounds.hold(Bound::Cells, self.total).map_err(at)?;
        let index = column as usize;
        if index < self.cells.len() {
            return Err(SheetError::malformed("the cells are not in order", Place::cell(number, column)));
        }
        // INVARIANT: `index` is below the bound on columns, so a far-off cell can't make this large.
        self.cells.resize(index, Cell::Empty);
        self.cells.push(cell);
        Ok(())
    }

    /// The row, unless nothing was set.
    pub(crate) fn finish(&mut self, number: u32) -> Option<Row> {
        if self.cells.is_empty() {
            return None;
        }
        let like_this = Vec::with_capacity(self.cells.len());
        Some(Row { number, cells: std::mem::replace(&mut self.cells, like_this) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_stands_in_a_cell_has_bytes() {
        let texts = [Cell::Text("ä".into()), Cell::Formula("=1".into()), Cell::Error("#N".into())];
        assert_eq!(texts.map(|cell| cell.bytes()), [2; 3]);
        assert_eq!(Cell::Empty.bytes(), 0);
    }

    #[test]
    fn a_formula_and_an_error_are_no_values_in_whatever_form() {
        let check = |cell: Cell, expected: Result<&str, NoValue>| assert_eq!(cell.value(), expected, "{cell:?}");
        check(Cell::Empty, Ok(""));
        check(Cell::Text(" Ada ".into()), Ok("Ada"));
        check(Cell::Text("#1".into()), Ok("#1"));
        check(Cell::Text("1 = 1".into()), Ok("1 = 1"));
        check(Cell::Formula("=A1".into()), Err(NoValue::Formula));
        check(Cell::Text(" =A1&B1".into()), Err(NoValue::Formula));
        check(Cell::Error("#SPILL!".into()), Err(NoValue::Error));
        for error in ERRORS {
            check(Cell::Text(format!("{error} ")), Err(NoValue::Error));
        }
    }
}
