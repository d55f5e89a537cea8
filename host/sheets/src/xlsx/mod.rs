//! Office Open XML workbooks (ECMA-376), read as a stream: the first visible sheet, row by row.
//!
//! Nothing is loaded whole but the table of shared strings, which has bounds of its own. The zip directory is walked
//! entry by entry; every part is inflated through counters, and parsed tag by tag. Formulas are never evaluated, links
//! to other files never followed, document types and entities refused.

mod archive;
mod formats;
mod package;
mod place;
mod rows;
mod shared;
mod xml;

pub(crate) use self::rows::Workbook;
