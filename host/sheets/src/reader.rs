//! One entry point for every kind of file: looks at the content, finds the header, hands out rows.

use std::io::{BufReader, Read, Seek, SeekFrom};

use crate::bounds::{Bound, Bounds};
use crate::delimited::{Delimited, Separator};
use crate::error::{Place, SheetError};
use crate::row::{Cell, Row};
use crate::xlsx::Workbook;

/// What a file turned out to be. The name it came with was not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An Office Open XML workbook, its first visible sheet.
    Xlsx,
    /// Text with separators.
    Csv {
        /// The encoding, by its name in the Encoding Standard. `windows-1252` is a guess worth showing.
        encoding: &'static str,
        /// What stands between cells.
        separator: Separator,
    },
}

/// A sheet being read, row by row, from the row after the header. Ends at the first error.
///
/// Rows without content are passed over, and before the header so are instructions: rows that begin with `#`.
///
/// ```
/// use std::io::Cursor;
/// use usher_sheets::{Bounds, Reader};
///
/// let mut reader = Reader::open(Cursor::new("Name;Phone\nAda;+44 20 7946 0000\n"), Bounds::default())?;
/// assert_eq!(reader.header(), ["Name", "Phone"]);
/// let row = reader.next().unwrap()?;
/// assert_eq!((row.number, row.cell(1).text()), (2, Some("+44 20 7946 0000")));
/// # Ok::<(), usher_sheets::SheetError>(())
/// ```
#[derive(Debug)]
pub struct Reader<S> {
    rows: Rows<S>,
    kind: Kind,
    header: Vec<String>,
    bounds: Bounds,
    count: u64,
    ended: bool,
}

#[derive(Debug)]
enum Rows<S> {
    Xlsx(Box<Workbook<S>>),
    Csv(Box<Delimited<S>>),
}

impl<S: Read> Rows<S> {
    fn next_row(&mut self) -> Result<Option<Row>, SheetError> {
        match self {
            Self::Xlsx(rows) => rows.next_row(),
            Self::Csv(rows) => rows.next_row(),
        }
    }
}

impl<S: Read + Seek> Reader<S> {
    /// Opens a workbook or a text file, whichever the content is, and reads up to its header.
    ///
    /// The source is read from its start, several times over, and kept until the last row: it should be a file or
    /// bytes in memory.
    ///
    /// # Errors
    /// [`SheetError`] if the content is of another kind, passes a bound, is damaged, or has no header.
    pub fn open(mut source: S, bounds: Bounds) -> Result<Self, SheetError> {
        let bytes = source.seek(SeekFrom::End(0)).map_err(SheetError::Io)?;
        bounds.hold(Bound::FileBytes, bytes).map_err(|exceeded| exceeded.at(Place::default()))?;
        let (mut rows, kind) = match Content::of(&mut source)? {
            Content::Zip => (Rows::Xlsx(Box::new(Workbook::open(source, bounds)?)), Kind::Xlsx),
            Content::Text => {
                let rows = Delimited::open(source, bounds)?;
                let kind = Kind::Csv { encoding: rows.encoding(), separator: rows.separator() };
                (Rows::Csv(Box::new(rows)), kind)
            }
            Content::Other(name) => return Err(SheetError::Kind(name)),
        };
        let header = find_header(&mut rows, &bounds)?;
        Ok(Self { rows, kind, header, bounds, count: 0, ended: false })
    }
}

impl<S> Reader<S> {
    /// The names of the columns, trimmed, as they stand in the file.
    #[must_use]
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// What the file turned out to be.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }
}

impl<S: Read> Iterator for Reader<S> {
    type Item = Result<Row, SheetError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let bounds = self.bounds;
        let next = self.rows.next_row().and_then(|row| match row {
            Some(row) => {
                self.count += 1;
                bounds.hold(Bound::Rows, self.count).map_err(|exceeded| exceeded.at(Place::row(row.number)))?;
                Ok(Some(row))
            }
            None => Ok(None),
        });
        self.ended = !matches!(next, Ok(Some(_)));
        next.transpose()
    }
}

/// The first row that is no instruction.
fn find_header<S: Read>(rows: &mut Rows<S>, bounds: &Bounds) -> Result<Vec<String>, SheetError> {
    let mut intro = 0;
    while let Some(row) = rows.next_row()? {
        if matches!(row.cell(0), Cell::Text(text) if text.starts_with('#')) {
            intro += 1;
            bounds.hold(Bound::IntroRows, intro).map_err(|exceeded| exceeded.at(Place::row(row.number)))?;
            continue;
        }
        let number = row.number;
        let name = |(column, cell): (u32, &Cell)| match cell.text() {
            Some(text) => Ok(text.trim().to_owned()),
            None => Err(SheetError::malformed("the name of a column must be text", Place::cell(number, column))),
        };
        return (0..).zip(&row.cells).map(name).collect();
    }
    Err(SheetError::NoHeader)
}

/// What the first bytes say.
enum Content {
    Zip,
    Text,
    Other(&'static str),
}

impl Content {
    fn of<S: Read + Seek>(source: &mut S) -> Result<Self, SheetError> {
        source.rewind().map_err(SheetError::Io)?;
        let mut start = Vec::new();
        BufReader::with_capacity(16, &mut *source).take(8).read_to_end(&mut start).map_err(SheetError::Io)?;
        source.rewind().map_err(SheetError::Io)?;
        Ok(match start.as_slice() {
            [b'P', b'K', 3, 4, ..] => Self::Zip,
            [0xD0, 0xCF, 0x11, 0xE0, ..] => Self::Other("an old .xls workbook or one with a password"),
            [b'%', b'P', b'D', b'F', ..] => Self::Other("a PDF document"),
            [b'{', b'\\', b'r', b't', b'f', ..] => Self::Other("an RTF document"),
            [b'<', b'?' | b'!' | b'h', ..] => Self::Other("an XML or HTML document"),
            [0x1F, 0x8B, ..] => Self::Other("a gzip archive"),
            _ => Self::Text,
        })
    }
}
