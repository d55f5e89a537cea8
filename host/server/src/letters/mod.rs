//! What the host writes to people: every letter, in every language, as mail (plain text and HTML) and as SMS.
//!
//! A language is one file with one function that matches all letters, so that one that is missing does not
//! compile. Owns the words and how values are put between them; must not know who is written to, or how a
//! letter travels.
//!
//! ```
//! use usher_server::letters::{Language, Letter};
//!
//! let letter = Letter::OneTimeCode { sender: "Acme", code: "123456" };
//! let written = letter.written(Language::choose([Some("fr-CA"), Some("de")]));
//! assert_eq!(written.subject, "Votre code pour Acme");
//! assert!(written.text.contains("\n123456\n"));
//! ```

mod de;
mod en;
mod es;
mod fr;
mod page;
mod pt;
mod zh;

use page::Words;
pub use page::Written;
use usher_domain::proof::CODE_HOLDS_FOR;
use usher_domain::time::MINUTE;

const _: () = assert!(CODE_HOLDS_FOR == 10 * MINUTE, "letters and pages say ten minutes, in every language");

/// A language that letters are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English: whoever asks for a language that is none of these reads it.
    English,
    /// German.
    German,
    /// French.
    French,
    /// Spanish.
    Spanish,
    /// Portuguese.
    Portuguese,
    /// Chinese, in simplified characters.
    Chinese,
}

impl Language {
    /// All of them.
    pub const ALL: [Language; 6] = [
        Language::English,
        Language::German,
        Language::French,
        Language::Spanish,
        Language::Portuguese,
        Language::Chinese,
    ];

    /// The first of the tags (BCP 47) that letters are written in, else English (R13): the reader's own
    /// first, then their organisation's.
    pub fn choose<'a>(tags: impl IntoIterator<Item = Option<&'a str>>) -> Language {
        tags.into_iter().flatten().find_map(Language::of).unwrap_or(Language::English)
    }

    fn of(tag: &str) -> Option<Language> {
        let primary = tag.split('-').next().unwrap_or_default();
        Language::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// Its tag (BCP 47).
    pub const fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::German => "de",
            Language::French => "fr",
            Language::Spanish => "es",
            Language::Portuguese => "pt",
            Language::Chinese => "zh",
        }
    }
}

/// Declares the letters, each with its name for reports, and lists the names.
macro_rules! letters {
    ($($(#[$doc:meta])* $letter:ident = $name:literal { $($(#[$value_doc:meta])* $value:ident: $kind:ty,)+ })+) => {
        /// What is written. Values are put in as they are: no letter can be bent by one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Letter<'a> {
            $($(#[$doc])* $letter { $($(#[$value_doc])* $value: $kind,)+ },)+
        }

        impl Letter<'_> {
            /// Names of all letters.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// Which letter it is, for reports: what it says stays between host and reader.
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Letter::$letter { .. } => $name,)+
                }
            }
        }
    };
}

letters! {
    /// A code that proves an address or a phone (R22).
    OneTimeCode = "one_time_code" {
        /// In whose name.
        sender: &'a str,
        /// Eight digits.
        code: &'a str,
    }
    /// A personal invitation (R13, R14).
    Invitation = "invitation" {
        /// Into which organisation.
        organisation: &'a str,
        /// Its link.
        link: &'a str,
        /// Eight letters.
        code: &'a str,
    }
    /// An admin entered them (R13).
    Added = "added" {
        /// To which organisation.
        organisation: &'a str,
        /// Whom.
        name: &'a str,
        /// By which they accept or decline (R22).
        link: &'a str,
    }
    /// They were told before, and have not come yet (R31).
    Reminder = "reminder" {
        /// To which organisation.
        organisation: &'a str,
        /// Whom.
        name: &'a str,
        /// By which they accept or decline (R22).
        link: &'a str,
    }
    /// A request waits for the reader's answer (R17).
    RequestWaits = "request_waits" {
        /// For which organisation.
        organisation: &'a str,
        /// Which request.
        request: &'a str,
        /// A link by which the reader alone answers it.
        answer: &'a str,
    }
    /// A request was not answered by others, and waits for the reader's answer (R17).
    RequestEscalated = "request_escalated" {
        /// For which organisation.
        organisation: &'a str,
        /// Which request.
        request: &'a str,
        /// A link by which the reader alone answers it.
        answer: &'a str,
    }
    /// Accounts and first passwords of the reader's import can be had for two hours at most (R29).
    ImportCloses = "import_closes" {
        /// Into which organisation.
        organisation: &'a str,
        /// Which import.
        import: &'a str,
    }
    /// The reader's request waits for an approval (R17).
    RequestPending = "request_pending" {
        /// Of which organisation.
        organisation: &'a str,
    }
    /// The reader's request was answered (R17).
    RequestAnswered = "request_answered" {
        /// By which organisation.
        organisation: &'a str,
        /// Whether they are in.
        approved: bool,
    }
    /// The reader's request waited for so long that it ended (R30).
    RequestExpired = "request_expired" {
        /// With which organisation.
        organisation: &'a str,
    }
}

impl Letter<'_> {
    /// The letter in a language.
    pub fn written(&self, language: Language) -> Written {
        let words: Words = match language {
            Language::English => en::words(self),
            Language::German => de::words(self),
            Language::French => fr::words(self),
            Language::Spanish => es::words(self),
            Language::Portuguese => pt::words(self),
            Language::Chinese => zh::words(self),
        };
        words.written(language.tag())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What would end a header, open a tag or close an attribute.
    const HOSTILE: &str = "\r\nBcc: eve@example.com\r\n\r\n<script>\"'&\u{2028}";

    /// Each letter with its values, none of which is part of another or of the words.
    fn letters<'a>(one: &'a str, two: &'a str, three: &'a str) -> Vec<(Letter<'a>, Vec<&'a str>)> {
        let values = |count| [one, two, three].into_iter().take(count).collect();
        vec![
            (Letter::OneTimeCode { sender: one, code: two }, values(2)),
            (Letter::Invitation { organisation: one, link: two, code: three }, values(3)),
            (Letter::Added { organisation: one, name: two, link: three }, values(3)),
            (Letter::Reminder { organisation: one, name: two, link: three }, values(3)),
            (Letter::RequestWaits { organisation: one, request: two, answer: three }, values(3)),
            (Letter::RequestEscalated { organisation: one, request: two, answer: three }, values(3)),
            (Letter::ImportCloses { organisation: one, import: two }, values(2)),
            (Letter::RequestPending { organisation: one }, values(1)),
            (Letter::RequestExpired { organisation: one }, values(1)),
            (Letter::RequestAnswered { organisation: one, approved: true }, values(1)),
            (Letter::RequestAnswered { organisation: one, approved: false }, values(1)),
        ]
    }

    #[test]
    fn r13_every_letter_has_every_value_in_every_language_and_says_something_of_its_own() {
        let mut seen = std::collections::BTreeSet::new();
        let looked_at: std::collections::BTreeSet<_> =
            letters("", "", "").iter().map(|(letter, _)| letter.name()).collect();
        assert!(looked_at.iter().eq(std::collections::BTreeSet::from_iter(Letter::NAMES).into_iter()), "{looked_at:?}");
        for language in Language::ALL {
            for (letter, values) in letters("QQ1QQ", "QQ2QQ", "QQ3QQ") {
                let written = letter.written(language);
                for value in &values {
                    assert!(written.text.contains(value), "{letter:?} in {language:?} lacks {value}: {written:?}");
                    assert!(written.html.contains(value), "{letter:?} in {language:?} lacks {value}: {written:?}");
                }
                assert!(written.subject.contains("QQ1QQ"), "{letter:?} in {language:?}: {written:?}");
                // What is to be done with it comes last: the code, the link.
                let last = values.last().expect("a value");
                assert!(written.sms.contains(last), "{letter:?} in {language:?} lacks {last}: {written:?}");
                assert!(written.html.contains(&format!("<html lang=\"{}\">", language.tag())));
                assert!(seen.insert(written.text), "{letter:?} in {language:?} is another one's text");
                assert!(seen.insert(written.sms), "{letter:?} in {language:?} is another one's SMS");
            }
        }
    }

    #[test]
    fn no_value_becomes_a_header_or_a_tag() {
        for language in Language::ALL {
            let plain = letters("", "", "");
            let bent = letters(HOSTILE, HOSTILE, HOSTILE);
            for ((plain, _), (bent, _)) in plain.into_iter().zip(bent) {
                let (plain, bent) = (plain.written(language), bent.written(language));
                assert!(!bent.subject.chars().any(char::is_control), "{:?}", bent.subject);
                assert_eq!(bent.sms.lines().count(), plain.sms.lines().count(), "{:?}", bent.sms);
                let tags = |html: &str| html.matches(['<', '"']).count();
                assert_eq!(tags(&bent.html), tags(&plain.html), "{}", bent.html);
                assert!(bent.html.contains("&lt;script&gt;&quot;&#39;&amp;"), "{}", bent.html);
                assert_eq!(bent.text.lines().count(), plain.text.lines().count(), "{:?}", bent.text);
            }
        }
    }

    #[test]
    fn r13_the_readers_language_then_the_organisations_then_english() {
        let check = |own: Option<&str>, organisation: &str, expected: Language| {
            assert_eq!(Language::choose([own, Some(organisation)]), expected, "{own:?}, {organisation}");
        };
        check(Some("pt-BR"), "de", Language::Portuguese);
        check(Some("ZH-Hant-TW"), "de", Language::Chinese);
        check(None, "de-AT", Language::German);
        check(Some("nl"), "fr", Language::French);
        check(Some("nl"), "da", Language::English);
    }

    #[test]
    fn an_sms_with_a_code_fits_into_one() {
        for language in Language::ALL {
            let written = Letter::OneTimeCode { sender: "Acme", code: "123456" }.written(language);
            // Outside the alphabet of GSM 03.38 one SMS has 70 characters.
            let most = if written.sms.is_ascii() { 160 } else { 70 };
            assert!(written.sms.chars().count() <= most, "{language:?}: {}", written.sms);
        }
    }
}
