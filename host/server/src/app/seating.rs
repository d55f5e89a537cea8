//! Seats for somebody who comes in: what the seat policies say, and what it writes (R7, R18, R36).
//!
//! Shared by everything that makes a member or gives a seat by policy. Must not know why it is asked.

use std::collections::{BTreeMap, BTreeSet};

use usher_domain::ids::PlanId;
use usher_domain::member::{Member, SeatSource, SeatWish, State, WishReason};
use usher_domain::organisation::Organisation;
use usher_domain::plan::{Phase, Plan, paid_plans, stands_in_the_way};
use usher_domain::policy::seat::{self, Occasion};
use usher_domain::seat::{Ledger, Move, Outcome, choose};
use usher_domain::time::{Date, Instant};
use usher_store::OrgScope;

use super::App;
use super::change::Change;
use super::pdp::{Decided, Effect};
use super::refusal::Refusal;
use super::stored::Waiting;
use super::{counters, plans, seats};

/// What is to happen about a seat, and the decision behind it if a policy was asked.
pub struct Seating {
    /// What is to happen.
    pub outcome: Outcome,
    source: SeatSource,
    decided: Option<Decided<seat::Decision>>,
}

/// Who asks for a seat, and why.
pub struct Asking<'a> {
    /// The organisation.
    pub organisation: &'a Organisation,
    /// All its plans.
    pub plans: &'a [Plan],
    /// When.
    pub at: Instant,
    /// Why.
    pub occasion: Occasion,
    /// The plan that the invitation or the group offers, or that is preselected (R7).
    pub offered: Option<PlanId>,
    /// The plan a seat of which is reserved for them.
    pub held: Option<PlanId>,
}

impl Seating {
    /// No seat is asked for.
    pub const fn none() -> Seating {
        Seating { outcome: Outcome::Nothing, source: SeatSource::Admin, decided: None }
    }

    /// A seat of this plan, as an admin chose; if none is free beyond those that are awaited, the wish.
    pub async fn of_plan(scope: &OrgScope, asking: &Asking<'_>, plan: PlanId) -> Result<Seating, Refusal> {
        let found = asking.paid_plans().find(|known| known.id == plan);
        let found = found.ok_or_else(|| Refusal::not_found("plan", &plan))?;
        let free = asking.free(plan, &plans::ledger(scope, found).await?);
        Ok(Seating::of(plan, free, SeatSource::Admin, None))
    }

    /// What the organisation's seat policies say. Without a policy: the plan that is offered, else the
    /// only one (R7).
    pub async fn by_policy(
        app: &App,
        scope: &OrgScope,
        asking: &Asking<'_>,
        member: seat::Member,
    ) -> Result<Seating, Refusal> {
        let request = asking.request(scope, member).await?;
        if request.plans.is_empty() {
            return Ok(Seating::none());
        }
        let decided = app.pdp.seat(scope, &request).await?;
        let mut free = BTreeMap::new();
        for plan in asking.paid_plans() {
            free.insert(plan.id, asking.free(plan.id, &plans::ledger(scope, plan).await?));
        }
        Ok(Seating::of_decision(&request, decided, |plan| free.get(&plan).copied()))
    }

    /// What an answer of the seat policies comes to; `free` tells how many seats a plan has free.
    pub fn of_decision(
        request: &seat::Request,
        decided: Decided<seat::Decision>,
        free: impl Fn(PlanId) -> Option<u32>,
    ) -> Seating {
        let outcome = match (decided.policies.is_empty(), request.plans.as_slice()) {
            (false, _) => choose(&decided.decision, free),
            (true, [only]) => first_of(only.id, free),
            (true, _) => request.offered.map_or(Outcome::Nothing, |plan| first_of(plan, free)),
        };
        Seating { outcome, source: SeatSource::Policy, decided: Some(decided) }
    }

    /// What comes of the one plan that an admin chose, or that a user group gives seats of (R35), with so many free.
    /// Where the policies were asked they have a say.
    pub fn of(plan: PlanId, free: u32, source: SeatSource, decided: Option<Decided<seat::Decision>>) -> Seating {
        let outcome = match &decided {
            Some(decided) if !agreed(decided, plan) => Outcome::Wish(plan, WishReason::PolicyDeclined),
            _ if free == 0 => Outcome::Wish(plan, WishReason::NoSeatFree),
            _ => Outcome::Seat(plan),
        };
        Seating { outcome, source, decided }
    }

    /// What comes of a wish when a seat of its plan is free (R36). Unless an admin chose the seat for this member,
    /// the seat policies are asked; what else stands in the way comes before them.
    pub async fn of_wish(
        app: &App,
        scope: &OrgScope,
        asking: &Asking<'_>,
        member: &Member,
        wish: &SeatWish,
    ) -> Result<Seating, Refusal> {
        let today = asking.organisation.today(asking.at);
        let (plan, source) = (wish.plan, wish.source);
        if let Some(reason) = obstacle(asking.plans, member, plan, today) {
            return Ok(Seating { outcome: Outcome::Wish(plan, reason), source, decided: None });
        }
        let decided = match source {
            SeatSource::Admin => None,
            SeatSource::Group | SeatSource::Policy => {
                let request = asking.request(scope, member.for_seat_policies()).await?;
                Some(app.pdp.seat(scope, &request).await?)
            }
        };
        Ok(Seating::of(plan, 1, source, decided))
    }

    /// What the seat policies said, if it was for them to say; without a policy, that there is none.
    pub const fn decided(&self) -> Option<&Decided<seat::Decision>> {
        self.decided.as_ref()
    }

    /// Digests of the policies that were asked.
    pub fn policies(&self) -> &[String] {
        self.decided.as_ref().map_or(&[], |decided| &decided.policies)
    }

    /// The plan of the seat that is given.
    pub fn seat(&self) -> Option<PlanId> {
        match self.outcome {
            Outcome::Seat(plan) => Some(plan),
            Outcome::Wish(..) | Outcome::Nothing => None,
        }
    }

    /// Moves the seats, notes them on the member, and keeps the decision. The member's record is the
    /// caller's to write. `none_free` is what the use case ends in if somebody else was faster.
    pub fn apply<E>(
        self,
        app: &App,
        change: &mut Change<E>,
        asking: &Asking<'_>,
        member: &mut Member,
        none_free: impl Fn() -> E,
    ) {
        let plan = |id: PlanId| asking.plans.iter().find(|plan| plan.id == id);
        let seat = self.seat();
        if let Some(plan) = asking.held.filter(|held| Some(*held) != seat).and_then(plan) {
            change.seat(plan, Move::Release, none_free());
            seats::freed(&mut change.writes, plan.id, asking.at);
        }
        if let Some(plan) = seat.and_then(plan) {
            let how = if asking.held == Some(plan.id) { Move::Settle } else { Move::Give };
            change.seat(plan, how, none_free());
            unwish(change, member, plan.id);
            member.seated(plan.id, self.source);
            let data = serde_json::json!({ "member": member.id, "plan": plan.id });
            change.event(app, "seat.given", data);
        }
        if let Outcome::Wish(plan, reason) = self.outcome {
            wish(change, member, SeatWish { plan, reason, since: asking.at, source: self.source });
        }
        if let Some(decided) = self.decided {
            let outcome = match self.outcome {
                Outcome::Seat(_) => "assigned",
                Outcome::Wish(..) => "wished",
                Outcome::Nothing => "none",
            };
            let target = Some(member.id.to_string());
            let effect = Effect { outcome: outcome.to_owned(), clamps: Vec::new(), target };
            decided.record.keep(&mut change.writes, effect);
        }
    }
}

/// Keeps a wish (R36): on the member, and in the queue of its plan. Who waits already keeps their place.
///
/// INVARIANT: a wish that a free seat could meet, or that is somebody else's from now on, has the seats of its plan
/// looked at. Without that, a seat that is freed between reading that none is free and writing the wish would stay
/// empty.
pub fn wish<E>(change: &mut Change<E>, member: &mut Member, new: SeatWish) {
    let before = member.wishes.clone();
    let (plan, at) = (new.plan, new.since);
    let known = member.wishes.iter_mut().find(|wish| wish.plan == plan);
    let looks = known.as_ref().is_none_or(|known| new.reason == WishReason::NoSeatFree || new.source != known.source);
    match known {
        Some(known) => *known = SeatWish { since: known.since, ..new },
        None => {
            member.wishes.push(new);
            change.writes.put(&(plan, (at.as_micros(), member.id)), &Waiting {});
        }
    }
    count_awaited(change, &before, &member.wishes);
    if looks {
        seats::freed(&mut change.writes, plan, at);
    }
}

/// Meets wishes that user groups gave a member who is about to be written, each of a plan with a seat free, if the seat
/// policies agree.
pub async fn meet<E>(
    app: &App,
    scope: &OrgScope,
    asking: &Asking<'_>,
    mut change: Change<E>,
    member: &mut Member,
    wishes: Vec<SeatWish>,
    none_free: impl Fn() -> E,
) -> Result<Change<E>, Refusal> {
    for wish in wishes {
        let asking = Asking { offered: Some(wish.plan), ..*asking };
        let seating = Seating::of_wish(app, scope, &asking, member, &wish).await?;
        change = change.decided_by(seating.policies().to_vec());
        seating.apply(app, &mut change, &asking, member, &none_free);
    }
    Ok(change)
}

/// Counts who waits for nothing but a free seat of a plan: whoever comes leaves it to them (R36).
///
/// INVARIANT: whatever changes somebody's wishes, or the reasons of these, calls this in the commit that writes the
/// member, whose version it guards. So the counter is never below nought.
pub fn count_awaited<E>(change: &mut Change<E>, before: &[SeatWish], after: &[SeatWish]) {
    let awaited = |wishes: &[SeatWish]| -> BTreeSet<PlanId> {
        wishes.iter().filter(|wish| wish.reason == WishReason::NoSeatFree).map(|wish| wish.plan).collect()
    };
    let (before, after) = (awaited(before), awaited(after));
    let begins = after.difference(&before).map(|plan| (plan, 1));
    for (plan, by) in begins.chain(before.difference(&after).map(|plan| (plan, -1))) {
        change.writes.add(&counters::seats_awaited(*plan), by, 0, i64::MAX);
    }
}

/// What keeps a member from a seat of a plan even if one is free.
pub fn obstacle(plans: &[Plan], member: &Member, plan: PlanId, today: Date) -> Option<WishReason> {
    if member.state() == State::Suspended {
        return Some(WishReason::Suspended);
    }
    stands_in_the_way(plans, plan, &member.seats, today).then_some(WishReason::PlanConflict)
}

/// Drops a wish: from the member and from the queue of its plan.
pub fn unwish<E>(change: &mut Change<E>, member: &mut Member, plan: PlanId) {
    let before = member.wishes.clone();
    member.wishes.retain(|wish| wish.plan != plan);
    for wish in before.iter().filter(|wish| wish.plan == plan) {
        change.writes.delete::<Waiting>(&(plan, (wish.since.as_micros(), member.id)));
    }
    count_awaited(change, &before, &member.wishes);
}

/// Whether the policies, if there are any, give a seat of the plan.
fn agreed(decided: &Decided<seat::Decision>, plan: PlanId) -> bool {
    let decision = &decided.decision;
    decided.policies.is_empty() || (decision.verdict == seat::Verdict::Assign && decision.plans.contains(&plan))
}

fn first_of(plan: PlanId, free: impl Fn(PlanId) -> Option<u32>) -> Outcome {
    match free(plan) {
        Some(0) => Outcome::Wish(plan, WishReason::NoSeatFree),
        Some(_) => Outcome::Seat(plan),
        None => Outcome::Nothing,
    }
}

impl Asking<'_> {
    /// Seats that they could have: what is awaited is none of them, theirs is one while it is reserved.
    fn free(&self, plan: PlanId, ledger: &Ledger) -> u32 {
        let held = self.held == Some(plan) && ledger.reserved > 0;
        ledger.unclaimed().max(u32::from(held))
    }

    /// Whether seats of the plan can be given.
    pub fn can_give(&self, plan: PlanId) -> bool {
        self.paid_plans().any(|known| known.id == plan)
    }

    /// The plans whose seats can be given.
    pub fn paid_plans(&self) -> impl Iterator<Item = &Plan> {
        let today = self.organisation.today(self.at);
        self.plans.iter().filter(move |plan| plan.is_paid(today))
    }

    /// The question to the seat policies about a member.
    pub async fn request(&self, scope: &OrgScope, member: seat::Member) -> Result<seat::Request, Refusal> {
        let today = self.organisation.today(self.at);
        let mut views = Vec::new();
        for plan in self.paid_plans() {
            let ledger = plans::ledger(scope, plan).await?;
            views.push(seat::Plan {
                id: plan.id,
                name: plan.name.clone(),
                starts_on: plan.starts_on,
                ends_on: plan.ends_on,
                in_effect: plan.phase(today) == Phase::InEffect,
                bought: ledger.bought,
                used: ledger.used(),
                reserved: ledger.reserved,
            });
        }
        views.sort_unstable_by_key(|plan| plan.id);
        Ok(seat::Request {
            organisation: self.organisation.for_policies(paid_plans(self.plans, today)),
            at: self.at,
            today,
            occasion: self.occasion,
            member,
            plans: views,
            offered: self.offered,
        })
    }
}
