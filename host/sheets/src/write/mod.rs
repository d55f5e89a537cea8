//! Sheets that are written: any table, the template, and the rows that were refused.
//!
//! A cell is always text. In a workbook it is a string cell in a column formatted as text, which no program runs,
//! not even after it is edited; in CSV, what a program may run stands behind an apostrophe.

mod refusals;
mod table;
mod template;

use std::io;

pub use self::refusals::Refusals;
pub use self::table::Table;
pub use self::template::{Column, Template};
use crate::delimited::Separator;

/// The format to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// An Office Open XML workbook. Built in memory, some 240 bytes for each cell: it never touches a disk, as rows
    /// may hold passwords (R29).
    Xlsx,
    /// Text in UTF-8 with a byte order mark, without which Excel guesses another encoding. Written as rows come.
    Csv(Separator),
}

/// A sheet that can't be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The sink failed.
    #[error("the sheet can't be written")]
    Io(#[from] io::Error),
    /// The format can't hold it: 1,048,576 rows, 16,384 columns, 32,767 characters in a cell, names of sheets.
    #[error("a workbook can't hold this: {0}: write CSV instead")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
}

impl From<csv::Error> for WriteError {
    fn from(error: csv::Error) -> Self {
        Self::Io(error.into())
    }
}

/// What Excel needs to know that a text is UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
