//! What is left once all work is done: who holds what, who waits and why, who is in which group.

use std::collections::{BTreeMap, BTreeSet};

use usher_domain::group::{Groups, Subject};
use usher_domain::ids::{GroupId, MemberId, PlanId};
use usher_domain::member::{Member, SeatSource, State, WishReason};
use usher_domain::plan::{Plan, stands_in_the_way};
use usher_domain::time::Date;
use usher_server::app::counters::{group_members, members, seats_awaited, seats_committed, seats_reserved};
use usher_server::app::stored::{self, GroupMember, Plans, Waiting};
use usher_store::Page;

use super::office::{Office, block_on, held};

/// More than there is of anything.
const ALL: usize = 5_000;

/// Everything about seats, as it is stored.
struct Books {
    plans: Vec<Plan>,
    members: BTreeMap<MemberId, Member>,
    groups: Groups,
    queue: Vec<(PlanId, (i64, MemberId))>,
    places: BTreeSet<(GroupId, MemberId)>,
    reserved: BTreeMap<PlanId, i64>,
}

impl Books {
    async fn read(office: &Office) -> Books {
        let scope = &office.scope;
        let members = scope.page::<stored::Member>(Page::first(ALL)).await.unwrap();
        let groups = scope.page::<stored::Group>(Page::first(ALL)).await.unwrap();
        let invitations = scope.page::<stored::Invitation>(Page::first(ALL)).await.unwrap();
        let requests = scope.page::<stored::JoinRequest>(Page::first(ALL)).await.unwrap();
        let invitations = invitations.into_iter().map(|(_, found)| found.record.0);
        let invitations = invitations.filter(|one| one.seat_reserved).map(|one| one.plan.unwrap());
        let requests = requests.into_iter().map(|(_, found)| found.record.0);
        let requests = requests.filter(|one| one.seat_reserved).map(|one| one.plan.unwrap());
        let mut reserved = BTreeMap::new();
        for plan in invitations.chain(requests) {
            *reserved.entry(plan).or_insert(0) += 1;
        }
        Books {
            plans: scope.get::<Plans>(&()).await.unwrap().unwrap().record.plans,
            members: members.into_iter().map(|(id, found)| (id, found.record.0)).collect(),
            groups: groups.into_iter().map(|(_, found)| found.record.0).collect(),
            queue: scope.page::<Waiting>(Page::first(ALL)).await.unwrap().into_iter().map(|(id, _)| id).collect(),
            places: scope.page::<GroupMember>(Page::first(ALL)).await.unwrap().into_iter().map(|(id, _)| id).collect(),
            reserved,
        }
    }

    /// Whether somebody has a seat of the plan.
    fn holds(&self, plan: PlanId, member: MemberId) -> bool {
        self.members.get(&member).is_some_and(|member| member.seats.contains(&plan))
    }

    /// Whether a seat of the plan could be somebody's who waits for one, if it were free.
    fn fits(&self, member: &Member, plan: PlanId) -> bool {
        let reasons = [WishReason::Suspended, WishReason::PlanConflict, WishReason::PolicyDeclined];
        !reasons.into_iter().any(|reason| self.keeps(reason, member, plan))
    }

    /// Whether this is what keeps somebody from a seat of the plan. What the policies said is known from the wish.
    fn keeps(&self, reason: WishReason, member: &Member, plan: PlanId) -> bool {
        match reason {
            WishReason::Suspended => member.state() == State::Suspended,
            WishReason::PlanConflict => stands_in_the_way(&self.plans, plan, &member.seats, today()),
            WishReason::PolicyDeclined => member.wish(plan).is_some_and(|wish| wish.reason == reason),
            WishReason::NoSeatFree => false,
        }
    }
}

fn today() -> Date {
    "2026-03-02".parse().unwrap()
}

/// Counters and indexes say what the records say; nobody waits who could have a seat.
pub fn check(office: &Office) {
    block_on(async {
        let books = Books::read(office).await;
        check_ledger(office, &books).await;
        check_waiting(&books);
        check_groups(office, &books).await;
    });
}

async fn check_ledger(office: &Office, books: &Books) {
    let count = books.members.values().filter(|member| member.counts()).count();
    assert_eq!(office.scope.counter(&members()).await.unwrap(), i64::try_from(count).unwrap());
    for plan in &books.plans {
        let committed = office.scope.counter(&seats_committed(plan.id)).await.unwrap();
        let reserved = office.scope.counter(&seats_reserved(plan.id)).await.unwrap();
        let used = books.members.values().filter(|member| member.seats.contains(&plan.id)).count();
        let expected = books.reserved.get(&plan.id).copied().unwrap_or(0);
        assert_eq!((committed - reserved, reserved), (i64::try_from(used).unwrap(), expected), "{plan:?}");
        let awaits = |member: &&Member| member.wish(plan.id).is_some_and(|wish| wish.reason == WishReason::NoSeatFree);
        let awaiting = i64::try_from(books.members.values().filter(awaits).count()).unwrap();
        assert_eq!(office.scope.counter(&seats_awaited(plan.id)).await.unwrap(), awaiting, "{plan:?}");
        if committed >= i64::from(plan.size) {
            continue;
        }
        for (_, (_, waiting)) in books.queue.iter().filter(|(of, _)| *of == plan.id) {
            let member = &books.members[waiting];
            let reason = member.wish(plan.id).unwrap().reason;
            assert!(books.keeps(reason, member, plan.id), "a seat of {} is free: {member:?}", plan.name);
        }
    }
}

fn check_waiting(books: &Books) {
    let place = |member: &Member| {
        let wishes = member.wishes.iter();
        wishes.map(|wish| (wish.plan, (wish.since.as_micros(), member.id))).collect::<Vec<_>>()
    };
    let mut places: Vec<_> = books.members.values().flat_map(place).collect();
    places.sort_unstable();
    assert_eq!(books.queue, places, "the queues are the members' wishes");
    for member in books.members.values() {
        let plans: BTreeSet<_> = member.wishes.iter().map(|wish| wish.plan).collect();
        assert_eq!(plans.len(), member.wishes.len(), "one wish for a plan: {member:?}");
        assert!(member.seats.iter().all(|plan| !plans.contains(plan)), "no wish beside the seat: {member:?}");
        assert!(member.counts() || (member.seats.is_empty() && plans.is_empty()), "deleted: {member:?}");
    }
}

async fn check_groups(office: &Office, books: &Books) {
    let under = BTreeSet::new();
    for member in books.members.values() {
        let groups = books.groups.of(Subject { member, under: &under });
        assert_eq!(member.in_groups(), groups, "{member:?}");
        let given = books.groups.plans(&groups);
        let wished = member.wishes.iter().filter(|wish| wish.source == SeatSource::Group).map(|wish| wish.plan);
        let rests: BTreeSet<_> = member.group_seats.iter().copied().chain(wished).collect();
        assert!(rests.is_subset(&given), "seats of groups they left: {member:?}");
        assert!(given.iter().all(|plan| member.seat_source(*plan).is_some()), "no seat of their group: {member:?}");
        assert!(member.group_seats.iter().all(|plan| member.seats.contains(plan)), "{member:?}");
    }
    let members = books.members.values();
    let places = members.flat_map(|member| member.in_groups().iter().map(|group| (*group, member.id)));
    assert_eq!(books.places, places.collect(), "the groups are the members' groups");
    for group in books.groups.iter() {
        let count = books.places.iter().filter(|(of, _)| *of == group.id).count();
        assert_eq!(office.scope.counter(&group_members(group.id)).await.unwrap(), i64::try_from(count).unwrap());
    }
}

/// How things stood before something was done.
pub struct Before(Books);

impl Before {
    /// As they stand.
    pub fn of(office: &Office) -> Before {
        Before(block_on(Books::read(office)))
    }
}

/// Whoever was served since waited longer than everybody who waits still and could have had the seat. Unless an admin
/// chose so.
pub fn check_order(office: &Office, Before(before): &Before) {
    let books = block_on(Books::read(office));
    let given = held(&office.given);
    let chosen = |plan: PlanId, member: MemberId| given.contains(&(member.to_string(), plan.to_string()));
    for (plan, place) in &before.queue {
        if chosen(*plan, place.1) || !books.holds(*plan, place.1) {
            continue;
        }
        let ahead = books.queue.iter().filter(|(of, other)| of == plan && other < place);
        for (_, (_, passed)) in ahead {
            let member = &books.members[passed];
            assert!(!books.fits(member, *plan), "{passed} was passed over: {member:?}");
        }
    }
    for plan in before.plans.iter().map(|plan| plan.id) {
        let is_new = |member: &&MemberId| {
            let waited = before.members.get(*member).is_some_and(|member| member.wish(plan).is_some());
            books.holds(plan, **member) && !before.holds(plan, **member) && !waited && !chosen(plan, **member)
        };
        let came = i64::try_from(books.members.keys().filter(is_new).count()).unwrap();
        let reserved = |of: &Books| of.reserved.get(&plan).copied().unwrap_or(0);
        if came + reserved(&books) - reserved(before) <= 0 {
            continue;
        }
        for (_, (_, passed)) in before.queue.iter().filter(|place| place.0 == plan && books.queue.contains(place)) {
            let member = &books.members[passed];
            assert!(!books.fits(member, plan), "{passed} was passed over by who came: {member:?}");
        }
    }
}
