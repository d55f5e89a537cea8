//! Who answers requests, by which way, and what of it stands (R16 to R18).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Barrier;

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use usher_domain::policy::seat;
use usher_domain::time::{DAY, HOUR, Instant, MINUTE, SECOND};
use usher_server::ports::Clock as _;
use usher_server::testing::Answer;

use crate::front_desk::{FrontDesk, answer_links, text};

const ROOT: &str = "root@acme.example";

/// The headers that sign a message, made by what Standard Webhooks says and none of the host's code.
pub struct Signed([(&'static str, String); 3]);

impl Signed {
    /// Signs a body with the text of a secret.
    pub fn new(secret: &str, at: Instant, body: &str) -> Signed {
        let seconds = at.as_micros() / SECOND;
        let key = BASE64.decode(secret.strip_prefix("whsec_").unwrap().as_bytes()).unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(format!("msg_1.{seconds}.{body}").as_bytes());
        let signature = format!("v1,{}", BASE64.encode(&mac.finalize().into_bytes()));
        Signed([
            ("webhook-id", "msg_1".to_owned()),
            ("webhook-timestamp", seconds.to_string()),
            ("webhook-signature", signature),
        ])
    }

    /// Name and value of each.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }
}

/// A chat bot that speaks for the primary admin as `U1`.
struct Bot {
    id: String,
    secret: String,
}

impl Bot {
    fn new(desk: &FrontDesk) -> Bot {
        let new = json!({ "name": "Chat", "approvers": { "U1": desk.org.primary_admin } });
        let made = desk.admin().post(&desk.path("/bots"), &new).expect(201);
        Bot { id: text(&made["bot"]["id"]), secret: text(&made["secret"]) }
    }

    fn send(&self, desk: &FrontDesk, signed: &Signed, body: &str) -> Answer {
        let headers: Vec<_> = signed.headers().collect();
        let path = desk.path(&format!("/bots/{}/answer", self.id));
        desk.host.client("").send("POST", &path, &headers, Some(body.as_bytes()))
    }

    fn answer(&self, desk: &FrontDesk, body: &Value) -> Answer {
        let body = body.to_string();
        self.send(desk, &Signed::new(&self.secret, desk.host.clock.now(), &body), &body)
    }
}

/// Asks to join by a link that needs approval; the request.
pub fn pending(desk: &FrontDesk, link: &str, email: &str) -> Value {
    let asked = desk.join(link, email).expect(200);
    assert_eq!(asked["outcome"], "pending", "{email}");
    asked["request"].clone()
}

/// An admin who may answer requests; their id and their address.
fn approver(desk: &FrontDesk, name: &str) -> (String, String) {
    let email = format!("{name}@acme.example");
    let body = json!({
        "name": name, "departments": [desk.org.root], "work_email": email,
        "role": { "kind": "admin", "permissions": ["member_and_department"] },
    });
    (text(&desk.admin().post(&desk.path("/members"), &body).expect(201)["member"]["id"]), email)
}

#[test]
fn r17_a_link_shows_what_it_would_do_answers_once_and_as_its_approver() {
    let desk = FrontDesk::new();
    let (second, email) = approver(&desk, "second");
    let (_, link) = desk.invite(&json!({}));
    let request = pending(&desk, &link, "ada@example.com");
    let (roots, seconds) = (answer_links(&desk.host, ROOT), answer_links(&desk.host, &email));
    assert_eq!((roots.len(), seconds.len()), (1, 1));
    assert_ne!(roots, seconds, "each has their own");

    let nobody = desk.host.client("");
    for _ in 0..3 {
        let shown = nobody.get(&seconds[0]).expect(200);
        assert_eq!((&shown["organisation"], &shown["approver"]), (&json!("Acme"), &json!(second)));
        assert_eq!((&shown["request"]["id"], &shown["request"]["state"]), (&request, &json!("pending")));
    }
    assert_eq!(desk.request(&request)["state"], "pending", "looking approves nobody");

    let approved = nobody.post(&seconds[0], &json!({ "verdict": "approve", "note": "known" })).expect(200);
    assert_eq!((&approved["state"], &approved["answer"]["by"]), (&json!("approved"), &json!(second)));
    for path in [&seconds[0], &roots[0]] {
        let again = nobody.post(path, &json!({ "verdict": "reject" }));
        assert_eq!((again.status, again.code()), (409, "already_processed"));
        assert_eq!(again.body["first_answer"], approved["answer"]);
    }
    assert_eq!(nobody.get(&roots[0]).expect(200)["request"]["answer"], approved["answer"]);
}

#[test]
fn r17_a_link_ends_and_is_worth_nothing_to_who_may_not_answer_any_more() {
    let desk = FrontDesk::new();
    let (second, email) = approver(&desk, "second");
    let (_, link) = desk.invite(&json!({}));
    let request = pending(&desk, &link, "ada@example.com");
    let (roots, seconds) = (answer_links(&desk.host, ROOT), answer_links(&desk.host, &email));
    let path = desk.path(&format!("/members/{second}"));
    let etag = desk.admin().get(&path).etag.unwrap();
    drop(desk.admin().send("POST", &format!("{path}/suspend"), &[("if-match", &etag)], None).expect(200));

    let nobody = desk.host.client("");
    let check = |path: &str, expected: (u16, &str)| {
        let (shown, answered) = (nobody.get(path), nobody.post(path, &json!({ "verdict": "approve" })));
        assert_eq!((shown.status, shown.code()), expected, "{}", shown.body);
        assert_eq!((answered.status, answered.code()), expected, "{}", answered.body);
    };
    check(&seconds[0], (403, "forbidden"));
    desk.host.clock.advance(7 * DAY);
    check(&roots[0], (404, "not_found"));
    desk.host.work();
    check(&roots[0], (404, "not_found"));
    assert_eq!(desk.request(&request)["state"], "pending");
}

#[test]
fn r17_a_bot_answers_for_whom_it_lists_if_it_signs_in_time() {
    let desk = FrontDesk::new();
    let bot = Bot::new(&desk);
    let (_, link) = desk.invite(&json!({}));
    let request = pending(&desk, &link, "ada@example.com");
    let body = json!({ "user": "U1", "request": request, "verdict": "approve" }).to_string();
    let now = desk.host.clock.now();
    let refused = |signed: &Signed, body: &str| {
        let answer = bot.send(&desk, signed, body);
        assert_eq!((answer.status, answer.code()), (401, "signature_wrong"), "{}", answer.body);
    };
    let other = Bot::new(&desk);
    refused(&Signed::new(&other.secret, now, &body), &body);
    refused(&Signed::new(&bot.secret, now, &body), &body.replace("approve", "reject"));
    refused(&Signed::new(&bot.secret, now.plus(-6 * MINUTE), &body), &body);
    refused(&Signed::new(&bot.secret, now.plus(6 * MINUTE), &body), &body);
    let stranger = json!({ "user": "U2", "request": request, "verdict": "approve" });
    assert_eq!(bot.answer(&desk, &stranger).code(), "forbidden");
    assert_eq!(desk.request(&request)["state"], "pending");

    let signed = Signed::new(&bot.secret, now, &body);
    let approved = bot.send(&desk, &signed, &body).expect(200);
    assert_eq!(approved["answer"]["by"], desk.org.primary_admin);
    let replayed = bot.send(&desk, &signed, &body);
    assert_eq!((replayed.code(), &replayed.body["first_answer"]), ("already_processed", &approved["answer"]));

    drop(desk.admin().delete(&desk.path(&format!("/bots/{}", bot.id))));
    refused(&Signed::new(&bot.secret, now, &body), &body);
}

#[test]
fn r18_the_console_chooses_seats_a_link_and_a_bot_leave_it_to_the_policies() {
    let desk = FrontDesk::new();
    desk.host.pdp.assign(seat::Verdict::Assign);
    let plan = desk.plan("Team", 10);
    let bot = Bot::new(&desk);
    let (_, link) = desk.invite(&json!({ "plan": plan }));
    let approved = |email: &str, answer: &dyn Fn(&Value) -> Answer| {
        let request = pending(&desk, &link, email);
        answer(&request).expect(200)["answer"]["member"].clone()
    };
    let check = |email: &str, answer: &dyn Fn(&Value) -> Answer, seats: Value| {
        assert_eq!(desk.member(&approved(email, answer))["seats"], seats, "{email}");
    };
    let console = |seat: Value| {
        let desk = &desk;
        move |request: &Value| desk.answer(request, "approve", &json!({ "seat": seat }))
    };
    check("a@example.com", &console(json!({ "kind": "plan", "plan": plan })), json!([plan]));
    check("b@example.com", &console(json!({ "kind": "none" })), json!([]));
    check("c@example.com", &console(Value::Null), json!([plan]));
    let by_link = |_: &Value| {
        let newest = answer_links(&desk.host, ROOT).pop().unwrap();
        desk.host.client("").post(&newest, &json!({ "verdict": "approve" }))
    };
    desk.host.pdp.assign(seat::Verdict::Decline);
    let declined = approved("d@example.com", &by_link);
    let by_bot =
        |request: &Value| bot.answer(&desk, &json!({ "user": "U1", "request": request, "verdict": "approve" }));
    let settled = |member: &Value, is: &dyn Fn(&Value) -> bool| {
        // The host's own worker may have taken a step of the way.
        let waits = || {
            desk.host.work();
            std::thread::sleep(std::time::Duration::from_millis(10));
            !is(&desk.member(member))
        };
        assert!((0..6_000).any(|_| !waits()), "{}", desk.member(member));
    };
    settled(&declined, &|member| member["wishes"][0]["reason"] == "policy_declined");
    desk.host.pdp.assign(seat::Verdict::Assign);
    settled(&approved("e@example.com", &by_bot), &|member| member["seats"] == json!([plan]));
    settled(&declined, &|member| member["seats"] == json!([plan]));
    assert_eq!(desk.seats(&plan), (4, 0, 6), "and nothing is reserved any more");
}

#[test]
fn r17_of_a_hundred_answers_at_once_by_all_ways_one_stands_and_all_are_told_it() {
    const EACH: usize = 20;
    let desk = FrontDesk::new();
    let bot = Bot::new(&desk);
    let app = desk.host.client(&desk.host.member_app(&desk.org, &desk.org.primary_admin));
    let (_, link) = desk.invite(&json!({}));
    let request = pending(&desk, &link, "ada@example.com");
    let mailed = answer_links(&desk.host, ROOT).pop().unwrap();
    let verdict = |n: usize| if n.is_multiple_of(2) { "approve" } else { "reject" };

    let ways: [&(dyn Fn(usize) -> Answer + Sync); 5] = [
        &|n| desk.answer(&request, verdict(n), &json!({})),
        &|n| app.post(&desk.path(&format!("/requests/{}/{}", text(&request), verdict(n))), &json!({})),
        &|n| desk.host.client("").post(&mailed, &json!({ "verdict": verdict(n) })),
        &|n| bot.answer(&desk, &json!({ "user": "U1", "request": request, "verdict": verdict(n) })),
        &|n| {
            let body = json!({ "requests": [request], "verdict": verdict(n) });
            desk.admin().post(&desk.path("/requests/answers"), &body)
        },
    ];
    let start = Barrier::new(ways.len() * EACH);
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let tasks = ways.iter().flat_map(|way| (0..EACH).map(move |n| (way, n)));
        let tasks: Vec<_> = tasks
            .map(|(way, n)| {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    way(n)
                })
            })
            .collect();
        tasks.into_iter().map(|task| task.join().unwrap()).collect()
    });

    let first = desk.request(&request)["answer"].clone();
    let mut told: BTreeMap<&str, usize> = BTreeMap::new();
    for answer in &answers {
        // Of many at once, what came of each is inside.
        let one = answer.body.pointer("/items/0").unwrap_or(&answer.body);
        let problem = one.get("problem").unwrap_or(one);
        let (how, given) = match problem["code"].as_str() {
            None => ("won", &one["answer"]),
            Some(code) => (code, &problem["first_answer"]),
        };
        assert_eq!(given, &first, "{}", answer.body);
        *told.entry(how).or_default() += 1;
    }
    assert_eq!(told, BTreeMap::from([("won", 1), ("already_processed", 99)]));
    let members = desk.admin().get(&desk.path("/members")).expect(200)["items"].as_array().unwrap().len();
    assert_eq!(members, if first["verdict"] == "approved" { 2 } else { 1 }, "and it was carried out once");
}

#[test]
fn r17_approvers_are_reminded_after_one_and_three_days_while_a_request_waits() {
    let desk = FrontDesk::new();
    let (_, link) = desk.invite(&json!({ "expires_at": null }));
    let request = pending(&desk, &link, "ada@example.com");
    let told = || answer_links(&desk.host, ROOT).len();
    assert_eq!(told(), 1);
    desk.host.clock.advance(23 * HOUR);
    assert_eq!(told(), 1);
    desk.host.clock.advance(HOUR);
    assert_eq!(told(), 2);
    desk.host.clock.advance(48 * HOUR);
    assert_eq!(told(), 3);
    desk.host.clock.advance(10 * DAY);
    assert_eq!(told(), 3, "twice is enough");

    let asleep = pending(&desk, &link, "bob@example.com");
    assert_eq!(told(), 4);
    desk.host.clock.advance(5 * DAY);
    assert_eq!(told(), 5, "what a sleeping host missed is one reminder");

    let answered = pending(&desk, &link, "eve@example.com");
    assert_eq!(told(), 6);
    for id in [&request, &asleep, &answered] {
        drop(desk.answer(id, "reject", &json!({})).expect(200));
    }
    desk.host.clock.advance(5 * DAY);
    assert_eq!(told(), 6, "nobody is reminded of what was answered");
}

#[test]
fn r17_approvers_are_reminded_a_day_before_a_request_ends_unanswered() {
    let desk = FrontDesk::new();
    let (_, link) = desk.invite(&json!({ "expires_at": null }));
    let request = pending(&desk, &link, "ada@example.com");
    let told = || answer_links(&desk.host, ROOT).len();
    desk.host.clock.advance(4 * DAY);
    let before = told();
    desk.host.clock.advance(25 * DAY - HOUR);
    assert_eq!(told(), before);
    desk.host.clock.advance(HOUR);
    assert_eq!(told(), before + 1);
    let last = answer_links(&desk.host, ROOT).pop().unwrap();
    assert_eq!(desk.host.client("").get(&last).expect(200)["request"]["id"], request, "there is time to answer");
    desk.host.clock.advance(DAY);
    assert_eq!((told(), desk.request(&request)["state"].clone()), (before + 1, json!("expired")));
}

#[test]
fn r17_many_requests_are_answered_each_on_its_own() {
    let desk = FrontDesk::new();
    let plan = desk.plan("Team", 5);
    let (_, link) = desk.invite(&json!({}));
    let [ada, bob, eve] = ["ada", "bob", "eve"].map(|name| pending(&desk, &link, &format!("{name}@example.com")));
    drop(desk.answer(&bob, "reject", &json!({})).expect(200));
    let elsewhere = "req_00000000000000000000000000";
    let body = json!({
        "requests": [ada, bob, elsewhere, eve, ada], "verdict": "approve", "note": "all known",
        "seat": { "kind": "plan", "plan": plan },
    });
    let came = desk.admin().post(&desk.path("/requests/answers"), &body).expect(200)["items"].clone();
    let said = |n: usize| came[n]["answer"]["verdict"].as_str().or(came[n]["problem"]["code"].as_str()).unwrap();
    let all: Vec<_> = (0..5).map(said).collect();
    assert_eq!(all, ["approved", "already_processed", "not_found", "approved", "already_processed"]);
    assert_eq!(came[1]["problem"]["first_answer"]["verdict"], "rejected");
    assert_eq!(came[4]["problem"]["first_answer"], came[0]["answer"]);
    assert_eq!((&came[0]["request"], &came[3]["answer"]["note"]), (&ada, &json!("all known")));
    assert_eq!(desk.seats(&plan), (2, 0, 3), "R18: the seats that were chosen");
}

#[test]
fn r17_all_who_may_answer_are_told_however_many_they_are() {
    let desk = FrontDesk::new();
    for n in 0..260 {
        drop(approver(&desk, &format!("a{n}")));
    }
    let (_, link) = desk.invite(&json!({}));
    drop(pending(&desk, &link, "ada@example.com"));
    let told = || {
        let mail = desk.host.world.mail();
        let told = mail.iter().filter(|mail| mail.letter == "request_waits").map(|mail| mail.to.clone());
        told.collect::<Vec<_>>()
    };
    for _ in 0..6_000 {
        desk.host.work();
        if told().len() >= 261 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let told = told();
    assert_eq!((told.len(), told.iter().collect::<BTreeSet<_>>().len()), (261, 261));
}
