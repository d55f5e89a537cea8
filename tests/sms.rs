//! SMS over a provider's real HTTP server on this machine (R34): what it is sent, and what follows from its answers;
//! and approvers who read SMS alone (R17).

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use usher_domain::time::{DAY, HOUR, MINUTE};
use usher_server::app::post::MAX_ATTEMPTS;
use usher_server::outbox::SmsOverHttp;
use usher_server::testing::TestHost;

use crate::front_desk::{FrontDesk, text};
use crate::process::Process;
use crate::receiver::Receiver;

const PHONE: &str = "+4915112345678";
const AT_ONCE: Duration = Duration::ZERO;

/// A desk whose SMS go to a provider, which answers with the status.
fn desk(status: u16) -> (FrontDesk, Receiver) {
    let provider = Receiver::start("/v1/messages");
    provider.answers(status, AT_ONCE);
    let host = TestHost::with_sms(Arc::new(SmsOverHttp::new(&provider.url, "geheim").unwrap()));
    let org = host.organisation("Acme");
    (FrontDesk { host, org }, provider)
}

impl FrontDesk {
    /// Invites the phone; the invitation's id.
    fn invite_by_sms(&self) -> String {
        let (id, _) = self.invite(&json!({ "phone": PHONE }));
        self.host.work();
        id
    }

    /// How the SMS of an invitation went: its state and the reason.
    fn report(&self, invitation: &str) -> [String; 2] {
        let path = self.path(&format!("/invitations/{invitation}/deliveries"));
        let items = self.admin().get(&path).expect(200)["items"].as_array().unwrap().clone();
        let [report] = items.as_slice() else { panic!("{items:?}") };
        ["state", "reason"].map(|name| report[name].as_str().unwrap_or_default().to_owned())
    }

    fn dead_letter(&self) -> Option<Value> {
        let items = self.admin().get(&self.path("/dead-letters")).expect(200)["items"].as_array().unwrap().clone();
        items.into_iter().find(|dead| dead["channel"] == "sms")
    }
}

#[test]
fn r34_the_provider_gets_number_text_and_a_key_against_sending_twice() {
    let (desk, provider) = desk(202);
    let invitation = desk.invite_by_sms();
    let [got] = provider.got().try_into().unwrap();
    let sms = got.json();
    assert_eq!(got.header("authorization"), "Bearer geheim");
    assert!(got.header("content-type").starts_with("application/json"));
    assert_eq!((&sms["to"], got.header("idempotency-key")), (&json!(PHONE), text(&sms["id"]).as_str()));
    assert!(text(&sms["text"]).contains("Acme"), "{sms}");
    assert_eq!(desk.report(&invitation), ["sent", ""]);
    assert_eq!(desk.dead_letter(), None);
}

#[test]
fn r34_what_is_about_the_sms_is_reported_at_once_and_what_is_about_the_provider_is_tried_again() {
    let check = |status: u16, report: [&str; 2]| {
        let (desk, provider) = desk(status);
        let invitation = desk.invite_by_sms();
        assert_eq!(desk.report(&invitation), report, "{status}");
        assert_eq!(provider.got().len(), 1, "{status}: no redirect is followed, and nothing is repeated at once");
        provider.answers(200, AT_ONCE);
        desk.host.clock.advance(MINUTE);
        desk.host.work();
        let dead = desk.dead_letter();
        if report[0] == "queued" {
            let keys: BTreeSet<_> =
                provider.wait(2).iter().map(|got| got.header("idempotency-key").to_owned()).collect();
            assert_eq!(
                (keys.len(), desk.report(&invitation), dead),
                (1, ["sent", ""].map(String::from), None),
                "{status}"
            );
            return;
        }
        let dead = dead.unwrap();
        let fields = ["to", "reason"].map(|name| text(&dead[name]));
        assert_eq!((fields, &dead["status"]), ([PHONE, "rejected"].map(String::from), &json!(status)));
        assert_eq!(provider.got().len(), 1, "{status}: nobody tries it again unasked");
        let retry = desk.path(&format!("/dead-letters/{}/retry", text(&dead["id"])));
        assert_eq!(desk.admin().post(&retry, &Value::Null).status, 204);
        desk.host.work();
        assert_eq!((provider.wait(2).len(), desk.report(&invitation)), (2, ["sent", ""].map(String::from)), "{status}");
        assert_eq!(desk.dead_letter(), None);
    };
    for status in [400, 410, 413, 422] {
        check(status, ["failed", "rejected"]);
    }
    for status in [302, 307, 401, 404, 429, 500, 503] {
        check(status, ["queued", ""]);
    }
}

#[test]
fn r34_an_sms_that_no_provider_takes_for_a_day_is_a_dead_letter() {
    let (desk, provider) = desk(503);
    let invitation = desk.invite_by_sms();
    for attempt in 1..MAX_ATTEMPTS {
        assert_eq!((provider.got().len(), desk.dead_letter()), (attempt as usize, None));
        desk.host.clock.advance(6 * HOUR + MINUTE);
        desk.host.work();
    }
    assert_eq!(desk.report(&invitation), ["failed", "gave_up"]);
    let dead = desk.dead_letter().unwrap();
    assert_eq!((&dead["status"], &dead["attempts"]), (&json!(503), &json!(MAX_ATTEMPTS)));
    assert_eq!(provider.got().len(), MAX_ATTEMPTS as usize);
}

#[test]
fn r34_the_command_hands_sms_to_the_provider_and_proves_who_it_is() {
    let (mut host, provider) = (Process::start(), Receiver::start("/v1/messages"));
    let (org, token) = host.organisation();
    host.stop();
    let file = host.data().join("sms-token");
    fs::write(&file, "geheim\n").unwrap();
    host.more = ["--sms", &provider.url, "--sms-token-file", &file.display().to_string()].map(String::from).to_vec();
    host.go_on();
    drop(host.client(&token).post(&format!("/v1/orgs/{org}/invitations"), &json!({ "phone": PHONE })).expect(201));
    let got = provider.wait(1).remove(0);
    assert_eq!((got.header("authorization"), &got.json()["to"]), ("Bearer geheim", &json!(PHONE)));
    let in_folder = fs::read_dir(host.data().join("mail"))
        .unwrap()
        .filter(|file| fs::read_to_string(file.as_ref().unwrap().path()).is_ok_and(|text| text.contains(PHONE)));
    assert_eq!(in_folder.count(), 0, "it went to the provider, not into the folder");
}

#[test]
fn r17_an_approver_with_a_phone_alone_is_told_by_sms_and_answers_by_its_link() {
    let (desk, provider) = desk(202);
    let chief = json!({
        "name": "Chief", "departments": [desk.org.root], "phone": PHONE, "language": "fr", "invite": false,
        "role": { "kind": "primary-admin" },
    });
    let chief = text(&desk.admin().post(&desk.path("/members"), &chief).expect(201)["member"]["id"]);
    desk.escalate(&json!({ "after_hours": 48 }));
    let (_, link) = desk.invite(&json!({ "expires_at": null }));
    let asked = desk.join(&link, "ada@x.example").expect(200);
    assert_eq!(asked["outcome"], "pending");

    // The first SMS when it is opened, the second after a day, the third when it goes on.
    let mut answer = String::new();
    for (told, words) in [(1, "attend votre réponse"), (2, "attend votre réponse"), (3, "Personne n’a encore répondu")]
    {
        desk.host.work();
        desk.host.work();
        let got = provider.wait(told);
        assert_eq!(got.len(), told);
        let sms = got.last().unwrap().json();
        assert_eq!(sms["to"], PHONE);
        assert!(text(&sms["text"]).contains(words), "{sms}");
        answer = text(&sms["text"]).rsplit('/').next().unwrap().to_owned();
        desk.host.clock.advance(DAY);
    }
    let answered = desk.host.client("").post(&format!("/v1/answers/{answer}"), &json!({ "verdict": "approve" }));
    assert_eq!(answered.expect(200)["answer"]["by"], chief);
    assert_eq!(desk.request(&asked["request"])["state"], "approved");
}
