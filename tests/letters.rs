//! Every letter is sent by something that people do (R13, R17, R22, R30, R31).

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use usher_domain::time::{DAY, HOUR};
use usher_server::letters::Letter;

use crate::front_desk::{FrontDesk, text};

const ADA: &str = "ada@x.example";
const ROOT: &str = "root@acme.example";

/// Does what has a letter sent; the address of its reader.
type Deed = fn(&FrontDesk) -> &'static str;

/// Each letter, and what sends it.
const SENT_BY: &[(&str, Deed)] = &[
    ("one_time_code", |desk| {
        let (_, link) = desk.invite(&json!({}));
        drop(desk.prove(&link, ADA));
        ADA
    }),
    ("invitation", |desk| {
        drop(desk.invite(&json!({ "email": ADA })));
        ADA
    }),
    ("added", |desk| {
        drop(added(desk));
        ADA
    }),
    ("reminder", |desk| {
        let remind = desk.path(&format!("/members/{}/remind", added(desk)));
        drop(desk.admin().send("POST", &remind, &[], None).expect(200));
        ADA
    }),
    ("request_waits", |desk| {
        drop(pending(desk));
        ROOT
    }),
    ("request_escalated", |desk| {
        desk.escalate(&json!({ "after_hours": 48 }));
        drop(pending(desk));
        desk.host.clock.advance(48 * HOUR);
        ROOT
    }),
    ("import_closes", |desk| {
        import_business_logins(desk);
        desk.host.clock.advance(22 * HOUR);
        ROOT
    }),
    ("request_pending", |desk| {
        drop(pending(desk));
        ADA
    }),
    ("request_answered", |desk| {
        drop(desk.answer(&pending(desk), "approve", &json!({})).expect(200));
        ADA
    }),
    ("request_expired", |desk| {
        drop(pending(desk));
        desk.host.clock.advance(30 * DAY);
        ADA
    }),
];

/// Has a sheet make a member by business mail, whose password is to be handed over.
fn import_business_logins(desk: &FrontDesk) {
    let etag = desk.admin().get(&desk.path("")).etag.unwrap();
    let activate = desk.path("/business-mail/activate");
    drop(desk.admin().send("POST", &activate, &[("if-match", &etag)], None).expect(200));
    desk.host.prove_domain(&desk.org, "acme.example");
    let sheet =
        "Name,Department,Workforce type,Login method,Business email\nBea,Acme,regular,business,bea@acme.example\n";
    let headers = [("content-type", "application/octet-stream")];
    let sent = desk.admin().send("POST", &desk.path("/imports"), &headers, Some(sheet.as_bytes())).expect(202);
    let path = desk.path(&format!("/imports/{}", text(&sent["id"])));
    let wait_until = |state: &str| {
        let is_so = (0..12_000).any(|_| {
            std::thread::sleep(Duration::from_millis(10));
            desk.admin().get(&path).expect(200)["state"] == state
        });
        assert!(is_so, "the import is never {state}");
    };
    wait_until("checked");
    drop(desk.admin().send("POST", &format!("{path}/apply"), &[], None).expect(200));
    wait_until("finished");
}

fn added(desk: &FrontDesk) -> String {
    let body = json!({ "name": "Ada", "departments": [desk.org.root], "work_email": ADA });
    text(&desk.admin().post(&desk.path("/members"), &body).expect(201)["member"]["id"])
}

fn pending(desk: &FrontDesk) -> Value {
    let (_, link) = desk.invite(&json!({ "expires_at": null }));
    let asked = desk.join(&link, ADA).expect(200);
    assert_eq!(asked["outcome"], "pending");
    asked["request"].clone()
}

/// Letters that came to somebody, oldest first.
fn letters_to(desk: &FrontDesk, reader: &str) -> Vec<String> {
    // What falls due writes a mail, which falls due again to be delivered.
    for _ in 0..3 {
        desk.host.work();
    }
    desk.host.world.mail().into_iter().filter(|mail| mail.to == reader).map(|mail| mail.letter).collect()
}

#[test]
fn r17_r31_every_letter_there_is_is_sent_by_something() {
    let listed: BTreeSet<_> = SENT_BY.iter().map(|(letter, _)| *letter).collect();
    assert_eq!(listed, Letter::NAMES.iter().copied().collect(), "a letter that nothing here sends, or none");
    for (letter, deed) in SENT_BY {
        let desk = FrontDesk::new();
        let reader = deed(&desk);
        let sent = letters_to(&desk, reader);
        assert_eq!(sent.iter().filter(|sent| sent == letter).count(), 1, "{letter} to {reader}: {sent:?}");
    }
}

#[test]
fn r17_r30_an_applicant_is_told_once_what_becomes_of_their_request() {
    let check = |how: &dyn Fn(&FrontDesk, &Value), expected: &[&str], said: &str| {
        let desk = FrontDesk::new();
        let request = pending(&desk);
        how(&desk, &request);
        let mut told = letters_to(&desk, ADA);
        told.retain(|letter| letter != "one_time_code");
        // Of one moment, they are in no order.
        told.sort();
        assert_eq!(told, expected);
        let mail = desk.host.world.mail();
        assert!(mail.iter().any(|mail| mail.to == ADA && mail.body.contains(said)), "{said}: {mail:?}");
    };
    let answer = |how: &'static str| {
        move |desk: &FrontDesk, request: &Value| drop(desk.answer(request, how, &json!({})).expect(200))
    };
    check(&|_, _| {}, &["request_pending"], "wartet auf eine Zustimmung");
    check(&answer("approve"), &["request_answered", "request_pending"], "wurde angenommen");
    check(&answer("reject"), &["request_answered", "request_pending"], "nicht angenommen");
    let asleep = |desk: &FrontDesk, _: &Value| desk.host.clock.advance(90 * DAY);
    check(&asleep, &["request_expired", "request_pending"], "abgelaufen");
    let asks_again = |desk: &FrontDesk, _: &Value| {
        desk.host.clock.advance(31 * DAY);
        drop(pending(desk));
    };
    let all = ["request_expired", "request_pending", "request_pending"];
    check(&asks_again, &all, "wartet auf eine Zustimmung");
}

#[test]
fn r17_r34_an_applicant_with_a_phone_alone_is_told_by_sms() {
    let desk = FrontDesk::new();
    let (_, link) = desk.invite(&json!({}));
    let by = crate::front_desk::by(&link);
    let phone = "+4915112345678";
    let asked = json!({ "by": by, "phone": phone });
    let proof = desk.host.client("").post("/v1/join/proofs", &asked).expect(201)["proof"].clone();
    desk.host.work();
    let code = desk.host.world.sms()[0].text.split_whitespace().next().unwrap().to_owned();
    let join = json!({ "by": by, "name": "Ada", "phone": { "proof": proof, "code": code } });
    let request = desk.host.client("").post("/v1/join", &join).expect(200)["request"].clone();
    drop(desk.answer(&request, "approve", &json!({})).expect(200));
    desk.host.work();
    let sms = desk.host.world.sms();
    assert!(sms.iter().all(|sms| sms.to.as_str() == phone));
    let mut told: Vec<_> = sms.iter().map(|sms| sms.letter.as_str()).collect();
    told.sort_unstable();
    assert_eq!(told, ["one_time_code", "request_answered", "request_pending"]);
}
