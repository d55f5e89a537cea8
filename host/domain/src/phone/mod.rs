//! Phone numbers in E.164.
//!
//! Owns their one form, and which country codes there are. Must not know whether a number is in service.

mod codes;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A text that is no phone number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// It is not written as one.
    #[error("a phone number is `+`, the country's code and the number, 8 to 15 digits in all, as `+4915112345678`")]
    Form,
    /// No country has its code.
    #[error("no country's code begins `{0}`: write the number as it is dialled from abroad, as `+4915112345678`")]
    Country(String),
    /// It cannot be one of North America's.
    #[error("a number under `+1` has ten digits, neither the area's nor the office's three beginning with 0 or 1")]
    NorthAmerica,
}

/// A phone number: `+` and 8 to 15 digits, the first not 0 (E.164).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phone(String);

impl Phone {
    /// The number, with its `+`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first of the regions that it is of.
    pub fn region_among<'a>(&self, regions: &'a [PhoneRegion]) -> Option<&'a PhoneRegion> {
        regions.iter().find(|region| self.0.starts_with(region.0.as_str()))
    }
}

/// Most digits of a region: country's and area's code.
const MAX_REGION_DIGITS: usize = 7;

/// A text that is no region of phone numbers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no region of phone numbers: `+`, the country's code and as much of the number as all of the region have in common, at most {MAX_REGION_DIGITS} digits, as `+91` or `+1204`"
)]
pub struct PhoneRegionError(String);

/// A region by what its phone numbers begin with (R12): `+91`, or `+1204` where countries share a code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneRegion(String);

impl FromStr for PhoneRegion {
    type Err = PhoneRegionError;

    fn from_str(text: &str) -> Result<Self, PhoneRegionError> {
        let digits = text.strip_prefix('+').unwrap_or_default();
        let fits = (1..=MAX_REGION_DIGITS).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0');
        if fits { Ok(Self(text.to_owned())) } else { Err(PhoneRegionError(text.chars().take(64).collect())) }
    }
}

impl TryFrom<String> for PhoneRegion {
    type Error = PhoneRegionError;

    fn try_from(text: String) -> Result<Self, PhoneRegionError> {
        text.parse()
    }
}

impl From<PhoneRegion> for String {
    fn from(region: PhoneRegion) -> Self {
        region.0
    }
}

impl fmt::Display for PhoneRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Phone {
    type Err = PhoneError;

    /// Spaces, dots, dashes, slashes and brackets between digits are how people write; they do not count.
    fn from_str(text: &str) -> Result<Self, PhoneError> {
        let phone = Self::formed(text)?;
        let digits = phone.0.trim_start_matches('+');
        if !codes::is_assigned(digits) {
            return Err(PhoneError::Country(phone.0.chars().take(4).collect()));
        }
        if digits.starts_with('1') && !is_north_american(digits) {
            return Err(PhoneError::NorthAmerica);
        }
        Ok(phone)
    }
}

impl Phone {
    fn formed(text: &str) -> Result<Self, PhoneError> {
        let number: String = text.trim().chars().filter(|c| !" .-/()".contains(*c)).collect();
        let digits = number.strip_prefix('+').ok_or(PhoneError::Form)?;
        let fits = (8..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0');
        if fits { Ok(Self(number)) } else { Err(PhoneError::Form) }
    }
}

/// Whether it is `1`, three digits of an area, three of an office and four more, as some twenty countries share them.
fn is_north_american(digits: &str) -> bool {
    let begins = |at: usize| digits.as_bytes().get(at).is_some_and(|digit| (b'2'..=b'9').contains(digit));
    digits.len() == 11 && begins(1) && begins(4)
}

impl TryFrom<String> for Phone {
    type Error = PhoneError;

    /// What is stored was taken when it came: that a country code has ended since makes no record unreadable.
    fn try_from(text: String) -> Result<Self, PhoneError> {
        Self::formed(&text)
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

    #[test]
    fn r34_a_number_is_of_a_country_that_there_is_and_one_that_is_stored_stays() {
        let check = |text: &str, expected: Result<(), PhoneError>| {
            assert_eq!(text.parse::<Phone>().map(drop), expected, "{text}");
            assert!(Phone::try_from(text.to_owned()).is_ok(), "{text}");
        };
        check("+99912345678", Err(PhoneError::Country("+999".into())));
        check("+11111111", Err(PhoneError::NorthAmerica));
        check("+11125550100", Err(PhoneError::NorthAmerica));
        check("+12121550100", Err(PhoneError::NorthAmerica));
        check("+121255501000", Err(PhoneError::NorthAmerica));
        check("+12125550100", Ok(()));
        check("+919812345678", Ok(()));
    }

    #[test]
    fn r12_a_region_is_what_its_numbers_begin_with() {
        let check = |text: &str, fits: bool| assert_eq!(text.parse::<PhoneRegion>().is_ok(), fits, "{text}");
        check("+91", true);
        check("+1204", true);
        check("91", false);
        check("+", false);
        check("+0", false);
        check("+9a", false);
        check("+12345678", false);
        let regions: Vec<PhoneRegion> = ["+49", "+1204"].iter().map(|text| text.parse().unwrap()).collect();
        let region = |phone: &str| phone.parse::<Phone>().unwrap().region_among(&regions).map(ToString::to_string);
        assert_eq!(region("+4915112345678").as_deref(), Some("+49"));
        assert_eq!(region("+12045550100").as_deref(), Some("+1204"));
        assert_eq!(region("+12125550100"), None);
    }
}
