//! A host as a process of its own, on a data folder of its own: what is on disk is what a real host leaves there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use usher_server::testing::Client;

use crate::command::usher;
use crate::front_desk::text;

/// What a host may take to compile a policy, where other tests run beside it.
pub const COMPILE_SECONDS: &str = "300";

/// A host that runs until it is dropped or stopped.
pub struct Process {
    folder: TempDir,
    child: Option<Child>,
    /// What else it is started with.
    pub more: Vec<String>,
    /// Where it answers.
    pub url: String,
    /// Token of the operator.
    pub operator: String,
}

impl Process {
    /// Sets one up and starts it.
    pub fn start() -> Process {
        let folder = tempfile::tempdir().unwrap();
        let made = usher().args(["--json", "init", "--data"]).args([folder.path().join("data")]).succeeds();
        let made: Value = serde_json::from_str(&made).unwrap();
        let operator = text(&made["operator_token"]);
        let mut process = Process { folder, child: None, more: Vec::new(), url: String::new(), operator };
        process.go_on();
        process
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// What it logged since it was started.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// Starts it, again perhaps.
    pub fn go_on(&mut self) {
        let log = fs::File::create(self.folder.path().join("log")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_usher"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(self.data()).args(&self.more);
        command.stdin(Stdio::null()).stderr(log).env("USHER_COMPILE_SECONDS", COMPILE_SECONDS);
        let mut child = command.spawn().unwrap();
        let listens = within(Duration::from_secs(600), || {
            let log = self.log();
            assert!(child.try_wait().unwrap().is_none(), "the host ended: {log}");
            address(&log)
        });
        self.url = format!("http://{listens}");
        self.child = Some(child);
    }

    /// Ends it as an operator would.
    pub fn stop(&mut self) {
        let mut child = self.child.take().unwrap();
        assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
        assert!(child.wait().unwrap().success());
    }

    /// Ends it as a loss of power would.
    pub fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// A client that holds `token`.
    pub fn client(&self, token: &str) -> Client {
        Client::new(self.url.clone(), token)
    }

    /// A new organisation: its id and the token of its primary admin.
    pub fn organisation(&self) -> (String, String) {
        let body = json!({
            "name": "Acme", "region": "DE", "language": "en", "time_zone": "Europe/Berlin",
            "primary_admin": { "name": "Root", "work_email": "root@acme.example" },
        });
        let made = self.client(&self.operator).post("/v1/orgs", &body).expect(201);
        (text(&made["organisation"]["id"]), text(&made["token"]))
    }

    /// The code in the one mail to an address, once it is in the folder.
    pub fn code_to(&self, address: &str) -> String {
        let mail = self.mail_to(address);
        let words = mail.split(|c: char| !c.is_ascii_alphanumeric());
        let code = |word: &&str| word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_digit());
        words.into_iter().find(code).map(str::to_owned).expect("a code")
    }

    /// The one mail to an address, once it is in the folder, with its lines in one piece.
    pub fn mail_to(&self, address: &str) -> String {
        let folder = self.data().join("mail");
        within(Duration::from_secs(120), || {
            let files = fs::read_dir(&folder).ok()?.map(|file| file.unwrap().path());
            let mails = files.filter(|file| file.extension().is_some_and(|extension| extension == "eml"));
            let mut texts = mails.map(|file| fs::read_to_string(file).unwrap());
            let mail = texts.find(|mail| mail.contains(&format!("To: {address}")))?;
            Some(mail.replace("=\r\n", ""))
        })
    }
}

/// Where a host says in its log that it listens, as text or as JSON.
fn address(log: &str) -> Option<String> {
    let whole = &log[..log.rfind('\n')?];
    let (_, rest) = whole.split_once("address=").or_else(|| whole.split_once("\"address\":\""))?;
    let address = rest.split(|c: char| !c.is_ascii_digit() && !['.', ':'].contains(&c)).next()?;
    Some(address.to_owned())
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

/// What comes within a time.
#[track_caller]
pub fn within<T>(time: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let end = now() + time;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(now() < end, "it did not come within {time:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[expect(clippy::disallowed_methods, reason = "a real host is waited for in real time")]
fn now() -> Instant {
    Instant::now()
}

/// Copies a folder.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap().path()) {
        let target = to.join(entry.file_name().unwrap());
        if entry.is_dir() {
            copy(&entry, &target);
        } else {
            fs::copy(&entry, &target).unwrap();
        }
    }
}
