//! An organisation as its members meet it: asking for a code, logging in, sessions.

use serde_json::{Value, json};
use usher_server::testing::{Answer, Client};

use crate::front_desk::{FrontDesk, login_code, text};

/// A password that members choose.
pub const CHOSEN: &str = "a password of my own";

/// Members of an organisation, who log in.
pub struct Lobby {
    /// The organisation.
    pub desk: FrontDesk,
}

impl Lobby {
    /// A new one.
    pub fn new() -> Lobby {
        Lobby { desk: FrontDesk::new() }
    }

    /// With business mail activated on a domain of its own.
    pub fn with_business_mail() -> Lobby {
        let lobby = Lobby::new();
        let etag = lobby.desk.admin().get(&lobby.desk.path("")).etag.unwrap();
        let path = lobby.desk.path("/business-mail/activate");
        let shown = lobby.desk.admin().send("POST", &path, &[("if-match", &etag)], None).expect(200);
        assert_eq!(shown["business_mail"], true);
        lobby.desk.host.prove_domain(&lobby.desk.org, "acme.example");
        lobby
    }

    /// Adds somebody by work mail, business mail or phone, if they can be added.
    pub fn try_add(&self, more: &Value) -> Answer {
        let mut body = json!({ "name": "Ada", "departments": [self.desk.org.root] });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.desk.admin().post(&self.desk.path("/members"), &body)
    }

    /// Adds somebody; their id and the password that was generated, if one was.
    pub fn add(&self, more: &Value) -> (String, Value) {
        let made = self.try_add(more).expect(201);
        (text(&made["member"]["id"]), made["password"].clone())
    }

    /// Adds somebody with business mail; their id and password.
    pub fn add_business(&self, email: &str) -> (String, String) {
        let (id, password) = self.add(&json!({ "login": "business", "business_email": email }));
        (id, text(&password))
    }

    /// Adds somebody with a work email who has chosen [`CHOSEN`]; their id.
    pub fn add_with_password(&self, email: &str) -> String {
        let (id, _) = self.add(&json!({ "work_email": email }));
        let session = self.by_code(email, json!({})).expect(200);
        let body = json!({ "code": self.code(email), "new_password": CHOSEN });
        let set = self.put(&self.client(&session), "/me/password", &body);
        assert_eq!(set.status, 204, "{}", set.body);
        id
    }

    /// Puts to a path of the organisation.
    pub fn put(&self, client: &Client, path: &str, body: &Value) -> Answer {
        client.send("PUT", &self.desk.path(path), &[], Some(body.to_string().as_bytes()))
    }

    /// Asks for a code.
    pub fn ask(&self, login: &str) -> Answer {
        let body = json!({ "organisation": self.desk.org.id, "login": login });
        self.desk.host.client("").post("/v1/login/codes", &body)
    }

    /// A code as its reader gets it, with its proof.
    pub fn code(&self, login: &str) -> Value {
        self.code_sent_to(login, login)
    }

    /// [`Lobby::code`] of a login whose codes go to another address.
    pub fn code_sent_to(&self, login: &str, reader: &str) -> Value {
        let ask = json!({ "organisation": self.desk.org.id, "login": login });
        let (asked, code) = login_code(&self.desk.host, &ask, reader);
        json!({ "proof": asked["proof"], "code": code })
    }

    /// Logs in with what more is needed than the login.
    pub fn log_in(&self, login: &str, more: Value) -> Answer {
        let mut body = json!({ "organisation": self.desk.org.id, "login": login });
        let Value::Object(more) = more else { panic!("{more} is no object") };
        body.as_object_mut().unwrap().extend(more);
        self.desk.host.client("").post("/v1/login", &body)
    }

    /// Logs in with a code, and what more is needed.
    pub fn by_code(&self, login: &str, mut more: Value) -> Answer {
        more["code"] = self.code(login);
        self.log_in(login, more)
    }

    /// A client with a session's token.
    pub fn client(&self, logged_in: &Value) -> Client {
        self.desk.host.client(&text(&logged_in["token"]))
    }

    /// Sessions of whoever asks.
    pub fn sessions(&self, client: &Client) -> Answer {
        client.get(&self.desk.path("/me/sessions"))
    }

    /// Suspends, resumes or deletes a member.
    pub fn change_state(&self, id: &str, how: &str) {
        let path = self.desk.path(&format!("/members/{id}"));
        let etag = self.desk.admin().get(&path).etag.unwrap();
        let changed = match how {
            "delete" => self.desk.admin().send("DELETE", &path, &[("if-match", &etag)], None),
            _ => self.desk.admin().send("POST", &format!("{path}/{how}"), &[("if-match", &etag)], None),
        };
        assert!(changed.status < 300, "{}", changed.body);
    }

    /// The state of a member.
    pub fn state(&self, id: &str) -> Value {
        self.desk.member(&json!(id))["state"].clone()
    }

    /// Passwords hashed so far.
    pub fn hashes(&self) -> u64 {
        let metrics = text(&self.desk.host.client("").get("/metrics").expect(200));
        let line = metrics.lines().find(|line| line.starts_with("usher_password_hashes_total")).expect("a count");
        line.rsplit(' ').next().unwrap().parse().unwrap()
    }

    /// What events of a type tell, oldest first.
    pub fn events(&self, kind: &str) -> Vec<Value> {
        let listed = self.desk.admin().get(&self.desk.path("/events?limit=100")).expect(200);
        let items = listed["items"].as_array().unwrap().iter();
        items.filter(|event| event["type"] == kind).map(|event| event["data"].clone()).collect()
    }

    /// Switches single sign-on on.
    pub fn connect(&self) {
        let idp = json!({ "name": "IdP", "protocol": "oidc", "issuer": "https://idp.example" });
        drop(self.desk.admin().post(&self.desk.path("/sso/connections"), &idp).expect(201));
    }
}
