//! What strangers wrote, as it may stand on a terminal: names, reasons, what policies log.
//!
//! Owns that nothing in it breaks the line that it stands in, turns it, or drives the terminal. JSON is for programs,
//! and holds it as it is.

use std::borrow::Cow;

use usher_domain::visible::is_hidden;

/// The text in one line, with what nobody would see of it as `\u{…}`.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let shown = |character: char| match is_hidden(character) {
        true => character.escape_unicode().to_string(),
        false => character.to_string(),
    };
    Cow::Owned(text.chars().map(shown).collect())
}

/// The text in its own lines, all but the first moved in by so many columns.
pub(crate) fn visible_lines(text: &str, indent: usize) -> String {
    let lines: Vec<_> = text.split('\n').map(visible).collect();
    lines.join(&format!("\n{:indent$}", ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_would_see_is_shown() {
        let check = |text: &str, line: &str, lines: &str| {
            assert_eq!((visible(text).as_ref(), visible_lines(text, 2).as_str()), (line, lines));
        };
        check("Zoë", "Zoë", "Zoë");
        check("Ev \u{202e}evE", r"Ev \u{202e}evE", r"Ev \u{202e}evE");
        check("\u{1b}[31mred", r"\u{1b}[31mred", r"\u{1b}[31mred");
        check("Root\u{2028}Approved", r"Root\u{2028}Approved", r"Root\u{2028}Approved");
        check("a\nb\r\n", r"a\u{a}b\u{d}\u{a}", "a\n  b\\u{d}\n  ");
    }
}
