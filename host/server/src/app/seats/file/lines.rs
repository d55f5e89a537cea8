//! The sheet: which columns there are, and what a row says. Must not know the organisation.

use std::io::Cursor;

use usher_domain::import::Note;
use usher_sheets::{Bounds, Reader, Row};

use super::{FileError, MAX_ROWS};

/// Title of the column that names the plan.
pub const PLAN: &str = "Plan";
/// Title of the column that names the member.
pub const MEMBER: &str = "Member";
/// Title of the column that says how the member has the seat; only exported sheets have it.
pub const SEAT: &str = "Seat";
/// What stands under `Seat` where the member waits for one.
pub const WAITING: &str = "waiting";
/// Longest text of a cell that can name something, in bytes.
const MAX_CELL_BYTES: usize = 400;

/// What one row says.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its number in the sheet.
    pub row: u32,
    /// What stands under `Plan`.
    pub plan: String,
    /// What stands under `Member`.
    pub member: String,
    /// Whether [`WAITING`] stands under `Seat`.
    pub waits: bool,
}

/// A row that cannot be read, and why.
pub type Unread = (u32, Note);

/// Reads all rows. Blocks.
pub fn read(bytes: Vec<u8>) -> Result<Vec<Result<Line, Unread>>, FileError> {
    let sheet = Reader::open(Cursor::new(bytes), Bounds::for_rows(MAX_ROWS))?;
    let (plan, member) = (column(sheet.header(), PLAN)?, column(sheet.header(), MEMBER)?);
    let seat = sheet.header().iter().position(|text| text.eq_ignore_ascii_case(SEAT));
    let line = |row: Row| -> Result<Line, Unread> {
        let at = |index, title| text(&row, index, title).map_err(|note| (row.number, note));
        let waits = seat.is_some_and(|seat| row.cell(seat).value() == Ok(WAITING));
        Ok(Line { row: row.number, plan: at(plan, PLAN)?, member: at(member, MEMBER)?, waits })
    };
    sheet.map(|row| Ok(line(row?))).collect()
}

fn column(header: &[String], title: &'static str) -> Result<usize, FileError> {
    let mut found = (0..).zip(header).filter(|(_, text)| text.eq_ignore_ascii_case(title)).map(|(index, _)| index);
    let index = found.next().ok_or(FileError::Missing(title))?;
    if found.next().is_some() { Err(FileError::Twice(title)) } else { Ok(index) }
}

fn text(row: &Row, index: usize, title: &str) -> Result<String, Note> {
    match row.cell(index).value() {
        Ok("") => Err(Note::new("empty", format!("the column {title} is empty: fill it in"))),
        Ok(text) if text.len() > MAX_CELL_BYTES => {
            Err(Note::new("too_long", format!("the column {title} holds more than {MAX_CELL_BYTES} bytes")))
        }
        Ok(text) => Ok(text.to_owned()),
        Err(none) => Err(Note::new(none.code(), format!("the column {title} {none}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r35_a_row_is_read_or_says_what_is_wrong_with_it() {
        let file = "Name,MEMBER,plan\nAda,ada@x.example,Team\nBob,,Team\nEve,eve@x.example,=A1\nDan,#N/A,Team\n";
        let lines = read(file.as_bytes().to_vec()).unwrap();
        let said: Vec<_> = lines
            .into_iter()
            .map(|line| match line {
                Ok(line) => format!("{} {} {}", line.row, line.member, line.plan),
                Err((row, note)) => format!("{row} {}", note.code),
            })
            .collect();
        assert_eq!(said, ["2 ada@x.example Team", "3 empty", "4 formula", "5 cell_error"]);
    }

    #[test]
    fn r35_columns_are_asked_for_by_name() {
        let check = |header: &str, expected: &str| {
            let error = read(format!("{header}\na,b,c\n").into_bytes()).unwrap_err().to_string();
            assert!(error.contains(expected), "{header}: {error}");
        };
        check("Plan,Name", "the column Member is missing");
        check("Member", "the column Plan is missing");
        check("Plan,Member,plan", "two columns Plan");
    }
}
