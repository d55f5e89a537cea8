//! Mail and SMS: in whose language, how they went, what becomes of those that fail (R13, R17, R34).

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};
use usher_domain::time::{DAY, HOUR, MINUTE};
use usher_server::app::post::MAX_ATTEMPTS;

use crate::command::usher;
use crate::front_desk::{FrontDesk, text};
use crate::process::{Process, within};

const ADA: &str = "ada@x.example";
const PHONE: &str = "+4915112345678";

impl FrontDesk {
    /// Adds somebody in the root department with what else is given.
    fn add(&self, more: &Value) -> String {
        let mut body = json!({ "name": "Ada", "departments": [self.org.root] });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        text(&self.admin().post(&self.path("/members"), &body).expect(201)["member"]["id"])
    }

    fn items(&self, rest: &str) -> Vec<Value> {
        self.admin().get(&self.path(rest)).expect(200)["items"].as_array().unwrap().clone()
    }

    fn dead_letters(&self) -> Vec<Value> {
        self.items("/dead-letters")
    }

    /// Channel, state and reason of all that was sent about a member.
    fn deliveries(&self, member: &str) -> Vec<[Value; 3]> {
        let items = self.items(&format!("/members/{member}/deliveries"));
        let mut items: Vec<_> =
            items.iter().map(|item| ["channel", "state", "reason"].map(|name| item[name].clone())).collect();
        // Of one moment, they are in no order.
        items.sort_by_key(|[channel, ..]| channel.to_string());
        items
    }

    /// Addresses that mail came to.
    fn mailed(&self) -> Vec<String> {
        self.host.work();
        self.host.world.mail().into_iter().map(|mail| mail.to).collect()
    }

    fn audited(&self, action: &str) -> usize {
        self.items("/audit").iter().filter(|entry| entry["action"] == action).count()
    }
}

#[test]
fn r13_a_mail_is_in_the_members_language_else_the_organisations_else_english() {
    let check = |language: Value, subject: &str| {
        let desk = FrontDesk::new();
        let mut body = json!({ "work_email": ADA });
        if !language.is_null() {
            body["language"] = language.clone();
        }
        drop(desk.add(&body));
        desk.host.work();
        let mail = desk.host.world.mail().pop().unwrap();
        assert_eq!(mail.subject, subject, "{language}");
        assert!(mail.html.unwrap().contains("Ada"), "{language}");
    };
    check(Value::Null, "Acme: Ihr Konto");
    check(json!("fr-CA"), "Acme : votre compte");
    check(json!("zh-Hant-TW"), "Acme：您的账号");
    check(json!("nl"), "Acme: Ihr Konto");
}

#[test]
fn r13_r34_who_has_address_and_phone_gets_mail_and_sms_and_both_are_reported() {
    let desk = FrontDesk::new();
    let member = desk.add(&json!({ "work_email": ADA, "phone": PHONE, "language": "en" }));
    desk.host.work();
    let sms = desk.host.world.sms();
    assert_eq!((sms.len(), sms[0].to.as_str()), (1, PHONE));
    let link = format!("http://{}/welcome/", desk.host.address);
    let text = sms[0].text.strip_prefix("Hello Ada, Acme has made you a member. Accept or decline: ").unwrap();
    assert!(text.starts_with(&link), "{text}");
    let sent = |channel: &str| [json!(channel), json!("sent"), Value::Null];
    assert_eq!(desk.deliveries(&member), [sent("mail"), sent("sms")]);
}

#[test]
fn r34_no_sms_goes_out_for_a_phone_that_is_invited_when_all_are_in() {
    let desk = FrontDesk::new();
    let check = |count: usize, expected: [&str; 2]| {
        let (id, _) = desk.invite(&json!({ "phone": PHONE }));
        desk.host.work();
        assert_eq!(desk.host.world.sms().len(), count);
        let reports = desk.items(&format!("/invitations/{id}/deliveries"));
        let [report] = reports.as_slice() else { panic!("{reports:?}") };
        let reason = report["reason"].as_str().unwrap_or_default();
        assert_eq!([report["state"].as_str().unwrap(), reason], expected, "{report}");
    };
    check(1, ["sent", ""]);
    // The first primary admin is all that this plan takes.
    drop(desk.plan("Team", 1));
    check(1, ["failed", "organisation_full"]);
    drop(desk.plan("More", 1));
    check(2, ["sent", ""]);
}

#[test]
fn r34_whoever_asked_for_an_sms_is_told_that_none_was_sent() {
    let desk = FrontDesk::new();
    let ada = desk.add(&json!({ "work_email": ADA }));
    let etag = desk.admin().get(&desk.path("/inviting")).etag.unwrap();
    let everyone =
        desk.admin().send("PUT", &desk.path("/inviting"), &[("if-match", &etag)], Some(br#"{"kind":"everyone"}"#));
    drop(everyone.expect(200));
    let plan = desk.plan("Team", 2);
    drop(desk.admin().send("PUT", &desk.path(&format!("/members/{ada}/seats/{plan}")), &[], None).expect(200));
    let app = desk.host.client(&desk.host.member_app(&desk.org, &ada));
    let invite = || app.post(&desk.path("/me/invitations"), &json!({ "name": "Bob", "phone": PHONE })).expect(201);
    let full = invite();
    assert_eq!(full["not_sent"], "organisation_full");
    let path = desk.path(&format!("/me/invitations/{}/deliveries", text(&full["invitation"]["id"])));
    assert_eq!(app.get(&path).expect(200)["items"][0]["reason"], "organisation_full");
    let others = desk.admin().get(&path);
    assert_eq!((others.status, others.code()), (403, "forbidden"), "it is Ada's");

    let sell = |size: u32| {
        let (operator, path) = (desk.host.client(&desk.host.operator), desk.path(&format!("/plans/{plan}")));
        let etag = operator.get(&path).etag.unwrap();
        drop(operator.patch(&path, &etag, &json!({ "size": size })).expect(200));
    };
    sell(3);
    assert_eq!(invite()["not_sent"], Value::Null);
    let bob = desk.add(&json!({ "work_email": "bob@x.example", "phone": PHONE }));
    let remind = || {
        desk.host.clock.advance(DAY);
        desk.admin().send("POST", &desk.path(&format!("/members/{bob}/remind")), &[], None).expect(200)["not_sent"]
            .clone()
    };
    assert_eq!(remind(), Value::Null);
    sell(2);
    assert_eq!(remind(), "organisation_full");
    let path = desk.path(&format!("/members/{bob}"));
    let etag = desk.admin().get(&path).etag.unwrap();
    drop(desk.admin().patch(&path, &etag, &json!({ "phone": null })).expect(200));
    assert_eq!(remind(), Value::Null, "who has no phone gets no SMS");
}

#[test]
fn r31_r34_whoever_was_the_last_to_fit_in_is_reminded_by_sms() {
    let desk = FrontDesk::new();
    drop(desk.plan("Team", 2));
    let member = desk.add(&json!({ "phone": PHONE }));
    let path = desk.path(&format!("/members/{member}/remind"));
    drop(desk.admin().send("POST", &path, &[], None).expect(200));
    desk.host.work();
    assert_eq!(desk.host.world.sms().len(), 2);
}

#[test]
fn a_code_for_a_phone_goes_by_sms() {
    let desk = FrontDesk::new();
    let (_, link) = desk.invite(&json!({}));
    let ask = json!({ "by": crate::front_desk::by(&link), "phone": PHONE });
    drop(desk.host.client("").post("/v1/join/proofs", &ask).expect(201));
    desk.host.work();
    let sms = desk.host.world.sms();
    assert_eq!((sms.len(), sms[0].to.as_str()), (1, PHONE));
    let code = sms[0].text.split_whitespace().next().unwrap();
    assert!(code.len() == 8 && code.bytes().all(|byte| byte.is_ascii_digit()), "{}", sms[0].text);
    assert!(desk.host.world.mail().is_empty());
}

#[test]
fn r34_what_a_server_refuses_for_good_is_a_dead_letter_at_once_and_can_be_tried_again() {
    let desk = FrontDesk::new();
    desk.host.world.refuse(ADA, Some(550));
    let member = desk.add(&json!({ "work_email": ADA }));
    assert!(desk.mailed().is_empty());
    assert_eq!(desk.deliveries(&member), [["mail", "failed", "rejected"].map(Value::from)]);
    let dead = desk.dead_letters().pop().unwrap();
    let fields = ["channel", "letter", "to", "member", "reason"].map(|name| text(&dead[name]));
    assert_eq!(fields, ["mail", "added", ADA, &member, "rejected"]);
    assert_eq!((&dead["status"], &dead["attempts"]), (&json!(550), &json!(1)));
    assert!(!dead.to_string().contains("Ihr Konto"), "what was written is not shown: {dead}");
    assert_eq!(desk.audited("message.undeliverable"), 1);

    desk.host.clock.advance(DAY);
    assert!(desk.mailed().is_empty(), "nobody tries it again unasked");
    let retry = desk.path(&format!("/dead-letters/{}/retry", text(&dead["id"])));
    assert_eq!(desk.admin().post(&retry, &Value::Null).status, 204);
    assert!(desk.mailed().is_empty(), "refused once more");
    desk.host.world.refuse(ADA, None);
    assert_eq!(desk.admin().post(&retry, &Value::Null).status, 204);
    assert_eq!(desk.mailed(), [ADA]);
    assert_eq!(desk.deliveries(&member), [[json!("mail"), json!("sent"), Value::Null]]);
    assert_eq!((desk.dead_letters(), desk.audited("dead_letter.retried")), (Vec::new(), 2));
    assert_eq!(desk.admin().post(&retry, &Value::Null).code(), "not_found");
}

#[test]
fn a_dead_letter_that_is_dropped_is_not_sent_and_one_that_is_left_is_forgotten_after_thirty_days() {
    let desk = FrontDesk::new();
    for address in [ADA, "bob@x.example"] {
        desk.host.world.refuse(address, Some(550));
        drop(desk.add(&json!({ "work_email": address })));
    }
    desk.host.work();
    let of = |address: &str| desk.dead_letters().into_iter().find(|dead| dead["to"] == address);
    let path = desk.path(&format!("/dead-letters/{}", text(&of(ADA).unwrap()["id"])));
    assert_eq!(desk.admin().delete(&path).status, 204);
    assert_eq!(desk.admin().delete(&path).code(), "not_found");
    assert_eq!((of(ADA), desk.audited("dead_letter.dropped")), (None, 1));
    desk.host.clock.advance(30 * DAY - HOUR);
    desk.host.work();
    assert!(of("bob@x.example").is_some());
    desk.host.clock.advance(2 * HOUR);
    desk.host.work();
    assert_eq!((desk.dead_letters(), desk.host.world.mail()), (Vec::new(), Vec::new()));
}

#[test]
fn what_a_server_does_not_take_now_is_tried_again_after_longer_and_longer_pauses_then_given_up() {
    let desk = FrontDesk::new();
    desk.host.world.refuse(ADA, Some(451));
    let member = desk.add(&json!({ "work_email": ADA }));
    let state = || desk.deliveries(&member).pop().unwrap();
    desk.host.work();
    desk.host.clock.advance(MINUTE / 2 - 1);
    desk.host.world.refuse(ADA, None);
    assert!(desk.mailed().is_empty(), "not before half a minute");
    assert_eq!(state()[1], "queued");
    desk.host.clock.advance(MINUTE);
    assert_eq!(desk.mailed(), [ADA]);
    assert_eq!(state()[1], "sent");

    desk.host.world.refuse("bob@x.example", Some(451));
    let member = desk.add(&json!({ "work_email": "bob@x.example" }));
    for attempt in 1..=MAX_ATTEMPTS {
        desk.host.work();
        if attempt < MAX_ATTEMPTS {
            assert_eq!(desk.dead_letters(), Vec::<Value>::new(), "after attempt {attempt}");
        }
        desk.host.clock.advance(6 * HOUR + MINUTE);
    }
    let dead = desk.dead_letters().pop().unwrap();
    assert_eq!((&dead["attempts"], &dead["reason"]), (&json!(MAX_ATTEMPTS), &json!("gave_up")));
    assert_eq!(desk.deliveries(&member), [["mail", "failed", "gave_up"].map(Value::from)]);
}

#[test]
fn r22_a_one_time_code_that_comes_too_late_or_never_is_not_kept() {
    for status in [451, 550] {
        let desk = FrontDesk::new();
        let (_, link) = desk.invite(&json!({}));
        desk.host.world.refuse(ADA, Some(status));
        let ask = json!({ "by": crate::front_desk::by(&link), "email": ADA });
        drop(desk.host.client("").post("/v1/join/proofs", &ask).expect(201));
        for _ in 0..8 {
            desk.host.work();
            desk.host.clock.advance(5 * MINUTE);
        }
        desk.host.world.refuse(ADA, None);
        desk.host.clock.advance(DAY);
        assert!(desk.mailed().is_empty(), "{status}");
        assert_eq!(desk.dead_letters(), Vec::<Value>::new(), "{status}");
    }
}

#[test]
fn links_in_letters_begin_with_the_hosts_public_url() {
    let mut host = Process::start();
    host.stop();
    host.more = ["--public-url", "https://usher.acme.example/people/"].map(str::to_owned).to_vec();
    host.go_on();
    let (org, token) = host.organisation();
    let invitation = host.client(&token).post(&format!("/v1/orgs/{org}/invitations"), &json!({ "email": ADA }));
    let link = text(&invitation.expect(201)["link"]);
    assert!(link.starts_with("https://usher.acme.example/people/join/"), "{link}");
    assert!(host.mail_to(ADA).contains(&link), "{}", host.mail_to(ADA));
}

#[test]
fn mail_without_a_mail_server_lies_in_a_folder_and_the_log_says_where_and_tells_no_secret() {
    let host = Process::start();
    let (org, token) = host.organisation();
    let invitation = host.client(&token).post(&format!("/v1/orgs/{org}/invitations"), &json!({ "email": ADA }));
    let link = text(&invitation.expect(201)["link"]);
    assert!(host.mail_to(ADA).contains(&link), "{}", host.mail_to(ADA));
    let line = within(Duration::from_secs(60), || {
        let log = host.log();
        log.lines().find(|line| line.contains("a mail lies in the folder") && line.contains(ADA)).map(str::to_owned)
    });
    let (_, file) = line.split_once("file=").unwrap();
    let mail = fs::read_to_string(file.split_whitespace().next().unwrap()).unwrap();
    let (_, subject) = mail.split_once("Subject: ").unwrap();
    let subject = subject.lines().next().unwrap();
    assert!(line.contains(subject) && line.contains("letter=") && mail.contains(&format!("To: {ADA}")), "{line}");
    let (_, secret) = link.rsplit_once('/').unwrap();
    assert!(!host.log().contains(secret), "{}", host.log());
}

#[test]
fn a_public_url_without_tls_is_refused_before_anything_is_served() {
    let served = usher().args(["serve", "--public-url", "http://acme.example", "--data", "/nowhere"]);
    let (_, told) = served.ends(2);
    assert!(told.contains("http:// is without TLS") && told.contains("use https:// for `acme.example`"), "{told}");
}
