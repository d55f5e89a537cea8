//! Making an invitation.

use usher_domain::address::canonical_domain;
use usher_domain::authority::{Authority, Reach};
use usher_domain::ids::{DepartmentId, InvitationId, PlanId};
use usher_domain::invitation::{Audience, Code, HOLDS_FOR, Invitation};
use usher_domain::member::check_name;
use usher_domain::organisation::Organisation;
use usher_domain::plan::{Plan, paid_plans};
use usher_domain::policy::Role;
use usher_domain::seat::Move;
use usher_domain::time::{Date, Instant};
use usher_store::{OrgScope, OrgWrites, Stored};

use super::InviteError;
use super::end::forgotten_after;
use crate::app::actor::{By, Inviting, Managing, Right};
use crate::app::change::{Change, Made};
use crate::app::deliveries::{self, Failed, Room};
use crate::app::handle::Handle;
use crate::app::mail;
use crate::app::post::Post;
use crate::app::reach;
use crate::app::refusal::Refusal;
use crate::app::stored::{self, Department, InvitationCode, LinkHash, Plans};
use crate::app::{App, inviting, organisations, plans};
use crate::letters::{Language, Letter};

/// Asks for an invitation.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    /// What it is for.
    pub name: Option<String>,
    /// Whom it is for.
    pub audience: Audience,
    /// Where joins are placed; the root without it.
    pub department: Option<DepartmentId>,
    /// Role that joining gives.
    pub role: Option<Role>,
    /// Domain an applicant's address must have.
    pub email_domain: Option<String>,
    /// Plan whose seat it offers.
    pub plan: Option<PlanId>,
    /// Whether joining needs approval.
    pub approval_required: bool,
    /// Whether a policy may skip it (R21).
    pub domain_skips_approval: bool,
    /// Most joins and requests.
    pub max_uses: Option<u32>,
    /// When it ends: 14 days from now if nothing is said, never if that is said.
    pub expires_at: Option<Option<Instant>>,
}

/// What only whoever has an invitation issued is told.
pub struct Issued {
    /// Leads to it.
    pub link: Handle,
    /// Why no SMS is sent, where one should be (R34).
    pub not_sent: Option<Failed>,
}

/// A right by which somebody invites, as far as it goes.
pub trait Invites: Right + Sized {
    /// Whether it is as a member that they invite (R3).
    fn as_member(by: &By<Self>) -> bool;

    /// Refuses what it does not go as far as, and guards what that depends on.
    fn check(
        by: &By<Self>,
        new: &NewInvitation,
        writes: &mut OrgWrites,
    ) -> impl Future<Output = Result<(), InviteError>> + Send;
}

/// An admin of departments invites into one in reach.
impl Invites for Managing {
    fn as_member(_: &By<Self>) -> bool {
        false
    }

    async fn check(by: &By<Self>, new: &NewInvitation, writes: &mut OrgWrites) -> Result<(), InviteError> {
        let Some(id) = new.department else {
            return if by.reach() == Reach::Whole { Ok(()) } else { Err(InviteError::DepartmentRequired) };
        };
        let inside = reach::guard_within(&by.scope, &by.reach(), &[id], writes).await?;
        if inside.is_empty() { Err(InviteError::NoSuchDepartment(id)) } else { Ok(()) }
    }
}

/// Whoever is no admin invites while an admin allows it (R3).
impl Invites for Inviting {
    fn as_member(by: &By<Self>) -> bool {
        !by.actor.authority().manages_members()
    }

    async fn check(by: &By<Self>, _: &NewInvitation, writes: &mut OrgWrites) -> Result<(), InviteError> {
        inviting::guard_may(by, writes).await
    }
}

/// Makes an invitation. Its link is there once: not when an idempotent request comes again.
pub async fn create<R: Invites>(
    app: &App,
    by: &By<R>,
    new: &NewInvitation,
) -> Result<Made<Invitation, Issued>, InviteError> {
    let expires_at = new.expires_at.unwrap_or(Some(by.call.at.plus(HOLDS_FOR)));
    check(by, new, expires_at)?;
    let name = new.name.as_deref().map(check_name).transpose()?;
    let email_domain = new.email_domain.as_deref().map(canonical_domain).transpose()?;
    let personal = new.audience != Audience::Open;
    app.make(by, || async {
        let id = app.new_id(InvitationId::from_parts);
        let mut change = app.draft(by, "invitation.created", id);
        R::check(by, new, &mut change.writes).await?;
        guard_department(by, new.department, &mut change.writes).await?;
        let organisation = organisations::current(by).await?.record.0;
        let found = plans::current(&by.scope).await?;
        change.writes.guard_version::<Plans>(&(), found.version);
        // INVARIANT: the change guards the plans, so that none is added while this is decided (R4).
        let today = organisation.today(by.call.at);
        check_console(by, &found.record.plans, today)?;
        let plan = offered(&found, new.plan, today)?;
        let link = Handle::new(app);
        let mut invitation = Invitation {
            id,
            name: name.clone(),
            audience: new.audience.clone(),
            code: code(app),
            code_since: by.call.at,
            earlier_code_uses: 0,
            link_hash: link.hash(),
            department: new.department,
            role: new.role,
            email_domain: email_domain.clone(),
            plan: new.plan,
            seat_reserved: false,
            approval_required: new.approval_required,
            domain_skips_approval: new.domain_skips_approval,
            max_uses: if personal { Some(1) } else { new.max_uses },
            inviter: by.actor.member(),
            by_member: R::as_member(by),
            created_at: by.call.at,
            expires_at,
            revoked_at: None,
        };
        if let Some(plan) = plan.filter(|_| personal) {
            // Whoever waits comes first (R36).
            if plans::ledger(&by.scope, plan).await?.unclaimed() == 0 {
                return Err(InviteError::NoSeatFree);
            }
            change.seat(plan, Move::Reserve, InviteError::NoSeatFree);
            invitation.seat_reserved = true;
        }
        issue(&mut change.writes, &invitation);
        change.event(app, "invitation.created", serde_json::json!({ "invitation": invitation.id }));
        if let Some(over) = invitation.expires_at {
            change.writes.schedule::<stored::Invitation>(over.as_micros(), &invitation.id);
            forgotten_after(&mut change.writes, &invitation, over);
        }
        let not_sent = invite(app, &by.scope, &mut change, &invitation, &organisation, &link, by.call.at).await?;
        let change = change.after(&shown(&invitation));
        Ok((invitation, Issued { link, not_sent }, change))
    })
    .await
}

/// Refuses what can be refused without reading.
fn check<R>(by: &By<R>, new: &NewInvitation, expires_at: Option<Instant>) -> Result<(), InviteError> {
    if expires_at.is_some_and(|end| end <= by.call.at) {
        return Err(InviteError::Ended);
    }
    if new.max_uses == Some(0) {
        return Err(InviteError::NoUses);
    }
    check_role(by, new.role)
}

/// With several paid plans, invitations are made and shared in the console only (R4).
pub(super) fn check_console<R>(by: &By<R>, plans: &[Plan], today: Date) -> Result<(), InviteError> {
    let elsewhere = by.actor.is_in_app() && paid_plans(plans, today) > 1;
    if elsewhere { Err(InviteError::ConsoleOnly) } else { Ok(()) }
}

/// Whoever lets a role be given, or gets hold of what lets it be taken, could give it themselves (R1).
pub(crate) fn check_role<R>(by: &By<R>, role: Option<Role>) -> Result<(), InviteError> {
    let fits = by.actor.authority().may_let_in_with(&authority(role));
    if fits { Ok(()) } else { Err(InviteError::TooMuchAuthority) }
}

/// What joining with a role gives. An admin who joins has no permission until given one.
pub(crate) fn authority(role: Option<Role>) -> Authority {
    match role {
        None | Some(Role::Member) => Authority::Member,
        Some(Role::Admin) => Authority::Admin(std::collections::BTreeSet::new()),
        Some(Role::PrimaryAdmin) => Authority::PrimaryAdmin,
    }
}

/// A new code. Whether it is taken already shows at the commit, which is then decided again.
pub(super) fn code(app: &App) -> Code {
    loop {
        // Sixteen bytes hold eight fair letters but for one time in a thousand million.
        if let Some(code) = Code::from_entropy(&app.random::<16>()) {
            return code;
        }
    }
}

/// Writes an invitation with the ways to it.
pub(super) fn issue(writes: &mut OrgWrites, invitation: &Invitation) {
    writes.claim::<LinkHash>(&invitation.link_hash, &invitation.id);
    writes.claim::<InvitationCode>(invitation.code.as_str().as_bytes(), &invitation.id);
    writes.put(&invitation.id, &stored::Invitation(invitation.clone()));
}

/// An invitation for the audit trail: without what lets somebody in.
pub(super) fn shown(invitation: &Invitation) -> serde_json::Value {
    let mut value = serde_json::to_value(invitation).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        fields.remove("code");
        fields.remove("link_hash");
    }
    value
}

async fn guard_department<R>(
    by: &By<R>,
    department: Option<DepartmentId>,
    writes: &mut OrgWrites,
) -> Result<(), InviteError> {
    let Some(id) = department else { return Ok(()) };
    let found = by.scope.get::<Department>(&id).await.map_err(Refusal::from)?;
    writes.guard_version::<Department>(&id, found.ok_or(InviteError::NoSuchDepartment(id))?.version);
    Ok(())
}

fn offered(plans: &Stored<Plans>, wanted: Option<PlanId>, today: Date) -> Result<Option<&Plan>, InviteError> {
    let Some(id) = wanted else { return Ok(None) };
    let found = plans.record.plans.iter().find(|plan| plan.id == id && plan.is_paid(today));
    found.map(Some).ok_or(InviteError::NoSuchPlan(id))
}

/// Sends a personal invitation to whom it is for (R13). Returns why no SMS is sent, where one should be (R34).
pub(super) async fn invite(
    app: &App,
    scope: &OrgScope,
    change: &mut Change<InviteError>,
    invitation: &Invitation,
    organisation: &Organisation,
    link: &Handle,
    at: Instant,
) -> Result<Option<Failed>, Refusal> {
    let link = app.public_url.invitation(link.text());
    let letter = Letter::Invitation { organisation: &organisation.name, link: &link, code: invitation.code.as_str() };
    let language = Language::choose([Some(organisation.language.as_str())]);
    let post = Post::new(letter, language, at).about(invitation.id);
    Ok(match &invitation.audience {
        Audience::Open | Audience::Declined => None,
        Audience::Email(address) => {
            mail::send(app, &mut change.writes, address.canonical(), &post);
            None
        }
        Audience::Phone(phone) => {
            let room = Room::of(scope, organisation, at).await?;
            deliveries::text(app, &mut change.writes, phone, &post, room)
        }
    })
}
