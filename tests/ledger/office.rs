//! Random things done to members, groups, plans and invitations, over HTTP. How people come is [`super::comers`]'s.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use usher_domain::ids::OrgId;
use usher_domain::policy::seat::Verdict;
use usher_domain::time::MINUTE;
use usher_server::app::stored::{Invitation, JoinRequest, SeatFreed, SweepStep};
use usher_server::ports::Clock as _;
use usher_server::testing::{Answer, Client, TestHost};
use usher_store::{Change, OrgScope, Record as _, Store, due_until};

use crate::front_desk::{FrontDesk, text};

/// Longer than work that failed waits, and than a lease of what is under way.
const BEYOND_RETRIES: i64 = 10 * MINUTE;

/// The same numbers for the same seed (`SplitMix64`).
pub struct Dice(u64);

impl Dice {
    /// Of one hand in one round.
    pub fn new(seed: u64, round: u64, hand: u64) -> Dice {
        Dice(seed << 32 | round << 16 | hand)
    }

    /// Below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % n
    }

    /// One of these, if there is one.
    pub fn pick(&mut self, of: &[String]) -> Option<String> {
        self.place(of.len()).and_then(|place| of.get(place)).cloned()
    }

    /// One of these, which is then none of them any more.
    pub fn take<T>(&mut self, of: &mut Vec<T>) -> Option<T> {
        self.place(of.len()).map(|place| of.swap_remove(place))
    }

    fn place(&mut self, count: usize) -> Option<usize> {
        let count = u64::try_from(count).ok().filter(|count| *count > 0)?;
        usize::try_from(self.below(count)).ok()
    }
}

/// An organisation where things are done.
pub struct Office {
    pub(super) desk: FrontDesk,
    /// Its data.
    pub scope: OrgScope,
    pub(super) plans: Vec<String>,
    groups: Vec<String>,
    /// Links of invitations for anybody, one with each plan.
    pub(super) links: Vec<String>,
    pub(super) members: Mutex<Vec<String>>,
    invitations: Mutex<Vec<String>>,
    /// Whom invitations are for that nobody took yet, with their links.
    pub(super) personal: Mutex<Vec<(String, String)>>,
    /// What those who wait for an answer were told.
    pub(super) requests: Mutex<Vec<Value>>,
    /// Seats that an admin may have given: whoever chooses may pass those who wait.
    pub given: Mutex<BTreeSet<(String, String)>>,
}

impl Office {
    /// One with three small plans, two of which exclude each other, a static and a dynamic group for each of two
    /// of them, and room for members.
    pub fn open(store: Arc<dyn Store>) -> Office {
        let host = TestHost::with_store(store.clone());
        let org = host.organisation("Acme");
        let scope = OrgScope::new(store, org.id.parse::<OrgId>().unwrap());
        let desk = FrontDesk { host, org };
        let plans: Vec<_> = ["A", "B", "C"].map(|name| desk.plan(name, 3)).into();
        drop(desk.plan("Room", 500));
        let group = |name: &str, plan: &String, rule: Value| {
            let mut body = json!({ "name": name, "plan": plan });
            if !rule.is_null() {
                body["rule"] = rule;
            }
            text(&desk.admin().post(&desk.path("/groups"), &body).expect(201)["id"])
        };
        let interns = json!({ "workforce_type": ["intern"] });
        let groups = vec![
            group("static A", &plans[0], Value::Null),
            group("static B", &plans[1], Value::Null),
            group("dynamic A", &plans[0], interns.clone()),
            group("dynamic B", &plans[1], json!({ "not": interns })),
        ];
        let mut office = Office {
            desk,
            scope,
            plans,
            groups,
            links: Vec::new(),
            members: Mutex::default(),
            invitations: Mutex::default(),
            personal: Mutex::default(),
            requests: Mutex::default(),
            given: Mutex::default(),
        };
        office.links = office.plans.iter().map(|plan| office.link_with(plan)).collect();
        let excludes = json!({ "excludes": [office.plans[0]] });
        drop(office.change(&office.operator(), &format!("/plans/{}", office.plans[2]), &excludes));
        office
    }

    /// Has the seat policies agree, or one time in four decline.
    pub fn set_policy(&self, dice: &mut Dice) {
        self.desk.host.pdp.assign(if dice.below(4) == 0 { Verdict::Decline } else { Verdict::Assign });
    }

    /// Waits until nothing is left to do about seats and groups, nor about what is over.
    pub fn rest(&self) {
        self.desk.host.clock.advance(BEYOND_RETRIES);
        for _ in 0..1_000 {
            self.desk.host.work();
            let now = self.desk.host.clock.now();
            let soon = now.plus(BEYOND_RETRIES).as_micros();
            let mut due = block_on(due_until(self.desk.host.app.store.as_ref(), soon, 1_000)).unwrap();
            let about_seats = [SeatFreed::KIND, SweepStep::KIND, Invitation::KIND, JoinRequest::KIND];
            due.retain(|due| about_seats.contains(&due.kind));
            if due.is_empty() {
                return;
            }
            // What the host's own worker has taken on, or put off, is not done yet.
            if due.iter().all(|due| due.at > now.as_micros()) {
                self.desk.host.clock.advance(BEYOND_RETRIES);
            }
        }
        panic!("there is always more to do");
    }

    /// Commits of the whole host.
    pub fn changes_since(&self, seq: u64, limit: usize) -> Vec<Change> {
        block_on(self.desk.host.app.store.changes_since(seq, limit)).unwrap()
    }

    /// Does one thing. It may be refused, for somebody else was faster or there is nothing to do it to.
    pub fn step(&self, dice: &mut Dice) {
        self.desk.host.clock.advance(1);
        let answer = match dice.below(40) {
            0..4 => Some(self.add(dice)),
            4 => self.act(dice, "DELETE", ""),
            5 => self.act(dice, "POST", "/suspend"),
            6..8 => self.act(dice, "POST", "/resume"),
            8..10 => self.give(dice),
            10 => self.of_member(dice, |office, member, dice| {
                let path = format!("/members/{member}/seats/{}", dice.pick(&office.plans)?);
                Some(office.desk.admin().delete(&office.desk.path(&path)))
            }),
            11..13 => self.join_or_leave(dice, "PUT"),
            13 => self.join_or_leave(dice, "DELETE"),
            14..16 => self.of_member(dice, |office, member, dice| {
                let kind = if dice.below(2) == 0 { "intern" } else { "regular" };
                let body = json!({ "workforce_type": kind });
                office.change(&office.desk.admin(), &format!("/members/{member}"), &body)
            }),
            16..18 => dice.pick(&self.plans).and_then(|plan| {
                let size = json!({ "size": 1 + dice.below(6) });
                self.change(&self.operator(), &format!("/plans/{plan}"), &size)
            }),
            18 => {
                let plan = dice.pick(&self.plans);
                Some(self.invite(dice, plan.as_deref()))
            }
            19..21 => self.switch(dice),
            21..23 => Some(self.import(dice)),
            23 if dice.below(3) == 0 => self.give_group_another_plan(dice),
            23 => self.revoke(dice),
            24..27 => self.sell_and_invite(dice),
            _ => self.come(dice),
        };
        if let Some(answer) = answer {
            // Two hands may wait with their files, the others hear that there are too many.
            let in_turn = answer.status == 429 && answer.body["limit"] == "uploads_by_organisation";
            let expected = in_turn || matches!(answer.status, 200..=204 | 404 | 409 | 410 | 412);
            assert!(expected, "{}: {}", answer.status, answer.body);
        }
    }

    fn add(&self, dice: &mut Dice) -> Answer {
        let name = format!("m{}-{}", dice.below(u64::from(u32::MAX)), dice.below(u64::from(u32::MAX)));
        let seat = if dice.below(2) == 0 { "policy" } else { "none" };
        let kind = if dice.below(2) == 0 { "intern" } else { "regular" };
        let body = json!({
            "name": name, "departments": [self.desk.org.root], "work_email": format!("{name}@example.com"),
            "workforce_type": kind, "seat": { "kind": seat }, "invite": false,
        });
        let answer = self.desk.admin().post(&self.desk.path("/members"), &body);
        if answer.status == 201 {
            held(&self.members).push(text(&answer.body["member"]["id"]));
        }
        answer
    }

    fn give(&self, dice: &mut Dice) -> Option<Answer> {
        let (member, plan) = (dice.pick(&held(&self.members))?, dice.pick(&self.plans)?);
        held(&self.given).insert((member.clone(), plan.clone()));
        let path = self.desk.path(&format!("/members/{member}/seats/{plan}"));
        Some(self.desk.admin().send("PUT", &path, &[], None))
    }

    fn join_or_leave(&self, dice: &mut Dice, method: &str) -> Option<Answer> {
        let (group, member) = (dice.pick(&self.groups)?, dice.pick(&held(&self.members))?);
        let path = self.desk.path(&format!("/groups/{group}/members/{member}"));
        Some(self.desk.admin().send(method, &path, &[], None))
    }

    fn give_group_another_plan(&self, dice: &mut Dice) -> Option<Answer> {
        let (group, plan) = (dice.pick(&self.groups)?, dice.pick(&self.plans));
        let plan = plan.filter(|_| dice.below(4) > 0);
        self.change(&self.desk.admin(), &format!("/groups/{group}"), &json!({ "plan": plan }))
    }

    /// Moves seats of a plan to another: everybody's, a group's, a few members', or those all at once.
    fn switch(&self, dice: &mut Dice) -> Option<Answer> {
        let (from, to) = (dice.pick(&self.plans)?, dice.pick(&self.plans)?);
        let members = held(&self.members).clone();
        let some: BTreeSet<_> = (0..3).filter_map(|_| dice.pick(&members)).collect();
        held(&self.given).extend(members.into_iter().map(|member| (member, to.clone())));
        let order = match dice.below(4) {
            0 => json!({ "to": to }),
            1 => json!({ "to": to, "groups": [dice.pick(&self.groups)?] }),
            kind => json!({ "to": to, "members": some, "together": kind == 2 }),
        };
        let answer = self.desk.admin().post(&self.desk.path(&format!("/plans/{from}/switch")), &order);
        (from != to && !some.is_empty()).then_some(answer)
    }

    /// Gives seats by a file, where some rows name nobody.
    fn import(&self, dice: &mut Dice) -> Answer {
        let members = held(&self.members).clone();
        let mut file = "Plan,Member\n".to_owned();
        for _ in 0..4 {
            let (Some(plan), Some(member)) = (dice.pick(&self.plans), dice.pick(&members)) else { continue };
            file += &format!("{plan},{member}\n{plan},nobody@example.com\n");
            held(&self.given).insert((member, plan));
        }
        let headers = [("content-type", "application/octet-stream")];
        let path = self.desk.path("/seats/import?apply=true");
        self.desk.admin().send("POST", &path, &headers, Some(file.as_bytes()))
    }

    /// Makes a personal invitation, which reserves a seat of the plan.
    pub fn invite(&self, dice: &mut Dice, plan: Option<&str>) -> Answer {
        let email = format!("i{}@example.com", dice.below(u64::from(u32::MAX)));
        let body = json!({ "email": email, "plan": plan, "approval_required": dice.below(2) == 0 });
        let answer = self.desk.admin().post(&self.desk.path("/invitations"), &body);
        if answer.status == 201 {
            held(&self.invitations).push(text(&answer.body["invitation"]["id"]));
            held(&self.personal).push((email, text(&answer.body["link"])));
        }
        answer
    }

    fn revoke(&self, dice: &mut Dice) -> Option<Answer> {
        let invitation = dice.pick(&held(&self.invitations))?;
        self.versioned(&self.desk.admin(), "POST", &format!("/invitations/{invitation}"), "/revoke")
    }

    fn act(&self, dice: &mut Dice, method: &str, how: &str) -> Option<Answer> {
        let member = dice.pick(&held(&self.members))?;
        self.versioned(&self.desk.admin(), method, &format!("/members/{member}"), how)
    }

    fn of_member(&self, dice: &mut Dice, act: impl Fn(&Office, &str, &mut Dice) -> Option<Answer>) -> Option<Answer> {
        let member = dice.pick(&held(&self.members))?;
        act(self, &member, dice)
    }

    /// Changes what is at a path, as it stands.
    pub fn change(&self, client: &Client, path: &str, body: &Value) -> Option<Answer> {
        let path = self.desk.path(path);
        let etag = client.get(&path).etag?;
        Some(client.patch(&path, &etag, body))
    }

    fn versioned(&self, client: &Client, method: &str, path: &str, rest: &str) -> Option<Answer> {
        let path = self.desk.path(path);
        let etag = client.get(&path).etag?;
        Some(client.send(method, &format!("{path}{rest}"), &[("if-match", &etag)], None))
    }

    /// Who sells plans.
    pub fn operator(&self) -> Client {
        self.desk.host.client(&self.desk.host.operator)
    }
}

/// What a lock holds, whoever panicked before.
pub fn held<T>(lock: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits for the store.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}
