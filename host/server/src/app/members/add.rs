//! Adding one member by hand (R6 to R9, R11 to R13). What an admin enters needs no approval.

use std::collections::BTreeMap;

use usher_domain::address::Address;
use usher_domain::authority::Authority;
use usher_domain::ids::{DepartmentId, MemberId, PlanId};
use usher_domain::login::{Choice, Field, Filled, LoginType, choose};
use usher_domain::member::{Login, Member, Progress, Provenance, check_employee_number, check_name};
use usher_domain::organisation::{Organisation, check_language};
use usher_domain::password::Password;
use usher_domain::phone::Phone;
use usher_domain::plan::{Plan, member_limit};
use usher_domain::policy::approval::Channel;
use usher_domain::policy::seat::Occasion;
use usher_domain::seat::Outcome;

use super::departments::{guard_departments, guard_reach};
use super::enrol::enrol;
use super::{MemberError, welcome, workforce_type};
use crate::app::actor::{By, Managing};
use crate::app::change::Made;
use crate::app::deliveries::Room;
use crate::app::groups::regroup;
use crate::app::login::business;
use crate::app::login::passwords::HandedOver;
use crate::app::seating::{Asking, Seating};
use crate::app::sso::index;
use crate::app::stored::Plans;
use crate::app::{App, attributes, organisations, plans};

/// Which seat a new member gets (R7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeatChoice {
    /// A seat of this plan, now.
    Plan(PlanId),
    /// None; a user group may give one later.
    None,
    /// The organisation's seat policies choose.
    Policy,
}

/// Adds a member.
#[derive(Clone, Debug)]
pub struct NewMember {
    /// As their colleagues know them.
    pub name: String,
    /// The main one first.
    pub departments: Vec<DepartmentId>,
    /// How they log in.
    pub login: LoginType,
    /// The organisation's own address for them.
    pub business_email: Option<Address>,
    /// Their own work address.
    pub work_email: Option<Address>,
    /// Mobile phone.
    pub phone: Option<Phone>,
    /// Workforce type.
    pub workforce_type: Option<String>,
    /// The organisation's number for them.
    pub employee_number: Option<String>,
    /// Language; the organisation's without it.
    pub language: Option<String>,
    /// The organisation's own attributes.
    pub attributes: BTreeMap<String, String>,
    /// What they may do.
    pub authority: Authority,
    /// Which seat; without it the only plan there is if the seat policies agree, or none with several (R7).
    pub seat: Option<SeatChoice>,
    /// Whether they are told (R13).
    pub invite: bool,
}

/// A new member, and what would be better filled in (R11).
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Added {
    /// The member.
    pub member: Member,
    /// Wire names of fields.
    pub recommended: Vec<String>,
}

/// Adds a member. A business login's first password is the given one, or a generated one, which is there once: not
/// when an idempotent request comes again (R10).
pub async fn add(
    app: &App,
    by: &By<Managing>,
    new: &NewMember,
    given: Option<&Password>,
) -> Result<Made<Added, Option<Password>>, MemberError> {
    let name = check_name(&new.name)?;
    let employee_number = new.employee_number.as_deref().map(check_employee_number).transpose()?;
    new.language.as_deref().map(check_language).transpose()?;
    attributes::check_of_member(&new.attributes)?;
    check_authority(by, &new.authority)?;
    let password = HandedOver::of(app, given).await?;
    app.make(by, || async {
        let organisation = organisations::current(by).await?.record.0;
        let (mail, refused) = (organisation.business_mail, &organisation.skip_refused_for);
        let Choice { login, recommended } = choose(new.login, new.filled(), mail, refused)?;
        if given.is_some() && login != Login::BusinessEmail {
            return Err(MemberError::OwnPassword);
        }
        let found = plans::current(&by.scope).await?;
        let plans = found.record.plans;
        let (channel, at) = (Channel::Console, by.call.at);
        let provenance = Provenance { channel, by: by.actor.member(), invitation: None, decision: None, at };
        let mut member = Member {
            name: name.clone(),
            employee_number: employee_number.clone(),
            login,
            ..new.member(app, provenance)
        };
        let mut change = app.draft(by, "member.added", member.id);
        change.writes.guard_version::<Plans>(&(), found.version);
        member.workforce_type = workforce_type(by, &mut change, new.workforce_type.as_deref()).await?;
        guard_departments(by, &mut change, &member.departments).await?;
        guard_reach(by, &mut change, &member.authority).await?;

        let asking = new.asking(&organisation, &plans, by);
        let seating = new.seating(app, by, &asking, &member).await?;
        let mut change = change.decided_by(seating.policies().to_vec());
        seating.apply(app, &mut change, &asking, &mut member, || MemberError::NoSeatFree);
        if new.invite {
            let room = Room::of(&by.scope, &organisation, by.call.at).await?;
            welcome::invite(app, &mut change.writes, &organisation, &mut member, by.call.at, room);
        }
        let limit = member_limit(&plans, organisation.today(by.call.at), organisation.member_limit);
        regroup(app, &by.scope, &by.call, &mut change, &[], &mut member).await?;
        enrol(&mut change, &member, limit);
        business::enter(&by.scope, &mut change, &member, &password).await?;
        index::add(app, &by.scope, &mut change.writes, &member).await?;
        change.event(app, "member.added", serde_json::json!({ "member": member.id }));
        let change = change.after(&member);
        let recommended = recommended.iter().map(Field::to_string).collect();
        let shown = password.generated.clone().filter(|_| login == Login::BusinessEmail);
        Ok((Added { member, recommended }, shown, change))
    })
    .await
}

/// More than a member is made by a primary admin only, and nobody gives what they do not have (R1).
pub(super) fn check_authority(by: &By<Managing>, given: &Authority) -> Result<(), MemberError> {
    let fits = by.actor.authority().may_let_in_with(given);
    if fits { Ok(()) } else { Err(MemberError::TooMuchAuthority) }
}

impl NewMember {
    pub(in crate::app) fn filled(&self) -> Filled<'_> {
        Filled {
            business_email: self.business_email.as_ref(),
            work_email: self.work_email.as_ref(),
            phone: self.phone.as_ref(),
        }
    }

    /// The member, who logs in by work email until it is chosen otherwise, without a seat.
    pub(in crate::app) fn member(&self, app: &App, provenance: Provenance) -> Member {
        Member {
            id: app.new_id(MemberId::from_parts),
            name: self.name.clone(),
            progress: Progress::Added,
            suspended: false,
            deleted_at: None,
            authority: self.authority.clone(),
            departments: self.departments.clone(),
            login: Login::WorkEmail,
            business_email: self.business_email.clone(),
            work_email: self.work_email.clone(),
            phone: self.phone.clone(),
            language: self.language.clone(),
            workforce_type: self.workforce_type.clone(),
            employee_number: self.employee_number.clone(),
            attributes: self.attributes.clone(),
            groups: Vec::new(),
            seats: Vec::new(),
            group_seats: Vec::new(),
            wishes: Vec::new(),
            created_at: provenance.at,
            provenance,
        }
    }

    fn asking<'a>(&self, organisation: &'a Organisation, plans: &'a [Plan], by: &By<Managing>) -> Asking<'a> {
        let offered = match self.seat {
            Some(SeatChoice::Plan(plan)) => Some(plan),
            _ => None,
        };
        Asking { organisation, plans, at: by.call.at, occasion: Occasion::Add, offered, held: None }
    }

    /// R7: a named plan must have a seat free; the only plan there is is preselected, which nobody chose: the seat
    /// policies are asked, and a wish is kept.
    async fn seating(
        &self,
        app: &App,
        by: &By<Managing>,
        asking: &Asking<'_>,
        member: &Member,
    ) -> Result<Seating, MemberError> {
        let today = asking.organisation.today(asking.at);
        let mut paid = asking.plans.iter().filter(|plan| plan.is_paid(today));
        match (self.seat, paid.next(), paid.next()) {
            (Some(SeatChoice::Plan(plan)), ..) => {
                if !asking.plans.iter().any(|known| known.id == plan && known.is_paid(today)) {
                    return Err(MemberError::NoSuchPlan(plan));
                }
                let seating = Seating::of_plan(&by.scope, asking, plan).await?;
                match seating.outcome {
                    Outcome::Seat(_) => Ok(seating),
                    Outcome::Wish(..) | Outcome::Nothing => Err(MemberError::NoSeatFree),
                }
            }
            (Some(SeatChoice::Policy), ..) => {
                Ok(Seating::by_policy(app, &by.scope, asking, member.for_seat_policies()).await?)
            }
            (None, Some(only), None) => {
                let asking = Asking { offered: Some(only.id), ..*asking };
                Ok(Seating::by_policy(app, &by.scope, &asking, member.for_seat_policies()).await?)
            }
            (Some(SeatChoice::None) | None, ..) => Ok(Seating::none()),
        }
    }
}
