//! Names of departments: which will do, and which are the same.
//!
//! Owns both. Must not know where in the tree a name stands.

use unicode_normalization::UnicodeNormalization as _;

use crate::member::{self, NameError};

/// What stands between the names of a department's path in a sheet.
pub const PATH: char = '/';
/// What stands between the departments of one member in a sheet.
pub const SEVERAL: char = ';';

/// Why a text is no name of a department.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DepartmentNameError {
    /// It is no name at all.
    #[error(transparent)]
    Name(#[from] NameError),
    /// No sheet could name the department.
    #[error("the name of a department has no `{0}`, which separates departments in sheets: write it without")]
    Separator(char),
}

/// The name as it is kept, trimmed and in NFC, if a department may have it. The root has the organisation's name,
/// whatever that is.
pub fn check_name(text: &str) -> Result<String, DepartmentNameError> {
    let name = member::check_name(&text.nfc().collect::<String>())?;
    match name.chars().find(|c| [PATH, SEVERAL].contains(c)) {
        Some(separator) => Err(DepartmentNameError::Separator(separator)),
        None => Ok(name),
    }
}

/// A name as it is compared with others: however its accents are encoded, and in whatever case.
pub fn folded(name: &str) -> String {
    let name = name.trim();
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    // By way of upper case, which `ß` has in common with `ss`, and the two small sigmas with each other.
    name.nfd().collect::<String>().to_uppercase().to_lowercase().nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r28_a_name_is_kept_in_nfc_and_has_no_separator_of_sheets() {
        let check = |text: &str, expected: Result<&str, DepartmentNameError>| {
            assert_eq!(check_name(text), expected.map(str::to_owned), "{text:?}");
        };
        check(" R&D, EU ", Ok("R&D, EU"));
        check("Ko\u{308}ln", Ok("K\u{f6}ln"));
        check("R&D / EU", Err(DepartmentNameError::Separator('/')));
        check("Sales;North", Err(DepartmentNameError::Separator(';')));
        check(" ", Err(DepartmentNameError::Name(NameError)));
    }

    #[test]
    fn r28_names_are_the_same_in_whatever_case_and_encoding() {
        let check =
            |one: &str, other: &str, same: bool| assert_eq!(folded(one) == folded(other), same, "{one} {other}");
        check("Sales", "sALES ", true);
        check("Ko\u{308}ln", "K\u{d6}LN", true);
        check("Stra\u{df}e", "STRASSE", true);
        check("\u{39f}\u{394}\u{39f}\u{3a3}", "\u{3bf}\u{3b4}\u{3bf}\u{3c3}", true);
        check("Koln", "K\u{f6}ln", false);
        check("Sales", "Sale", false);
    }
}
