//! Privacy: what an organisation holds about one person, and how that goes (R32, R42).
//!
//! A person is a member, or somebody who asked to join or was invited and is none. What is held about them is found by
//! their ids and by their addresses in every spelling ([`person`], `finder`), in every row of the organisation
//! (`held`), by what its kind of record holds (`kinds`). Erasing takes three steps: at once the person's own record
//! goes ([`erasure`]); then the rows are gone through, as due work ([`sweep`]); then the store drops from its files
//! what was erased. The chain of the audit trail verifies before and after.
//!
//! Of strangers who are nobody only network addresses are kept, for so long ([`strangers`]).
//!
//! Out of reach are mails that a server took, backups that were made before, and what an admin wrote into policies or
//! the names of things: where an address is left in such a place, the erasure names the place.

pub mod erasure;
pub mod export;
mod finder;
mod held;
mod kinds;
mod others;
pub mod person;
pub mod strangers;
pub mod sweep;
