//! What an erasure must not overlook, and what it must not take from others (R22, R32, R42).

use std::time::Duration;

use serde_json::{Value, json};
use usher_domain::ids::MailId;
use usher_domain::time::{DAY, HOUR, Instant};
use usher_server::app::dead_letters::DeadLetter;
use usher_server::app::login::codes::KnownNetwork;
use usher_server::app::mail::OutgoingMail;
use usher_server::ports::Clock as _;
use usher_store::{CommitError, Page, Stored};

use crate::front_desk::{FrontDesk, login_code, text, waited};
use crate::process::within;

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";

impl FrontDesk {
    fn personal_data(&self, of: &str) -> Value {
        self.admin().get(&self.path(&format!("{of}/personal-data"))).expect(200)
    }

    fn added(&self, email: &str) -> String {
        let body = json!({ "name": "Ada", "departments": [self.org.root], "work_email": email });
        text(&self.admin().post(&self.path("/members"), &body).expect(201)["member"]["id"])
    }

    /// What an organisation's trail and requests say of a request.
    fn told_of(&self, request: &Value) -> [Value; 3] {
        let id = text(request);
        let trail = self.admin().get(&self.path(&format!("/audit?target={id}"))).expect(200);
        let shown = self.request(request);
        let decision = self.admin().get(&self.path(&format!("/decisions/{}", text(&shown["decision"])))).expect(200);
        [trail, shown, decision]
    }

    fn mail_to(&self, email: &str) -> Vec<(MailId, Stored<OutgoingMail>)> {
        let all = waited(self.scope().page::<OutgoingMail>(Page::first(100))).unwrap();
        all.into_iter().filter(|(_, found)| found.record.to == email).collect()
    }

    fn count_dead_letters(&self) -> usize {
        waited(self.scope().page::<DeadLetter>(Page::first(100))).unwrap().len()
    }

    /// Asks for a login's code, which nobody takes for now; the mail that waits.
    fn code_on_its_way(&self, email: &str) -> (MailId, Stored<OutgoingMail>) {
        self.host.world.refuse(email, Some(450));
        let ask = json!({ "organisation": self.org.id, "login": email });
        drop(self.host.client("").post("/v1/login/codes", &ask).expect(200));
        within(Duration::from_secs(120), || {
            self.host.work();
            self.mail_to(email).into_iter().find(|(_, found)| found.record.journey.letter == "one_time_code")
        })
    }

    fn log_in(&self, email: &str) {
        let ask = json!({ "organisation": self.org.id, "login": email });
        let (asked, code) = login_code(&self.host, &ask, email);
        let code = json!({ "proof": asked["proof"], "code": code });
        let login = json!({ "organisation": self.org.id, "login": email, "code": code });
        drop(self.host.client("").post("/v1/login", &login).expect(200));
    }

    fn known_networks(&self) -> usize {
        waited(self.scope().page::<KnownNetwork>(Page::first(100))).unwrap().len()
    }

    /// Entries of the trail that say from where something was done.
    fn origins(&self, action: &str) -> usize {
        let entries = self.admin().get(&self.path(&format!("/audit?what={action}"))).expect(200);
        let entries = entries["items"].as_array().unwrap();
        assert!(!entries.is_empty(), "no {action}");
        entries.iter().filter(|entry| entry["origin"].is_string()).count()
    }

    fn revoke(&self, invitation: &str) {
        drop(self.end(invitation, "revoke").expect(200));
    }

    fn erase_status(&self, of: &str) -> u16 {
        self.admin().send("POST", &self.path(&format!("{of}/erase")), &[], None).status
    }
}

#[test]
fn r32_r42_the_next_holder_of_an_address_keeps_their_trail_and_shows_none_of_it() {
    let desk = FrontDesk::new();
    let before = desk.joined(ADA);
    desk.delete(&before);
    let (_, link) = desk.invite(&json!({}));
    let asked = desk.join(&link, ADA).expect(200)["request"].clone();
    drop(desk.answer(&asked, "approve", &json!({})).expect(200));
    let again = text(&desk.request(&asked)["answer"]["member"]);
    let told = desk.told_of(&asked);
    assert!(told.iter().all(|told| told.to_string().contains(ADA)), "{told:?}");

    let data = desk.personal_data(&format!("/members/{before}")).to_string();
    assert!(!data.contains(&text(&asked)) && !data.contains(&again), "{data}");
    drop(desk.erase(&format!("/members/{before}/erase")));
    assert_eq!(desk.erased()["left"], json!([]));
    assert_eq!(desk.told_of(&asked), told);
    assert!(desk.holds());
}

#[test]
fn r32_a_member_who_was_deleted_too_can_be_restored_after_somebody_before_them_was_erased() {
    let desk = FrontDesk::new();
    let before = desk.joined(ADA);
    desk.delete(&before);
    let again = desk.joined(ADA);
    desk.delete(&again);
    drop(desk.erase(&format!("/members/{before}/erase")));
    drop(desk.erased());
    assert_eq!(desk.member(&json!(again))["work_email"], ADA);
}

#[test]
fn r32_letters_go_in_the_commit_that_erases() {
    let desk = FrontDesk::new();
    desk.host.world.refuse(ADA, Some(550));
    desk.host.world.refuse(BOB, Some(450));
    let (ada, bob) = (desk.added(ADA), desk.added(BOB));
    within(Duration::from_secs(120), || {
        desk.host.work();
        (desk.count_dead_letters() == 1 && desk.mail_to(BOB).len() == 1).then_some(())
    });
    for (member, left) in [(&ada, (0, 1)), (&bob, (0, 0))] {
        desk.delete(member);
        drop(desk.erase(&format!("/members/{member}/erase")));
        assert_eq!((desk.count_dead_letters(), desk.mail_to(BOB).len()), left);
    }
    assert_eq!(desk.erased()["left"], json!([]));
}

#[test]
fn r32_what_is_written_again_while_an_erasure_goes_on_goes_too() {
    let desk = FrontDesk::new();
    let ada = desk.joined(ADA);
    let (_, link) = desk.invite(&json!({}));
    let asked = desk.join(&link, BOB).expect(200)["request"].clone();
    let (id, _) = desk.code_on_its_way(ADA);
    let scope = desk.scope();
    // The erasure takes several commits before it comes to the mail.
    desk.repeat(&asked, 6_000);
    desk.delete(&ada);
    drop(desk.erase(&format!("/members/{ada}/erase")));
    if let Some(Stored { version, mut record }) = waited(scope.get::<OutgoingMail>(&id)).unwrap() {
        record.journey.attempts += 1;
        let mut writes = scope.writes();
        writes.replace(&id, version, &record);
        let written = waited(writes.commit());
        assert!(matches!(written, Ok(_) | Err(CommitError::Conflict { .. })), "it may be gone by now: {written:?}");
    }
    assert_eq!(desk.erased()["left"], json!([]));
    assert!(desk.mail_to(ADA).is_empty());
}

#[test]
fn r42_what_is_held_about_somebody_shows_no_letter_that_another_could_use() {
    let desk = FrontDesk::new();
    desk.host.world.refuse(ADA, Some(550));
    let ada = desk.added(ADA);
    within(Duration::from_secs(120), || {
        desk.host.work();
        (desk.count_dead_letters() == 1).then_some(())
    });
    let (_, mail) = desk.code_on_its_way(ADA);
    let is_code = |word: &&str| word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_digit());
    let words = |body: &str| body.split(|c: char| !c.is_ascii_alphanumeric()).find(is_code).map(str::to_owned);
    let code = words(&mail.record.body).expect("a code");
    assert_eq!(desk.count_dead_letters(), 1);

    let data = desk.personal_data(&format!("/members/{ada}"));
    assert!(!data.to_string().contains(&code) && !data.to_string().contains("/welcome/"), "{data}");
    let held = |kind: &str| {
        let all = data["records"].as_array().unwrap();
        all.iter().find(|held| held["kind"] == kind).unwrap_or_else(|| panic!("no {kind}"))["value"].clone()
    };
    let (mail, dead) = (held("mail"), held("dead_letter")["message"]["mail"].clone());
    for letter in [mail, dead] {
        let names: Vec<_> = letter.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!((&letter["to"], names), (&json!(ADA), vec!["journey", "to"]), "{letter}");
    }
}

#[test]
fn r32_who_was_left_somewhere_is_erased_again_and_nobody_else_is() {
    let desk = FrontDesk::new();
    let (invitation, _) = desk.invite(&json!({ "email": ADA }));
    let (ada, bob) = (desk.joined(ADA), desk.joined(BOB));
    for member in [&ada, &bob] {
        desk.delete(member);
        drop(desk.erase(&format!("/members/{member}/erase")));
    }
    drop(desk.erased());
    let left = |member: &str| {
        let all = desk.admin().get(&desk.path("/erasures")).expect(200)["items"].as_array().unwrap().clone();
        all.into_iter().find(|erasure| erasure["subject"] == member).expect("an erasure")["left"].clone()
    };
    assert_eq!(left(&ada), json!(["an invitation that is open: revoke it, then erase again"]));
    assert_eq!(left(&bob), json!([]), "what is left is said of whom it names");
    assert_eq!(desk.erase_status(&format!("/members/{bob}")), 404);

    desk.revoke(&invitation);
    drop(desk.erase(&format!("/members/{ada}/erase")));
    drop(desk.erased());
    assert_eq!(left(&ada), json!([]));
    let all = desk.everything();
    assert!(!all.contains(ADA) && desk.holds(), "{all}");
    assert_eq!(desk.erase_status(&format!("/members/{ada}")), 404);
}

#[test]
fn r42_an_applicant_who_was_left_somewhere_is_erased_again() {
    let desk = FrontDesk::new();
    let (invitation, _) = desk.invite(&json!({ "email": ADA }));
    let (_, link) = desk.invite(&json!({}));
    let asked = desk.join(&link, ADA).expect(200)["request"].clone();
    drop(desk.answer(&asked, "reject", &json!({})).expect(200));
    let erase = format!("/requests/{}/erase", text(&asked));
    drop(desk.erase(&erase));
    assert_eq!(desk.erased()["left"].as_array().unwrap().len(), 1);
    desk.revoke(&invitation);
    drop(desk.erase(&erase));
    assert_eq!(desk.erased()["left"], json!([]));
    let all = desk.everything();
    assert!(!all.contains(ADA) && desk.holds(), "{all}");
}

#[test]
fn r22_r42_who_was_invited_and_never_answered_is_told_what_is_held_and_erased() {
    let desk = FrontDesk::new();
    let (invitation, _) = desk.invite(&json!({ "email": ADA, "name": "Ada Lovelace" }));
    let (other, _) = desk.invite(&json!({ "email": BOB, "name": "Bob" }));
    let invited = format!("/invitations/{invitation}");
    let data = desk.personal_data(&invited);
    assert_eq!(data["subject"], json!(invitation));
    let all = data.to_string();
    assert!(all.contains("Ada Lovelace") && all.contains("invitation.created") && !all.contains(BOB), "{all}");

    assert_eq!(desk.erase_status(&invited), 409, "it is open");
    desk.revoke(&invitation);
    drop(desk.erase(&format!("{invited}/erase")));
    assert_eq!(desk.erased()["left"], json!([]));
    let all = desk.everything();
    assert!(!all.contains(ADA) && !all.contains("Ada Lovelace") && desk.holds(), "{all}");
    assert!(desk.personal_data(&format!("/invitations/{other}")).to_string().contains(BOB));
}

#[test]
fn r15_r22_whom_an_invitation_was_for_is_forgotten_30_days_after_it_was_over() {
    let check = |over_after: i64, end: fn(&FrontDesk, &str)| {
        let desk = FrontDesk::new();
        let (invitation, _) = desk.invite(&json!({ "email": ADA, "name": "Ada Lovelace" }));
        end(&desk, &invitation);
        desk.host.clock.advance(over_after + 30 * DAY - HOUR);
        desk.host.work();
        let shown = || desk.admin().get(&desk.path(&format!("/invitations/{invitation}"))).expect(200);
        assert_eq!((&shown()["email"], &shown()["name"]), (&json!(ADA), &json!("Ada Lovelace")));
        let state = shown()["state"].clone();
        desk.host.clock.advance(HOUR + DAY);
        desk.host.work();
        assert_eq!(desk.erased()["left"], json!([]));
        assert_eq!((&shown()["email"], &shown()["state"]), (&Value::Null, &state));
        let all = desk.everything();
        assert!(!all.contains(ADA) && !all.contains("Ada Lovelace") && desk.holds(), "{all}");
    };
    check(14 * DAY, |_, _| ());
    check(0, |desk, invitation| desk.revoke(invitation));
}

#[test]
fn r15_r32_who_took_an_invitation_keeps_all_but_its_address() {
    let desk = FrontDesk::new();
    let (invitation, link) = desk.invite(&json!({ "email": ADA, "expires_at": null, "approval_required": false }));
    let ada = desk.join(&link, ADA).expect(200)["member"].clone();
    let trail = || desk.admin().get(&desk.path(&format!("/audit?target={}", text(&ada)))).expect(200);
    let before = trail();
    let shown = || desk.admin().get(&desk.path(&format!("/invitations/{invitation}"))).expect(200);
    desk.host.clock.advance(30 * DAY - HOUR);
    desk.host.work();
    assert_eq!(shown()["email"], ADA);
    desk.host.clock.advance(HOUR + DAY);
    desk.host.work();
    assert_eq!((&shown()["email"], &shown()["state"]), (&Value::Null, &json!("full")));
    assert_eq!(desk.member(&ada)["work_email"], ADA);
    assert_eq!(trail(), before);
    assert_eq!(desk.admin().get(&desk.path("/erasures")).expect(200)["items"], json!([]));
}

#[test]
fn r42_r43_it_is_forgotten_from_where_strangers_came() {
    let desk = FrontDesk::new();
    let (_, link) = desk.invite(&json!({}));
    drop(desk.prove(&link, BOB));
    let login = json!({ "organisation": desk.org.id, "login": "nobody@x.example", "password": "not the password" });
    drop(desk.host.client("").post("/v1/login", &login));
    let origins = |what: &str| {
        let trail = desk.admin().get(&desk.path(&format!("/audit?what={what}"))).expect(200);
        trail["items"].as_array().unwrap().iter().map(|entry| entry["origin"].clone()).collect::<Vec<_>>()
    };
    let all = || [origins("login.refused"), origins("proof"), origins("invitation.created")];
    let known = [vec![json!("127.0.0.1")], vec![json!("127.0.0.1")], vec![json!("127.0.0.1")]];
    assert_eq!(all(), known);
    desk.host.clock.advance(30 * DAY - HOUR);
    desk.host.work();
    assert_eq!(all(), known);
    desk.host.clock.advance(DAY + HOUR);
    desk.host.work();
    assert_eq!(all(), [vec![Value::Null], vec![Value::Null], vec![json!("127.0.0.1")]]);
    assert!(desk.holds());
}

#[test]
fn r42_bots_forget_whom_they_spoke_for() {
    let desk = FrontDesk::new();
    let (ada, bob) = (desk.joined(ADA), desk.joined(BOB));
    let bot = json!({ "name": "Chat", "approvers": { "U-lovelace": ada, "U-babbage": bob } });
    let bot = text(&desk.admin().post(&desk.path("/bots"), &bot).expect(201)["bot"]["id"]);
    let data = desk.personal_data(&format!("/members/{ada}")).to_string();
    assert!(data.contains("U-lovelace") && data.contains("bot.created") && !data.contains("U-babbage"), "{data}");

    desk.delete(&ada);
    drop(desk.erase(&format!("/members/{ada}/erase")));
    assert_eq!(desk.erased()["left"], json!([]));
    let shown = desk.admin().get(&desk.path(&format!("/bots/{bot}"))).expect(200);
    assert_eq!(shown["approvers"], json!({ "U-babbage": bob }));
    let all = desk.everything();
    assert!(!all.contains("U-lovelace") && desk.holds(), "{all}");
}

#[test]
fn r42_where_somebody_was_and_asked_for_codes_from_goes_with_them() {
    let desk = FrontDesk::new();
    let (ada, _) = (desk.joined(ADA), desk.joined(BOB));
    desk.log_in(ADA);
    desk.log_in(BOB);
    assert_eq!(desk.known_networks(), 2);
    assert_eq!(desk.origins("proof.sent"), 2);

    desk.delete(&ada);
    drop(desk.erase(&format!("/members/{ada}/erase")));
    assert_eq!(desk.erased()["left"], json!([]));
    assert_eq!(desk.known_networks(), 1, "Bob's");
    assert_eq!(desk.origins("proof.sent"), 0);
    assert_eq!(desk.origins("login.accepted"), 1, "Bob's");
    assert!(desk.holds());
}

#[test]
fn r42_from_where_somebody_logs_in_is_noted_once_a_day_and_forgotten_90_days_later() {
    let desk = FrontDesk::new();
    drop(desk.joined(ADA));
    let noted = || -> Vec<Instant> {
        let all = waited(desk.scope().page::<KnownNetwork>(Page::first(100))).unwrap();
        all.into_iter().map(|(_, found)| found.record.at).collect()
    };
    let first = desk.host.clock.now();
    desk.log_in(ADA);
    desk.host.clock.advance(23 * HOUR);
    desk.log_in(ADA);
    assert_eq!(noted(), [first], "the day is not over");
    desk.host.clock.advance(HOUR);
    desk.log_in(ADA);
    assert_eq!(noted(), [first.plus(DAY)]);
    desk.host.clock.advance(90 * DAY - HOUR);
    desk.host.work();
    assert_eq!(desk.known_networks(), 1);
    desk.host.clock.advance(HOUR);
    desk.host.work();
    assert_eq!(desk.known_networks(), 0);
}

#[test]
fn r42_where_somebody_guessed_at_a_login_stays_in_the_entries_of_others() {
    let desk = FrontDesk::new();
    let ada = desk.added(ADA);
    let guess = json!({ "organisation": desk.org.id, "login": ADA, "password": "a guess of somebody's" });
    assert_eq!(desk.host.client("").post("/v1/login", &guess).code(), "login_failed");
    drop(desk.joined(BOB));
    assert_eq!((desk.origins("login.refused"), desk.origins("proof.sent")), (1, 1));
    desk.delete(&ada);
    drop(desk.erase(&format!("/members/{ada}/erase")));
    assert_eq!(desk.erased()["left"], json!([]));
    assert_eq!(desk.origins("proof.sent"), 1, "Bob's");
    assert!(desk.holds());
}
