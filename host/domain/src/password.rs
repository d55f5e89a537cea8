//! Passwords: what may be one, and the ones the host makes (R10).
//!
//! Owns length and form. Must not know how a password is kept or compared.

use unicode_normalization::UnicodeNormalization as _;

/// Fewest characters. A password is mostly the only factor; NIST SP 800-63B wants at least 8 and no rules about
/// kinds of characters.
pub const MIN_CHARS: usize = 12;
/// Most characters (NIST SP 800-63B: at least 64 must be taken); also bounds what a guess can cost.
pub const MAX_CHARS: usize = 128;

/// Letters and digits that nobody mistakes for one another: a generated password is read out and typed.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz123456789";
const GROUPS: usize = 4;
const GROUP_CHARS: usize = 4;
/// Random bytes of a generated password, one for each character: 80 bits of choice.
pub const GENERATED_ENTROPY: usize = GROUPS * GROUP_CHARS;

/// Why a text is no password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a password has {MIN_CHARS} to {MAX_CHARS} characters and no control characters: some words in a row are good")]
pub struct PasswordError;

/// A password as it is compared: in NFC, so that every keyboard types the same. Its debug form hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// A password that somebody chose.
    pub fn chosen(text: &str) -> Result<Self, PasswordError> {
        let typed = Self::typed(text).ok_or(PasswordError)?;
        if typed.0.chars().count() >= MIN_CHARS { Ok(typed) } else { Err(PasswordError) }
    }

    /// A password that somebody typed to prove who they are; none if it can be nobody's.
    pub fn typed(text: &str) -> Option<Self> {
        // Before normalising, which is work: a character has at most four bytes and NFC mostly shortens.
        if text.len() > 4 * MAX_CHARS {
            return None;
        }
        let text: String = text.nfc().collect();
        let fits = text.chars().count() <= MAX_CHARS && !text.chars().any(char::is_control);
        fits.then_some(Self(text))
    }

    /// A password out of random bytes, as `k7mq-2f9x-wd3c-h8rp`.
    pub fn generate(entropy: [u8; GENERATED_ENTROPY]) -> Self {
        let letter = |byte: &u8| char::from(ALPHABET[usize::from(byte % 32)]);
        let groups = entropy.chunks(GROUP_CHARS).map(|group| group.iter().map(letter).collect::<String>());
        Self(groups.collect::<Vec<_>>().join("-"))
    }

    /// What is hashed.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The text, to be shown once to whoever hands it over.
    pub fn reveal(self) -> String {
        self.0
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r10_what_may_be_a_password() {
        let check = |text: &str, chosen: bool| assert_eq!(Password::chosen(text).is_ok(), chosen, "{text}");
        check("twelve chars", true);
        check("eleven char", false);
        check("", false);
        check(&"x".repeat(MAX_CHARS), true);
        check(&"x".repeat(MAX_CHARS + 1), false);
        check(&"x".repeat(5 * MAX_CHARS), false);
        check("with a\nline break", false);
        check("прекрасный день", true);
    }

    #[test]
    fn every_keyboard_types_the_same() {
        let composed = Password::chosen("caf\u{e9} au lait, s'il").unwrap();
        assert_eq!(composed, Password::chosen("cafe\u{301} au lait, s'il").unwrap());
        assert_eq!(format!("{composed:?}"), "Password(…)");
    }

    #[test]
    fn r10_generated_passwords_may_be_chosen_too() {
        let distinct: std::collections::BTreeSet<u8> = ALPHABET.iter().copied().collect();
        assert_eq!(distinct.len(), ALPHABET.len());
        let password = Password::generate(std::array::from_fn(|n| u8::try_from(n * 15).unwrap()));
        assert_eq!(password.clone().reveal().len(), GENERATED_ENTROPY + GROUPS - 1);
        assert_eq!(Password::chosen(&password.clone().reveal()), Ok(password));
    }
}
