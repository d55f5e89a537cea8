//! What goes over the wire: requests, answers, problems and pages of the HTTP API under `/v1`.
//!
//! Shared by the server, the command line and the tests, so that none of them spells a field or a
//! problem code by hand. Ids, dates and instants are strings here (`mem_…`, `2026-11-22`, RFC 3339);
//! what they mean is for the server to check, so this crate knows no domain type.
//!
//! Requests refuse unknown fields: a misspelt field is an error, never silently ignored. Answers may
//! grow, so whoever reads them must accept fields it does not know.

pub mod audit;
pub mod backup;
pub mod bot;
pub mod bulk;
pub mod change;
pub mod decision;
pub mod delivery;
pub mod department;
pub mod domain;
pub mod escalation;
pub mod event;
pub mod group;
pub mod import;
pub mod invitation;
pub mod inviting;
pub mod join;
pub mod login;
pub mod member;
pub mod organisation;
pub mod page;
pub mod plan;
pub mod policy;
pub mod privacy;
pub mod problem;
pub mod request;
pub mod seat;
pub mod sso;
pub mod token;
pub mod webhook;
pub mod welcome;

pub use page::Page;
pub use problem::{Code, Problem};
