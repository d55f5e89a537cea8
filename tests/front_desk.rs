//! An organisation as its applicants meet it: invitations, codes out of the mail, asking to join.

use std::time::Duration;

use serde_json::{Value, json};
use usher_domain::ids::RequestId;
use usher_domain::request;
use usher_server::app::stored::JoinRequest;
use usher_server::ports::Mail;
use usher_server::testing::{Answer, Client, TestHost, TestOrg};
use usher_store::OrgScope;

/// One organisation on a host of its own.
pub struct FrontDesk {
    /// The host.
    pub host: TestHost,
    /// The organisation.
    pub org: TestOrg,
}

impl FrontDesk {
    /// A new one, without a plan.
    pub fn new() -> FrontDesk {
        FrontDesk::on(TestHost::start())
    }

    /// A new one on a host of your own.
    pub fn on(host: TestHost) -> FrontDesk {
        let org = host.organisation("Acme");
        FrontDesk { host, org }
    }

    /// Path of something of the organisation.
    pub fn path(&self, rest: &str) -> String {
        format!("/v1/orgs/{}{rest}", self.org.id)
    }

    /// The organisation's data as it is stored, for what no route does.
    pub fn scope(&self) -> OrgScope {
        OrgScope::new(self.host.app.store.clone(), self.org.id.parse().unwrap())
    }

    /// The primary admin.
    pub fn admin(&self) -> Client {
        self.host.client(&self.org.token)
    }

    /// Sells a plan from 2026 on; its id.
    pub fn plan(&self, name: &str, size: u32) -> String {
        let body = json!({ "name": name, "size": size, "starts_on": "2026-01-01" });
        text(&self.host.client(&self.host.operator).post(&self.path("/plans"), &body).expect(201)["id"])
    }

    /// Makes an invitation; its id and its link.
    pub fn invite(&self, body: &Value) -> (String, String) {
        let made = self.admin().post(&self.path("/invitations"), body).expect(201);
        (text(&made["invitation"]["id"]), text(&made["link"]))
    }

    /// A code to an address, as its holder reads it.
    pub fn prove(&self, link: &str, email: &str) -> Value {
        self.proof(&json!({ "by": by(link), "email": email }), &email.to_lowercase())
    }

    /// A code to a phone, likewise.
    pub fn prove_phone(&self, link: &str, phone: &str) -> Value {
        self.proof(&json!({ "by": by(link), "phone": phone }), phone)
    }

    fn proof(&self, ask: &Value, reader: &str) -> Value {
        let ask = || self.host.client("").post("/v1/join/proofs", ask).expect(201);
        let (asked, code) = code_asked_for(&self.host, reader, ask);
        json!({ "proof": asked["proof"], "code": code })
    }

    /// The newest code mailed to an address.
    pub fn code_to(&self, email: &str) -> String {
        newest_code(&self.host, email)
    }

    /// Proves the address and asks to join.
    pub fn join(&self, link: &str, email: &str) -> Answer {
        let proof = self.prove(link, email);
        self.ask(link, "Ada", &proof)
    }

    /// Asks to join with a proof.
    pub fn ask(&self, link: &str, name: &str, proof: &Value) -> Answer {
        self.host.client("").post("/v1/join", &json!({ "by": by(link), "name": name, "email": proof }))
    }

    /// Seats of a plan: used, reserved, free.
    pub fn seats(&self, plan: &str) -> (u64, u64, u64) {
        let ledger = self.admin().get(&self.path(&format!("/plans/{plan}/seats"))).expect(200);
        let count = |name: &str| ledger[name].as_u64().unwrap();
        (count("used"), count("reserved"), count("free"))
    }

    /// A member, as admins see them.
    pub fn member(&self, id: &Value) -> Value {
        self.admin().get(&self.path(&format!("/members/{}", text(id)))).expect(200)
    }

    /// An invitation, as admins see it.
    pub fn invitation(&self, id: &str) -> Value {
        self.admin().get(&self.path(&format!("/invitations/{id}"))).expect(200)
    }

    /// A request, as admins see it.
    pub fn request(&self, id: &Value) -> Value {
        self.admin().get(&self.path(&format!("/requests/{}", text(id)))).expect(200)
    }

    /// Stores so many more requests like one that there is.
    pub fn repeat(&self, request: &Value, times: u16) {
        let (scope, known): (_, RequestId) = (self.scope(), text(request).parse().unwrap());
        let JoinRequest(sample) = waited(scope.get::<JoinRequest>(&known)).unwrap().unwrap().record;
        for some in (1..=times).collect::<Vec<_>>().chunks(500) {
            let mut writes = scope.writes();
            for n in some {
                let mut id = *known.as_bytes();
                id[14..].copy_from_slice(&n.to_be_bytes());
                let id = RequestId::from_bytes(id);
                writes.put(&id, &JoinRequest(request::JoinRequest { id, ..sample.clone() }));
            }
            waited(writes.commit()).unwrap();
        }
    }

    /// Answers a request.
    pub fn answer(&self, id: &Value, how: &str, body: &Value) -> Answer {
        self.admin().post(&self.path(&format!("/requests/{}/{how}", text(id))), body)
    }

    /// Revokes or rotates an invitation.
    pub fn end(&self, id: &str, how: &str) -> Answer {
        let path = self.path(&format!("/invitations/{id}"));
        let etag = self.admin().get(&path).etag.unwrap();
        self.admin().send("POST", &format!("{path}/{how}"), &[("if-match", &etag)], None)
    }
}

/// The newest code mailed to an address.
pub fn newest_code(host: &TestHost, email: &str) -> String {
    let to_them = |mail: &&Mail| mail.to == email.to_lowercase() && mail.subject.contains("Code");
    // The host's own worker may have taken a step of the way: then it is waited for.
    for _ in 0..6_000 {
        host.work();
        if let Some(newest) = host.world.mail().iter().rev().find(to_them) {
            return newest.body.split_whitespace().find(is_code).unwrap_or_default().to_owned();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("no code was mailed to {email}: {:?}", host.world.mail());
}

/// Asks for a login's code, and waits for it to be sent to the reader. What was answered, and the code.
pub fn login_code(host: &TestHost, ask: &Value, reader: &str) -> (Value, String) {
    code_asked_for(host, reader, || host.client("").post("/v1/login/codes", ask).expect(200))
}

/// Asks for a code, and waits for one more to be sent to the reader.
fn code_asked_for(host: &TestHost, reader: &str, ask: impl FnOnce() -> Value) -> (Value, String) {
    let code = |text: String| text.split(|c: char| !c.is_ascii_alphanumeric()).find(is_code).map(str::to_owned);
    let sent = || {
        let mail = host.world.mail().into_iter().filter(|mail| mail.to == reader).map(|mail| mail.body);
        let sms = host.world.sms().into_iter().filter(|sms| sms.to.as_str() == reader).map(|sms| sms.text);
        mail.chain(sms).filter_map(code).collect::<Vec<_>>()
    };
    let before = sent().len();
    let asked = ask();
    // The host's own worker may have taken a step of the way: then it is waited for.
    for _ in 0..6_000 {
        host.work();
        if let Some(code) = sent().get(before) {
            return (asked, code.clone());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("no code was sent to {reader}");
}

/// Paths of the links by which somebody answers requests, as they were mailed to them, oldest first.
pub fn answer_links(host: &TestHost, email: &str) -> Vec<String> {
    mailed_secrets(host, email, "/answer/").into_iter().map(|secret| format!("/v1/answers/{secret}")).collect()
}

/// Secrets of the links to a page of the host, as they were mailed to somebody, oldest first.
pub fn mailed_secrets(host: &TestHost, email: &str, page: &str) -> Vec<String> {
    // The first round writes the mail, the second delivers it.
    host.work();
    host.work();
    let mail = host.world.mail();
    let words = mail.iter().filter(|mail| mail.to == email).flat_map(|mail| mail.body.split_whitespace());
    let begins = format!("http://{}{page}", host.address);
    words.filter_map(|word| word.strip_prefix(&begins)).map(str::to_owned).collect()
}

/// What is held by whoever followed a link.
pub fn by(link: &str) -> Value {
    json!({ "kind": "link", "link": link })
}

/// A JSON text.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

fn is_code(word: &&str) -> bool {
    word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// What comes of something that waits.
pub fn waited<F: Future>(something: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(something)
}
