//! Erasing a person: asked for by a primary admin, or due 30 days after a member was deleted (R32).
//!
//! Owns who can be erased, and the record of it, which says when what was done and names nobody. Must not know what
//! rows hold.

use serde::{Deserialize, Serialize};
use usher_domain::ids::{InvitationId, MemberId, RequestId};
use usher_domain::member::{self, RESTORABLE_FOR};
use usher_domain::request::State;
use usher_domain::time::{HOUR, Instant};
use usher_store::{Cbor, OrgScope, OrgWrites, Page, Stored};

use super::held::forgotten;
use super::person::{self, Person, Subject};
use super::sweep::Sweep;
use crate::app::actor::{By, Call, Doer, PrimaryAdmin};
use crate::app::change::Change;
use crate::app::page::{PageOf, Paging};
use crate::app::refusal::Refusal;
use crate::app::stored::{Invitation, JoinRequest, Member, field, kind, records};
use crate::app::{App, deliveries, invitations};

/// How long after its rows were gone through an erasure waits for the store's files, in microseconds: others may
/// come, and one time does for all.
pub const DISPOSED_AFTER: i64 = HOUR;
/// Erasures read at a time.
const STEP: usize = 500;

/// An erasure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Erasure {
    /// Whose data.
    pub subject: Subject,
    /// When it was asked for; from then on their own record is gone.
    pub asked_at: Instant,
    /// When all rows had been gone through.
    pub erased_at: Option<Instant>,
    /// When the store's files held nothing of it any more; never while something is left.
    pub gone_at: Option<Instant>,
    /// Where they are still named, for an admin to see to.
    pub left: Vec<String>,
    /// Whom to look for, until all rows were gone through and nothing is left.
    pub(super) person: Option<Person>,
}

records! {
    // By the bytes of the subject's id.
    Erasure = kind::ERASURE, version 2, by [u8; 16], lifted by lift;
    /// Work that falls due: the time to restore a deleted member is over. Never stored under a key of its own.
    Parting {} = kind::PARTING, version 1, by MemberId;
    /// Work that falls due: the store's files are to hold nothing any more of what was erased. Never stored under a key
    /// of its own.
    Disposal {} = kind::DISPOSAL, version 1, by ();
}

/// Version 2 came with whoever was invited, and with where people came from.
fn lift(from: u16, mut map: Cbor) -> Option<Cbor> {
    person::lift(field(&mut map, "person")?);
    (from == 1).then_some(map)
}

/// Why somebody is not erased.
#[derive(Debug, thiserror::Error)]
pub enum ErasureError {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// They are a member.
    #[error("{0} is a member: delete them first, then erase them")]
    StillMember(MemberId),
    /// Their request waits.
    #[error("the request waits for an answer: answer it first, then erase whoever made it")]
    StillWaiting,
    /// Their invitation is open.
    #[error("the invitation is open: revoke it first, then erase whom it is for")]
    StillInvited,
    /// The invitation is nobody's.
    #[error("the invitation is for whoever has its link: it names nobody")]
    NotPersonal,
}

/// Has a deleted member erased when they can be restored no more; to be called in the commit that deletes them. If
/// they are restored, nothing comes of it.
pub(crate) fn due(writes: &mut OrgWrites, member: MemberId, deleted_at: Instant) {
    writes.schedule::<Parting>(deleted_at.plus(RESTORABLE_FOR).as_micros(), &member);
}

/// Erases a deleted member.
pub async fn erase_member(app: &App, by: &By<PrimaryAdmin>, id: MemberId) -> Result<Stored<Erasure>, ErasureError> {
    member(app, &by.scope, &by.call, &Doer::from(&by.actor), id).await
}

/// Erases a member who was deleted 30 days ago, if they still are.
pub(crate) async fn part(app: &App, scope: &OrgScope, call: &Call, id: MemberId) -> Result<(), ErasureError> {
    let found = scope.get::<Member>(&id).await.map_err(Refusal::from)?;
    let is_over = |member: &member::Member| member.deleted_at.is_some_and(|at| at.plus(RESTORABLE_FOR) <= call.at);
    if found.is_some_and(|found| is_over(&found.record.0)) {
        member(app, scope, call, &Doer::Host, id).await?;
    }
    Ok(())
}

async fn member(
    app: &App,
    scope: &OrgScope,
    call: &Call,
    doer: &Doer,
    id: MemberId,
) -> Result<Stored<Erasure>, ErasureError> {
    let ask = || async {
        let found = scope.get::<Member>(&id).await.map_err(Refusal::from)?;
        let mut change: Change<ErasureError> = app.draft_as(scope, call, doer.clone(), "member.erased", id);
        let person = match found {
            Some(found) if found.record.0.counts() => return Err(ErasureError::StillMember(id)),
            Some(Stored { version, record: Member(member) }) => {
                change.writes.guard_version::<Member>(&id, version);
                change.writes.delete::<Member>(&id);
                change.event(app, "member.erased", serde_json::json!({ "member": id }));
                Person::of_member(&member)
            }
            None => {
                let known = known(scope, &mut change.writes, Subject::Member(id)).await?;
                known.ok_or_else(|| Refusal::not_found("member", &id))?
            }
        };
        deliveries::recall(scope, &mut change.writes, id.into()).await.map_err(Refusal::from)?;
        Ok((begin(&mut change.writes, call.at, person), change))
    };
    let (record, committed) = app.change(ask).await?;
    Ok(Stored { version: committed.seq, record })
}

/// By what somebody was looked for of whom something was left, to be erased again.
async fn known(scope: &OrgScope, writes: &mut OrgWrites, subject: Subject) -> Result<Option<Person>, Refusal> {
    let Some(found) = scope.get::<Erasure>(&subject.bytes()).await? else { return Ok(None) };
    writes.guard_version::<Erasure>(&subject.bytes(), found.version);
    Ok(found.record.person)
}

/// Erases whoever made a request, and is no member.
pub async fn erase_applicant(app: &App, by: &By<PrimaryAdmin>, id: RequestId) -> Result<Stored<Erasure>, ErasureError> {
    let ask = || async {
        let found = by.scope.get::<JoinRequest>(&id).await.map_err(Refusal::from)?;
        let found = found.ok_or_else(|| Refusal::not_found("request", &id))?;
        let JoinRequest(request) = found.record;
        if request.state(by.call.at) == State::Pending {
            return Err(ErasureError::StillWaiting);
        }
        if let Some(member) = request.answer.as_ref().and_then(|answer| answer.member)
            && by.scope.get::<Member>(&member).await.map_err(Refusal::from)?.is_some()
        {
            return Err(ErasureError::StillMember(member));
        }
        let mut change: Change<ErasureError> = app.draft(by, "applicant.erased", id);
        let known = known(&by.scope, &mut change.writes, Subject::Request(id)).await?;
        let person = known.unwrap_or_else(|| Person::of_request(&request));
        change.writes.replace(&id, found.version, &JoinRequest(forgotten(request)));
        change.event(app, "applicant.erased", serde_json::json!({ "request": id }));
        Ok((begin(&mut change.writes, by.call.at, person), change))
    };
    let (record, committed) = app.change(ask).await?;
    Ok(Stored { version: committed.seq, record })
}

/// Erases whom a personal invitation was for that is over. Who took it is erased as the member or the applicant that
/// they became.
pub async fn erase_invited(
    app: &App,
    by: &By<PrimaryAdmin>,
    id: InvitationId,
) -> Result<Stored<Erasure>, ErasureError> {
    let ask = || async {
        let found = by.scope.get::<Invitation>(&id).await.map_err(Refusal::from)?;
        let found = found.ok_or_else(|| Refusal::not_found("invitation", &id))?;
        let Invitation(mut invitation) = found.record;
        if !invitation.is_personal() {
            return Err(ErasureError::NotPersonal);
        }
        if invitation.check_open(by.call.at, invitations::uses(&by.scope, id).await?).is_ok() {
            return Err(ErasureError::StillInvited);
        }
        let mut change: Change<ErasureError> = app.draft(by, "invitee.erased", id);
        let known = known(&by.scope, &mut change.writes, Subject::Invitation(id)).await?;
        let person = known.unwrap_or_else(|| Person::of_invitation(&invitation));
        invitation.decline(by.call.at);
        change.writes.replace(&id, found.version, &Invitation(invitation));
        deliveries::recall(&by.scope, &mut change.writes, id.into()).await.map_err(Refusal::from)?;
        change.event(app, "invitee.erased", serde_json::json!({ "invitation": id }));
        Ok((begin(&mut change.writes, by.call.at, person), change))
    };
    let (record, committed) = app.change(ask).await?;
    Ok(Stored { version: committed.seq, record })
}

/// Erases somebody who declined (R22), or whose invitation was over for long, with the commit that says so: whatever
/// names them goes.
pub(crate) fn forget(writes: &mut OrgWrites, at: Instant, person: Person) {
    begin(writes, at, person);
}

fn begin(writes: &mut OrgWrites, at: Instant, person: Person) -> Erasure {
    let subject = person.subject;
    let erasure =
        Erasure { subject, asked_at: at, erased_at: None, gone_at: None, left: Vec::new(), person: Some(person) };
    writes.put(&subject.bytes(), &erasure);
    writes.schedule::<Sweep>(at.as_micros(), &());
    erasure
}

/// The organisation's erasures, in the order in which the people came.
pub async fn list(by: &By<PrimaryAdmin>, paging: &Paging) -> Result<PageOf<Erasure>, Refusal> {
    let after = paging.after_id(|bytes| bytes)?;
    let rows = by.scope.page::<Erasure>(Page::first(paging.limit + 1).after(after)).await?;
    let erasures = rows.into_iter().map(|(_, found)| found.record).collect();
    Ok(PageOf::of(erasures, paging, |erasure: &Erasure| erasure.subject.bytes().to_vec()))
}

/// Those of all erasures that `wanted` takes.
pub(super) async fn some(
    scope: &OrgScope,
    wanted: impl Fn(&Erasure) -> bool,
    most: usize,
) -> Result<Vec<Stored<Erasure>>, Refusal> {
    let (mut found, mut last) = (Vec::new(), None);
    while found.len() < most {
        let rows = scope.page::<Erasure>(Page::first(STEP).after(last)).await?;
        let Some((end, _)) = rows.last() else { break };
        last = Some(*end);
        found.extend(rows.into_iter().map(|(_, row)| row).filter(|row| wanted(&row.record)));
    }
    found.truncate(most);
    Ok(found)
}

/// Has the store drop from its files what was erased, and notes that.
pub(crate) async fn dispose(app: &App, scope: &OrgScope, now: Instant) -> Result<(), Refusal> {
    let waits =
        |erasure: &Erasure| erasure.erased_at.is_some() && erasure.person.is_none() && erasure.gone_at.is_none();
    let erasures = some(scope, waits, usize::MAX).await?;
    let Some(last) = erasures.iter().map(|erasure| erasure.version).max() else { return Ok(()) };
    app.store.compact(last).await?;
    for some in erasures.chunks(STEP) {
        let mut writes = scope.writes();
        for Stored { version, record } in some {
            let gone = Erasure { gone_at: Some(now), ..record.clone() };
            writes.replace(&record.subject.bytes(), *version, &gone);
        }
        writes.commit().await.map_err(Refusal::Commit)?;
    }
    Ok(())
}

/// For whoever runs the host: has the store drop from its files, now, what was deleted or overwritten. Tells up to
/// which commit.
pub async fn compact(app: &App, by: &crate::app::actor::ByOperator) -> Result<u64, Refusal> {
    let seq = app.store.compact(u64::MAX).await?;
    tracing::info!(by = %by.token, seq, "the store was compacted");
    Ok(seq)
}

#[cfg(test)]
mod tests {
    use super::*;
    use usher_store::Record as _;

    #[test]
    fn r32_an_erasure_of_version_1_does_not_know_where_somebody_came_from() {
        let map = |fields: &[(&str, Cbor)]| {
            Cbor::Map(fields.iter().map(|(name, value)| (Cbor::from(*name), value.clone())).collect())
        };
        let check = |old: Cbor, lifted: Cbor| {
            let (old, lifted) = (map(&[("person", old)]), map(&[("person", lifted)]));
            assert_eq!(Erasure::upcast(1, old.clone()), Some(lifted));
            assert_eq!(Erasure::upcast(2, old), None);
        };
        check(map(&[]), map(&[("origins", Cbor::Array(Vec::new()))]));
        check(Cbor::Null, Cbor::Null);
    }
}
