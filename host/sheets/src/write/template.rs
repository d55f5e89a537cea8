//! The blank sheet to fill in, with its instructions (R23).

use std::io::Write;

use rust_xlsxwriter::{Color, DataValidation, DataValidationErrorStyle, Format as Style, Formula, Worksheet};

use super::table::{csv_writer, text_sheet, write_workbook};
use super::{BYTE_ORDER_MARK, Format, WriteError};
use crate::defuse::guard;

/// The last row of a sheet, from 0.
const LAST_ROW: u32 = 1_048_575;
const INSTRUCTIONS: &str = "Instructions";
const CHOICES: &str = "Choices";

/// A sheet without rows.
///
/// In a workbook the instructions are on a second sheet, and a column with choices offers them in a list and takes
/// nothing else. In CSV both are lines that begin with `#` before the header, where [`Reader`](crate::Reader) passes
/// over them.
#[derive(Clone, Debug)]
pub struct Template {
    /// The name of the sheet, of up to 31 characters.
    pub name: String,
    /// The columns in order.
    pub columns: Vec<Column>,
    /// What a person should know, a line each.
    pub instructions: Vec<String>,
}

/// A column of a [`Template`].
#[derive(Clone, Debug)]
pub struct Column {
    /// What stands in the header.
    pub title: String,
    /// Whether every row needs it: such a header is shaded.
    pub required: bool,
    /// The only values that are good, if there is such a list.
    pub choices: Vec<String>,
}

impl Column {
    /// A column that every row needs.
    #[must_use]
    pub fn required(title: impl Into<String>) -> Self {
        Self { title: title.into(), required: true, choices: Vec::new() }
    }

    /// A column that may be empty.
    #[must_use]
    pub fn optional(title: impl Into<String>) -> Self {
        Self { title: title.into(), required: false, choices: Vec::new() }
    }

    /// The same column, for these values only.
    #[must_use]
    pub fn choices(mut self, choices: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.choices = choices.into_iter().map(Into::into).collect();
        self
    }
}

impl Template {
    /// Writes the template.
    ///
    /// # Errors
    /// [`WriteError`] if the sink fails or a workbook can't hold a name or title.
    pub fn write(&self, out: impl Write, format: Format) -> Result<(), WriteError> {
        match format {
            Format::Xlsx => write_workbook(out, self.sheets()?).map(drop),
            Format::Csv(separator) => self.write_csv(out, separator.byte()),
        }
    }

    /// The instructions, and what may stand in columns with choices, line by line.
    fn lines(&self) -> impl Iterator<Item = String> {
        let choices = self.columns.iter().filter(|column| !column.choices.is_empty());
        let choices = choices.map(|column| format!("{}: {}", column.title, column.choices.join(" | ")));
        self.instructions.iter().flat_map(|text| text.lines()).map(str::to_owned).chain(choices)
    }

    fn write_csv(&self, mut out: impl Write, separator: u8) -> Result<(), WriteError> {
        out.write_all(BYTE_ORDER_MARK)?;
        let mut writer = csv_writer(out, separator);
        for line in self.lines() {
            writer.write_record([format!("# {line}")])?;
        }
        writer.write_record(self.columns.iter().map(|column| guard(&column.title).into_owned()))?;
        writer.flush()?;
        Ok(())
    }

    fn sheets(&self) -> Result<Vec<Worksheet>, WriteError> {
        let titles: Vec<&str> = self.columns.iter().map(|column| column.title.as_str()).collect();
        let mut people = text_sheet(&self.name, &titles)?;
        let mut choices = Worksheet::new();
        choices.set_name(CHOICES)?.set_hidden(true);
        let required = Style::new().set_num_format("@").set_bold().set_background_color(Color::RGB(0xDD_EB_F7));
        for (at, column) in (0..).zip(&self.columns) {
            if column.required {
                people.write_string_with_format(0, at, &column.title, &required)?;
            }
            for (row, choice) in (0..).zip(&column.choices) {
                choices.write_string(row, at, choice)?;
            }
            if !column.choices.is_empty() {
                people.add_data_validation(1, at, LAST_ROW, at, &one_of(u32::from(at), column)?)?;
            }
        }
        let mut instructions = Worksheet::new();
        instructions.set_name(INSTRUCTIONS)?.set_column_width(0, 100)?;
        let wrapped = Style::new().set_num_format("@").set_text_wrap();
        for (row, line) in (0..).zip(self.lines()) {
            instructions.write_string_with_format(row, 0, line, &wrapped)?;
        }
        Ok(vec![people, instructions, choices])
    }
}

/// A list on the hidden sheet: one in the cell itself may have no more than 255 characters, and no commas.
fn one_of(column: u32, of: &Column) -> Result<DataValidation, WriteError> {
    let letters = crate::column_name(column);
    let range = Formula::new(format!("{CHOICES}!${letters}$1:${letters}${}", of.choices.len()));
    Ok(DataValidation::new()
        .allow_list_formula(range)
        .ignore_blank(!of.required)
        .set_error_style(DataValidationErrorStyle::Stop)
        .set_error_message("Choose one of the values in the list.")?)
}
