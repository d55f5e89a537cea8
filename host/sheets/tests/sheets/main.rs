//! Sheets read and written through the public surface.

#![allow(clippy::unwrap_used, reason = "a test that fails to build its input should panic")]

mod book;
mod limits;
mod programs;
mod random;
mod read_csv;
mod read_xlsx;
mod write;

use std::io::Cursor;

use usher_sheets::{Bounds, Cell, Kind, Reader, SheetError};

/// A sheet in a form that is easy to write down: the header, and each row's number and cells.
#[derive(Debug, PartialEq)]
struct Content {
    header: Vec<String>,
    rows: Vec<(u32, Vec<String>)>,
}

impl Content {
    fn new(header: &[&str], rows: &[(u32, &[&str])]) -> Self {
        let owned = |cells: &[&str]| cells.iter().map(ToString::to_string).collect();
        Self { header: owned(header), rows: rows.iter().map(|(number, cells)| (*number, owned(cells))).collect() }
    }
}

fn read(bytes: &[u8], bounds: Bounds) -> Result<(Kind, Content), SheetError> {
    let mut reader = Reader::open(Cursor::new(bytes), bounds)?;
    let (kind, header, mut rows) = (reader.kind(), reader.header().to_vec(), Vec::new());
    for row in reader.by_ref() {
        let row = row?;
        rows.push((row.number, row.cells.iter().map(show).collect()));
    }
    assert!(reader.next().is_none(), "a reader ends once");
    Ok((kind, Content { header, rows }))
}

/// Formulas and errors in braces.
fn show(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Formula(_) => "{formula}".to_owned(),
        Cell::Error(error) => format!("{{{error}}}"),
    }
}

/// What reading the bytes says, when it fails.
fn failure(bytes: &[u8], bounds: Bounds) -> String {
    match read(bytes, bounds) {
        Ok(content) => panic!("read as {content:?}"),
        Err(error) => error.to_string(),
    }
}
