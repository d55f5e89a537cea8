//! Formula injection: in CSV, text that a spreadsheet program would run is written behind an apostrophe, and read back
//! without it.
//!
//! There is no exception for telephone numbers: a spreadsheet program turns a bare `+491701234567` into the number
//! 491701234567, while `'+491701234567` survives being opened and saved there. Our own reader takes the apostrophe
//! off, so that what is written is what is read. It does so in workbooks too: a CSV file opened in a program and saved
//! as a workbook has the apostrophes in its cells. Written workbooks need none, as a string cell is never run.

use std::borrow::Cow;

/// Whether a spreadsheet program may run, or trip over, text that begins so. The full-width forms are normalised by
/// some East Asian editions.
fn is_dangerous(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

/// Text with as many apostrophes as it has, before something dangerous.
fn is_guarded(text: &str) -> bool {
    is_dangerous(text.trim_start_matches('\''))
}

/// Whether text stands in a CSV cell as it is: no spreadsheet program would run it.
#[must_use]
pub fn stands_as_it_is(text: &str) -> bool {
    !is_guarded(text)
}

/// The text as it is safe in a CSV cell.
pub(crate) fn guard(text: &str) -> Cow<'_, str> {
    if is_guarded(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// The text as a workbook's string cell holds it: only what looks guarded needs to be.
pub(crate) fn guard_string_cell(text: &str) -> Cow<'_, str> {
    if text.starts_with('\'') { guard(text) } else { Cow::Borrowed(text) }
}

/// The text that [`guard`] was given: exactly one apostrophe less where it may have put one.
pub(crate) fn unguard(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if is_guarded(rest) => rest,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dangerous_text_is_guarded_and_comes_back() {
        let check = |text: &str, expected: &str| {
            assert_eq!(guard(text), expected);
            assert_eq!(unguard(expected), text);
        };
        check("", "");
        check("Ada", "Ada");
        check("=1+1", "'=1+1");
        check("+49 170 1234567", "'+49 170 1234567");
        check("-5", "'-5");
        check("@SUM(A1)", "'@SUM(A1)");
        check("\t=1", "'\t=1");
        check("\r=1", "'\r=1");
        check("＝1", "'＝1");
        check("'=1", "''=1");
        check("''=1", "'''=1");
        check("'t Hooft", "'t Hooft");
        check("a=b", "a=b");
    }
}
