//! Requests that nobody answers go on to others, if the organisation says so (R17).

use serde_json::{Value, json};
use usher_domain::time::{DAY, HOUR};

use crate::front_desk::{FrontDesk, text};

const ROOT: &str = "root@acme.example";

impl FrontDesk {
    /// Says when requests go on, and to whom.
    pub fn escalate(&self, setting: &Value) {
        let path = self.path("/escalation");
        let etag = self.admin().get(&path).etag.unwrap();
        let put = self.admin().send("PUT", &path, &[("if-match", &etag)], Some(setting.to_string().as_bytes()));
        assert_eq!(put.status, 200, "{}", put.body);
    }

    /// An admin who may answer requests.
    fn approver(&self, name: &str) -> String {
        let body = json!({
            "name": name, "departments": [self.org.root], "work_email": format!("{name}@acme.example"),
            "role": { "kind": "admin", "permissions": ["member_and_department"] },
        });
        text(&self.admin().post(&self.path("/members"), &body).expect(201)["member"]["id"])
    }

    fn pending(&self, email: &str) -> Value {
        let (_, link) = self.invite(&json!({ "expires_at": null }));
        let asked = self.join(&link, email).expect(200);
        assert_eq!(asked["outcome"], "pending");
        asked["request"].clone()
    }

    /// Whom requests went on to so far.
    pub fn escalated_to(&self) -> Vec<String> {
        for _ in 0..3 {
            self.host.work();
        }
        let mail = self.host.world.mail().into_iter().filter(|mail| mail.letter == "request_escalated");
        let mut readers: Vec<_> = mail.map(|mail| mail.to).collect();
        readers.sort();
        readers
    }
}

#[test]
fn r17_a_request_that_nobody_answers_goes_on_to_the_primary_admins_once() {
    let desk = FrontDesk::new();
    drop(desk.approver("second"));
    drop(desk.pending("before@x.example"));
    desk.escalate(&json!({ "after_hours": 48 }));
    let request = desk.pending("ada@x.example");
    desk.host.clock.advance(48 * HOUR - 1);
    assert_eq!(desk.escalated_to(), [""; 0]);
    desk.host.clock.advance(1);
    assert_eq!(desk.escalated_to(), [ROOT], "what was opened before the setting stays where it is");
    desk.host.clock.advance(20 * DAY);
    assert_eq!(desk.escalated_to(), [ROOT], "once");

    let trail = desk.admin().get(&desk.path("/audit?limit=200")).expect(200)["items"].clone();
    let mut entries = trail.as_array().unwrap().iter().filter(|entry| entry["action"] == "request.escalated");
    assert_eq!(entries.next().map(|entry| &entry["target"]), Some(&request));
    assert_eq!(entries.next(), None);
}

#[test]
fn r17_a_host_that_was_asleep_lets_a_request_go_on_once_and_an_answered_one_not_at_all() {
    let desk = FrontDesk::new();
    desk.escalate(&json!({ "after_hours": 24 }));
    drop(desk.pending("ada@x.example"));
    let answered = desk.pending("bob@x.example");
    drop(desk.answer(&answered, "reject", &json!({})).expect(200));
    desk.host.clock.advance(9 * DAY);
    assert_eq!(desk.escalated_to(), [ROOT]);
    drop(desk.pending("eve@x.example"));
    desk.host.clock.advance(40 * DAY);
    assert_eq!(desk.escalated_to(), [ROOT], "what waits no more goes nowhere");
}

#[test]
fn r17_requests_go_on_to_whom_the_organisation_names_while_they_may_answer() {
    let desk = FrontDesk::new();
    let (second, third) = (desk.approver("second"), desk.approver("third"));
    desk.escalate(&json!({ "after_hours": 1, "to": [second, third] }));
    drop(desk.pending("ada@x.example"));
    desk.host.clock.advance(HOUR);
    assert_eq!(desk.escalated_to(), ["second@acme.example", "third@acme.example"]);

    for id in [&second, &third] {
        let path = desk.path(&format!("/members/{id}"));
        let etag = desk.admin().get(&path).etag.unwrap();
        drop(desk.admin().send("POST", &format!("{path}/suspend"), &[("if-match", &etag)], None).expect(200));
    }
    drop(desk.pending("bob@x.example"));
    desk.host.clock.advance(HOUR);
    assert_eq!(desk.escalated_to(), [ROOT, "second@acme.example", "third@acme.example"]);

    drop(desk.pending("eve@x.example"));
    desk.escalate(&json!({}));
    desk.host.clock.advance(HOUR);
    assert_eq!(desk.escalated_to().len(), 3, "switched off in between");
}
