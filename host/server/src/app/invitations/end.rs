//! Ending an invitation: revoked, rotated, or over because its time came (R15); and forgetting whom it was for.

use usher_domain::ids::InvitationId;
use usher_domain::invitation::{Audience, Invitation, KNOWN_FOR};
use usher_domain::time::Instant;
use usher_store::{OrgScope, OrgWrites, Stored};

use super::create::{Issued, check_role, code, invite, issue, shown};
use super::{InviteError, code_uses, get, held, uses};
use crate::app::actor::{By, Call, Doer, Managing};
use crate::app::change::Change;
use crate::app::change::halt::Halt;
use crate::app::handle::Handle;
use crate::app::privacy::erasure;
use crate::app::privacy::person::Person;
use crate::app::refusal::{Refusal, based_on};
use crate::app::stored::{self, InvitationCode, LinkHash, MemberAt, kind, place, records};
use crate::app::{App, deliveries, organisations, seats};

records! {
    /// Work that falls due: a personal invitation was over for [`KNOWN_FOR`]. Never stored under a key of its own.
    LongOver {} = kind::INVITATION_LONG_OVER, version 1, by InvitationId;
}

/// Ends an invitation at once; one that was revoked stays as it is. Its link still says that it was
/// revoked.
pub async fn revoke(
    app: &App,
    by: &By<Managing>,
    id: InvitationId,
    version: u64,
) -> Result<Stored<Invitation>, InviteError> {
    let (invitation, committed) = app
        .change(|| async {
            let mut change = app.draft(by, "invitation.revoked", id);
            let mut invitation = based_on(held(by, id, &mut change.writes).await?, version)?.record.0;
            let mut change = change.before(&shown(&invitation));
            let revoked_at = *invitation.revoked_at.get_or_insert(by.call.at);
            forgotten_after(&mut change.writes, &invitation, revoked_at);
            release(&by.scope, &by.call, &mut change, &mut invitation).await?;
            change.writes.replace(&id, version, &stored::Invitation(invitation.clone()));
            change.event(app, "invitation.revoked", serde_json::json!({ "invitation": id }));
            let change = change.after(&shown(&invitation));
            Ok::<_, InviteError>((invitation, change))
        })
        .await?;
    Ok(Stored { version: committed.seq, record: invitation })
}

/// Gives an invitation that is not over a new code and a new link; the old ones lead nowhere from then on. For whoever
/// could have made it: the new ones are shown.
pub async fn rotate(
    app: &App,
    by: &By<Managing>,
    id: InvitationId,
    version: u64,
) -> Result<(Stored<Invitation>, Issued), InviteError> {
    let ((invitation, issued), committed) = app
        .change(|| async {
            let mut change = app.draft(by, "invitation.rotated", id);
            let old = based_on(held(by, id, &mut change.writes).await?, version)?.record.0;
            check_role(by, old.role)?;
            old.check_open(by.call.at, uses(&by.scope, id).await?)?;
            let organisation = organisations::current(by).await?.record.0;
            let link_claim = by.scope.claimed::<LinkHash>(&old.link_hash).await.map_err(Refusal::from)?;
            let code_claim = by.scope.claimed::<InvitationCode>(old.code.as_str().as_bytes()).await;
            for claim in [link_claim, code_claim.map_err(Refusal::from)?].into_iter().flatten() {
                change.writes.release(claim);
            }
            let link = Handle::new(app);
            let before = shown(&old);
            let earlier_code_uses = code_uses(&by.scope, id).await?;
            let (code, code_since) = (code(app), by.call.at);
            let invitation = Invitation { code, code_since, earlier_code_uses, link_hash: link.hash(), ..old };
            change.writes.guard_version::<stored::Invitation>(&id, version);
            issue(&mut change.writes, &invitation);
            let not_sent = invite(app, &by.scope, &mut change, &invitation, &organisation, &link, by.call.at).await?;
            let change = change.before(&before).after(&shown(&invitation));
            Ok(((invitation, Issued { link, not_sent }), change))
        })
        .await?;
    Ok((Stored { version: committed.seq, record: invitation }, issued))
}

/// Gives up the seat reserved for an invitation that is over; called when its time has come, as often as
/// it may be.
pub(crate) async fn expire(app: &App, scope: &OrgScope, call: &Call, id: InvitationId) -> Result<(), InviteError> {
    let Some(found) = scope.get::<stored::Invitation>(&id).await.map_err(Refusal::from)? else { return Ok(()) };
    if !found.record.0.seat_reserved {
        return Ok(());
    }
    app.change(|| async {
        let found = get(scope, id).await?;
        let mut invitation = found.record.0;
        let mut change = app.draft_as(scope, call, Doer::Host, "invitation.expired", id);
        let before = shown(&invitation);
        release(scope, call, &mut change, &mut invitation).await?;
        change.traces(&before, &shown(&invitation));
        change.writes.replace(&id, found.version, &stored::Invitation(invitation));
        Ok::<_, InviteError>(((), change))
    })
    .await
    .map(drop)
}

/// Has it forgotten in time whom a personal invitation was for; to be called in the commit that says when it is over.
/// Said more than once, the first time counts. At the end of a day (UTC), so that all of a day are erased in one go.
pub(crate) fn forgotten_after(writes: &mut OrgWrites, invitation: &Invitation, over: Instant) {
    if invitation.is_personal() {
        writes.schedule::<LongOver>(over.plus(KNOWN_FOR).end_of_day().as_micros(), &invitation.id);
    }
}

/// Forgets whom an invitation was for. Who never took it and is no member is erased; who did is so as the member or the
/// applicant that they became.
pub(crate) async fn forget(app: &App, scope: &OrgScope, call: &Call, id: InvitationId) -> Result<(), InviteError> {
    app.change_if_needed(|| async {
        let found = scope.get::<stored::Invitation>(&id).await.map_err(Refusal::from)?;
        let Stored { version, record: stored::Invitation(mut invitation) } = found.ok_or(Halt::AsBefore(()))?;
        if matches!(invitation.audience, Audience::Open | Audience::Declined) {
            return Err(Halt::AsBefore(()));
        }
        let mut change: Change<Halt<(), InviteError>> =
            app.draft_as(scope, call, Doer::Host, "invitation.forgotten", id);
        if uses(scope, id).await? == 0 && !is_member(scope, &invitation.audience).await? {
            erasure::forget(&mut change.writes, call.at, Person::of_invitation(&invitation));
            deliveries::recall(scope, &mut change.writes, id.into()).await.map_err(Refusal::from)?;
        }
        invitation.forget();
        change.writes.replace(&id, version, &stored::Invitation(invitation));
        Ok(((), change))
    })
    .await
}

/// Whether a member has the address, however they came.
async fn is_member(scope: &OrgScope, audience: &Audience) -> Result<bool, Refusal> {
    let members = scope.get_many::<MemberAt>(&place::of_audience(audience)).await?;
    Ok(members.iter().any(Option::is_some))
}

/// Gives up the seat that is reserved for an invitation.
pub(crate) async fn release<E: From<Refusal>>(
    scope: &OrgScope,
    call: &Call,
    change: &mut Change<E>,
    invitation: &mut Invitation,
) -> Result<(), Refusal> {
    if let Some(plan) = invitation.plan.filter(|_| invitation.seat_reserved) {
        seats::release(scope, call, change, plan).await?;
    }
    invitation.seat_reserved = false;
    Ok(())
}
