//! Invitations that go out as rows of a batch import succeed, by mail and by SMS (R26, R34).

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use usher_server::outbox::SmsOverHttp;
use usher_server::testing::TestHost;

use crate::import_desk::{ADA, BOB, Desk, counts, row};
use crate::receiver::Receiver;

const PHONE_ONLY: &str = "Eve,Acme,regular,,,+4915112345670";

impl Desk {
    /// With SMS that go to a provider over HTTP, which answers with the status.
    fn with_provider(status: u16) -> (Desk, Receiver) {
        let provider = Receiver::start("/v1/messages");
        provider.answers(status, Duration::ZERO);
        let host = TestHost::with_sms(Arc::new(SmsOverHttp::new(&provider.url, "geheim").unwrap()));
        let org = host.organisation("Acme");
        (Desk { host, org }, provider)
    }

    /// By which ways a member was written to, and how that went.
    fn deliveries(&self, member: &Value) -> Vec<[Value; 3]> {
        let path = self.path(&format!("members/{}/deliveries", member["id"].as_str().unwrap()));
        let items = self.admin().get(&path).expect(200)["items"].as_array().unwrap().clone();
        let told = |item: &Value| ["channel", "state", "reason"].map(|name| item[name].clone());
        let mut told: Vec<_> = items.iter().map(told).collect();
        // Of one moment, they are in no order.
        told.sort_by_key(|[channel, ..]| channel.to_string());
        told
    }

    /// The member with a phone number.
    fn member_of(&self, phone: &str) -> Value {
        let members = self.admin().get(&self.path("members?limit=200")).expect(200)["items"].clone();
        members.as_array().unwrap().iter().find(|member| member["phone"] == phone).unwrap().clone()
    }
}

/// The numbers that SMS came to, sorted.
fn texted(provider: &Receiver) -> Vec<String> {
    let mut numbers: Vec<_> = provider.got().iter().map(|got| got.json()["to"].as_str().unwrap().to_owned()).collect();
    numbers.sort_unstable();
    numbers
}

#[test]
fn r26_invitations_go_out_when_asked_for() {
    let desk = Desk::new();
    desk.apply(&desk.check("?invite=true", &[ADA]));
    assert_eq!(desk.member("ada@example.com")["state"], "invited");
    assert!(desk.host.await_mail(1).iter().any(|mail| mail.to == "ada@example.com"));
}

#[test]
fn r26_r34_rows_that_succeed_are_invited_by_sms_once_and_no_others() {
    let (desk, provider) = Desk::with_provider(202);
    let rows = [ADA, BOB, PHONE_ONLY, "Fay,Acme,regular,,,+49123", "Gus,Acme,pilot,,,+4915112345671"];
    let import = desk.apply(&desk.check("?invite=true", &rows));
    assert_eq!(import["done"], counts(3, 0, 2));
    assert_eq!(desk.rows(&import)[3], row(5, "fail", &["invalid_phone"]), "a number that is none");
    desk.host.work();
    let numbers = ["+4915112345670", "+4915112345678", "+4915112345679"];
    assert_eq!(texted(&provider), numbers);
    let link = format!("http://{}/welcome/", desk.host.address);
    for got in provider.got() {
        let text = got.json()["text"].as_str().unwrap().to_owned();
        assert!(text.contains("Acme") && text.contains(&link), "{text}");
    }
    let sent = |channel: &str| [json!(channel), json!("sent"), Value::Null];
    assert_eq!(desk.deliveries(&desk.member("ada@example.com")), [sent("mail"), sent("sms")]);
    let eve = desk.member_of(numbers[0]);
    assert_eq!((&eve["state"], desk.deliveries(&eve)), (&json!("invited"), vec![sent("sms")]));

    let again = desk.apply(&desk.check("?invite=true", &rows));
    assert_eq!(again["done"], counts(0, 3, 2));
    desk.host.work();
    assert_eq!(texted(&provider), numbers, "whoever is a member already is left alone");
}

#[test]
fn r26_members_imported_without_an_invitation_get_no_sms() {
    let (desk, provider) = Desk::with_provider(202);
    desk.apply(&desk.check("", &[ADA, PHONE_ONLY]));
    desk.host.work();
    assert_eq!(texted(&provider), Vec::<String>::new());
    let eve = desk.member_of("+4915112345670");
    assert_eq!((&eve["state"], desk.deliveries(&eve)), (&json!("added"), Vec::new()));
}

#[test]
fn r34_an_sms_that_the_provider_refuses_is_reported_and_the_row_stays_a_member() {
    let (desk, provider) = Desk::with_provider(422);
    let import = desk.apply(&desk.check("?invite=true", &[PHONE_ONLY]));
    assert_eq!(import["done"], counts(1, 0, 0));
    desk.host.work();
    assert_eq!(texted(&provider), ["+4915112345670"]);
    let eve = desk.member_of("+4915112345670");
    assert_eq!(desk.deliveries(&eve), [[json!("sms"), json!("failed"), json!("rejected")]]);
}

#[test]
fn r34_the_last_member_that_a_plan_takes_is_invited_by_sms_and_who_does_not_fit_in_is_not() {
    let (desk, provider) = Desk::with_provider(202);
    drop(desk.plan("Team", 2));
    let import = desk.apply(&desk.check("?invite=true", &[PHONE_ONLY, ADA]));
    assert_eq!(desk.rows(&import), [row(2, "add", &["told-to", "recommended"]), row(3, "fail", &["members_full"])]);
    desk.host.work();
    assert_eq!(texted(&provider), ["+4915112345670"]);
}
