//! The organisation's own attributes of somebody: how many there may be, and how long.
//!
//! Must not know whose they are, nor what they mean.

use std::collections::BTreeMap;

/// Most attributes of one member.
pub const MAX_OF_MEMBER: usize = 50;
/// Most attributes of an applicant.
pub const MAX_OF_APPLICANT: usize = 32;
/// Most bytes of an attribute's name or value (the policy contract's bound).
pub const MAX_BYTES: usize = 1_024;

/// Why attributes will not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttributesError {
    /// A member has so many already, or would.
    #[error("a member has at most {MAX_OF_MEMBER} attributes")]
    OfMember,
    /// An applicant gives too many.
    #[error("an applicant gives at most {MAX_OF_APPLICANT} attributes")]
    OfApplicant,
    /// A name or a value is too long.
    #[error("the name of an attribute has at most {MAX_BYTES} bytes, and so has its value")]
    Long,
    /// One has no name.
    #[error("an attribute has a name")]
    Unnamed,
}

/// Refuses attributes that no member has.
pub fn check_of_member(attributes: &BTreeMap<String, String>) -> Result<(), AttributesError> {
    if attributes.len() > MAX_OF_MEMBER { Err(AttributesError::OfMember) } else { check_texts(attributes) }
}

/// Refuses attributes that no applicant gives.
pub fn check_of_applicant(attributes: &BTreeMap<String, String>) -> Result<(), AttributesError> {
    if attributes.len() > MAX_OF_APPLICANT { Err(AttributesError::OfApplicant) } else { check_texts(attributes) }
}

fn check_texts(attributes: &BTreeMap<String, String>) -> Result<(), AttributesError> {
    if attributes.keys().any(String::is_empty) {
        return Err(AttributesError::Unnamed);
    }
    let long = |text: &String| text.len() > MAX_BYTES;
    if attributes.iter().any(|(name, value)| long(name) || long(value)) { Err(AttributesError::Long) } else { Ok(()) }
}
