//! Mail over a real SMTP server on this machine, in its three forms, and by `usher serve` as a whole.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use usher_domain::time::Instant;
use usher_server::outbox::{Smtp, SmtpServer};
use usher_server::ports::{DeliveryError, Mail, Mailer as _};

use crate::process::COMPILE_SECONDS;

/// A server that runs until it is dropped.
struct Server {
    child: Child,
    lines: BufReader<ChildStdout>,
    port: u64,
    folder: tempfile::TempDir,
}

impl Server {
    fn start(security: &str) -> Server {
        let folder = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        let (certificate, key) = (folder.path().join("ca.pem"), folder.path().join("key.pem"));
        std::fs::write(&certificate, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/smtp/server.py");
        let mut command = Command::new(python());
        command.arg(script).arg(security).args([&certificate, &key]).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let port = line(&mut lines)["port"].as_u64().unwrap();
        Server { child, lines, port, folder }
    }

    fn certificate(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The next mail that came.
    fn mail(&mut self) -> Value {
        line(&mut self.lines)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn line(lines: &mut BufReader<ChildStdout>) -> Value {
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("the SMTP server wrote {line:?}: {error}"))
}

/// A Python with the server's library: the distribution's package is the system's own Python's.
fn python() -> &'static str {
    let has = |python: &&str| {
        let import = Command::new(python).args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status();
        import.is_ok_and(|status| status.success())
    };
    let found = ["python3", "/usr/bin/python3"].into_iter().find(has);
    found.expect("an SMTP server for the tests: install python3-aiosmtpd, as `cargo xtask test` does")
}

fn deliver(url: &str, authority: Option<&Path>, to: &str) -> Result<(), DeliveryError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let server: SmtpServer = url.parse().unwrap();
        let authority = authority.map(|path| std::fs::read(path).unwrap());
        let from = "Usher <usher@acme.example>".parse().unwrap();
        let smtp = Smtp::new(server, from, authority.as_deref()).unwrap();
        let (id, at) = ("mail_1".to_owned(), Instant::from_micros(1_772_442_000_000_000));
        let (subject, body) = ("Grüße".to_owned(), "Ein Code:\n\n123456\n".to_owned());
        let html = Some("<p>Ein Code: 123456</p>".to_owned());
        let letter = "one_time_code".to_owned();
        smtp.deliver(&Mail { id, letter, to: to.to_owned(), subject, body, html, at }).await
    })
}

/// Takes a mail by `scheme` with what is before and behind the host in the URL.
#[track_caller]
fn check_taken(security: &str, scheme: &str, login: &str, tls: bool) {
    let mut server = Server::start(security);
    let url = format!("{scheme}://{login}127.0.0.1:{}", server.port);
    let certificate = server.certificate();
    deliver(&url, tls.then_some(certificate.as_path()), "ada@x.example").unwrap();
    let mail = server.mail();
    assert_eq!((&mail["from"], &mail["to"][0]), (&"usher@acme.example".into(), &"ada@x.example".into()));
    assert_eq!(mail["tls"], tls);
    let content = mail["content"].as_str().unwrap();
    for part in ["Message-ID: <mail_1@acme.example>", "\r\n123456\r\n", "text/plain", "text/html", "=?utf-8?b?"] {
        assert!(content.contains(part), "{part} is not in {content}");
    }
}

#[test]
fn mail_goes_over_tls_from_the_first_byte() {
    check_taken("implicit", "smtps", "usher:geheim@", true);
}

#[test]
fn mail_goes_over_starttls() {
    check_taken("starttls", "smtp+starttls", "usher:geheim@", true);
}

#[test]
fn mail_goes_in_the_clear_to_this_machine() {
    check_taken("clear", "smtp", "", false);
}

#[test]
fn a_server_that_cannot_be_trusted_gets_neither_mail_nor_password() {
    let check = |url: String, authority: Option<&Path>| {
        let error = deliver(&url, authority, "ada@x.example").unwrap_err();
        assert!(!error.permanent, "somebody will mend it: {error}");
        assert!(!error.to_string().contains("geheim"), "{error}");
    };
    let unknown = Server::start("implicit");
    check(format!("smtps://usher:geheim@127.0.0.1:{}", unknown.port), None);
    let clear = Server::start("clear");
    check(format!("smtp+starttls://usher:geheim@127.0.0.1:{}", clear.port), Some(&clear.certificate()));
    let wrong = Server::start("starttls");
    check(format!("smtp+starttls://usher:falsch@127.0.0.1:{}", wrong.port), Some(&wrong.certificate()));
}

#[test]
fn what_the_server_answers_says_whether_it_is_tried_again() {
    let server = Server::start("clear");
    let check = |to: &str, permanent: bool, status: u16| {
        let error = deliver(&format!("smtp://127.0.0.1:{}", server.port), None, to).unwrap_err();
        assert_eq!((error.permanent, error.status), (permanent, Some(status)), "{error}");
    };
    check("nobody@x.example", true, 550);
    check("later@x.example", false, 451);
    let gone = server.port;
    drop(server);
    let error = deliver(&format!("smtp://127.0.0.1:{gone}"), None, "ada@x.example").unwrap_err();
    assert_eq!((error.permanent, error.status), (false, None), "{error}");
}

#[test]
fn r13_the_command_sends_an_invitation_over_smtp_and_never_logs_the_password() {
    let mut server = Server::start("starttls");
    let data = server.folder.path().join("data");
    let usher = || Command::new(env!("CARGO_BIN_EXE_usher"));
    let output = usher().args(["init", "--json", "--data"]).arg(&data).output().unwrap();
    let made: Value = serde_json::from_slice(&output.stdout).unwrap();
    let token = format!("Bearer {}", made["operator_token"].as_str().unwrap());
    let password = server.folder.path().join("password");
    std::fs::write(&password, "geheim\n").unwrap();

    let mut serve = usher();
    serve.args(["serve", "--listen", "127.0.0.1:0", "--log", "debug", "--data"]).arg(&data);
    serve.args(["--mail-from", "Acme <no-reply@acme.example>", "--smtp-password-file"]).arg(&password);
    serve.arg("--smtp-ca").arg(server.certificate());
    serve
        .env("USHER_SMTP", format!("smtp+starttls://usher@127.0.0.1:{}", server.port))
        .env("NO_COLOR", "1")
        .env("USHER_COMPILE_SECONDS", COMPILE_SECONDS);
    let mut host = serve.stderr(Stdio::piped()).spawn().unwrap();
    let mut log = BufReader::new(host.stderr.take().unwrap());
    let mut seen = String::new();
    let address = loop {
        let mut line = String::new();
        assert_ne!(log.read_line(&mut line).unwrap(), 0, "the host ended: {seen}");
        seen.push_str(&line);
        if let Some((_, rest)) = line.split_once("address=") {
            break rest.split_whitespace().next().unwrap().to_owned();
        }
    };
    let rest = std::thread::spawn(move || {
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut log, &mut rest).map(|_| rest).unwrap()
    });
    let post = |path: &str, token: &str, body: &Value| -> Value {
        let request = ureq::post(&format!("http://{address}{path}")).header("authorization", token);
        request.send_json(body).unwrap().body_mut().read_json().unwrap()
    };
    let admin = serde_json::json!({ "name": "Root", "work_email": "root@acme.example" });
    let body = serde_json::json!({
        "name": "Acme", "region": "DE", "language": "pt", "time_zone": "Europe/Berlin", "primary_admin": admin,
    });
    let made = post("/v1/orgs", &token, &body);
    let org = made["organisation"]["id"].as_str().unwrap();
    let token = format!("Bearer {}", made["token"].as_str().unwrap());
    drop(post(&format!("/v1/orgs/{org}/invitations"), &token, &serde_json::json!({ "email": "ada@x.example" })));
    let mail = server.mail();
    assert_eq!((&mail["from"], &mail["to"][0]), (&"no-reply@acme.example".into(), &"ada@x.example".into()));
    assert!(mail["content"].as_str().unwrap().contains("Subject: O seu convite para Acme"), "{mail}");

    std::thread::sleep(Duration::from_millis(100));
    host.kill().unwrap();
    host.wait().unwrap();
    let seen = seen + &rest.join().unwrap();
    assert!(!seen.contains("geheim"), "{seen}");
    assert!(!data.join("mail").read_dir().unwrap().any(|_| true), "it went to the server, not into the folder");
}
