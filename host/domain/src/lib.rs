//! What is true: ids, time, addresses, members, invitations, seats, decisions, and the rules over them.
//!
//! Owns every rule that no policy may loosen (the host rules of the requirements, by R-number). Pure: it
//! knows no I/O, no async, no clock, no randomness, and none of our other crates. Time and entropy are
//! parameters.
//!
//! ```
//! use usher_domain::ids::MemberId;
//! use usher_domain::time::Instant;
//!
//! let at: Instant = "2026-03-01T09:00:00Z".parse()?;
//! let id = MemberId::from_parts(at, [7; 10]);
//! assert!(id.to_string().starts_with("mem_"));
//! assert_eq!(id.to_string().parse::<MemberId>()?, id);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod kebab;

pub mod address;
pub mod authority;
pub mod clamp;
pub mod department;
pub mod group;
pub mod ids;
pub mod import;
pub mod invitation;
pub mod inviting;
pub mod login;
pub mod member;
pub mod organisation;
pub mod password;
pub mod phone;
pub mod plan;
pub mod policy;
pub mod proof;
pub mod request;
pub mod seat;
pub mod session;
pub mod sso;
pub mod time;
pub mod verified_domain;
pub mod visible;
pub mod workforce;

pub use kebab::UnknownName;
