//! Business mail: addresses, passwords that admins set, and what a member's login is (R6, R9, R10, R21).

use serde_json::{Value, json};

use crate::front_desk::text;
use crate::lobby::{CHOSEN, Lobby};

#[test]
fn r10_a_generated_password_is_shown_once_and_must_be_changed() {
    let lobby = Lobby::with_business_mail();
    let (bea, password) = lobby.add_business("bea@acme.example");
    let log_in = |more: Value| lobby.log_in("bea@acme.example", more);
    assert_eq!(log_in(json!({ "password": password })).code(), "password_change_required");
    assert_eq!(lobby.state(&bea), "added", "that was no login yet");
    assert_eq!(log_in(json!({ "password": password, "new_password": "short" })).code(), "invalid_field");
    assert_eq!(log_in(json!({ "password": password, "new_password": password })).code(), "invalid_field");
    drop(log_in(json!({ "password": password, "new_password": CHOSEN })).expect(200));
    assert_eq!(lobby.state(&bea), "active");
    assert_eq!(log_in(json!({ "password": password })).code(), "login_failed");
    drop(log_in(json!({ "password": CHOSEN })).expect(200));
    let audit = lobby.desk.admin().get(&lobby.desk.path("/audit")).expect(200).to_string();
    assert!(!audit.contains(&password) && !audit.contains(CHOSEN), "secrets never");
}

#[test]
fn r10_the_admin_sets_the_password_of_business_logins_and_of_no_others() {
    let lobby = Lobby::with_business_mail();
    let given = json!({ "login": "business", "business_email": "bea@acme.example", "password": "given by the admin" });
    let (bea, shown) = lobby.add(&given);
    assert_eq!(shown, Value::Null, "the admin knows it");
    let first = json!({ "password": "given by the admin", "new_password": CHOSEN });
    let session = lobby.log_in("bea@acme.example", first).expect(200);

    let path = format!("/members/{bea}/password");
    let set = lobby.put(&lobby.desk.admin(), &path, &json!({})).expect(200);
    assert_eq!(lobby.sessions(&lobby.client(&session)).status, 401, "all sessions end");
    assert_eq!(lobby.log_in("bea@acme.example", json!({ "password": CHOSEN })).code(), "login_failed");
    let again = lobby.log_in("bea@acme.example", json!({ "password": set["password"] }));
    assert_eq!(again.code(), "password_change_required");

    let (ada, _) = lobby.add(&json!({ "work_email": "ada@x.example" }));
    let refused = lobby.put(&lobby.desk.admin(), &format!("/members/{ada}/password"), &json!({}));
    assert_eq!(refused.code(), "wrong_state");
    let refused = lobby.try_add(&json!({ "work_email": "eve@x.example", "password": "given by the admin" }));
    assert_eq!(refused.code(), "wrong_state");
}

#[test]
fn r10_business_addresses_are_unique_on_the_host_and_given_once() {
    let lobby = Lobby::with_business_mail();
    let (bea, _) = lobby.add_business("bea@acme.example");
    let add = |email: &str| lobby.try_add(&json!({ "login": "business", "business_email": email }));
    assert_eq!(add("BEA@acme.example").code(), "already_exists");
    lobby.change_state(&bea, "delete");
    assert_eq!(add("bea@acme.example").code(), "already_exists", "nobody is ever given another's");
    assert_eq!(add("bea@gmail.com").code(), "invalid_field");

    let rival = lobby.desk.host.organisation("Rival");
    let client = lobby.desk.host.client(&rival.token);
    let path = format!("/v1/orgs/{}", rival.id);
    lobby.desk.host.prove_domain(&rival, "rival.example");
    assert_eq!(add("bea@rival.example").code(), "invalid_field", "another organisation's own");
    let etag = client.get(&path).etag.unwrap();
    let activated = client.send("POST", &format!("{path}/business-mail/activate"), &[("if-match", &etag)], None);
    assert_eq!(activated.status, 200);
    let body = json!({
        "name": "B", "departments": [rival.root], "login": "business", "business_email": "bea@acme.example",
    });
    assert_eq!(client.post(&format!("{path}/members"), &body).code(), "invalid_field", "nor that of another");
    drop(lobby.desk.admin().delete(&lobby.desk.path("/domains/acme.example")));
    lobby.desk.host.prove_domain(&rival, "acme.example");
    assert_eq!(client.post(&format!("{path}/members"), &body).code(), "already_exists", "for ever");
}

#[test]
fn r10_r21_a_mailbox_gives_no_business_addresses_and_the_owner_of_the_domain_displaces_it() {
    let lobby = Lobby::with_business_mail();
    let desk = &lobby.desk;
    let add = |email: &str| lobby.try_add(&json!({ "login": "business", "business_email": email }));
    assert_eq!(add("ceo@victim.example").code(), "invalid_field", "nobody proved it");
    drop(desk.admin().post(&desk.path("/domains"), &json!({ "domain": "victim.example" })).expect(201));
    let path = desk.path("/domains/victim.example");
    let mailbox = json!({ "email": "intern@victim.example" });
    let proof = desk.admin().post(&format!("{path}/mail"), &mailbox).expect(200)["proof"].clone();
    let typed = json!({ "proof": proof, "code": desk.code_to("intern@victim.example") });
    assert_eq!(desk.admin().post(&format!("{path}/mail/check"), &typed).expect(200)["proof"], "domain-mail");
    assert_eq!(add("ceo@victim.example").code(), "invalid_field", "a mailbox is not the domain");

    let victim = desk.host.organisation("Victim");
    desk.host.prove_domain(&victim, "victim.example");
    assert_eq!(desk.admin().get(&path).expect(200).get("proof"), None, "the mailbox proves nothing any more");
    assert_eq!(desk.admin().post(&format!("{path}/mail/check"), &typed).code(), "domain_taken");
    let entries = desk.admin().get(&desk.path("/audit?what=domain.displaced")).expect(200)["items"].clone();
    assert_eq!((&entries[0]["actor"]["kind"], entries[0].get("origin")), (&json!("host"), None));
    desk.host.world.publish(&text(&desk.admin().get(&path).expect(200)["txt_name"]), "usher-domain-verification=x");
    assert_eq!(desk.admin().send("POST", &format!("{path}/check"), &[], None).code(), "domain_not_proved");
}

#[test]
fn r10_an_address_is_one_members_work_or_business_mail() {
    let lobby = Lobby::with_business_mail();
    let (ada, _) = lobby.add(&json!({ "work_email": "ada@acme.example" }));
    let business = |email: &str| lobby.try_add(&json!({ "login": "business", "business_email": email }));
    assert_eq!(business("ada@acme.example").code(), "already_exists");
    let (bea, _) = lobby.add_business("bea@acme.example");
    assert_eq!(lobby.try_add(&json!({ "work_email": "bea@acme.example" })).code(), "already_exists");
    let change = |id: &str, body: Value| {
        let path = lobby.desk.path(&format!("/members/{id}"));
        let etag = lobby.desk.admin().get(&path).etag.unwrap();
        lobby.desk.admin().patch(&path, &etag, &body)
    };
    assert_eq!(change(&ada, json!({ "work_email": "Bea@acme.example" })).code(), "already_exists");
    drop(change(&bea, json!({ "work_email": "bea@acme.example" })).expect(200));
    drop(change(&bea, json!({ "work_email": null })).expect(200));
    assert_eq!(change(&ada, json!({ "work_email": "bea@acme.example" })).code(), "already_exists", "still Bea's");

    lobby.change_state(&bea, "delete");
    drop(change(&ada, json!({ "work_email": "bea@acme.example" })).expect(200));
    drop(lobby.by_code("bea@acme.example", json!({})).expect(200));
    assert_eq!(lobby.state(&ada), "active", "the address that Bea left is Ada's login");
}

#[test]
fn r9_nobody_logs_in_by_what_is_not_their_login() {
    let lobby = Lobby::with_business_mail();
    let both = json!({ "login": "business", "business_email": "bea@acme.example", "work_email": "bea@x.example",
        "password": "given by the admin" });
    drop(lobby.add(&both));
    let first = json!({ "password": "given by the admin", "new_password": CHOSEN });
    assert_eq!(lobby.log_in("bea@x.example", first.clone()).code(), "login_failed");
    drop(lobby.log_in("bea@acme.example", first).expect(200));
    // Business mail needs the password, whoever reads the code; it goes where the password opens nothing.
    let code = lobby.code_sent_to("bea@acme.example", "bea@x.example");
    assert_eq!(lobby.log_in("bea@acme.example", json!({ "code": code })).code(), "login_failed");
}

#[test]
fn r6_what_somebody_logs_in_by_is_changed_and_never_cleared() {
    let lobby = Lobby::with_business_mail();
    let check = |more: Value, field: &str, other: Value| {
        let (id, _) = lobby.add(&more);
        let path = lobby.desk.path(&format!("/members/{id}"));
        let change = |body: Value| {
            let etag = lobby.desk.admin().get(&path).etag.unwrap();
            lobby.desk.admin().patch(&path, &etag, &body)
        };
        let mut cleared = other.clone();
        cleared[field] = Value::Null;
        let refused = change(cleared);
        assert_eq!((refused.code(), &refused.body["field"]), ("invalid_field", &json!(format!("/{field}"))), "{more}");
        drop(change(other).expect(200));
    };
    check(json!({ "phone": "+4915112345601" }), "phone", json!({ "work_email": "a@x.example" }));
    check(json!({ "work_email": "b@x.example" }), "work_email", json!({ "phone": "+4915112345602" }));
}
