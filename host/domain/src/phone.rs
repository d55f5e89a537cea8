//! Phone numbers in E.164.
//!
//! Owns their one form. Must not know whether a number is in service.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A text that is no phone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a phone number is `+`, the country's code and the number, 8 to 15 digits in all, as `+4915112345678`")]
pub struct PhoneError;

/// A phone number: `+` and 8 to 15 digits, the first not 0 (E.164).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phone(String);

impl Phone {
    /// The number, with its `+`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it begins with one of the prefixes (`+91`), which stand for regions (R12).
    pub fn is_in(&self, prefixes: &[String]) -> bool {
        prefixes.iter().any(|prefix| self.0.starts_with(prefix.as_str()))
    }
}

impl FromStr for Phone {
    type Err = PhoneError;

    /// Spaces, dots, dashes, slashes and brackets between digits are how people write; they do not count.
    fn from_str(text: &str) -> Result<Self, PhoneError> {
        let number: String = text.trim().chars().filter(|c| !" .-/()".contains(*c)).collect();
        let digits = number.strip_prefix('+').ok_or(PhoneError)?;
        let fits = (8..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0');
        if fits { Ok(Self(number)) } else { Err(PhoneError) }
    }
}

impl TryFrom<String> for Phone {
    type Error = PhoneError;

    fn try_from(text: String) -> Result<Self, PhoneError> {
        text.parse()
    }
}

impl From<Phone> for String {
    fn from(phone: Phone) -> Self {
        phone.0
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_form_for_however_it_is_written() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(text.parse::<Phone>().ok().as_ref().map(Phone::as_str), expected, "{text}");
        };
        check("+49 (151) 1234-5678", Some("+4915112345678"));
        check(" +1 212.555.0100 ", Some("+12125550100"));
        check("0151 12345678", None);
        check("+0151123456", None);
        check("+49151", None);
        check("+4915112345678901", None);
        check("+49x1512345678", None);
        check("", None);
    }
}
