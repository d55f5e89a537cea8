//! Events: what happened in an organisation, in order, for whoever follows it (R43).
//!
//! An event is appended by the commit that makes it true, so none is lost and none is invented.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use usher_domain::ids::EventId;
use usher_domain::time::Instant;
use usher_store::{OrgScope, Page, StoreError, decode};

use super::actor::{Audit, By};
use super::refusal::Refusal;
use super::stored::{kind, records};

/// Every kind of event that there is. Whoever filters by another would wait for nothing.
pub const KINDS: &[&str] = &[
    "applicant.erased",
    "domain.displaced",
    "group.member_added",
    "group.member_removed",
    "import.finished",
    "invitation.created",
    "invitation.declined",
    "invitation.revoked",
    "invitee.erased",
    "login.break_glass",
    "login.linked",
    "login.refused",
    "member.accepted",
    "member.activated",
    "member.added",
    "member.changed",
    "member.deleted",
    "member.erased",
    "member.joined",
    "member.reminded",
    "member.restored",
    "member.resumed",
    "member.suspended",
    "message.undeliverable",
    "plan.began",
    "plan.ended",
    "plan.postponed",
    "policy_set.activated",
    "request.answered",
    "request.escalated",
    "request.expired",
    "request.opened",
    "seat.freed",
    "seat.given",
    "webhook.switched_off",
];

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The same wherever it is delivered, however often.
    pub id: EventId,
    /// When.
    pub at: Instant,
    /// What, as `member.joined`.
    pub kind: String,
    /// Of the shape of `data`.
    pub version: u32,
    /// By kind and version; ids, no personal data.
    pub data: Value,
}

records!(Event = kind::EVENT, version 1, by u64);

/// The number of the newest event; 0 if there is none.
pub(super) async fn newest(scope: &OrgScope) -> Result<u64, StoreError> {
    Ok(scope.events(Page::last(1)).await?.first().map_or(0, |(seq, _)| *seq))
}

/// Events after the sequence number `after`, oldest first.
pub async fn list(by: &By<Audit>, after: u64, limit: usize) -> Result<Vec<(u64, Event)>, Refusal> {
    let rows = by.scope.events(Page::first(limit).after(Some(after))).await?;
    let event = |(seq, bytes): (u64, Vec<u8>)| match decode(&bytes) {
        Ok(event) => Ok((seq, event)),
        Err(_) => Err(Refusal::Store(StoreError::Value { what: "an event" })),
    };
    rows.into_iter().map(event).collect()
}
