//! Members restored and reminded (R1, R30 to R32, R36 to R38).

use serde_json::{Value, json};
use usher_domain::time::{DAY, HOUR};
use usher_server::testing::{Answer, Client, TestHost, TestOrg};

/// An organisation whose members come and go.
pub struct Office {
    /// Its host.
    pub host: TestHost,
    /// The organisation.
    pub org: TestOrg,
}

impl Office {
    /// One without a plan.
    pub fn new() -> Office {
        let host = TestHost::start();
        let org = host.organisation("Acme");
        Office { host, org }
    }

    /// The primary admin.
    pub fn admin(&self) -> Client {
        self.host.client(&self.org.token)
    }

    /// A service that manages members.
    pub fn hr(&self) -> Client {
        self.host.client(&self.host.service(&self.org, &["member_and_department"]))
    }

    /// Path of something of the organisation.
    pub fn path(&self, rest: &str) -> String {
        format!("/v1/orgs/{}/{rest}", self.org.id)
    }

    /// Sells a plan from 2026 on; its id.
    pub fn plan(&self, name: &str, size: u32) -> String {
        let body = json!({ "name": name, "size": size, "starts_on": "2026-01-01" });
        let made = self.host.client(&self.host.operator).post(&self.path("plans"), &body);
        id_of(&made.expect(201)["id"])
    }

    /// How many seats of a plan members hold.
    pub fn used(&self, plan: &str) -> Value {
        self.admin().get(&self.path(&format!("plans/{plan}"))).expect(200)["used"].clone()
    }

    /// Makes a department; its id.
    pub fn department(&self, name: &str) -> String {
        id_of(&self.admin().post(&self.path("departments"), &json!({ "name": name })).expect(201)["id"])
    }

    /// Adds somebody whose work email is `name`@x.example to the root department.
    pub fn added(&self, name: &str) -> String {
        self.added_with(name, &json!({}))
    }

    /// [`Office::added`] with more, or something else.
    pub fn added_with(&self, name: &str, more: &Value) -> String {
        let mut body = json!({
            "name": name, "departments": [self.org.root], "work_email": format!("{name}@x.example"),
        });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        id_of(&self.admin().post(&self.path("members"), &body).expect(201)["member"]["id"])
    }

    /// A member, as admins see them.
    pub fn show(&self, id: &str) -> Value {
        self.admin().get(&self.path(&format!("members/{id}"))).expect(200)
    }

    /// A change based on the newest version.
    pub fn act(&self, client: &Client, method: &str, id: &str, action: &str, body: &Value) -> Answer {
        let path = self.path(&format!("members/{id}"));
        let etag = self.admin().get(&path).etag.unwrap();
        let body = (!body.is_null()).then(|| body.to_string());
        client.send(method, &format!("{path}{action}"), &[("if-match", &etag)], body.as_deref().map(str::as_bytes))
    }

    /// Deletes a member.
    pub fn delete(&self, id: &str) {
        assert_eq!(self.act(&self.admin(), "DELETE", id, "", &Value::Null).status, 204);
    }

    fn restore(&self, id: &str, body: &Value) -> Answer {
        self.act(&self.admin(), "POST", id, "/restore", body)
    }

    fn remind(&self, id: &str) -> Answer {
        self.admin().send("POST", &self.path(&format!("members/{id}/remind")), &[], None)
    }

    /// Does what is due, and what falls due by that.
    pub fn settle(&self) {
        for _ in 0..3 {
            self.host.work();
        }
    }
}

/// An id out of an answer.
pub fn id_of(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[test]
fn r32_who_is_restored_is_as_before_with_a_free_seat() {
    let office = Office::new();
    let plan = office.plan("Team", 5);
    let sales = office.department("Sales");
    let more = json!({ "departments": [sales], "phone": "+49 151 1234567", "employee_number": "7" });
    let ada = office.added_with("ada", &more);
    let before = office.show(&ada);
    assert_eq!(before["seats"], json!([plan]));
    office.delete(&ada);
    assert_eq!((office.show(&ada)["state"].as_str(), office.used(&plan)), (Some("deleted"), json!(0)));
    assert_eq!(office.restore(&ada, &json!({})).expect(200), before);
    assert_eq!(office.used(&plan), 1);
    let refused = office.restore(&ada, &json!({}));
    assert_eq!((refused.status, refused.code()), (409, "wrong_state"), "they are back already");
}

#[test]
fn r32_r35_who_is_restored_is_in_their_groups_whose_seat_is_the_groups_again() {
    let office = Office::new();
    let (team, _) = (office.plan("Team", 1), office.plan("More", 9));
    let night = json!({ "name": "Night", "plan": team });
    let night = id_of(&office.admin().post(&office.path("groups"), &night).expect(201)["id"]);
    let ada = office.added("ada");
    let put = office.path(&format!("groups/{night}/members/{ada}"));
    assert_eq!(office.admin().send("PUT", &put, &[], None).status, 204);
    office.settle();
    let before = office.show(&ada);
    assert_eq!((&before["groups"], &before["group_seats"]), (&json!([night]), &json!([team])));

    office.delete(&ada);
    assert_eq!(office.show(&ada)["groups"], json!([]));
    let in_it = || office.admin().get(&office.path(&format!("groups/{night}"))).expect(200)["members"].clone();
    assert_eq!(in_it(), 0);
    let bob = office.added_with("bob", &json!({ "seat": { "kind": "plan", "plan": team } }));
    let refused = office.restore(&ada, &json!({}));
    assert_eq!((refused.status, refused.code()), (409, "no_seat_free"), "{}", refused.body);
    office.delete(&bob);
    let back = office.foreseen(&[&ada], &json!({ "kind": "restore" }));
    let effects = &back["items"][0]["effects"];
    assert_eq!((&effects["groups_joined"], &effects["seats_given"]), (&json!([night]), &json!([team])));
    assert_eq!((office.show(&ada), in_it()), (before, json!(1)));

    let path = office.path(&format!("groups/{night}"));
    let etag = office.admin().get(&path).etag.unwrap();
    drop(office.admin().patch(&path, &etag, &json!({ "plan": null })).expect(200));
    office.settle();
    assert_eq!(office.show(&ada)["seats"], json!([]), "it went with the group's plan");
}

#[test]
fn r1_r32_restoring_is_for_primary_admins_for_30_days_and_needs_what_was_given_up() {
    let office = Office::new();
    let team = office.plan("Team", 2);
    let ada = office.added_with("ada", &json!({ "phone": "+49 151 1234567" }));
    office.delete(&ada);
    let refused = office.act(&office.hr(), "POST", &ada, "/restore", &json!({}));
    assert_eq!((refused.status, refused.code()), (403, "forbidden"));

    let check = |body: &Value, status: u16, code: &str, field: Value| {
        let refused = office.restore(&ada, body);
        assert_eq!(
            (refused.status, refused.code(), &refused.body["field"]),
            (status, code, &field),
            "{}",
            refused.body
        );
    };
    let bob = office.added("bob");
    check(&json!({}), 409, "limit_reached", Value::Null);
    let more = office.plan("More", 2);
    check(&json!({}), 422, "plan_required", json!("/plan"));
    check(&json!({ "plan": office.org.id }), 422, "invalid_field", json!("/plan"));
    let eve = office.added_with("eve", &json!({ "seat": { "kind": "plan", "plan": team } }));
    check(&json!({ "plan": team }), 409, "no_seat_free", json!("/seat/plan"));
    for (field, value) in [("work_email", "ada@x.example"), ("phone", "+4915112345678")] {
        let taken = json!({ field: value });
        assert_eq!(office.act(&office.admin(), "PATCH", &bob, "", &json!({ "phone": "+4915112345678" })).status, 200);
        let taken = office.act(&office.admin(), "PATCH", &eve, "", &taken);
        assert_eq!(taken.status, if field == "phone" { 409 } else { 200 }, "{}", taken.body);
    }
    check(&json!({ "plan": more }), 409, "already_exists", json!("/work_email"));
    assert_eq!(office.act(&office.admin(), "PATCH", &eve, "", &json!({ "work_email": "eve@x.example" })).status, 200);
    let path = office.path(&format!("members/{ada}"));
    let etag = office.admin().get(&path).etag.unwrap();
    office.host.clock.advance(30 * DAY + 1);
    // The host's own worker may have let them go already.
    let body = json!({ "plan": more }).to_string();
    let headers = [("if-match", etag.as_str())];
    let late = office.admin().send("POST", &format!("{path}/restore"), &headers, Some(body.as_bytes()));
    let gone = [(409, "wrong_state"), (404, "not_found")];
    assert!(gone.contains(&(late.status, late.code())), "{}", late.body);
}

#[test]
fn r31_a_reminder_goes_to_those_who_are_expected_once_in_24_hours() {
    let office = Office::new();
    let ada = office.added("ada");
    let told = office.host.await_mail(1).len();
    let next = office.remind(&ada).expect(200)["next_at"].clone();
    let mail = office.host.await_mail(told + 1);
    assert_eq!(mail.last().unwrap().to, "ada@x.example");

    let check = |id: &str, status: u16, code: &str| {
        let refused = office.remind(id);
        assert_eq!((refused.status, refused.code()), (status, code), "{}", refused.body);
    };
    office.host.clock.advance(24 * HOUR - 1);
    let early = office.remind(&ada);
    assert_eq!((early.status, early.code()), (429, "reminded_lately"));
    assert_eq!((&early.body["next_at"], early.retry_after.as_deref()), (&next, Some("1")));
    office.host.clock.advance(1);
    assert_eq!(office.remind(&ada).status, 200, "a day later, to the microsecond");

    let silent = office.added_with("bob", &json!({ "invite": false }));
    check(&silent, 409, "wrong_state");
    assert_eq!(office.act(&office.admin(), "POST", &ada, "/suspend", &Value::Null).status, 200);
    check(&ada, 409, "wrong_state");
    assert_eq!(office.remind(&office.org.primary_admin).status, 200, "inactive: joined, and never logged in");
    office.delete(&silent);
    check(&silent, 409, "wrong_state");
}

#[test]
fn r31_a_hundred_reminders_at_once_send_one() {
    let office = Office::new();
    let ada = office.added("ada");
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..16).map(|_| scope.spawn(|| office.remind(&ada).status)).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|&&status| status == 200).count(), 1, "{statuses:?}");
}

#[test]
fn r38_at_the_limit_the_restored_and_the_new_share_what_is_left() {
    let office = Office::new();
    let plan = office.plan("Team", 8);
    let gone: Vec<String> = (0..6).map(|n| office.added(&format!("gone{n}"))).collect();
    gone.iter().for_each(|id| office.delete(id));
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let office = &office;
        let restoring = gone.iter().map(|id| scope.spawn(move || office.restore(id, &json!({})).status));
        let adding = (0..6).map(|n| {
            scope.spawn(move || {
                let body = json!({
                    "name": "New", "departments": [office.org.root], "work_email": format!("new{n}@x.example"),
                });
                office.admin().post(&office.path("members"), &body).status
            })
        });
        let workers: Vec<_> = restoring.chain(adding).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    let count = |wanted: &[u16]| statuses.iter().filter(|status| wanted.contains(status)).count();
    assert_eq!((count(&[200, 201]), count(&[409])), (7, 5), "one of eight is the primary admin: {statuses:?}");
    assert_eq!(office.used(&plan), 7);
}
