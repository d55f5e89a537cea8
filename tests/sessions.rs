//! Sessions of members: what they are good for and when they end (R4, R19, R32).

use serde_json::{Value, json};
use usher_domain::time::{HOUR, MINUTE};

use crate::lobby::{CHOSEN, Lobby};

#[test]
fn r4_a_session_is_for_the_client_it_was_made_for() {
    let lobby = Lobby::new();
    let root = "root@acme.example";
    let check = |client: Value, status: u16| {
        let logged_in = lobby.by_code(root, client.clone()).expect(200);
        let answer = lobby.client(&logged_in).get(&lobby.desk.path("/members"));
        assert_eq!(answer.status, status, "{client}: {}", answer.body);
        lobby.desk.host.clock.advance(HOUR);
    };
    check(json!({}), 403);
    check(json!({ "client": "member_app" }), 403);
    check(json!({ "client": "console" }), 200);
}

#[test]
fn r19_who_loses_their_seat_is_out_of_their_session() {
    let check = |client: &str| {
        let lobby = Lobby::new();
        let plan = lobby.desk.plan("Team", 5);
        let (ada, _) = lobby.add(&json!({ "work_email": "ada@x.example" }));
        let client = lobby.client(&lobby.by_code("ada@x.example", json!({ "client": client })).expect(200));
        assert_eq!(lobby.sessions(&client).status, 200);
        let path = lobby.desk.path(&format!("/members/{ada}/seats/{plan}"));
        assert_eq!(lobby.desk.admin().delete(&path).status, 204);
        assert_eq!(lobby.sessions(&client).status, 401, "at once");
        drop(lobby.desk.admin().send("PUT", &path, &[], None).expect(200));
        assert_eq!(lobby.sessions(&client).status, 200, "the session has not ended");
    };
    check("console");
    check("member_app");
}

#[test]
fn r32_suspending_and_deleting_end_all_sessions() {
    let lobby = Lobby::new();
    let ada = lobby.add_with_password("ada@x.example");
    let log_in = || lobby.log_in("ada@x.example", json!({ "password": CHOSEN }));
    let client = lobby.client(&log_in().expect(200));
    lobby.change_state(&ada, "suspend");
    assert_eq!(lobby.sessions(&client).status, 401);
    assert_eq!(log_in().code(), "login_refused");
    lobby.change_state(&ada, "resume");
    assert_eq!(lobby.sessions(&client).status, 401, "it does not come back");
    let client = lobby.client(&log_in().expect(200));
    lobby.change_state(&ada, "delete");
    assert_eq!(lobby.sessions(&client).status, 401);
    assert_eq!(log_in().code(), "login_failed");
}

#[test]
fn sessions_are_listed_ended_and_end_by_themselves() {
    let lobby = Lobby::new();
    drop(lobby.add_with_password("ada@x.example"));
    let log_in = || lobby.log_in("ada@x.example", json!({ "password": CHOSEN, "client": "console" })).expect(200);
    let (first, second, third) = (log_in(), log_in(), log_in());
    let client = lobby.client(&first);
    let listed = || lobby.sessions(&client).expect(200)["items"].as_array().unwrap().len();
    let before = listed();
    let end = |body: Value| {
        let ended = client.post(&lobby.desk.path("/me/sessions/end"), &body);
        assert_eq!(ended.status, 204, "{}", ended.body);
    };
    end(json!({ "sessions": [second["session"]["id"]] }));
    assert_eq!((listed(), lobby.sessions(&lobby.client(&second)).status), (before - 1, 401));
    lobby.desk.host.clock.advance(29 * MINUTE);
    assert_eq!(listed(), before - 1);
    lobby.desk.host.clock.advance(29 * MINUTE);
    assert_eq!(lobby.sessions(&client).status, 200, "it was used");
    assert_eq!(lobby.sessions(&lobby.client(&third)).status, 401, "it lay idle");
    end(json!({}));
    assert_eq!(lobby.sessions(&client).status, 401);
    assert_eq!(lobby.desk.host.client("uss_nonsense").get(&lobby.desk.path("/me/sessions")).code(), "unauthenticated");
}

#[test]
fn a_new_password_of_ones_own_ends_the_other_sessions() {
    let lobby = Lobby::new();
    drop(lobby.add_with_password("ada@x.example"));
    let log_in = |password: &str| lobby.log_in("ada@x.example", json!({ "password": password }));
    let (mine, others) = (lobby.client(&log_in(CHOSEN).expect(200)), lobby.client(&log_in(CHOSEN).expect(200)));
    let change = |current: &str, new: &str| {
        lobby.put(&mine, "/me/password", &json!({ "current": current, "new_password": new }))
    };
    assert_eq!(change("not the password", "another of my own").code(), "login_failed");
    assert_eq!(change(CHOSEN, CHOSEN).code(), "invalid_field");
    assert_eq!(change(CHOSEN, "another of my own").status, 204);
    assert_eq!((lobby.sessions(&mine).status, lobby.sessions(&others).status), (200, 401));
    assert_eq!(log_in(CHOSEN).code(), "login_failed");
    drop(log_in("another of my own").expect(200));
}
