//! An organisation: the wall around everything else.
//!
//! Owns what holds for all its members at once. Must not know its members, plans or departments: each is
//! a record of its own.

use serde::{Deserialize, Serialize};

use crate::ids::{DepartmentId, OrgId};
use crate::phone::PhoneRegion;
use crate::policy;
use crate::time::{Date, Instant, Zone};

/// Most regions of R12: there are not as many country codes.
pub const MAX_PHONE_REGIONS: usize = 250;

/// An organisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Organisation {
    /// Its id.
    pub id: OrgId,
    /// As its people know it, 1 to 200 characters.
    pub name: String,
    /// Home region, ISO 3166-1 alpha-2.
    pub region: String,
    /// Default language, BCP 47.
    pub language: String,
    /// Where its dates are meant.
    pub zone: Zone,
    /// The department of whoever has no other.
    pub root_department: DepartmentId,
    /// Most members the operator allows, whatever the plans say.
    pub member_limit: Option<u32>,
    /// Whether business mail is activated (R10).
    pub business_mail: bool,
    /// Regions for whose phone numbers the login type `skip` is refused (R12), in order.
    pub skip_refused_for: Vec<PhoneRegion>,
    /// When it was made.
    pub created_at: Instant,
}

impl Organisation {
    /// The date there.
    pub fn today(&self, at: Instant) -> Date {
        at.date_in(&self.zone)
    }

    /// As policies see it.
    pub fn for_policies(&self, paid_plans: u32) -> policy::Organisation {
        policy::Organisation { id: self.id, region: self.region.clone(), language: self.language.clone(), paid_plans }
    }
}

/// Why a region or a language is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LocaleError {
    /// Not two capital letters.
    #[error("`{0}` is no region: expected two capital letters of ISO 3166-1, as `DE`")]
    Region(String),
    /// Not of the form of a language tag.
    #[error("`{0}` is no language: expected a tag of BCP 47, as `de` or `pt-BR`")]
    Language(String),
}

/// Checks the form of a region.
pub fn check_region(text: &str) -> Result<(), LocaleError> {
    let fits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    fits.then_some(()).ok_or_else(|| LocaleError::Region(text.chars().take(64).collect()))
}

/// Checks the form of a language tag: subtags of 1 to 8 letters and digits, the first of 2 or 3 letters.
pub fn check_language(text: &str) -> Result<(), LocaleError> {
    let mut subtags = text.split('-');
    let first = subtags.next().unwrap_or_default();
    let fits = text.len() <= 35
        && (2..=3).contains(&first.len())
        && first.bytes().all(|byte| byte.is_ascii_alphabetic())
        && subtags.all(|tag| (1..=8).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric()));
    fits.then_some(()).ok_or_else(|| LocaleError::Language(text.chars().take(64).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_regions_and_languages() {
        let check = |region: bool, language: bool, text: &str| {
            assert_eq!(check_region(text).is_ok(), region, "{text}");
            assert_eq!(check_language(text).is_ok(), language, "{text}");
        };
        check(true, true, "DE");
        check(false, true, "de");
        check(false, true, "pt-BR");
        check(false, true, "zh-Hant-TW");
        check(false, false, "");
        check(false, false, "D1");
        check(false, false, "deutsch");
        check(false, false, "de-");
        check(false, false, "de_DE");
    }
}
