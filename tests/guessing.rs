//! What strangers learn and can do by guessing logins, passwords and codes (R22).

use std::net::{IpAddr, Ipv4Addr};

use serde_json::{Value, json};
use usher_domain::ids::CallId;
use usher_domain::password::Password;
use usher_domain::proof::Subject;
use usher_domain::session::Client as For;
use usher_domain::time::{HOUR, MINUTE};
use usher_server::app::actor::Call;
use usher_server::app::login::LoginError;
use usher_server::app::login::attempt::{Attempt, log_in};
use usher_server::app::proofs::Typed;
use usher_server::ports::Clock as _;
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
    let code = lobby.code(email);
    let typed = Typed { proof: text(&code["proof"]).parse().unwrap(), code: text(&code["code"]) };
    assert!(attempt(99, CHOSEN, Some(typed)).is_ok());
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
