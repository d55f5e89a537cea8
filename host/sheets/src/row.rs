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

impl Cell {
    /// The text, `""` for an empty cell; nothing where a formula or an error stands in for a value.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Empty => Some(""),
            Self::Text(text) => Some(text),
            Self::Formula(_) | Self::Error(_) => None,
        }
    }

    pub(crate) fn from_text(text: &str) -> Self {
        let text = unguard(text);
        if text.trim().is_empty() { Self::Empty } else { Self::Text(text.to_owned()) }
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
