//! Single sign-on: connections as data, the index of match keys, whose login it is (R39 to R41).
//!
//! An assertion arrives here verified: this module must not know OIDC or SAML.

pub mod connections;
pub mod index;
pub mod login;
mod too_many;
