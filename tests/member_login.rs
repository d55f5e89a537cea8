//! Members log in (R4, R8 to R11, R19, R30, R32), and what strangers can and can't do about it.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use serde_json::{Value, json};
use usher_domain::ids::CallId;
use usher_domain::password::Password;
use usher_domain::proof::Subject;
use usher_domain::session::Client as For;
use usher_domain::time::{DAY, HOUR, MINUTE};
use usher_server::app::actor::Call;
use usher_server::app::login::LoginError;
use usher_server::app::login::attempt::{Attempt, log_in};
use usher_server::app::login::codes;
use usher_server::app::proofs::Typed;
use usher_server::ports::{Clock as _, Mail};
use usher_server::testing::{Answer, Client};

use crate::front_desk::{FrontDesk, login_code, text};

const CHOSEN: &str = "a password of my own";

struct Lobby {
    desk: FrontDesk,
}

impl Lobby {
    fn new() -> Lobby {
        Lobby { desk: FrontDesk::new() }
    }

    /// With business mail activated on a domain of its own.
    fn with_business_mail() -> Lobby {
        let lobby = Lobby::new();
        let etag = lobby.desk.admin().get(&lobby.desk.path("")).etag.unwrap();
        let path = lobby.desk.path("/business-mail/activate");
        let shown = lobby.desk.admin().send("POST", &path, &[("if-match", &etag)], None).expect(200);
        assert_eq!(shown["business_mail"], true);
        lobby.desk.host.prove_domain(&lobby.desk.org, "acme.example");
        lobby
    }

    fn try_add(&self, more: &Value) -> Answer {
        let mut body = json!({ "name": "Ada", "departments": [self.desk.org.root] });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.desk.admin().post(&self.desk.path("/members"), &body)
    }

    /// Adds somebody; their id and the password that was generated, if one was.
    fn add(&self, more: &Value) -> (String, Value) {
        let made = self.try_add(more).expect(201);
        (text(&made["member"]["id"]), made["password"].clone())
    }

    /// Adds somebody with business mail; their id and password.
    fn add_business(&self, email: &str) -> (String, String) {
        let (id, password) = self.add(&json!({ "login": "business", "business_email": email }));
        (id, text(&password))
    }

    /// Adds somebody with a work email who has chosen [`CHOSEN`]; their id.
    fn add_with_password(&self, email: &str) -> String {
        let (id, _) = self.add(&json!({ "work_email": email }));
        let session = self.by_code(email, json!({})).expect(200);
        let body = json!({ "code": self.code(email), "new_password": CHOSEN });
        let set = self.put(&self.client(&session), "/me/password", &body);
        assert_eq!(set.status, 204, "{}", set.body);
        id
    }

    fn put(&self, client: &Client, path: &str, body: &Value) -> Answer {
        client.send("PUT", &self.desk.path(path), &[], Some(body.to_string().as_bytes()))
    }

    fn ask(&self, login: &str) -> Answer {
        let body = json!({ "organisation": self.desk.org.id, "login": login });
        self.desk.host.client("").post("/v1/login/codes", &body)
    }

    /// A code as its reader gets it, with its proof.
    fn code(&self, login: &str) -> Value {
        self.code_sent_to(login, login)
    }

    fn code_sent_to(&self, login: &str, reader: &str) -> Value {
        let ask = json!({ "organisation": self.desk.org.id, "login": login });
        let (asked, code) = login_code(&self.desk.host, &ask, reader);
        json!({ "proof": asked["proof"], "code": code })
    }

    fn log_in(&self, login: &str, more: Value) -> Answer {
        let mut body = json!({ "organisation": self.desk.org.id, "login": login });
        let Value::Object(more) = more else { panic!("{more} is no object") };
        body.as_object_mut().unwrap().extend(more);
        self.desk.host.client("").post("/v1/login", &body)
    }

    fn by_code(&self, login: &str, mut more: Value) -> Answer {
        more["code"] = self.code(login);
        self.log_in(login, more)
    }

    /// A client with a session's token.
    fn client(&self, logged_in: &Value) -> Client {
        self.desk.host.client(&text(&logged_in["token"]))
    }

    fn sessions(&self, client: &Client) -> Answer {
        client.get(&self.desk.path("/me/sessions"))
    }

    fn change_state(&self, id: &str, how: &str) {
        let path = self.desk.path(&format!("/members/{id}"));
        let etag = self.desk.admin().get(&path).etag.unwrap();
        let changed = match how {
            "delete" => self.desk.admin().send("DELETE", &path, &[("if-match", &etag)], None),
            _ => self.desk.admin().send("POST", &format!("{path}/{how}"), &[("if-match", &etag)], None),
        };
        assert!(changed.status < 300, "{}", changed.body);
    }

    fn state(&self, id: &str) -> Value {
        self.desk.member(&json!(id))["state"].clone()
    }

    fn hashes(&self) -> u64 {
        let metrics = text(&self.desk.host.client("").get("/metrics").expect(200));
        let line = metrics.lines().find(|line| line.starts_with("usher_password_hashes_total")).expect("a count");
        line.rsplit(' ').next().unwrap().parse().unwrap()
    }

    /// What events of a type tell, oldest first.
    fn events(&self, kind: &str) -> Vec<Value> {
        let listed = self.desk.admin().get(&self.desk.path("/events?limit=100")).expect(200);
        let items = listed["items"].as_array().unwrap().iter();
        items.filter(|event| event["type"] == kind).map(|event| event["data"].clone()).collect()
    }

    /// Switches single sign-on on.
    fn connect(&self) {
        let idp = json!({ "name": "IdP", "protocol": "oidc", "issuer": "https://idp.example" });
        drop(self.desk.admin().post(&self.desk.path("/sso/connections"), &idp).expect(201));
    }
}

/// What a stranger sees of an answer: everything but the id of the call, which is new each time.
fn seen(mut answer: Answer) -> String {
    if let Some(body) = answer.body.as_object_mut() {
        body.remove("request_id");
    }
    format!("{answer:?}")
}

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
fn r11_a_phone_logs_in_by_code_and_has_no_password() {
    let lobby = Lobby::new();
    drop(lobby.add(&json!({ "phone": "+49 151 1234567" })));
    let logged_in = lobby.by_code("+491511234567", json!({})).expect(200);
    let refused =
        lobby.put(&lobby.client(&logged_in), "/me/password", &json!({ "current": "x", "new_password": CHOSEN }));
    assert_eq!(refused.code(), "wrong_state");
    assert_eq!(lobby.log_in("+491511234567", json!({ "password": CHOSEN })).code(), "login_failed");
}

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
fn r19_who_loses_their_seat_is_out_of_their_session() {
    let lobby = Lobby::new();
    let plan = lobby.desk.plan("Team", 5);
    let (ada, _) = lobby.add(&json!({ "work_email": "ada@x.example" }));
    let client = lobby.client(&lobby.by_code("ada@x.example", json!({ "client": "console" })).expect(200));
    drop(lobby.desk.admin().delete(&lobby.desk.path(&format!("/members/{ada}/seats/{plan}"))));
    lobby.desk.host.clock.advance(MINUTE);
    assert_eq!(lobby.sessions(&client).status, 401);
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
        trail["items"].as_array().unwrap().len()
    };
    let before = entries();
    for n in 0..20 {
        drop(lobby.ask(&format!("nobody{n}@x.example")).expect(200));
    }
    lobby.desk.host.work();
    assert_eq!(entries(), before);
    drop(lobby.code("ada@x.example"));
    assert_eq!(entries(), before + 1, "a code that is sent is there");
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
        for _ in 0..500 {
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
