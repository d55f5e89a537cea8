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

mod client;
mod meddled;
mod policies;
mod world;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use usher_domain::password::{GENERATED_ENTROPY, Password};
use usher_store::{MemoryStore, Store};

pub use self::client::{Answer, Client};
pub use self::meddled::MeddledStore;
pub use self::policies::{Compiling, TestPdp};
pub use self::world::{TestClock, TestEntropy, TestWorld};
use crate::app::audit::checkpoint::Seal;
use crate::app::followers::Followers;
use crate::app::imports::jobs::Jobs;
use crate::app::imports::{look_turns, upload_turns};
use crate::app::login::account;
use crate::app::login::hashing::{self, Hasher};
use crate::app::outgoing::sheet_turns;
use crate::app::throttle::Throttle;
use crate::app::throttle::requests::Rates;
use crate::app::tokens::Known;
use crate::app::vault::Vault;
use crate::app::webhooks::pool::Pool;
use crate::app::{App, groups, init};
use crate::background::Background;
use crate::courier::Courier;
use crate::http::Config;
use crate::metrics::Metrics;
use crate::outbox::HttpWebhooks;
use crate::ports::{Clock as _, Mail, SmsSender};
use crate::public_url::PublicUrl;
use crate::worker;

/// Without bounds on rates: where the clock stands still, no room is ever regained.
fn unhurried() -> Config {
    Config { rates: Rates { by_network: 0, by_token: 0 }, ..Config::default() }
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
    courier: Courier,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    /// Gone with the host.
    _imports: tempfile::TempDir,
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
        TestHost::with(store, unhurried())
    }

    /// Starts one on a store of your own, with bounds of your own.
    ///
    /// # Panics
    /// When no host can be started: that ends the test.
    #[must_use]
    pub fn with(store: Arc<dyn Store>, config: Config) -> TestHost {
        TestHost::begin(store, config, None)
    }

    /// Starts one whose SMS go where you want, and not into its world.
    #[must_use]
    pub fn with_sms(sms: Arc<dyn SmsSender>) -> TestHost {
        TestHost::begin(Arc::new(MemoryStore::new()), unhurried(), Some(sms))
    }

    fn begin(store: Arc<dyn Store>, config: Config, sms: Option<Arc<dyn SmsSender>>) -> TestHost {
        let (clock, world) = (Arc::new(TestClock::default()), Arc::new(TestWorld::default()));
        let pdp = Arc::new(TestPdp::default());
        let imports = tempfile::tempdir().expect("a folder");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a socket");
        let address = listener.local_addr().expect("an address");
        let app = Arc::new(App {
            store,
            pdp: pdp.clone(),
            clock: clock.clone(),
            entropy: Arc::new(TestEntropy::default()),
            dns: world.clone(),
            metrics: Metrics::default(),
            tokens: Known::default(),
            groups: groups::Known::default(),
            hasher: Hasher::default(),
            throttle: Throttle::default(),
            followers: Followers::default(),
            webhooks: Pool::new(Arc::new(HttpWebhooks::new(true))),
            backups: PathBuf::from("/nowhere"),
            imports: imports.path().to_owned(),
            jobs: Jobs::default(),
            uploads: upload_turns(),
            looks: look_turns(),
            sheets: sheet_turns(),
            background: Background::default(),
            public_url: PublicUrl::listening(address),
            audit_seal: Seal::new(&[7; 32]),
            vault: Vault::new(&[8; 32]),
        });
        let (ready, started) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let courier = Courier::new(world.clone(), sms.unwrap_or_else(|| world.clone()));
        let (served, carrying) = (app.clone(), courier.clone());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            runtime.expect("a runtime").block_on(async move {
                let operator = init::init(&served).await.expect("an operator's token").reveal();
                let listener = TcpListener::from_std(listener).expect("a socket");
                ready.send(operator).expect("the test waits");
                let stopped = async { drop(stopped.await) };
                crate::serve(config, served, carrying, listener, stopped).await;
            });
        });
        let operator = started.recv().expect("the host started");
        TestHost {
            address,
            app,
            clock,
            world,
            pdp,
            operator,
            courier,
            stop: Some(stop),
            thread: Some(thread),
            _imports: imports,
        }
    }

    /// A client that holds `token`; with `""`, none.
    #[must_use]
    pub fn client(&self, token: &str) -> Client {
        Client::new(format!("http://{}", self.address), token)
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
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        runtime.block_on(async {
            worker::work(&self.app, &self.courier).await.expect("due work");
            self.app.background.idle().await;
            self.courier.idle().await;
            self.app.webhooks.idle().await;
        });
    }

    /// All mail, once there are at least `count`.
    ///
    /// # Panics
    /// When there are not within a minute.
    #[must_use]
    pub fn await_mail(&self, count: usize) -> Vec<Mail> {
        for _ in 0..6_000 {
            let mail = self.world.mail();
            if mail.len() >= count {
                return mail;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("{count} mails were expected, but only these came: {:?}", self.world.mail());
    }

    /// Proves by DNS that a domain is the organisation's own.
    pub fn prove_domain(&self, org: &TestOrg, name: &str) {
        let (admin, path) = (self.client(&org.token), format!("/v1/orgs/{}/domains", org.id));
        let domain = admin.post(&path, &json!({ "domain": name })).expect(201);
        self.world.publish(&text(&domain["txt_name"]), &text(&domain["txt_value"]));
        drop(admin.send("POST", &format!("{path}/{name}/check"), &[], None).expect(200));
    }

    /// Gives the first primary admin a password, without which single sign-on is not switched on (R19).
    ///
    /// # Panics
    /// When it cannot be kept: that ends the test.
    pub fn give_password(&self, org: &TestOrg) {
        let password = Password::generate([7; GENERATED_ENTROPY]);
        let kept = hashing::keep_generated(&self.app, &password);
        let password = Some(account::Password { kept, must_change: false, set_at: self.clock.now() });
        let mut writes = self.app.org(org.id.parse().expect("an organisation")).writes();
        let admin = org.primary_admin.parse().expect("a member");
        writes.put(&admin, &account::Account { password, sessions: Vec::new() });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        runtime.block_on(writes.commit()).expect("a commit");
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
