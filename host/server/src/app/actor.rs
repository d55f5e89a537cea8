//! Who asks, and what they may do (R1): denied unless a right says otherwise.
//!
//! A use case takes a [`By`] of the right it needs. Whoever holds a token has no other way to an
//! organisation's data, and no other way to a `By` than [`App::authorise`]: a check cannot be forgotten, only chosen.
//! People without one (who join, log in, follow a link from a letter) have use cases of their own, which open the
//! organisation by what they hold.

use std::marker::PhantomData;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use usher_domain::authority::{Authority, Permission, Reach};
use usher_domain::ids::{BotId, CallId, MemberId, OrgId, TokenId};
use usher_domain::time::Instant;
use usher_store::OrgScope;

use super::App;
use super::once::Once;
use super::refusal::Refusal;
use super::stored::Organisation;

/// Who asks.
#[derive(Clone, Debug, PartialEq)]
pub enum Actor {
    /// Whoever runs the host.
    Operator {
        /// By which token.
        token: TokenId,
    },
    /// A member, with what they may do at this moment.
    Member {
        /// By which token.
        token: TokenId,
        /// Of which organisation.
        org: OrgId,
        /// Who.
        member: MemberId,
        /// What they may do.
        authority: Authority,
        /// Whether the token was issued to the member app (R4).
        app: bool,
    },
    /// A program of an organisation that is no member.
    Service {
        /// By which token.
        token: TokenId,
        /// Of which organisation.
        org: OrgId,
        /// What it may do.
        authority: Authority,
    },
}

impl Actor {
    /// By which token.
    pub fn token(&self) -> TokenId {
        match self {
            Actor::Operator { token } | Actor::Member { token, .. } | Actor::Service { token, .. } => *token,
        }
    }

    /// Who, if it is a member.
    pub fn member(&self) -> Option<MemberId> {
        match self {
            Actor::Member { member, .. } => Some(*member),
            Actor::Operator { .. } | Actor::Service { .. } => None,
        }
    }

    /// Whether they act in the member app.
    pub fn is_in_app(&self) -> bool {
        matches!(self, Actor::Member { app: true, .. })
    }

    /// What they may do in their organisation. An operator, and a member in the member app, act by no
    /// authority: what is for admins is done in the console (R4, R5).
    pub fn authority(&self) -> &Authority {
        const NONE: &Authority = &Authority::Member;
        match self {
            Actor::Member { authority, app: false, .. } | Actor::Service { authority, .. } => authority,
            Actor::Operator { .. } | Actor::Member { app: true, .. } => NONE,
        }
    }

    /// What they may do wherever they act: answering requests works in the member app too (R17).
    pub fn authority_anywhere(&self) -> &Authority {
        const NONE: &Authority = &Authority::Member;
        match self {
            Actor::Member { authority, .. } | Actor::Service { authority, .. } => authority,
            Actor::Operator { .. } => NONE,
        }
    }

    /// How much of their organisation they see and touch where they have the right at all.
    pub fn reach(&self) -> Reach {
        match self {
            Actor::Operator { .. } => Reach::Whole,
            Actor::Member { authority, .. } | Actor::Service { authority, .. } => authority.reach(),
        }
    }

    /// Whose token it is; nobody's but the host's if an operator's.
    pub fn org(&self) -> Option<OrgId> {
        match self {
            Actor::Operator { .. } => None,
            Actor::Member { org, .. } | Actor::Service { org, .. } => Some(*org),
        }
    }
}

/// Who did something, as the records keep it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Doer {
    /// Whoever runs the host.
    Operator {
        /// By which token.
        token: TokenId,
    },
    /// A member.
    Member {
        /// Who.
        member: MemberId,
        /// By which token.
        token: TokenId,
        /// In the member app.
        app: bool,
    },
    /// A program of the organisation.
    Service {
        /// By which token.
        token: TokenId,
    },
    /// A member who answered a request without a token.
    Bot {
        /// Who.
        member: MemberId,
        /// Through which chat bot; by a link mailed to them if none.
        bot: Option<BotId>,
    },
    /// Somebody who wants to join and holds no token.
    Applicant,
    /// Somebody who is about to log in, before it is known who.
    Stranger,
    /// The host itself, because a time came.
    Host,
}

impl From<&Actor> for Doer {
    fn from(actor: &Actor) -> Doer {
        match actor {
            Actor::Operator { token } => Doer::Operator { token: *token },
            Actor::Member { token, member, app, .. } => Doer::Member { member: *member, token: *token, app: *app },
            Actor::Service { token, .. } => Doer::Service { token: *token },
        }
    }
}

/// One call of a use case: when, from where, under which id.
#[derive(Clone, Debug)]
pub struct Call {
    /// Names the call in logs and problems.
    pub id: CallId,
    /// When it arrived; all it does happens at this moment.
    pub at: Instant,
    /// Network address of the client.
    pub origin: Option<IpAddr>,
    /// So that the same request sent twice is done once.
    pub once: Option<Once>,
}

/// What a route or a use case needs of whoever asks.
pub trait Right: Send + Sync + 'static {
    /// Who has it, in words: `forbidden` says so.
    const NEEDS: &'static str;

    /// Whether the actor has it in their own organisation; an operator is asked for every organisation.
    fn held_by(actor: &Actor) -> bool;
}

macro_rules! rights {
    ($($(#[$doc:meta])* $name:ident, $needs:literal, |$actor:ident| $held:expr;)+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            pub struct $name;

            impl Right for $name {
                const NEEDS: &'static str = $needs;

                fn held_by($actor: &Actor) -> bool {
                    $held
                }
            }
        )+
    };
}

rights! {
    /// Running the host.
    OperatorOnly, "the operator", |actor| matches!(actor, Actor::Operator { .. });
    /// Reading the organisation's frame: name, plans, workforce types.
    Insight, "the operator or an admin of the whole organisation",
        |actor| matches!(actor, Actor::Operator { .. })
            || matches!(actor.authority(), Authority::PrimaryAdmin | Authority::Admin(_));
    /// Reading departments, as far as they reach.
    SeeingDepartments, "the operator or an admin of the organisation",
        |actor| matches!(actor, Actor::Operator { .. }) || *actor.authority() != Authority::Member;
    /// Reading what there is to choose from when somebody is brought in (R1, R7): plans and workforce types.
    Choosing, "the operator or an admin of the organisation",
        |actor| SeeingDepartments::held_by(actor);
    /// SSO configuration, restoring members, primary admins, the organisation's own settings.
    PrimaryAdmin, "a primary admin", |actor| actor.authority().is_primary_admin();
    /// What goes with members and departments and is of the whole organisation: groups, imports, settings.
    MembersAndDepartments, "the permission `member_and_department` in the whole organisation",
        |actor| actor.authority().has(Permission::MemberAndDepartment);
    /// Bringing members in, suspending and deleting them; departments: as far as they reach.
    Managing, "the permission `member_and_department`, or being an admin of departments",
        |actor| actor.authority().manages_members();
    /// Answering requests to join as far as they reach, from the member app too (R17).
    Answering, "the permission `member_and_department`, or being an admin of departments",
        |actor| actor.authority_anywhere().manages_members();
    /// Plans and seats.
    Billing, "the permission `billing`", |actor| actor.authority().has(Permission::Billing);
    /// Assigning and taking seats other than while bringing somebody in.
    MovingSeats, "the permissions `billing` and `member_and_department`",
        |actor| actor.authority().may_move_seats();
    /// Policies and policy sets.
    Policies, "the permission `policy`", |actor| actor.authority().has(Permission::Policy);
    /// Domains and API tokens.
    Security, "the permission `security`", |actor| actor.authority().has(Permission::Security);
    /// Reading the audit trail and the events.
    Audit, "the permission `audit`", |actor| actor.authority().has(Permission::Audit);
    /// Sending the events elsewhere.
    Webhooks, "the permissions `security` and `audit`",
        |actor| actor.authority().has(Permission::Security) && actor.authority().has(Permission::Audit);
    /// Any member, in the member app too; the use case says what they may do.
    AnyMember, "a token of a member of the organisation", |actor| actor.member().is_some();
    /// Anybody of the organisation who may invite, with the use case deciding by R3 to R5.
    Inviting, "a member, or the permission `member_and_department`",
        |actor| actor.member().is_some() || actor.authority().has(Permission::MemberAndDepartment);
}

/// Somebody who has the right `R` in one organisation, and the way to its data.
pub struct By<R> {
    /// Who.
    pub actor: Actor,
    /// The call.
    pub call: Call,
    /// The organisation's data, and no other's.
    pub scope: OrgScope,
    right: PhantomData<R>,
}

impl<R> By<R> {
    /// The organisation.
    pub fn org(&self) -> OrgId {
        *self.scope.owner()
    }

    /// How much of the organisation they see and touch.
    pub fn reach(&self) -> Reach {
        self.actor.reach()
    }

    /// With the request's idempotency key, if it has one.
    #[must_use]
    pub fn once(mut self, once: Option<Once>) -> By<R> {
        self.call.once = once.map(|once| once.of(self.actor.token()));
        self
    }
}

/// The operator, for what is of no organisation.
pub struct ByOperator {
    /// By which token.
    pub token: TokenId,
    /// The call.
    pub call: Call,
}

impl ByOperator {
    /// With the request's idempotency key, if it has one.
    #[must_use]
    pub fn once(mut self, once: Option<Once>) -> ByOperator {
        self.call.once = once.map(|once| once.of(self.token));
        self
    }
}

impl App {
    /// Whether the actor has the right in the organisation. Who is of another organisation is told that
    /// there is no such one.
    pub async fn authorise<R: Right>(&self, actor: Actor, call: Call, org: OrgId) -> Result<By<R>, Refusal> {
        let no_such = || Refusal::not_found("organisation", &org);
        let scope = self.org(org);
        match actor.org() {
            Some(own) if own != org => return Err(no_such()),
            Some(_) => {}
            None => drop(scope.get::<Organisation>(&()).await?.ok_or_else(no_such)?),
        }
        if !R::held_by(&actor) {
            return Err(Refusal::Forbidden { needs: R::NEEDS });
        }
        Ok(By { actor, call, scope, right: PhantomData })
    }

    /// Whether the actor runs the host.
    pub fn authorise_operator(&self, actor: &Actor, call: Call) -> Result<ByOperator, Refusal> {
        match actor {
            Actor::Operator { token } => Ok(ByOperator { token: *token, call }),
            _ => Err(Refusal::Forbidden { needs: OperatorOnly::NEEDS }),
        }
    }
}

#[cfg(test)]
mod tests {
    use usher_domain::ids::DepartmentId;

    use super::*;

    fn member(authority: Authority, app: bool) -> Actor {
        Actor::Member {
            token: TokenId::from_bytes([1; 16]),
            org: OrgId::from_bytes([2; 16]),
            member: MemberId::from_bytes([3; 16]),
            authority,
            app,
        }
    }

    fn admin(permissions: &[Permission]) -> Authority {
        Authority::Admin(permissions.iter().copied().collect())
    }

    fn check<R: Right>(actor: &Actor, held: bool) {
        assert_eq!(R::held_by(actor), held, "{} for {actor:?}", R::NEEDS);
    }

    #[test]
    fn r1_a_permission_gives_its_right_and_no_other() {
        let members = member(admin(&[Permission::MemberAndDepartment]), false);
        check::<MembersAndDepartments>(&members, true);
        check::<Insight>(&members, true);
        check::<Billing>(&members, false);
        check::<MovingSeats>(&members, false);
        check::<Security>(&members, false);
        check::<PrimaryAdmin>(&members, false);
        check::<OperatorOnly>(&members, false);
        let both = member(admin(&[Permission::MemberAndDepartment, Permission::Billing]), false);
        check::<MovingSeats>(&both, true);
    }

    #[test]
    fn r1_an_admin_of_departments_has_the_rights_that_ask_how_far_they_reach_and_no_other() {
        let authority = Authority::DepartmentAdmin([DepartmentId::from_bytes([4; 16])].into());
        let (console, app) = (member(authority.clone(), false), member(authority, true));
        check::<SeeingDepartments>(&console, true);
        check::<Managing>(&console, true);
        check::<Answering>(&console, true);
        check::<Answering>(&app, true);
        check::<Managing>(&app, false);
        check::<SeeingDepartments>(&app, false);
        check::<Choosing>(&console, true);
        check::<Choosing>(&app, false);
        check::<Insight>(&console, false);
        check::<MembersAndDepartments>(&console, false);
        check::<MovingSeats>(&console, false);
        check::<PrimaryAdmin>(&console, false);
    }

    #[test]
    fn the_operator_reads_no_member_data() {
        let operator = Actor::Operator { token: TokenId::from_bytes([1; 16]) };
        check::<OperatorOnly>(&operator, true);
        check::<Insight>(&operator, true);
        check::<MembersAndDepartments>(&operator, false);
        check::<Managing>(&operator, false);
        check::<Audit>(&operator, false);
        check::<AnyMember>(&operator, false);
    }

    #[test]
    fn r4_in_the_member_app_nobody_is_an_admin() {
        let app = member(Authority::PrimaryAdmin, true);
        check::<AnyMember>(&app, true);
        check::<Inviting>(&app, true);
        check::<PrimaryAdmin>(&app, false);
        check::<MembersAndDepartments>(&app, false);
    }
}
