//! Spreadsheets of people, for import in batches (R23–R29): reads `.xlsx` and `.csv` as a stream of rows within bounds,
//! and writes templates, tables, and what could not be imported.
//!
//! Owns the file formats and what is dangerous about them. Must not know what a member is: columns come from the
//! caller. Reads and writes nothing but what it is handed, and asks for no time.
//!
//! - [`Reader`] opens either format by its content; [`Bounds`] limits everything a file could make large.
//! - [`Template`] is the blank sheet to fill in (R23), [`Refusals`] the rows that failed with their reasons (R25),
//!   [`Table`] any other list (R29).
//!
//! ```
//! use std::io::Cursor;
//! use usher_sheets::{Bounds, Column, Format, Reader, Refusals, Template};
//!
//! let template = Template {
//!     name: "Members".into(),
//!     columns: vec![Column::required("Name"), Column::optional("Password")],
//!     instructions: vec!["One row for each member.".into()],
//! };
//! let mut file = Vec::new();
//! template.write(&mut file, Format::Xlsx)?;
//! assert_eq!(Reader::open(Cursor::new(file), Bounds::default())?.header(), ["Name", "Password"]);
//!
//! let reader = Reader::open(Cursor::new("Name,Password\n,secret\n"), Bounds::default())?;
//! let mut refusals = Refusals::new(Vec::new(), Format::Xlsx, "Members", reader.header(), &[1], "Reason")?;
//! for row in reader {
//!     refusals.add(&row?, "the name is missing")?;
//! }
//! let workbook = refusals.finish()?;
//! # assert!(workbook.starts_with(b"PK"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bounds;
mod defuse;
mod delimited;
mod error;
mod reader;
mod row;
mod write;
mod xlsx;

pub use self::bounds::{Bound, Bounds};
pub use self::defuse::stands_as_it_is;
pub use self::delimited::Separator;
pub use self::error::{Place, SheetError, column_name};
pub use self::reader::{Kind, Reader};
pub use self::row::{Cell, NoValue, Row, value};
pub use self::write::{Column, Format, Refusals, Table, Template, WriteError};
