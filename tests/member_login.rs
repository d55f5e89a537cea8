//! Members log in by code and by password, or may not (R8, R11, R19, R30, R39).

use serde_json::json;
use usher_domain::time::{DAY, HOUR};

use crate::front_desk::text;
use crate::lobby::{CHOSEN, Lobby};

#[test]
fn r11_r30_a_work_mail_logs_in_by_code_and_is_active_from_then_on() {
    let lobby = Lobby::new();
    let (ada, _) = lobby.add(&json!({ "work_email": "ada@x.example" }));
    assert_eq!(lobby.state(&ada), "invited");
    let code = lobby.code("ada@x.example");
    let logged_in = lobby.log_in("ADA@x.example", json!({ "code": code })).expect(200);
    assert_eq!((&logged_in["member"], lobby.state(&ada)), (&json!(ada), json!("active")));
    assert_eq!(lobby.sessions(&lobby.client(&logged_in)).expect(200)["items"][0], logged_in["session"]);
    assert_eq!(lobby.log_in("ada@x.example", json!({ "code": code })).code(), "code_expired", "a code is used once");
}

#[test]
fn r11_a_phone_logs_in_by_code_and_has_no_password() {
    let lobby = Lobby::new();
    drop(lobby.add(&json!({ "phone": "+49 151 1234567" })));
    assert_eq!(lobby.by_code("+491511234567", json!({ "new_password": CHOSEN })).code(), "wrong_state");
    let logged_in = lobby.by_code("+491511234567", json!({})).expect(200);
    let refused =
        lobby.put(&lobby.client(&logged_in), "/me/password", &json!({ "current": "x", "new_password": CHOSEN }));
    assert_eq!(refused.code(), "wrong_state");
    assert_eq!(lobby.log_in("+491511234567", json!({ "password": CHOSEN })).code(), "login_failed");
}

#[test]
fn r19_where_seats_were_bought_no_seat_means_no_login_but_for_primary_admins() {
    let lobby = Lobby::new();
    let ada = lobby.add_with_password("ada@x.example");
    let plan = lobby.desk.plan("Team", 5);
    assert_eq!(lobby.by_code("ada@x.example", json!({})).code(), "login_refused");
    assert_eq!(lobby.log_in("ada@x.example", json!({ "password": "not the password" })).code(), "login_failed");
    drop(lobby.by_code("root@acme.example", json!({})).expect(200));
    let audit = lobby.desk.admin().get(&lobby.desk.path("/audit")).expect(200).to_string();
    assert!(audit.contains("login.refused") && audit.contains("no_seat"), "{audit}");
    drop(lobby.put(&lobby.desk.admin(), &format!("/members/{ada}/seats/{plan}"), &json!({})).expect(200));
    drop(lobby.log_in("ada@x.example", json!({ "password": CHOSEN })).expect(200));
}

#[test]
fn r8_a_seat_of_a_future_plan_lets_in_from_its_first_day() {
    let lobby = Lobby::new();
    let operator = lobby.desk.host.client(&lobby.desk.host.operator);
    let future = json!({ "name": "Next", "size": 5, "starts_on": "2026-03-05" });
    let plan = text(&operator.post(&lobby.desk.path("/plans"), &future).expect(201)["id"]);
    let seat = json!({ "kind": "plan", "plan": plan });
    drop(lobby.add(&json!({ "work_email": "ada@x.example", "seat": seat })));
    lobby.desk.host.clock.advance(2 * DAY);
    assert_eq!(lobby.by_code("ada@x.example", json!({})).code(), "login_refused");
    lobby.desk.host.clock.advance(DAY);
    drop(lobby.by_code("ada@x.example", json!({})).expect(200));
}

#[test]
fn r19_r39_with_sso_on_only_primary_admins_break_the_glass_with_two_factors() {
    let lobby = Lobby::new();
    drop(lobby.add_with_password("ada@x.example"));
    let root = "root@acme.example";
    let session = lobby.by_code(root, json!({ "client": "console" })).expect(200);
    let set = json!({ "code": lobby.code(root), "new_password": CHOSEN });
    assert_eq!(lobby.put(&lobby.client(&session), "/me/password", &set).status, 204);
    lobby.connect();
    let check = |login: &str, code: &str| {
        assert_eq!(lobby.log_in(login, json!({ "password": CHOSEN })).code(), "sso_required", "{login}");
        assert_eq!(lobby.by_code(login, json!({})).code(), "sso_required", "{login}");
        assert_eq!(lobby.by_code(login, json!({ "password": "not the password" })).code(), "login_failed", "{login}");
        assert_eq!(lobby.by_code(login, json!({ "password": CHOSEN })).code(), code, "{login}");
        lobby.desk.host.clock.advance(HOUR);
    };
    check("ada@x.example", "sso_required");
    check(root, "");
    let audit = lobby.desk.admin().get(&lobby.desk.path("/audit")).expect(200);
    let broken = audit["items"].as_array().unwrap().iter().filter(|entry| entry["action"] == "login.break_glass");
    assert_eq!(broken.count(), 1);
}
