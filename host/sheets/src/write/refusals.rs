//! The rows that were refused, as they came, each with its reason (R25).

use std::io::Write;

use super::{Format, Table, WriteError};
use crate::row::{Cell, Row};

/// Writes refused rows column by column, with a last column for the reason.
///
/// The columns named secret are left blank. So is everything after the first of them in a row that has more cells
/// than the header: its cells are out of place, and a password may stand under another name. Formulas come back as
/// text, which no program runs: whoever reads the corrected file must not take them for values.
#[derive(Debug)]
pub struct Refusals<W: Write> {
    table: Table<W>,
    width: usize,
    /// Columns that are written: all but the last one of a file that was refused before, which told why.
    own: usize,
    secret: Vec<usize>,
}

impl<W: Write> Refusals<W> {
    /// Begins the sheet: the columns of the refused file, and `reason` as the title of the last one, in whose place it
    /// comes if the file has one already. `secret` are the positions of the columns whose values are never written.
    ///
    /// # Errors
    /// [`WriteError`] if the sink fails or a workbook can't hold the name or the header.
    pub fn new(
        out: W,
        format: Format,
        name: &str,
        header: &[String],
        secret: &[usize],
        reason: &str,
    ) -> Result<Self, WriteError> {
        let own = header.len() - usize::from(header.last().is_some_and(|title| title == reason));
        let titles: Vec<&str> = header[..own].iter().map(String::as_str).chain([reason]).collect();
        let table = Table::new(out, format, name, &titles)?;
        Ok(Self { table, width: header.len(), own, secret: secret.to_vec() })
    }

    /// Adds a row and why it was refused.
    ///
    /// # Errors
    /// [`WriteError`] if the sink fails or a workbook can't hold the row.
    pub fn add(&mut self, row: &Row, reason: &str) -> Result<(), WriteError> {
        let out_of_place = row.cells.len() > self.width;
        let first_secret = self.secret.iter().min().copied().unwrap_or(usize::MAX);
        let cells = (0..self.own).map(|column| match row.cell(column) {
            _ if self.secret.contains(&column) || (out_of_place && column > first_secret) => "",
            Cell::Text(text) | Cell::Error(text) | Cell::Formula(text) => text,
            Cell::Empty => "",
        });
        self.table.add(cells.chain([reason]))
    }

    /// Ends the sheet and hands the sink back.
    ///
    /// # Errors
    /// [`WriteError`] if the sink fails.
    pub fn finish(self) -> Result<W, WriteError> {
        self.table.finish()
    }
}
