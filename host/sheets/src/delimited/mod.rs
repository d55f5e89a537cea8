//! Text with separators (CSV): rows from bytes of any common encoding and separator, in memory that doesn't grow with
//! the file.
//!
//! The grammar is csv-core's; what is here is what a person's file needs around it: encoding, separator, row numbers
//! as a spreadsheet program counts them, and the bounds.

mod dialect;
mod encoding;

use std::io::{Read, Seek};

use csv_core::{ReadFieldResult, ReaderBuilder};

pub use self::dialect::Separator;
use self::encoding::Transcoder;
use crate::bounds::{Bound, Bounds};
use crate::error::{Place, SheetError};
use crate::row::{Builder, Cell, Row};

/// Rows of a text file.
pub(crate) struct Delimited<S> {
    text: Transcoder<S>,
    separator: Separator,
    grammar: csv_core::Reader,
    bounds: Bounds,
    builder: Builder,
    /// Where csv-core puts a cell: one byte more than a cell may have, so that a full buffer is one too long.
    cell: Vec<u8>,
    /// Rows so far, blank ones included.
    number: u32,
    /// The last byte was a carriage return: a line feed that follows belongs to it.
    after_cr: bool,
}

impl<S> std::fmt::Debug for Delimited<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Delimited").field("separator", &self.separator).field("number", &self.number).finish()
    }
}

impl<S: Read + Seek> Delimited<S> {
    pub(crate) fn open(source: S, bounds: Bounds) -> Result<Self, SheetError> {
        let mut text = Transcoder::open(source)?;
        let (separator, skip) = dialect::detect(text.fill()?);
        text.consume(skip);
        let longest = usize::try_from(bounds.limit(Bound::CellBytes)).unwrap_or(usize::MAX).saturating_add(1);
        Ok(Self {
            text,
            separator,
            grammar: ReaderBuilder::new().delimiter(separator.byte()).build(),
            bounds,
            builder: Builder::new(bounds),
            cell: vec![0; longest],
            number: 0,
            after_cr: false,
        })
    }
}

impl<S> Delimited<S> {
    pub(crate) fn encoding(&self) -> &'static str {
        self.text.encoding()
    }

    pub(crate) fn separator(&self) -> Separator {
        self.separator
    }
}

impl<S: Read> Delimited<S> {
    /// The next row with content.
    pub(crate) fn next_row(&mut self) -> Result<Option<Row>, SheetError> {
        loop {
            self.skip_blank_lines()?;
            self.number = self.number.saturating_add(1);
            if !self.read_cells()? {
                return Ok(None);
            }
            if let Some(row) = self.builder.finish(self.number) {
                return Ok(Some(row));
            }
        }
    }

    /// csv-core passes over blank lines in silence; a person counts them.
    fn skip_blank_lines(&mut self) -> Result<(), SheetError> {
        while let Some(&byte) = self.text.fill()?.first() {
            match byte {
                b'\n' if self.after_cr => self.after_cr = false,
                b'\n' => self.number = self.number.saturating_add(1),
                b'\r' => {
                    self.number = self.number.saturating_add(1);
                    self.after_cr = true;
                }
                _ => break,
            }
            self.text.consume(1);
        }
        self.after_cr = false;
        Ok(())
    }

    /// Reads the cells of one row; false at the end of the file.
    fn read_cells(&mut self) -> Result<bool, SheetError> {
        let (mut column, mut length) = (0, 0);
        loop {
            let input = self.text.fill()?;
            let (result, read, written) = self.grammar.read_field(input, &mut self.cell[length..]);
            if let Some(&last) = input[..read].last() {
                self.after_cr = last == b'\r';
            }
            self.text.consume(read);
            length += written;
            let exceeded = self.bounds.hold(Bound::CellBytes, length as u64);
            exceeded.map_err(|exceeded| exceeded.at(Place::cell(self.number, column)))?;
            match result {
                ReadFieldResult::InputEmpty => {}
                ReadFieldResult::OutputFull => {
                    // Only a limit of `u64::MAX` lets a full buffer pass the check above.
                    return Err(SheetError::malformed("the cell is too long", Place::cell(self.number, column)));
                }
                ReadFieldResult::Field { record_end } => {
                    self.set(column, length)?;
                    if record_end {
                        return Ok(true);
                    }
                    (column, length) = (column.saturating_add(1), 0);
                }
                ReadFieldResult::End => return Ok(false),
            }
        }
    }

    fn set(&mut self, column: u32, length: usize) -> Result<(), SheetError> {
        let text = std::str::from_utf8(&self.cell[..length])
            .map_err(|error| SheetError::malformed(error.to_string(), Place::cell(self.number, column)))?;
        self.builder.set(self.number, column, Cell::from_text(text))
    }
}
