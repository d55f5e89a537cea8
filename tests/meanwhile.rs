//! What others change after a use case has looked and before it commits: the commit is refused, and the use case looks
//! again (R1, R3).

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use usher_domain::policy::sso::Verdict;
use usher_domain::time::{DAY, HOUR, MINUTE};
use usher_server::app::answers::bots::MAX_BOTS;
use usher_server::app::approvers::{Told, tell};
use usher_server::app::counters;
use usher_server::app::escalation::Escalated;
use usher_server::app::stored::{Invitation, JoinRequest};
use usher_server::ports::Clock as _;
use usher_server::testing::{MeddledStore, TestHost};
use usher_store::{Commit, Op, decode};

use crate::branch::{Branch, end, ended};
use crate::front_desk::{FrontDesk, answer_links, by, text, waited};
use crate::logins::Sso;
use crate::process::within;
use crate::rights::{backdoor, second_primary_admin};

const EVE: &str = "eve@example.com";

/// Whether a commit is one of those that the audit trail tells of.
fn is_told_of(commit: &Commit) -> bool {
    commit.ops.iter().any(|op| matches!(op, Op::Append { link: Some(_), .. }))
}

/// A branch with a department Port below North, where Cleo is, and an invitation into it by which Eve waits.
struct Port {
    store: Arc<MeddledStore>,
    branch: Branch,
    invitation: String,
    request: String,
}

impl Port {
    fn new() -> Port {
        let store = Arc::new(MeddledStore::default());
        let mut branch = Branch::on(FrontDesk::on(TestHost::with_store(store.clone())));
        branch.found("Port", "North");
        branch.enter("Cleo", &["Port"], &json!({ "kind": "member" }));
        let (invitation, link) = branch.desk.invite(&json!({ "department": branch.ids["Port"] }));
        let request = text(&branch.desk.join(&link, "eve@example.com").expect(200)["request"]);
        Port { store, branch, invitation, request }
    }

    /// Has North, and Port with it, moved out of Dora's reach when she is about to commit.
    fn moves_away(&self) {
        let (admin, path) = (self.branch.desk.admin(), self.branch.department("North"));
        let parent = json!({ "parent": self.branch.ids["Research"] });
        self.store.before(is_told_of, move || {
            let etag = admin.get(&path).etag.expect("a version");
            drop(admin.patch(&path, &etag, &parent).expect(200));
        });
    }

    /// What comes of something that Dora does while North moves away.
    #[track_caller]
    fn check(what: &str, act: impl Fn(&Port) -> (u16, String), expected: (u16, &str)) {
        let port = Port::new();
        port.moves_away();
        let (status, code) = act(&port);
        assert_eq!((status, code.as_str()), expected, "{what}");
        assert!(port.store.has_happened(), "{what} was about to commit");
    }

    fn post(&self, path: &str, body: &Value) -> (u16, String) {
        ended(&self.branch.dora.post(&self.branch.desk.path(path), body))
    }

    fn invitation(&self, how: &str) -> (u16, String) {
        let path = self.branch.desk.path(&format!("/invitations/{}/{how}", self.invitation));
        self.branch.by_dora("POST", &path, &Value::Null)
    }

    fn cleo(&self, method: &str, how: &str, body: &Value) -> (u16, String) {
        self.branch.by_dora(method, &format!("{}{how}", self.branch.member("Cleo")), body)
    }
}

#[test]
fn r1_r14_an_invitation_into_a_department_that_leaves_their_reach_is_out_of_reach() {
    let into = |port: &Port| json!({ "department": port.branch.ids["Port"] });
    Port::check("made", |port| port.post("/invitations", &into(port)), (422, "invalid_field"));
    Port::check("rotated", |port| port.invitation("rotate"), (404, "not_found"));
    Port::check("revoked", |port| port.invitation("revoke"), (404, "not_found"));
}

#[test]
fn r1_r17_a_request_into_a_department_that_leaves_their_reach_is_out_of_reach() {
    for how in ["approve", "reject"] {
        let answer = |port: &Port| port.post(&format!("/requests/{}/{how}", port.request), &json!({}));
        Port::check(how, answer, (404, "not_found"));
    }
}

#[test]
fn r1_r32_a_member_of_a_department_that_leaves_their_reach_is_out_of_reach() {
    let new =
        |port: &Port| json!({ "name": "New", "departments": [port.branch.ids["Port"]], "work_email": "n@e.example" });
    Port::check("added", |port| port.post("/members", &new(port)), (422, "invalid_field"));
    let moved = |port: &Port| port.cleo("PATCH", "", &json!({ "departments": [port.branch.ids["Sales"]] }));
    Port::check("moved", moved, (404, "not_found"));
    Port::check("suspended", |port| port.cleo("POST", "/suspend", &Value::Null), (404, "not_found"));
    Port::check("deleted", |port| port.cleo("DELETE", "", &Value::Null), (404, "not_found"));
    let remind = |port: &Port| port.post(&format!("/members/{}/remind", port.branch.ids["Cleo"]), &Value::Null);
    Port::check("reminded", remind, (404, "not_found"));
    let many = |port: &Port| {
        let action = json!({ "kind": "move", "department": port.branch.ids["Sales"] });
        let body = json!({ "members": [port.branch.ids["Cleo"]], "action": action });
        let done = port.branch.dora.post(&port.branch.desk.path("/members/bulk"), &body).expect(200);
        (200, text(&done["items"][0]["problem"]["code"]))
    };
    Port::check("moved with others", many, (200, "not_found"));
}

#[test]
fn r1_r10_a_password_is_handed_over_to_nobody_who_leaves_their_reach() {
    let port = Port::new();
    let desk = &port.branch.desk;
    let etag = desk.admin().get(&desk.path("")).etag.expect("a version");
    let activate = desk.path("/business-mail/activate");
    drop(desk.admin().send("POST", &activate, &[("if-match", &etag)], None).expect(200));
    desk.host.prove_domain(&desk.org, "acme.example");
    let departments = [&port.branch.ids["Port"]];
    let bea = json!({
        "name": "Bea", "departments": departments, "login": "business", "business_email": "bea@acme.example",
    });
    let bea = text(&desk.admin().post(&desk.path("/members"), &bea).expect(201)["member"]["id"]);
    port.moves_away();
    let set = port.branch.dora.send("PUT", &desk.path(&format!("/members/{bea}/password")), &[], Some(b"{}"));
    assert_eq!(ended(&set), end(404, "not_found"));
    assert!(port.store.has_happened(), "she was about to commit");
}

#[test]
fn r3_a_member_who_may_invite_no_more_at_the_commit_does_not() {
    let store = Arc::new(MeddledStore::default());
    let desk = FrontDesk::on(TestHost::with_store(store.clone()));
    let ada = json!({ "name": "Ada", "departments": [desk.org.root], "work_email": "ada@x.example" });
    let ada = text(&desk.admin().post(&desk.path("/members"), &ada).expect(201)["member"]["id"]);
    let app = desk.host.client(&desk.host.member_app(&desk.org, &ada));
    let (admin, path) = (desk.admin(), desk.path("/inviting"));
    let allow = move |who: &str| {
        let (etag, body) = (admin.get(&path).etag.expect("a version"), json!({ "kind": who }).to_string());
        drop(admin.send("PUT", &path, &[("if-match", &etag)], Some(body.as_bytes())).expect(200));
    };
    allow("everyone");
    store.before(is_told_of, move || allow("nobody"));
    let invited = app.post(&desk.path("/me/invitations"), &json!({}));
    assert_eq!(ended(&invited), end(403, "inviting_not_allowed"));
    assert!(store.has_happened(), "she was about to commit");
}

#[test]
fn r17_of_two_who_tell_approvers_at_once_one_does() {
    let store = Arc::new(MeddledStore::default());
    let desk = FrontDesk::on(TestHost::with_store(store.clone()));
    let (app, now, admin, path) = (desk.host.app.clone(), desk.host.clock.now(), desk.admin(), desk.path("/requests"));
    let scope = desk.scope();
    let tells = |commit: &Commit| {
        commit.ops.iter().any(|op| matches!(op, Op::Put { value, .. } if decode::<Told>(value).is_ok()))
    };
    store.before(tells, move || {
        let request = text(&admin.get(&path).expect(200)["items"][0]["id"]).parse().expect("an id");
        waited(tell(&app, &scope, now, request)).expect("nobody was in the way");
    });
    let link = desk.invite(&json!({})).1;
    assert_eq!(desk.join(&link, "eve@example.com").expect(200)["outcome"], "pending");
    let told = || answer_links(&desk.host, "root@acme.example").len();
    assert_eq!(told(), 1, "the other one was in the way");
    assert!(store.has_happened());
    desk.host.clock.advance(2 * MINUTE);
    assert_eq!(told(), 1, "tried again, it is found to be done");
    desk.host.clock.advance(24 * HOUR);
    assert_eq!(told(), 2, "the reminder comes in its time");
}

#[test]
fn r30_who_asks_again_while_their_request_expires_is_led_to_the_new_one_and_nothing_is_left_of_the_old() {
    let store = Arc::new(MeddledStore::default());
    let desk = FrontDesk::on(TestHost::with_store(store.clone()));
    desk.escalate(&json!({ "after_hours": 48 }));
    let (_, link) = desk.invite(&json!({ "expires_at": null }));
    let old = text(&desk.join(&link, EVE).expect(200)["request"]);
    desk.host.clock.advance(48 * HOUR);
    let (id, scope) = (old.parse().unwrap(), desk.scope());
    let told = || waited(scope.get::<Told>(&id)).unwrap().is_some();
    let escalated = || waited(scope.get::<Escalated>(&id)).unwrap().is_some();
    within(Duration::from_secs(120), || {
        desk.host.work();
        (told() && escalated()).then_some(())
    });

    desk.host.clock.advance(28 * DAY - MINUTE);
    let (nobody, proof) = (desk.host.client(""), desk.prove(&link, EVE));
    let again = json!({ "by": by(&link), "name": "Eve", "email": proof });
    let writes_a_request = |commit: &Commit| {
        commit.ops.iter().any(|op| matches!(op, Op::Put { value, .. } if decode::<JoinRequest>(value).is_ok()))
    };
    store.before(writes_a_request, move || drop(nobody.post("/v1/join", &again).expect(200)));
    desk.host.clock.advance(MINUTE);
    within(Duration::from_secs(120), || {
        desk.host.work();
        (store.has_happened() && !told()).then_some(())
    });
    assert!(!escalated());
    let expired = desk.admin().get(&desk.path("/audit?what=request.expired")).expect(200);
    assert_eq!((expired["items"].as_array().unwrap().len(), &expired["items"][0]["target"]), (1, &json!(old)));
    let new = desk.join(&link, EVE).expect(200);
    assert_eq!(new["outcome"], "pending");
    let waiting = desk.admin().get(&desk.path("/requests?state=pending")).expect(200);
    assert_eq!((waiting["items"].as_array().unwrap().len(), &waiting["items"][0]["id"]), (1, &new["request"]));
}

#[test]
fn r15_r22_an_invitation_that_changes_while_it_is_forgotten_is_forgotten_all_the_same() {
    let store = Arc::new(MeddledStore::default());
    let desk = FrontDesk::on(TestHost::with_store(store.clone()));
    let (invitation, _) = desk.invite(&json!({ "email": EVE, "name": "Eve" }));
    let (admin, path) = (desk.admin(), desk.path(&format!("/invitations/{invitation}")));
    let writes_an_invitation = |commit: &Commit| {
        commit.ops.iter().any(|op| matches!(op, Op::Put { value, .. } if decode::<Invitation>(value).is_ok()))
    };
    store.before(writes_an_invitation, move || {
        let etag = admin.get(&path).etag.expect("a version");
        drop(admin.send("POST", &format!("{path}/revoke"), &[("if-match", &etag)], None).expect(200));
    });
    desk.host.clock.advance((14 + 30 + 1) * DAY);
    within(Duration::from_secs(120), || {
        desk.host.work();
        desk.invitation(&invitation)["email"].is_null().then_some(())
    });
    assert!(store.has_happened());
    assert_eq!(desk.invitation(&invitation)["state"], "revoked");
}

#[test]
fn r1_nobody_joins_into_a_role_whose_giver_is_suspended_at_that_moment() {
    let store = Arc::new(MeddledStore::default());
    let desk = FrontDesk::on(TestHost::with_store(store.clone()));
    let (id, mallory) = second_primary_admin(&desk);
    let link = backdoor(&desk, &mallory, "primary-admin");
    let proof = desk.prove(&link, "eve@example.com");
    let (admin, path) = (desk.admin(), desk.path(&format!("/members/{id}")));
    store.before(is_told_of, move || {
        let etag = admin.get(&path).etag.expect("a version");
        drop(admin.send("POST", &format!("{path}/suspend"), &[("if-match", &etag)], None).expect(200));
    });
    let asked = desk.ask(&link, "Eve", &proof).expect(200);
    assert!(store.has_happened(), "the join was about to commit");
    assert_eq!(asked["outcome"], "pending");
}

/// What comes of Ada's login while an admin does something.
#[track_caller]
fn logs_in_while(before: impl Fn(&Sso), meanwhile: fn(&Sso), expected: (u16, &str)) {
    let store = Arc::new(MeddledStore::default());
    let sso = Arc::new(Sso::on(FrontDesk::on(TestHost::with_store(store.clone()))));
    sso.desk.host.pdp.matching(Verdict::Match);
    before(&sso);
    let other = sso.clone();
    store.before(is_told_of, move || meanwhile(&other));
    assert_eq!(ended(&sso.login("s-1", "ada@acme.example")), end(expected.0, expected.1));
    assert!(store.has_happened(), "the login was about to be let in");
}

#[test]
fn r40_nobody_is_let_in_through_a_connection_that_is_switched_off_at_that_moment() {
    let switch_off = |sso: &Sso| {
        let (admin, path) = (sso.desk.admin(), sso.desk.path(&format!("/sso/connections/{}", sso.connection)));
        let etag = admin.get(&path).etag.expect("a version");
        drop(admin.patch(&path, &etag, &json!({ "enabled": false })).expect(200));
    };
    logs_in_while(|_| (), switch_off, (409, "wrong_state"));
    // Linked, but without a seat: the login that is accepted is the second one.
    let linked = |sso: &Sso| {
        let plan = sso.desk.plan("Team", 5);
        let first = sso.login("s-1", "ada@acme.example").expect(200);
        assert_eq!(first["may_log_in"], false);
        let path = sso.desk.path(&format!("/members/{}/seats/{plan}", text(&first["member"])));
        drop(sso.desk.admin().send("PUT", &path, &[], None).expect(200));
    };
    logs_in_while(linked, switch_off, (409, "wrong_state"));
}

#[test]
fn r40_nobody_is_linked_by_a_domain_that_speaks_for_them_no_more() {
    let unbind = |sso: &Sso| {
        let path = sso.desk.path("/domains/acme.example/connection");
        let none = json!({ "connection": null }).to_string();
        drop(sso.desk.admin().send("PUT", &path, &[], Some(none.as_bytes())).expect(200));
    };
    logs_in_while(|_| (), unbind, (403, "identity_mismatch"));
    let remove = |sso: &Sso| {
        assert_eq!(sso.desk.admin().delete(&sso.desk.path("/domains/acme.example")).status, 204);
    };
    logs_in_while(|_| (), remove, (403, "identity_mismatch"));
}

#[test]
fn r40_a_connection_stays_as_it_is_when_a_domain_is_bound_to_it() {
    let sso = Sso::on(FrontDesk::new());
    let etag = || sso.desk.admin().get(&sso.desk.path(&format!("/sso/connections/{}", sso.connection))).etag;
    let before = etag();
    let binding = json!({ "connection": sso.connection }).to_string();
    let path = sso.desk.path("/domains/acme.example/connection");
    drop(sso.desk.admin().send("PUT", &path, &[], Some(binding.as_bytes())).expect(200));
    assert_eq!(etag(), before);
}

#[test]
fn r40_no_domain_is_bound_to_a_connection_that_is_gone() {
    let store = Arc::new(MeddledStore::default());
    let sso = Sso::on(FrontDesk::on(TestHost::with_store(store.clone())));
    let (admin, path) = (sso.desk.admin(), sso.desk.path("/domains/acme.example/connection"));
    let bind = move |to: &Value| {
        let binding = json!({ "connection": to }).to_string();
        drop(admin.send("PUT", &path, &[], Some(binding.as_bytes())).expect(200));
    };
    bind(&Value::Null);
    let connection = json!(sso.connection);
    store.before(is_told_of, move || bind(&connection));
    let removed = sso.desk.admin().delete(&sso.desk.path(&format!("/sso/connections/{}", sso.connection)));
    assert_eq!(ended(&removed), end(409, "not_empty"));
    assert!(store.has_happened(), "the connection was about to be removed");
}

#[test]
fn r17_of_two_bots_deleted_at_once_both_are_though_one_was_never_counted() {
    let store = Arc::new(MeddledStore::default());
    let desk = FrontDesk::on(TestHost::with_store(store.clone()));
    let (admin, path) = (desk.admin(), desk.path("/bots"));
    let [one, other] = [(); 2].map(|()| {
        let made = admin.post(&path, &json!({ "name": "Chat", "approvers": {} })).expect(201);
        format!("{path}/{}", text(&made["bot"]["id"]))
    });
    let mut writes = desk.scope().writes();
    writes.add(&counters::bots(), -1, 0, i64::MAX);
    waited(writes.commit()).unwrap();
    let also = admin.clone();
    store.before(is_told_of, move || assert_eq!(also.delete(&other).status, 204));
    assert_eq!(admin.delete(&one).status, 204);
    assert!(store.has_happened(), "it was about to be deleted");
}

#[test]
fn r17_of_two_bots_made_at_once_the_last_one_there_may_be_is_one() {
    let store = Arc::new(MeddledStore::default());
    let desk = FrontDesk::on(TestHost::with_store(store.clone()));
    let (admin, path) = (desk.admin(), desk.path("/bots"));
    let make = move || admin.post(&path, &json!({ "name": "Chat", "approvers": {} }));
    for _ in 1..MAX_BOTS {
        drop(make().expect(201));
    }
    let other = make.clone();
    store.before(is_told_of, move || drop(other().expect(201)));
    assert_eq!(ended(&make()), end(409, "limit_reached"));
    assert!(store.has_happened(), "one too many was about to be made");
    let bots = desk.admin().get(&desk.path("/bots")).expect(200)["items"].as_array().unwrap().clone();
    assert_eq!(bots.len(), MAX_BOTS);
    let one = text(&bots[0]["id"]);
    assert_eq!(desk.admin().delete(&desk.path(&format!("/bots/{one}"))).status, 204);
    drop(make().expect(201));
}
