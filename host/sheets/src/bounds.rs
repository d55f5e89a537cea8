//! Every bound on a file that is read: its name, its limit, and what is said when a file passes it.
//!
//! Knows nothing of formats: the readers ask here before they go on.

use std::fmt;

/// One bound on reading, by name. [`Bounds`] holds the limit of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bound {
    /// Bytes of the file as it was handed in.
    FileBytes,
    /// Entries in the zip archive, and relationships of a part.
    Entries,
    /// Bytes of one zip entry, unzipped and counted as they come.
    EntryBytes,
    /// Bytes of all zip entries that are read, unzipped and counted as they come.
    TotalBytes,
    /// How many times larger an entry may be than its zipped form, once past the first mebibyte.
    Ratio,
    /// Rows of instructions before the header.
    IntroRows,
    /// Rows that hold something, the header and what is before it not counted.
    Rows,
    /// The column furthest to the right that holds something.
    Columns,
    /// Cells that hold something, in the whole sheet.
    Cells,
    /// Bytes of one cell's text in UTF-8.
    CellBytes,
    /// Strings in a workbook's shared table.
    SharedStrings,
    /// Bytes of all strings in a workbook's shared table.
    SharedBytes,
    /// Cell formats, and number formats, of a workbook.
    Styles,
    /// Array formulas that cover several cells and are not yet passed.
    FormulaRanges,
    /// Elements within elements.
    XmlDepth,
    /// Bytes of one XML tag or one run of text.
    XmlBytes,
}

impl Bound {
    /// Every bound there is.
    pub const ALL: [Self; 16] = [
        Self::FileBytes,
        Self::Entries,
        Self::EntryBytes,
        Self::TotalBytes,
        Self::Ratio,
        Self::IntroRows,
        Self::Rows,
        Self::Columns,
        Self::Cells,
        Self::CellBytes,
        Self::SharedStrings,
        Self::SharedBytes,
        Self::Styles,
        Self::FormulaRanges,
        Self::XmlDepth,
        Self::XmlBytes,
    ];

    /// The name as it stands in errors and settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FileBytes => "file-bytes",
            Self::Entries => "entries",
            Self::EntryBytes => "entry-bytes",
            Self::TotalBytes => "total-bytes",
            Self::Ratio => "ratio",
            Self::IntroRows => "intro-rows",
            Self::Rows => "rows",
            Self::Columns => "columns",
            Self::Cells => "cells",
            Self::CellBytes => "cell-bytes",
            Self::SharedStrings => "shared-strings",
            Self::SharedBytes => "shared-bytes",
            Self::Styles => "styles",
            Self::FormulaRanges => "formula-ranges",
            Self::XmlDepth => "xml-depth",
            Self::XmlBytes => "xml-bytes",
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The limit of every [`Bound`].
///
/// ```
/// use usher_sheets::{Bound, Bounds};
///
/// let bounds = Bounds::for_rows(5_000).with(Bound::Columns, 40);
/// assert_eq!((bounds.limit(Bound::Rows), bounds.limit(Bound::Columns)), (5_000, 40));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds([u64; Bound::ALL.len()]);

impl Bounds {
    /// Bounds for sheets of up to `rows` rows of people: whatever grows with the rows is allowed in proportion.
    #[must_use]
    pub fn for_rows(rows: u32) -> Self {
        const MIB: u64 = 1 << 20;
        let rows = u64::from(rows);
        Self([0; Bound::ALL.len()])
            .with(Bound::FileBytes, 16 * MIB + rows * 512)
            .with(Bound::Entries, 1_000)
            .with(Bound::EntryBytes, 16 * MIB + rows * 1_024)
            .with(Bound::TotalBytes, 32 * MIB + rows * 1_536)
            .with(Bound::Ratio, 200)
            .with(Bound::IntroRows, 200)
            .with(Bound::Rows, rows)
            .with(Bound::Columns, 256)
            .with(Bound::Cells, 10_000 + rows * 32)
            .with(Bound::CellBytes, 32_767)
            .with(Bound::SharedStrings, 10_000 + rows * 16)
            .with(Bound::SharedBytes, 8 * MIB + rows * 128)
            .with(Bound::Styles, 65_536)
            .with(Bound::FormulaRanges, 256)
            .with(Bound::XmlDepth, 64)
            .with(Bound::XmlBytes, 256 << 10)
    }

    /// The same bounds with one limit changed.
    #[must_use]
    pub fn with(mut self, bound: Bound, limit: u64) -> Self {
        self.0[bound as usize] = limit;
        self
    }

    /// The most that `bound` allows.
    #[must_use]
    pub fn limit(&self, bound: Bound) -> u64 {
        self.0[bound as usize]
    }

    /// Fails if `value` is more than `bound` allows.
    pub(crate) fn hold(&self, bound: Bound, value: u64) -> Result<(), Exceeded> {
        let limit = self.limit(bound);
        if value > limit { Err(Exceeded { bound, limit }) } else { Ok(()) }
    }
}

impl Default for Bounds {
    /// [`Bounds::for_rows`] of 100,000.
    fn default() -> Self {
        Self::for_rows(100_000)
    }
}

/// A bound was passed. Travels inside [`std::io::Error`] through readers of others; the edge adds the place.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("{bound} is limited to {limit}")]
pub(crate) struct Exceeded {
    pub(crate) bound: Bound,
    pub(crate) limit: u64,
}
