//! The rows of a sheet, as its XML comes.

use std::io::{Read, Seek};

use super::archive::Archive;
use super::formats::{self, Shown, Styles};
use super::package::Package;
use super::place::{self, LAST_ROW, Range};
use super::shared::{RichText, Shared, unescape};
use super::xml::{Element, Node, Xml};
use crate::bounds::{Bound, Bounds};
use crate::error::{Place, SheetError};
use crate::row::{Builder, Cell, Row};

/// A workbook open at its first visible sheet.
pub(crate) struct Workbook<S> {
    xml: Xml<S>,
    values: Values,
    bounds: Bounds,
    builder: Builder,
    /// The row that is being read, or was last.
    row: u32,
    /// The column after the last cell, for cells that don't say where they are.
    next_column: u32,
    in_data: bool,
    /// Array formulas that reach further: the cells they cover hold nothing but a claimed result.
    ranges: Vec<Range>,
}

impl<S> std::fmt::Debug for Workbook<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workbook").field("row", &self.row).finish_non_exhaustive()
    }
}

/// What is needed to understand a stored value.
struct Values {
    shared: Shared,
    styles: Styles,
    from_1904: bool,
}

/// How a value is stored (ECMA-376 part 1, 18.18.11).
#[derive(Clone, Copy, Default)]
enum Type {
    #[default]
    Number,
    Shared,
    Text,
    Bool,
    Error,
    IsoDate,
    Unknown,
}

impl Type {
    fn from_name(name: &str) -> Self {
        match name {
            "n" => Self::Number,
            "s" => Self::Shared,
            "inlineStr" | "str" => Self::Text,
            "b" => Self::Bool,
            "e" => Self::Error,
            "d" => Self::IsoDate,
            _ => Self::Unknown,
        }
    }
}

/// A cell whose end has not come.
#[derive(Default)]
struct Open {
    column: u32,
    kind: Type,
    style: usize,
    /// The formula's text behind `=`.
    formula: Option<String>,
    in_value: bool,
    in_formula: bool,
    text: RichText,
}

impl<S: Read + Seek> Workbook<S> {
    pub(crate) fn open(source: S, bounds: Bounds) -> Result<Self, SheetError> {
        let mut archive = Archive::open(source, bounds)?;
        let package = Package::read(&mut archive, &bounds)?;
        let mut values = Values { shared: Shared::default(), styles: Styles::default(), from_1904: package.from_1904 };
        if let Some(part) = &package.styles {
            values.styles = archive.read(part, |content| {
                let mut xml = Xml::new(content, part, bounds);
                Ok((Styles::read(&mut xml, part, &bounds)?, xml.total()))
            })?;
        }
        if let Some(part) = &package.shared {
            values.shared = archive.read(part, |content| {
                let mut xml = Xml::new(content, part, bounds);
                Ok((Shared::read(&mut xml, part, &bounds)?, xml.total()))
            })?;
        }
        Ok(Self {
            xml: Xml::new(archive.into_entry(&package.sheet)?, &package.sheet, bounds),
            values,
            bounds,
            builder: Builder::new(bounds),
            row: 0,
            next_column: 0,
            in_data: false,
            ranges: Vec::new(),
        })
    }
}

impl<S: Read> Workbook<S> {
    /// The next row with content. The part is read to its end, so that its checksum is known to be right.
    pub(crate) fn next_row(&mut self) -> Result<Option<Row>, SheetError> {
        loop {
            match self.xml.next()? {
                Node::Start(element) => match element.name() {
                    "sheetData" => self.in_data = true,
                    "row" if self.in_data => {
                        self.row = row_number(&element, self.row)?;
                        self.next_column = 0;
                        let row = self.row;
                        self.ranges.retain(|range| range.last_row() >= row);
                    }
                    "c" if self.in_data => {
                        let cell = open_cell(&element, self.row, self.next_column)?;
                        self.next_column = cell.column + 1;
                        self.read_cell(cell)?;
                    }
                    _ => {}
                },
                Node::End(end) if end.name() == "row" && self.in_data => {
                    if let Some(row) = self.builder.finish(self.row) {
                        return Ok(Some(row));
                    }
                }
                Node::End(end) if end.name() == "sheetData" => self.in_data = false,
                Node::Eof => return Ok(None),
                Node::End(_) | Node::Text(_) | Node::Other => {}
            }
        }
    }

    /// Reads up to the end of the cell.
    fn read_cell(&mut self, mut cell: Open) -> Result<(), SheetError> {
        let place = Place::cell(self.row, cell.column);
        loop {
            match self.xml.next()? {
                Node::Start(element) => match element.name() {
                    "v" => cell.in_value = true,
                    "f" => {
                        cell.in_formula = true;
                        cell.formula.get_or_insert_with(|| "=".to_owned());
                        if let Some(range) = array_range(&element) {
                            let count = self.ranges.len() as u64 + 1;
                            self.bounds
                                .hold(Bound::FormulaRanges, count)
                                .map_err(|exceeded| exceeded.at(place.clone()))?;
                            self.ranges.push(range);
                        }
                    }
                    name => cell.text.start(name),
                },
                Node::Text(text) => {
                    if cell.in_value {
                        cell.text.buffer.push_str(&text);
                    } else if !cell.in_formula {
                        cell.text.text(&text);
                    } else if let Some(formula) = &mut cell.formula {
                        formula.push_str(&text);
                    }
                    let length = cell.text.buffer.len().max(cell.formula.as_ref().map_or(0, String::len)) as u64;
                    self.bounds.hold(Bound::CellBytes, length).map_err(|exceeded| exceeded.at(place.clone()))?;
                }
                Node::End(end) => match end.name() {
                    "v" => cell.in_value = false,
                    "f" => cell.in_formula = false,
                    "c" => break,
                    name => cell.text.end(name),
                },
                Node::Other => {}
                Node::Eof => return Ok(()),
            }
        }
        let covered = self.ranges.iter().any(|range| range.contains(cell.column, self.row));
        let value = match cell.formula.take() {
            Some(formula) => Cell::Formula(formula),
            None if covered => Cell::Formula("=".to_owned()),
            None => self.values.read(&cell, &self.bounds, &place)?,
        };
        self.builder.set(self.row, cell.column, value)
    }
}

impl Values {
    /// The value of a cell without formula.
    fn read(&self, cell: &Open, bounds: &Bounds, place: &Place) -> Result<Cell, SheetError> {
        let raw = cell.text.buffer.as_str();
        let malformed = |what: String| SheetError::malformed(what, place.clone());
        if raw.is_empty() {
            return Ok(Cell::Empty);
        }
        Ok(match cell.kind {
            Type::Shared => {
                let index = raw.trim().parse().ok();
                let text = index.and_then(|index| self.shared.get(index));
                let text = text.ok_or_else(|| malformed("the cell refers to a string that isn't there".into()))?;
                bounds.hold(Bound::CellBytes, text.len() as u64).map_err(|exceeded| exceeded.at(place.clone()))?;
                Cell::from_text(text)
            }
            Type::Text => Cell::from_text(&unescape(raw)),
            Type::Bool => Cell::Text(if matches!(raw.trim(), "1" | "true") { "TRUE" } else { "FALSE" }.to_owned()),
            Type::Error => Cell::Error(raw.to_owned()),
            Type::IsoDate => Cell::from_text(raw),
            Type::Number => {
                let shown = match self.styles.shown(cell.style) {
                    Shown::Date => formats::date(raw, self.from_1904),
                    Shown::Filled(digits) => formats::filled(raw, digits),
                    Shown::Number => None,
                };
                let text = shown.or_else(|| formats::number(raw));
                Cell::Text(text.ok_or_else(|| malformed("the cell holds no number where one is declared".into()))?)
            }
            Type::Unknown => return Err(malformed("the cell is of a type that the format doesn't have".into())),
        })
    }
}

/// Rows may leave out their number, and then follow the one before.
fn row_number(element: &Element<'_>, before: u32) -> Result<u32, SheetError> {
    let number = match element.attribute("r") {
        Some(number) => number.parse().ok(),
        None => Some(before + 1),
    };
    number
        .filter(|number| (before + 1..=LAST_ROW).contains(number))
        .ok_or_else(|| SheetError::malformed("the rows are not in order", Place::row(before + 1)))
}

fn open_cell(element: &Element<'_>, row: u32, next_column: u32) -> Result<Open, SheetError> {
    let mut cell = Open { column: next_column, ..Open::default() };
    for (name, value) in element.attributes() {
        match name {
            "r" => {
                let (column, _) = place::cell(&value)
                    .filter(|(_, at)| *at == row)
                    .ok_or_else(|| SheetError::malformed("a cell is not where it says", Place::row(row)))?;
                cell.column = column;
            }
            "t" => cell.kind = Type::from_name(&value),
            "s" => cell.style = value.parse().unwrap_or_default(),
            _ => {}
        }
    }
    Ok(cell)
}

/// The cells that an array formula or a data table covers. Shared formulas stand in each of their cells.
fn array_range(element: &Element<'_>) -> Option<Range> {
    let spreads = matches!(element.attribute("t").as_deref(), Some("array" | "dataTable"));
    element
        .attribute("ref")
        .filter(|_| spreads)
        .and_then(|range| Range::parse(&range))
        .filter(|range| !range.is_single())
}
