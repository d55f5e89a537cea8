//! What can be wrong with a file that is read, and where in it.

use std::{fmt, io};

use crate::bounds::{Bound, Exceeded};

/// A file, or a row of it, that can't be read. Reading ends with it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SheetError {
    /// The content is of a kind that is not read.
    #[error("this is {0}: save it as .xlsx or as .csv")]
    Kind(&'static str),
    /// There is no row with the names of the columns.
    #[error("there is no row with the names of the columns")]
    NoHeader,
    /// The file passes a bound.
    #[error("{place}: the bound {bound} is {limit}, and this is more: split the file or make it smaller")]
    Exceeded {
        /// Which bound.
        bound: Bound,
        /// What it allows.
        limit: u64,
        /// Where the file passed it.
        place: Place,
    },
    /// The content contradicts its format.
    #[error("{place}: {what}: save the file again in a spreadsheet program")]
    Malformed {
        /// What is wrong.
        what: String,
        /// Where.
        place: Place,
    },
    /// The content uses what no sheet of people needs and attackers do: document types, entities.
    #[error("{place}: {what}, which is refused")]
    Forbidden {
        /// What it uses.
        what: &'static str,
        /// Where.
        place: Place,
    },
    /// The text is in no encoding that is read.
    #[error("byte {byte} is neither UTF-8, UTF-16 nor Windows-1252 text: save the file as CSV UTF-8")]
    Encoding {
        /// Offset of the first byte that fits no encoding, from 0.
        byte: u64,
    },
    /// The source failed.
    #[error("the file can't be read")]
    Io(#[source] io::Error),
}

impl SheetError {
    pub(crate) fn malformed(what: impl Into<String>, place: Place) -> Self {
        Self::Malformed { what: what.into(), place }
    }

    /// What a reader below said, with the place: a bound that was passed, bad data, or a source that failed.
    pub(crate) fn from_io(error: io::Error, place: Place) -> Self {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<Exceeded>()) {
            Some(&exceeded) => exceeded.at(place),
            None if matches!(
                error.kind(),
                io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof
            ) =>
            {
                Self::malformed(error.to_string(), place)
            }
            None => Self::Io(error),
        }
    }
}

impl Exceeded {
    pub(crate) fn at(self, place: Place) -> SheetError {
        SheetError::Exceeded { bound: self.bound, limit: self.limit, place }
    }
}

/// Where in a file something was found, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The entry of the archive, if the file is one and the row doesn't say enough.
    pub part: Option<Box<str>>,
    /// The row as the person sees it, from 1.
    pub row: Option<u32>,
    /// The column, from 0; shown as a letter.
    pub column: Option<u32>,
}

impl Place {
    pub(crate) fn part(name: &str) -> Self {
        Self { part: Some(name.into()), ..Self::default() }
    }

    pub(crate) fn row(row: u32) -> Self {
        Self { row: Some(row), ..Self::default() }
    }

    pub(crate) fn cell(row: u32, column: u32) -> Self {
        Self { row: Some(row), column: Some(column), part: None }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut before = "";
        if let Some(part) = &self.part {
            write!(f, "{part:?}")?;
            before = ", ";
        }
        if let Some(row) = self.row {
            write!(f, "{before}row {row}")?;
            before = ", ";
        }
        match self.column {
            Some(column) => write!(f, "{before}column {}", column_name(column)),
            None if before.is_empty() => f.write_str("the file"),
            None => Ok(()),
        }
    }
}

/// The letters of a column, as spreadsheet programs show them.
///
/// ```
/// assert_eq!(usher_sheets::column_name(0), "A");
/// assert_eq!(usher_sheets::column_name(16_383), "XFD");
/// ```
#[must_use]
pub fn column_name(index: u32) -> String {
    let mut letters = Vec::new();
    let mut left = index;
    loop {
        letters.push(char::from(b'A' + u8::try_from(left % 26).unwrap_or_default()));
        match left / 26 {
            0 => return letters.iter().rev().collect(),
            more => left = more - 1,
        }
    }
}
