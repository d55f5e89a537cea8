//! From a stored number to the text a person means by it: which styles are dates or have zeros in front, dates by
//! their serial number, and numbers without exponent.

use std::collections::HashMap;
use std::io::Read;

use jiff::ToSpan;
use jiff::civil::{Date, Time};

use super::xml::{Node, Xml};
use crate::bounds::{Bound, Bounds};
use crate::error::{Place, SheetError};

/// Most digits that a number is filled up to with zeros.
const MAX_FILLED: usize = 64;

/// As what a number format shows a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Shown {
    /// A number.
    #[default]
    Number,
    /// A date or time.
    Date,
    /// A whole number of so many digits at least, zeros in front: what `00000` does to codes and personnel numbers.
    Filled(usize),
}

/// As what each cell style shows a number.
#[derive(Debug, Default)]
pub(super) struct Styles {
    cells: Vec<Shown>,
}

impl Styles {
    pub(super) fn shown(&self, style: usize) -> Shown {
        self.cells.get(style).copied().unwrap_or_default()
    }

    pub(super) fn read<S: Read>(xml: &mut Xml<S>, part: &str, bounds: &Bounds) -> Result<Self, SheetError> {
        let at = |exceeded: crate::bounds::Exceeded| exceeded.at(Place::part(part));
        let mut styles = Self::default();
        let (mut formats, mut own, mut in_cells) = (0_u64, HashMap::new(), false);
        loop {
            match xml.next()? {
                Node::Start(element) => {
                    let format = || element.attribute("numFmtId").and_then(|id| id.parse::<u32>().ok());
                    match element.name() {
                        "numFmt" => {
                            formats += 1;
                            bounds.hold(Bound::Styles, formats).map_err(at)?;
                            own.extend(format().zip(element.attribute("formatCode").map(|code| shown_by(&code))));
                        }
                        "cellXfs" => in_cells = true,
                        "xf" if in_cells => {
                            bounds.hold(Bound::Styles, styles.cells.len() as u64 + 1).map_err(at)?;
                            styles.cells.push(match format() {
                                Some(id) if is_builtin_date(id) => Shown::Date,
                                Some(id) => own.get(&id).copied().unwrap_or_default(),
                                None => Shown::Number,
                            });
                        }
                        _ => {}
                    }
                }
                Node::End(end) if end.name() == "cellXfs" => in_cells = false,
                Node::Eof => return Ok(styles),
                Node::End(_) | Node::Text(_) | Node::Other => {}
            }
        }
    }
}

/// Number formats that every program has (ECMA-376 part 1, 18.8.30), the East Asian ones included.
fn is_builtin_date(id: u32) -> bool {
    matches!(id, 14..=22 | 27..=36 | 45..=47 | 50..=58)
}

fn shown_by(code: &str) -> Shown {
    let digits = code.len();
    match code {
        _ if (2..=MAX_FILLED).contains(&digits) && code.bytes().all(|byte| byte == b'0') => Shown::Filled(digits),
        _ if shows_date(code) => Shown::Date,
        _ => Shown::Number,
    }
}

/// Whether a format code has a day, month, year, hour, minute or second outside quotes, escapes and brackets.
fn shows_date(code: &str) -> bool {
    let mut characters = code.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => while characters.next().is_some_and(|next| next != '"') {},
            '[' => while characters.next().is_some_and(|next| next != ']') {},
            '\\' | '_' | '*' => drop(characters.next()),
            'd' | 'D' | 'm' | 'M' | 'y' | 'Y' | 'h' | 'H' | 's' | 'S' => return true,
            _ => {}
        }
    }
    false
}

/// A stored number as a person reads it: no exponent, no more than the 15 digits that spreadsheet programs keep.
/// Nothing if it is no number.
pub(super) fn number(raw: &str) -> Option<String> {
    let raw = raw.trim();
    let digits = raw.strip_prefix('-').unwrap_or(raw);
    if (1..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(raw.to_owned());
    }
    let value: f64 = raw.parse().ok().filter(|value: &f64| value.is_finite())?;
    let rounded: f64 = format!("{value:.14e}").parse().ok()?;
    Some(rounded.to_string())
}

/// [`number`] with zeros in front, up to so many digits; one that is not whole stays as it is.
pub(super) fn filled(raw: &str, digits: usize) -> Option<String> {
    let plain = number(raw)?;
    let (sign, whole) = plain.split_at(usize::from(plain.starts_with('-')));
    let is_whole = whole.bytes().all(|byte| byte.is_ascii_digit());
    Some(if is_whole { format!("{sign}{whole:0>digits$}") } else { plain })
}

/// A serial number as a date, a time, or both: `2026-03-31`, `08:30:00`, `2026-03-31T08:30:00`. Nothing if it is out
/// of the range of dates. `from_1904`: the calendar of old Macintosh workbooks.
pub(super) fn date(raw: &str, from_1904: bool) -> Option<String> {
    let serial: f64 = raw.trim().parse().ok().filter(|serial| (0.0..2_958_466.0).contains(serial))?;
    #[expect(clippy::cast_possible_truncation, reason = "within the range just checked")]
    let seconds = (serial * 86_400.0).round() as i64;
    let (days, seconds) = (seconds / 86_400, seconds % 86_400);
    let time = Time::midnight().checked_add(seconds.seconds()).ok()?;
    if days == 0 && !from_1904 {
        return Some(time.to_string());
    }
    let day = match (from_1904, days) {
        (true, _) => Date::constant(1904, 1, 1).checked_add(days.days()).ok()?.to_string(),
        // The format counts a day that never was, as Lotus 1-2-3 did.
        (false, 60) => "1900-02-29".to_owned(),
        (false, ..60) => Date::constant(1899, 12, 31).checked_add(days.days()).ok()?.to_string(),
        (false, _) => Date::constant(1899, 12, 30).checked_add(days.days()).ok()?.to_string(),
    };
    Some(if seconds == 0 { day } else { format!("{day}T{time}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_what_a_person_typed() {
        let check = |raw: &str, expected: Option<&str>| assert_eq!(number(raw).as_deref(), expected, "{raw}");
        check("491701234567", Some("491701234567"));
        check("4.91701234567E+11", Some("491701234567"));
        check("4.91701234567e11", Some("491701234567"));
        check("-7", Some("-7"));
        check("0.30000000000000004", Some("0.3"));
        check("1.5", Some("1.5"));
        check("12345678901234567", Some("12345678901234600"));
        check("3.0", Some("3"));
        check("inf", None);
        check("NaN", None);
        check("1e999", None);
        check("", None);
        check("abc", None);
    }

    #[test]
    fn serial_numbers_are_dates() {
        let check = |raw: &str, from_1904, expected: Option<&str>| {
            assert_eq!(date(raw, from_1904).as_deref(), expected, "{raw}");
        };
        check("1", false, Some("1900-01-01"));
        check("59", false, Some("1900-02-28"));
        check("60", false, Some("1900-02-29"));
        check("61", false, Some("1900-03-01"));
        check("46112", false, Some("2026-03-31"));
        check("46112.354166666664", false, Some("2026-03-31T08:30:00"));
        check("0.354166666666667", false, Some("08:30:00"));
        check("44650", true, Some("2026-03-31"));
        check("2958465", false, Some("9999-12-31"));
        check("2958466", false, None);
        check("2958465.9999999", false, None);
        check("-1", false, None);
        check("NaN", false, None);
    }

    #[test]
    fn a_whole_number_is_filled_up_with_zeros() {
        let check = |raw: &str, digits, expected: Option<&str>| {
            assert_eq!(filled(raw, digits).as_deref(), expected, "{raw}");
        };
        check("123", 5, Some("00123"));
        check("1.23E2", 5, Some("00123"));
        check("123456", 5, Some("123456"));
        check("-7", 3, Some("-007"));
        check("1.5", 5, Some("1.5"));
        check("abc", 5, None);
    }

    #[test]
    fn format_codes_tell_dates_and_filled_numbers_from_others() {
        let check = |code: &str, expected| assert_eq!(shown_by(code), expected, "{code}");
        check("yyyy\\-mm\\-dd", Shown::Date);
        check("[$-407]d. mmmm yyyy;@", Shown::Date);
        check("h:mm AM/PM", Shown::Date);
        check("00000", Shown::Filled(5));
        check("00", Shown::Filled(2));
        check(&"0".repeat(MAX_FILLED + 1), Shown::Number);
        check("0", Shown::Number);
        check("", Shown::Number);
        check("General", Shown::Number);
        check("0.00E+00", Shown::Number);
        check("#,##0.00 \"USD days\"", Shown::Number);
        check("[Red]0", Shown::Number);
        check("@", Shown::Number);
        check("0\\d", Shown::Number);
    }
}
