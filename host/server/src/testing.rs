//! A host for tests: the real server on 127.0.0.1, in memory, with a clock that stands still and
//! entropy that is the same in every run.
//!
//! ```
//! use usher_server::testing::TestHost;
//!
//! let host = TestHost::start();
//! let acme = host.organisation("Acme");
//! let answer = host.client(&acme.token).get(&format!("/v1/orgs/{}", acme.id));
//! assert_eq!(answer.status, 200);
//! assert_eq!(answer.body["name"], "Acme");
//! ```

use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use usher_domain::ids::DecisionId;
use usher_domain::policy::{Reason, approval, seat, sso};
use usher_domain::time::Instant;
use usher_engine::{Activation, Approval, Combine, Package, Point, PrepareError, SeatAssignment, SsoMatching};
use usher_store::{MemoryStore, OrgScope, Store};

use crate::app::decisions::{self, Asked, Verdicts};
use crate::app::pdp::{Decided, Pdp};
use crate::app::refusal::Refusal;
use crate::app::tokens::Known;
use crate::app::{App, init};
use crate::http::Config;
use crate::metrics::Metrics;
use crate::ports::{Clock, DeliveryError, Entropy, Mail, Mailer, ResolveError, TxtResolver};
use crate::worker;

/// 2026-03-02T09:00:00Z, a Monday.
const START: i64 = 1_772_442_000_000_000;

/// A clock that moves when told to.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl Default for TestClock {
    fn default() -> Self {
        TestClock(AtomicI64::new(START))
    }
}

impl TestClock {
    /// Moves the clock by so many microseconds.
    pub fn advance(&self, micros: i64) {
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Instant {
        Instant::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// Entropy that is the same in every run: SHA-256 of a counter.
#[derive(Debug, Default)]
pub struct TestEntropy(AtomicU64);

impl Entropy for TestEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let block = Sha256::digest(self.0.fetch_add(1, Ordering::SeqCst).to_be_bytes());
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
    }
}

/// Mail kept in memory, and a DNS that knows what it was told.
#[derive(Debug, Default)]
pub struct TestWorld {
    mail: Mutex<Vec<Mail>>,
    txt: Mutex<Vec<(String, String)>>,
}

impl TestWorld {
    /// All mail delivered so far, oldest first.
    pub fn mail(&self) -> Vec<Mail> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts a TXT record into the DNS.
    pub fn publish(&self, name: &str, text: &str) {
        self.txt.lock().unwrap_or_else(PoisonError::into_inner).push((name.to_owned(), text.to_owned()));
    }
}

#[async_trait]
impl Mailer for TestWorld {
    async fn deliver(&self, mail: &Mail) -> Result<(), DeliveryError> {
        let mut delivered = self.mail.lock().unwrap_or_else(PoisonError::into_inner);
        if delivered.iter().all(|before| before.id != mail.id) {
            delivered.push(mail.clone());
        }
        Ok(())
    }
}

#[async_trait]
impl TxtResolver for TestWorld {
    async fn txt(&self, name: &str) -> Result<Vec<String>, ResolveError> {
        let records = self.txt.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(records.iter().filter(|(at, _)| at == name).map(|(_, text)| text.clone()).collect())
    }
}

/// Policies that say what they were told to: at first approve, decline, mismatch.
#[derive(Debug)]
pub struct TestPdp {
    approval: Mutex<approval::Verdict>,
    seat: Mutex<seat::Verdict>,
    sso: Mutex<sso::Verdict>,
    decisions: AtomicU64,
}

impl Default for TestPdp {
    fn default() -> Self {
        TestPdp {
            approval: Mutex::new(approval::Verdict::Approve),
            seat: Mutex::new(seat::Verdict::Decline),
            sso: Mutex::new(sso::Verdict::Mismatch),
            decisions: AtomicU64::new(0),
        }
    }
}

impl TestPdp {
    /// What approval policies say from now on.
    pub fn approve(&self, verdict: approval::Verdict) {
        *self.approval.lock().unwrap_or_else(PoisonError::into_inner) = verdict;
    }

    /// What seat policies say from now on: with `Assign`, every plan of the request in its order.
    pub fn assign(&self, verdict: seat::Verdict) {
        *self.seat.lock().unwrap_or_else(PoisonError::into_inner) = verdict;
    }

    /// What matching policies say from now on: with `Match` and `Review`, the first candidate.
    pub fn matching(&self, verdict: sso::Verdict) {
        *self.sso.lock().unwrap_or_else(PoisonError::into_inner) = verdict;
    }

    fn decided<P: Point>(&self, request: &P::Request, decision: P::Decision) -> Decided<P::Decision> {
        let number = self.decisions.fetch_add(1, Ordering::SeqCst);
        let mut bytes = [0; 16];
        bytes[8..].copy_from_slice(&number.to_be_bytes());
        let mut record = decisions::Decision {
            id: DecisionId::from_bytes(bytes),
            point: P::POINT,
            generation: 1,
            combine: Combine::default(),
            request: json!(request),
            answer: decisions::Answer { decision: json!(decision), by: None, entries: Vec::new() },
            effect: None,
        };
        Decided {
            id: record.id,
            decision,
            policies: vec!["sha256:test".to_owned()],
            keep: Box::new(move |plan, effect| {
                record.effect = Some(effect);
                plan.insert(&record.id, &record);
            }),
        }
    }
}

fn reasons() -> Vec<Reason> {
    vec![Reason { code: "told-to".into(), params: Vec::new(), text: "the test says so".into() }]
}

#[async_trait]
impl Pdp for TestPdp {
    fn ready(&self) -> Result<(), String> {
        Ok(())
    }

    async fn approval(&self, _: &OrgScope, request: &approval::Request) -> Result<Decided<approval::Decision>, Refusal> {
        let verdict = *self.approval.lock().unwrap_or_else(PoisonError::into_inner);
        let (reasons, obligations) = (reasons(), Vec::new());
        let decision = approval::Decision { verdict, reasons, obligations, placement: None };
        Ok(self.decided::<Approval>(request, decision))
    }

    async fn seat(&self, _: &OrgScope, request: &seat::Request) -> Result<Decided<seat::Decision>, Refusal> {
        let verdict = *self.seat.lock().unwrap_or_else(PoisonError::into_inner);
        let plans = match verdict {
            seat::Verdict::Assign => request.plans.iter().map(|plan| plan.id).collect(),
            seat::Verdict::Decline => Vec::new(),
        };
        let decision = seat::Decision { verdict, plans, reasons: reasons(), obligations: Vec::new() };
        Ok(self.decided::<SeatAssignment>(request, decision))
    }

    async fn sso(&self, _: &OrgScope, request: &sso::Request) -> Result<Decided<sso::Decision>, Refusal> {
        let verdict = *self.sso.lock().unwrap_or_else(PoisonError::into_inner);
        let member = match verdict {
            sso::Verdict::Match | sso::Verdict::Review => request.candidates.first().map(|one| one.member),
            sso::Verdict::Mismatch => None,
        };
        let decision = sso::Decision { verdict, member, reasons: reasons(), obligations: Vec::new() };
        Ok(self.decided::<SsoMatching>(request, decision))
    }

    async fn match_keys(&self, _: &OrgScope, claim: &sso::Claim) -> Result<Vec<String>, Refusal> {
        Ok(vec![format!("{}:{}", claim.kind, claim.value.to_lowercase())])
    }

    async fn keys_fault(&self, _: &OrgScope, _: &[sso::Claim]) -> Result<Option<String>, Refusal> {
        Ok(None)
    }

    async fn check(&self, _: &Package) -> Result<(), PrepareError> {
        Ok(())
    }

    async fn prepare(&self, _: &Package, _: Activation) -> Result<(), PrepareError> {
        Ok(())
    }

    async fn ask(&self, _: &OrgScope, asked: Asked) -> Result<Verdicts, Refusal> {
        let questions = match asked {
            Asked::Approval(requests) => requests.len(),
            Asked::SeatAssignment(requests) => requests.len(),
            Asked::SsoMatching(requests) => requests.len(),
        };
        let answer = decisions::Answer { decision: json!({ "verdict": "told-to" }), by: None, entries: Vec::new() };
        Ok(Verdicts { generation: 0, answers: vec![answer; questions] })
    }
}

/// A host that runs until it is dropped.
pub struct TestHost {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its use cases, for what has no route.
    pub app: Arc<App>,
    /// Its clock.
    pub clock: Arc<TestClock>,
    /// Its mail and its DNS.
    pub world: Arc<TestWorld>,
    /// Its policies.
    pub pdp: Arc<TestPdp>,
    /// Token of the operator.
    pub operator: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl TestHost {
    /// Starts one with nothing in it but the operator's token.
    #[must_use]
    pub fn start() -> TestHost {
        TestHost::with_store(Arc::new(MemoryStore::new()))
    }

    /// Starts one on a store of your own, which must be empty.
    #[must_use]
    pub fn with_store(store: Arc<dyn Store>) -> TestHost {
        TestHost::with(store, Config::default())
    }

    /// Starts one on a store of your own, with bounds of your own.
    ///
    /// # Panics
    /// When no host can be started: that ends the test.
    #[must_use]
    pub fn with(store: Arc<dyn Store>, config: Config) -> TestHost {
        let (clock, world) = (Arc::new(TestClock::default()), Arc::new(TestWorld::default()));
        let pdp = Arc::new(TestPdp::default());
        let app = Arc::new(App {
            store,
            pdp: pdp.clone(),
            clock: clock.clone(),
            entropy: Arc::new(TestEntropy::default()),
            dns: world.clone(),
            metrics: Metrics::default(),
            tokens: Known::default(),
        });
        let (ready, started) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let (served, mailer) = (app.clone(), world.clone());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            runtime.expect("a runtime").block_on(async move {
                let operator = init::init(&served).await.expect("an operator's token").reveal();
                let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
                let address = listener.local_addr().expect("an address");
                ready.send((address, operator)).expect("the test waits");
                let stopped = async { drop(stopped.await) };
                crate::serve(config, served, mailer, listener, stopped).await;
            });
        });
        let (address, operator) = started.recv().expect("the host started");
        TestHost { address, app, clock, world, pdp, operator, stop: Some(stop), thread: Some(thread) }
    }

    /// A client that holds `token`; with `""`, none.
    #[must_use]
    pub fn client(&self, token: &str) -> Client {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        Client { agent, base: format!("http://{}", self.address), token: token.to_owned() }
    }

    /// A new organisation with its first primary admin, and a department `Sales`.
    #[must_use]
    pub fn organisation(&self, name: &str) -> TestOrg {
        let work_email = format!("root@{}.example", name.to_lowercase());
        let body = json!({
            "name": name, "region": "DE", "language": "de", "time_zone": "Europe/Berlin",
            "primary_admin": { "name": "Root", "work_email": work_email },
        });
        let made = self.client(&self.operator).post("/v1/orgs", &body).expect(201);
        TestOrg {
            id: text(&made["organisation"]["id"]),
            root: text(&made["organisation"]["root_department"]),
            primary_admin: text(&made["primary_admin"]),
            token: text(&made["token"]),
        }
    }

    /// Does what is due now, so that nobody waits for the worker.
    ///
    /// # Panics
    /// When it cannot be done: that ends the test.
    pub fn work(&self) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let work = worker::work(&self.app, self.world.as_ref(), self.clock.now());
        runtime.block_on(work).expect("due work");
    }

    /// All mail, once there are at least `count`.
    ///
    /// # Panics
    /// When there are not within ten seconds.
    #[must_use]
    pub fn await_mail(&self, count: usize) -> Vec<Mail> {
        for _ in 0..1_000 {
            let mail = self.world.mail();
            if mail.len() >= count {
                return mail;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("{count} mails were expected, but only these came: {:?}", self.world.mail());
    }

    /// A service's token of the organisation with the permissions.
    #[must_use]
    pub fn service(&self, org: &TestOrg, permissions: &[&str]) -> String {
        let body = json!({ "name": "test", "holder": { "kind": "service", "permissions": permissions } });
        let made = self.client(&org.token).post(&format!("/v1/orgs/{}/tokens", org.id), &body);
        text(&made.expect(201)["secret"])
    }

    /// A member app's token of a member.
    #[must_use]
    pub fn member_app(&self, org: &TestOrg, member: &str) -> String {
        let body = json!({ "name": "app", "holder": { "kind": "member_app", "member": member } });
        let made = self.client(&org.token).post(&format!("/v1/orgs/{}/tokens", org.id), &body);
        text(&made.expect(201)["secret"])
    }
}

impl Drop for TestHost {
    fn drop(&mut self) {
        // Dropping the sender is the signal.
        self.stop.take();
        if let Some(Err(panic)) = self.thread.take().map(JoinHandle::join)
            && !std::thread::panicking()
        {
            std::panic::resume_unwind(panic);
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// An organisation on a [`TestHost`].
#[derive(Clone, Debug)]
pub struct TestOrg {
    /// `org_…`
    pub id: String,
    /// `dep_…` of the root department.
    pub root: String,
    /// `mem_…` of the first primary admin.
    pub primary_admin: String,
    /// Token of the first primary admin.
    pub token: String,
}

/// What a client was answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// `ETag`, if there is one.
    pub etag: Option<String>,
    /// `Content-Type`, if there is one.
    pub content_type: Option<String>,
    /// The JSON body; `null` if there is none, a string if it is no JSON.
    pub body: Value,
}

impl Answer {
    /// The body, if the status is the one expected.
    ///
    /// # Panics
    /// When it is another: the message holds the body.
    #[must_use]
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// The problem's code; empty if it is none.
    #[must_use]
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

/// A client of a [`TestHost`].
#[derive(Clone, Debug)]
pub struct Client {
    agent: ureq::Agent,
    base: String,
    token: String,
}

impl Client {
    /// GET.
    #[must_use]
    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None)
    }

    /// POST with a JSON body.
    #[must_use]
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &[], Some(body.to_string().as_bytes()))
    }

    /// PATCH with a JSON body, based on the version `etag`.
    #[must_use]
    pub fn patch(&self, path: &str, etag: &str, body: &Value) -> Answer {
        self.send("PATCH", path, &[("if-match", etag)], Some(body.to_string().as_bytes()))
    }

    /// DELETE.
    #[must_use]
    pub fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[], None)
    }

    /// Any request; a body goes as `application/json` unless a header says otherwise.
    ///
    /// # Panics
    /// When the host does not answer.
    #[must_use]
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Answer {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.base));
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        if body.is_some() && headers.iter().all(|(name, _)| *name != "content-type") {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let sent = match body {
            Some(body) => self.agent.run(request.body(body).expect("a request")),
            None => self.agent.run(request.body(()).expect("a request")),
        };
        let mut response = sent.unwrap_or_else(|error| panic!("{method} {path} was not answered: {error}"));
        let header = |name| response.headers().get(name).and_then(|value| Some(value.to_str().ok()?.to_owned()));
        let (etag, content_type) = (header("etag"), header("content-type"));
        let text = response.body_mut().read_to_string().unwrap_or_default();
        let body = match text.as_str() {
            "" => Value::Null,
            text => serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)),
        };
        Answer { status: response.status().as_u16(), etag, content_type, body }
    }
}
