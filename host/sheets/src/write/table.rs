//! Rows of text under a header, one by one.

use std::io::Write;

use csv::WriterBuilder;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format as Style, Workbook, Worksheet};

use super::{BYTE_ORDER_MARK, Format, WriteError};
use crate::defuse::{guard, guard_string_cell};

/// Narrow enough for a dozen columns, wide enough for an address.
const COLUMN_WIDTH: f64 = 24.0;

/// Writes a table row by row.
///
/// ```
/// use usher_sheets::{Format, Separator, Table};
///
/// let mut table = Table::new(Vec::new(), Format::Csv(Separator::Comma), "Accounts", &["Account", "Password"])?;
/// table.add(["ada@corp.example", "=secret"])?;
/// assert_eq!(table.finish()?, "\u{feff}Account,Password\r\nada@corp.example,'=secret\r\n".as_bytes());
/// # Ok::<(), usher_sheets::WriteError>(())
/// ```
pub struct Table<W: Write> {
    sink: Sink<W>,
}

enum Sink<W: Write> {
    Csv(Box<csv::Writer<W>>),
    Xlsx { out: W, sheet: Box<Worksheet>, next_row: u32 },
}

impl<W: Write> std::fmt::Debug for Table<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table").finish_non_exhaustive()
    }
}

impl<W: Write> Table<W> {
    /// Begins a table. `name` is the sheet's, of up to 31 characters; CSV has none.
    ///
    /// # Errors
    /// [`WriteError`] if the sink fails or a workbook can't hold the name or the header.
    pub fn new(mut out: W, format: Format, name: &str, header: &[impl AsRef<str>]) -> Result<Self, WriteError> {
        let sink = match format {
            Format::Csv(separator) => {
                out.write_all(BYTE_ORDER_MARK)?;
                Sink::Csv(Box::new(csv_writer(out, separator.byte())))
            }
            Format::Xlsx => Sink::Xlsx { out, sheet: Box::new(text_sheet(name, header)?), next_row: 1 },
        };
        let mut table = Self { sink };
        if matches!(format, Format::Csv(_)) {
            table.add(header)?;
        }
        Ok(table)
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`WriteError`] if the sink fails or a workbook can't hold the row.
    pub fn add(&mut self, cells: impl IntoIterator<Item = impl AsRef<str>>) -> Result<(), WriteError> {
        match &mut self.sink {
            Sink::Csv(writer) => {
                for cell in cells {
                    writer.write_field(guard(cell.as_ref()).as_bytes())?;
                }
                writer.write_record(None::<&[u8]>)?;
            }
            Sink::Xlsx { sheet, next_row, .. } => {
                for (column, cell) in (0..).zip(cells) {
                    if !cell.as_ref().is_empty() {
                        sheet.write_string(*next_row, column, guard_string_cell(cell.as_ref()))?;
                    }
                }
                *next_row += 1;
            }
        }
        Ok(())
    }

    /// Ends the table and hands the sink back.
    ///
    /// # Errors
    /// [`WriteError`] if the sink fails.
    pub fn finish(self) -> Result<W, WriteError> {
        match self.sink {
            Sink::Csv(writer) => writer.into_inner().map_err(|error| WriteError::Io(error.into_error())),
            Sink::Xlsx { out, sheet, .. } => write_workbook(out, [*sheet]),
        }
    }
}

pub(super) fn csv_writer<W: Write>(out: W, separator: u8) -> csv::Writer<W> {
    WriterBuilder::new().delimiter(separator).terminator(csv::Terminator::CRLF).flexible(true).from_writer(out)
}

/// A sheet whose columns hold text, whatever is typed into them, under a header that stays in sight.
pub(super) fn text_sheet(name: &str, header: &[impl AsRef<str>]) -> Result<Worksheet, WriteError> {
    let mut sheet = Worksheet::new();
    sheet.set_name(name)?.set_freeze_panes(1, 0)?;
    let (text, bold) = (Style::new().set_num_format("@"), Style::new().set_num_format("@").set_bold());
    for (column, title) in (0..).zip(header) {
        sheet.set_column_format(column, &text)?.set_column_width(column, COLUMN_WIDTH)?;
        sheet.write_string_with_format(0, column, title.as_ref(), &bold)?;
    }
    Ok(sheet)
}

/// Saves a workbook of these sheets. The date in it is fixed: the same sheets are the same bytes.
pub(super) fn write_workbook<W: Write>(
    mut out: W,
    sheets: impl IntoIterator<Item = Worksheet>,
) -> Result<W, WriteError> {
    let mut workbook = Workbook::new();
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?));
    for sheet in sheets {
        workbook.push_worksheet(sheet);
    }
    out.write_all(&workbook.save_to_buffer()?)?;
    out.flush()?;
    Ok(out)
}
