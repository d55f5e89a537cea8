//! What strangers learn and can do by guessing logins, passwords and codes (R22).

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use serde_json::{Value, json};
use usher_domain::ids::CallId;
use usher_domain::password::Password;
use usher_domain::proof::Subject;
use usher_domain::session::Client as For;
use usher_domain::time::{HOUR, MINUTE};
use usher_server::app::actor::Call;
use usher_server::app::login::LoginError;
use usher_server::app::login::attempt::{Attempt, log_in};
use usher_server::app::login::codes;
use usher_server::app::proofs::Typed;
use usher_server::ports::{Clock as _, Mail};
use usher_server::testing::Answer;

use crate::front_desk::text;
use crate::lobby::{CHOSEN, Lobby};

/// What a stranger sees of an answer: everything but the id of the call, which is new each time.
fn seen(mut answer: Answer) -> String {
    if let Some(body) = answer.body.as_object_mut() {
        body.remove("request_id");
    }
    format!("{answer:?}")
}

#[test]
fn strangers_see_the_same_whether_an_address_is_somebodys_or_not() {
    let lobby = Lobby::with_business_mail();
    drop(lobby.add_with_password("ada@x.example"));
    drop(lobby.add_business("bea@acme.example"));
    drop(lobby.add(&json!({ "phone": "+49 151 1234567" })));
    let check = |real: &str, nobodys: &str| {
        let ask = |login: &str| {
            let mut sent = lobby.ask(login);
            let proof = sent.body["proof"].take();
            (seen(sent), proof)
        };
        let ((as_real, real_proof), (as_nobodys, nobodys_proof)) = (ask(real), ask(nobodys));
        assert_eq!(as_real, as_nobodys, "asking for a code");
        lobby.desk.host.work();
        let tries: [&dyn Fn(&Value) -> Value; 4] = [
            &|_| json!({ "password": "not the password" }),
            &|_| json!({ "password": "x" }),
            &|proof| json!({ "code": { "proof": proof, "code": "abcdefgh" } }),
            &|proof| json!({ "password": "not the password", "code": { "proof": proof, "code": "abcdefgh" } }),
        ];
        for attempt in tries {
            let measured = |login: &str, proof: &Value| {
                let before = lobby.hashes();
                (seen(lobby.log_in(login, attempt(proof))), lobby.hashes() - before)
            };
            assert_eq!(measured(real, &real_proof), measured(nobodys, &nobodys_proof), "{}", attempt(&Value::Null));
        }
        lobby.desk.host.clock.advance(HOUR);
    };
    check("ada@x.example", "eve@x.example");
    check("bea@acme.example", "eve@acme.example");
    check("+491511234567", "+491511234568");
}

#[test]
fn a_password_costs_one_hash_for_everybody() {
    let lobby = Lobby::with_business_mail();
    drop(lobby.add_with_password("ada@x.example"));
    drop(lobby.add_business("bea@acme.example"));
    let check = |login: &str| {
        let before = lobby.hashes();
        assert_eq!(lobby.log_in(login, json!({ "password": "not the password" })).code(), "login_failed");
        assert_eq!(lobby.hashes() - before, 1, "{login}");
    };
    check("ada@x.example");
    check("bea@acme.example");
    check("eve@x.example");
}

#[test]
fn a_network_that_guesses_passwords_waits() {
    let lobby = Lobby::new();
    drop(lobby.add_with_password("ada@x.example"));
    let log_in = |password: &str| lobby.log_in("ada@x.example", json!({ "password": password }));
    for _ in 0..10 {
        assert_eq!(log_in("not the password").code(), "login_failed");
    }
    let before = lobby.hashes();
    let held = log_in(CHOSEN);
    assert_eq!((held.status, held.code(), held.retry_after.as_deref()), (429, "too_many_attempts", Some("300")));
    assert_eq!(lobby.hashes(), before, "and costs nothing");
    lobby.desk.host.clock.advance(5 * MINUTE);
    drop(log_in(CHOSEN).expect(200));
}

#[test]
fn nobody_is_locked_out_by_strangers_guesses() {
    let lobby = Lobby::new();
    let email = "ada@x.example";
    drop(lobby.add_with_password(email));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let attempt = |from: u32, password: &str, code: Option<Typed>| {
        let call = Call {
            id: CallId::from_bytes([1; 16]),
            at: lobby.desk.host.clock.now(),
            origin: Some(IpAddr::V4(Ipv4Addr::from_bits(from))),
            once: None,
        };
        let name = Subject::Email(usher_domain::address::Address::parse(email).unwrap());
        let org = lobby.desk.org.id.parse().unwrap();
        let password = Some(Password::typed(password));
        let asked = Attempt { org, name, password, code, new_password: None, client: For::MemberApp };
        runtime.block_on(log_in(&lobby.desk.host.app, &call, &asked))
    };
    for stranger in 0..20 {
        assert!(matches!(attempt(stranger, "not the password", None), Err(LoginError::Failed)));
    }
    assert!(matches!(attempt(99, CHOSEN, None), Err(LoginError::CodeRequired)));
    assert!(matches!(attempt(99, "not the password", None), Err(LoginError::CodeRequired)), "which says nothing");
    let with_code = |from: u32| {
        let code = lobby.code(email);
        let typed = Typed { proof: text(&code["proof"]).parse().unwrap(), code: text(&code["code"]) };
        attempt(from, CHOSEN, Some(typed))
    };
    assert!(with_code(99).is_ok());

    lobby.desk.host.clock.advance(HOUR);
    let guesses = (0..20).map(|_| attempt(99, "not the password", None));
    assert!(guesses.filter(|guess| !matches!(guess, Err(LoginError::Failed))).count() >= 10);
    assert!(with_code(99).is_ok(), "though they come from the owner's own network");
}

#[test]
fn r22_guessed_codes_end_their_proof() {
    let lobby = Lobby::new();
    drop(lobby.add(&json!({ "work_email": "ada@x.example" })));
    let code = lobby.code("ada@x.example");
    let log_in =
        |typed: &str| lobby.log_in("ada@x.example", json!({ "code": { "proof": code["proof"], "code": typed } }));
    for _ in 0..5 {
        assert_eq!(log_in("00000000").code(), "code_wrong");
    }
    assert_eq!(log_in(&text(&code["code"])).code(), "too_many_tries");
    let other = lobby.code("ada@x.example");
    lobby.desk.host.clock.advance(11 * MINUTE);
    assert_eq!(lobby.log_in("ada@x.example", json!({ "code": other })).code(), "code_expired");
}

#[test]
fn r43_wrong_passwords_and_codes_are_told_and_no_more_than_so_many() {
    let lobby = Lobby::new();
    let ada = lobby.add_with_password("ada@x.example");
    let proof = lobby.ask("ada@x.example").expect(200)["proof"].clone();
    let wrong = [
        (
            "ada@x.example",
            json!({ "password": "not the password" }),
            json!({ "member": ada, "outcome": "wrong_password" }),
        ),
        (
            "eve@x.example",
            json!({ "password": "not the password" }),
            json!({ "member": null, "outcome": "wrong_password" }),
        ),
        (
            "ada@x.example",
            json!({ "code": { "proof": proof, "code": "abcdefgh" } }),
            json!({ "member": ada, "outcome": "wrong_code" }),
        ),
    ];
    let told = || {
        let events = lobby.desk.admin().get(&lobby.desk.path("/audit?what=login.refused")).expect(200);
        events["items"].as_array().unwrap().clone()
    };
    for (login, more, _) in &wrong {
        assert!(lobby.log_in(login, more.clone()).status >= 400);
    }
    let events = lobby.events("login.refused");
    assert_eq!(events, wrong.iter().map(|(.., event)| event.clone()).collect::<Vec<_>>());
    assert_eq!(told().len(), 3);
    for _ in 0..16 {
        drop(lobby.log_in("ada@x.example", json!({ "password": "not the password" })));
        lobby.desk.host.clock.advance(5 * MINUTE);
    }
    assert!((11..=13).contains(&told().len()), "{}", told().len());
}

#[test]
fn r42_strangers_who_ask_for_codes_leave_nothing_in_the_trail() {
    let lobby = Lobby::new();
    drop(lobby.add(&json!({ "work_email": "ada@x.example" })));
    let entries = || {
        let trail = lobby.desk.admin().get(&lobby.desk.path("/audit?limit=100")).expect(200);
        trail["items"].as_array().unwrap().iter().map(|entry| entry["what"].clone()).collect::<Vec<_>>()
    };
    let before = entries();
    for n in 0..20 {
        drop(lobby.ask(&format!("nobody{n}@x.example")).expect(200));
    }
    lobby.desk.host.work();
    assert_eq!(entries(), before);
    drop(lobby.code("ada@x.example"));
    let after = entries();
    assert_eq!(after.len(), before.len() + 1, "a code that is sent is there: {after:?}");
}

#[test]
fn who_asks_for_too_many_codes_from_everywhere_learns_nothing_of_where_an_account_logged_in_from() {
    let lobby = Lobby::new();
    drop(lobby.add(&json!({ "work_email": "ada@x.example" })));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let name = Subject::Email(usher_domain::address::Address::parse("ada@x.example").unwrap());
    let org = lobby.desk.org.id.parse().unwrap();
    let ask = |from: u32| {
        let origin = Some(IpAddr::V4(Ipv4Addr::from_bits(from)));
        let call = Call { id: CallId::from_bytes([1; 16]), at: lobby.desk.host.clock.now(), origin, once: None };
        runtime.block_on(codes::ask(&lobby.desk.host.app, &call, org, &name)).is_ok()
    };
    // From here Ada logged in before, as the host sees it.
    drop(lobby.by_code("ada@x.example", json!({})).expect(200));
    assert!((1..40).all(ask), "it is answered as ever");
    let codes_to_ada = |count: usize| {
        let is_code = |mail: &&Mail| mail.to == "ada@x.example" && mail.subject.contains("Code");
        let codes = || lobby.desk.host.world.mail().iter().filter(is_code).count();
        // The host's own worker may have taken a step of the way.
        for _ in 0..6_000 {
            lobby.desk.host.work();
            if codes() >= count {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(codes(), count);
    };
    codes_to_ada(10);
    assert!(ask(99));
    drop(lobby.by_code("ada@x.example", json!({})).expect(200));
    codes_to_ada(11);
}

#[test]
fn r43_what_was_right_and_is_no_way_in_is_told_too() {
    let lobby = Lobby::with_business_mail();
    let (bea, _) = lobby.add_business("bea@acme.example");
    let ada = lobby.add_with_password("ada@x.example");
    assert_eq!(lobby.by_code("bea@acme.example", json!({})).code(), "login_failed", "it takes a password");
    let both = json!({ "password": CHOSEN, "code": lobby.code("ada@x.example") });
    let spent = lobby.code("ada@x.example");
    lobby.desk.host.clock.advance(5 * MINUTE);
    lobby.desk.host.give_password(&lobby.desk.org);
    lobby.connect();
    assert_eq!(lobby.log_in("ada@x.example", both).code(), "sso_required");
    assert_eq!(lobby.log_in("eve@x.example", json!({ "password": CHOSEN })).code(), "sso_required");
    lobby.desk.host.clock.advance(11 * MINUTE);
    let both = json!({ "password": CHOSEN, "code": spent });
    assert_eq!(lobby.log_in("ada@x.example", both).code(), "code_expired");
    let expected = [
        json!({ "member": bea, "outcome": "not_enough" }),
        json!({ "member": ada, "outcome": "sso_required" }),
        json!({ "member": null, "outcome": "sso_required" }),
        json!({ "member": ada, "outcome": "spent_code" }),
    ];
    assert_eq!(lobby.events("login.refused"), expected);
    for _ in 0..20 {
        assert_eq!(lobby.log_in("ada@x.example", json!({ "password": CHOSEN })).code(), "sso_required");
    }
    let of_ada = lobby.events("login.refused").into_iter().filter(|event| event["member"] == json!(ada)).count();
    assert_eq!(of_ada, 10, "and no more than so many");
}
