//! While single sign-on is on, a primary admin can log in past it, whatever is done to whom (R19).

use std::sync::Arc;

use serde_json::{Value, json};
use usher_server::testing::{Answer, Client, MeddledStore, TestHost};
use usher_store::{Commit, Op};

use crate::front_desk::{FrontDesk, text};
use crate::lobby::{CHOSEN, Lobby};

/// A primary admin without a password, who does things to the others.
#[derive(Clone)]
struct Cleo {
    client: Client,
    /// Path of her organisation.
    org: String,
}

impl Cleo {
    /// Does something to a member.
    fn act(&self, id: &str, (method, rest, body): &Deed) -> Answer {
        let path = format!("{}/members/{id}", self.org);
        let etag = self.client.get(&path).etag.expect("a version");
        self.client.send(method, &format!("{path}{rest}"), &[("if-match", &etag)], Some(body.to_string().as_bytes()))
    }

    /// Does something to many; the problem of each, or nothing.
    fn bulk(&self, ids: &[&str], action: &str, preview: bool) -> Vec<String> {
        let body = json!({ "members": ids, "action": { "kind": action }, "preview": preview });
        let done = self.client.post(&format!("{}/members/bulk", self.org), &body).expect(200);
        let items = done["items"].as_array().unwrap().iter();
        items.map(|item| item["problem"]["code"].as_str().unwrap_or_default().to_owned()).collect()
    }

    fn promote(&self, id: &str) {
        drop(self.act(id, &("PATCH", "", json!({ "role": { "kind": "primary-admin" } }))).expect(200));
    }

    /// Sets a password anew for somebody with business mail.
    fn reset(&self, id: &str) -> Answer {
        self.client.send("PUT", &format!("{}/members/{id}/password", self.org), &[], Some(b"{}"))
    }

    /// Switches single sign-on on.
    fn connect(&self) -> Answer {
        let idp = json!({ "name": "IdP", "protocol": "oidc", "issuer": "https://idp.example" });
        self.client.post(&format!("{}/sso/connections", self.org), &idp)
    }
}

/// What is done to a member: method, what follows their path, body.
type Deed = (&'static str, &'static str, Value);

/// What takes the way in from whoever has one.
fn deeds() -> [Deed; 3] {
    let demoted = json!({ "role": { "kind": "member" } });
    [("DELETE", "", Value::Null), ("POST", "/suspend", Value::Null), ("PATCH", "", demoted)]
}

/// An organisation whose first primary admin, Root, has a password, and in which Cleo acts.
struct House {
    lobby: Lobby,
    root: String,
    cleo: Cleo,
}

impl House {
    fn new() -> House {
        House::of(Lobby::new())
    }

    fn of(lobby: Lobby) -> House {
        let (desk, root) = (&lobby.desk, lobby.desk.org.primary_admin.clone());
        desk.host.give_password(&desk.org);
        let (id, _) = lobby.add(&json!({ "work_email": "cleo@x.example" }));
        Cleo { client: desk.admin(), org: desk.path("") }.promote(&id);
        let token = json!({ "name": "console", "holder": { "kind": "member", "member": id } });
        let token = desk.admin().post(&desk.path("/tokens"), &token).expect(201)["secret"].clone();
        let cleo = Cleo { client: desk.host.client(&text(&token)), org: desk.path("") };
        House { lobby, root, cleo }
    }

    /// Another primary admin with a password of their own.
    fn another(&self) -> String {
        let id = self.lobby.add_with_password("ada@x.example");
        self.cleo.promote(&id);
        id
    }
}

#[test]
fn r19_with_single_sign_on_the_last_who_can_break_the_glass_stays() {
    for deed in deeds() {
        let House { lobby: _lobby, root, cleo } = House::new();
        drop(cleo.connect().expect(201));
        let refused = cleo.act(&root, &deed);
        assert_eq!((refused.status, refused.code()), (409, "last_way_in"), "{deed:?}");
        let renamed = cleo.act(&root, &("PATCH", "", json!({ "name": "Roots" })));
        assert_eq!(renamed.status, 200, "who keeps their way in is changed: {}", renamed.body);
    }
}

#[test]
fn r19_without_single_sign_on_or_with_another_way_in_nobody_is_kept() {
    for deed in deeds() {
        let House { lobby: _lobby, root, cleo } = House::new();
        let done = cleo.act(&root, &deed);
        assert!(done.status < 300, "{deed:?}: {}", done.body);
    }
    for deed in deeds() {
        let house = House::new();
        let ada = house.another();
        drop(house.cleo.connect().expect(201));
        let done = house.cleo.act(&house.root, &deed);
        assert!(done.status < 300, "{deed:?}: {}", done.body);
        assert_eq!(house.cleo.act(&ada, &deed).code(), "last_way_in", "{deed:?}: the last one by now");
    }
}

#[test]
fn r19_a_bulk_change_leaves_the_last_who_can_break_the_glass_and_its_preview_says_so() {
    for action in ["suspend", "delete"] {
        let house = House::new();
        let ada = house.another();
        drop(house.cleo.connect().expect(201));
        for preview in [true, false] {
            assert_eq!(house.cleo.bulk(&[&ada, &house.root], action, preview), ["", "last_way_in"], "{action}");
        }
    }
}

#[test]
fn r19_the_last_who_can_break_the_glass_keeps_password_and_second_factor() {
    let house = House::of(Lobby::with_business_mail());
    let bea = json!({ "login": "business", "business_email": "bea@acme.example", "phone": "+49 151 1234567" });
    let (bea, password) = house.lobby.add(&bea);
    house.cleo.promote(&bea);
    let own = json!({ "password": password, "new_password": CHOSEN });
    drop(house.lobby.log_in("bea@acme.example", own).expect(200));
    drop(house.cleo.act(&house.root, &("POST", "/suspend", Value::Null)).expect(200));
    drop(house.cleo.connect().expect(201));
    let no_phone = ("PATCH", "", json!({ "phone": null }));
    assert_eq!(house.cleo.act(&bea, &no_phone).code(), "last_way_in");
    assert_eq!(house.cleo.reset(&bea).code(), "last_way_in", "a password that an admin knows is nobody's own");

    drop(house.cleo.act(&house.root, &("POST", "/resume", Value::Null)).expect(200));
    assert_eq!(house.cleo.reset(&bea).status, 200);
    assert_eq!(house.cleo.reset(&bea).status, 200, "who has no way in loses none");
    assert_eq!(house.cleo.act(&house.root, &deeds()[0]).code(), "last_way_in");
}

/// Whether a commit is one that the audit trail tells of.
fn is_told_of(commit: &Commit) -> bool {
    commit.ops.iter().any(|op| matches!(op, Op::Append { link: Some(_), .. }))
}

#[test]
fn r19_of_two_who_together_would_take_the_last_way_in_the_slower_one_does_not() {
    /// Does something about Root or Ada; the code of the problem, or nothing.
    type Act = fn(&Cleo, &str, &str) -> String;
    let check = |is_on: bool, done: Act, meanwhile: Act, code: &str| {
        let store = Arc::new(MeddledStore::default());
        let house = House::of(Lobby { desk: FrontDesk::on(TestHost::with_store(store.clone())) });
        let (cleo, root) = (house.cleo.clone(), house.root.clone());
        let ada = if is_on { house.another() } else { String::new() };
        if is_on {
            drop(cleo.connect().expect(201));
        }
        let (other, roots, adas) = (cleo.clone(), root.clone(), ada.clone());
        store.before(is_told_of, move || assert_eq!(meanwhile(&other, &roots, &adas), "", "the faster one"));
        assert_eq!(done(&cleo, &root, &ada), code);
        assert!(store.has_happened(), "it was about to be committed");
    };
    let root_goes: Act = |cleo, root, _| cleo.bulk(&[root], "suspend", false).remove(0);
    let ada_goes: Act = |cleo, _, ada| cleo.bulk(&[ada], "delete", false).remove(0);
    let switched_on: Act = |cleo, _, _| cleo.connect().code().to_owned();
    check(true, root_goes, ada_goes, "last_way_in");
    check(true, ada_goes, root_goes, "last_way_in");
    check(false, root_goes, switched_on, "last_way_in");
    check(false, switched_on, root_goes, "wrong_state");
}
