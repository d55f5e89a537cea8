//! Which characters people see, and which change what they see around them.
//!
//! Owns the list of characters that no name may hold, since with them one name can be shown as another. Must not know
//! what names are of.

/// Characters that show nothing or move what is beside them, first and last of each range (Unicode 16, general
/// categories Cf, Zl and Zp, and `Default_Ignorable_Code_Point`), but for those of [`JOINING`], and for the marks that
/// span numbers and abbreviations (`Prepended_Concatenation_Mark`, and U+070F): these are of Cf, and seen.
const HIDDEN: &[(char, char)] = &[
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180e}', '\u{180e}'),
    ('\u{200b}', '\u{200b}'),
    ('\u{200e}', '\u{200f}'),
    // Separators of lines and paragraphs, embeddings and overrides.
    ('\u{2028}', '\u{202e}'),
    // Word joiner, operators without a sign, isolates.
    ('\u{2060}', '\u{206f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    // Tags; behind them, up to the end of the plane, selectors of variants alone are assigned.
    ('\u{e0000}', '\u{e00ff}'),
    ('\u{e01f0}', '\u{e0fff}'),
];

/// Characters that show nothing themselves, but that scripts need between others: the joiners of Persian, of Indic
/// scripts and of emoji, the selectors of variants of Mongolian, of emoji and of Japanese names, the blank of Braille,
/// and what puts hieroglyphs together.
const JOINING: &[(char, char)] = &[
    ('\u{180b}', '\u{180d}'),
    ('\u{180f}', '\u{180f}'),
    ('\u{200c}', '\u{200d}'),
    ('\u{2800}', '\u{2800}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{e0100}', '\u{e01ef}'),
];

/// Whether a character is a control character, shows nothing, breaks the line or turns the direction: no name needs it.
pub fn is_hidden(character: char) -> bool {
    character.is_control() || is_among(HIDDEN, character)
}

/// Whether a text has a character to be seen, and none that is hidden.
pub fn is_plain(text: &str) -> bool {
    let shows = |character: char| !character.is_whitespace() && !is_among(JOINING, character);
    text.chars().any(shows) && !text.chars().any(is_hidden)
}

fn is_among(ranges: &[(char, char)], character: char) -> bool {
    ranges.iter().any(|(first, last)| (*first..=*last).contains(&character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_all_scripts_are_plain() {
        let check = |text: &str| assert!(is_plain(text), "{text:?}");
        check("Ada Lovelace");
        check("Zoë Ångström");
        check("Иван");
        check("王小明");
        check("דוד כהן");
        check("محمد علی");
        // Persian with a non-joiner, Sinhala and emoji with a joiner, a variant of a Japanese name, a combining mark.
        check("نرگس\u{200c}سادات");
        check("ශ්\u{200d}රී");
        check("👩\u{200d}💻 ❤\u{fe0f}");
        check("葛\u{e0100}城");
        check("Cafe\u{301}");
        check("\u{2801}\u{2819}\u{2801}\u{2800}\u{2807}");
        check("\u{13153}\u{13430}\u{1309d}");
    }

    #[test]
    fn what_cannot_be_seen_or_turns_the_rest_is_not_plain() {
        let check = |text: &str| assert!(!is_plain(text), "{text:?}");
        check("");
        check("\u{a0}");
        check("a\nb");
        check("a\u{1b}[31m");
        check("\u{200b}");
        check("Sales\u{200b}");
        check("Ev \u{202e}elpmaxe.etik@toor\u{202c}");
        check("\u{2067}Ada\u{2069}");
        check("Root\u{2028}Approved");
        check("Root\u{2029}");
        check("Ada\u{200e}");
        check("\u{feff}Ada");
        check("So\u{ad}fia");
        check("\u{3164}");
        check("\u{115f}\u{1160}");
        check("Ada\u{e0041}");
        // What joins others is nothing alone.
        check("\u{200d}\u{200c}");
        check(" \u{fe0f}");
        check("\u{2800}\u{2800}");
        check("\u{13430}");
    }
}
