//! The `usher` command as a program: what it prints and how it ends.

use std::ffi::OsStr;
use std::fs;
use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::front_desk::text;
use crate::process::{COMPILE_SECONDS, Process};
use crate::record_commands::at;
use crate::scripted::Scripted;

/// The checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// `usher`, with no host or token of whoever runs the tests.
pub fn usher() -> Usher {
    let mut command = Command::new(env!("CARGO_BIN_EXE_usher"));
    for name in ["USHER_DATA", "USHER_ORG", "USHER_TOKEN", "USHER_URL"] {
        command.env_remove(name);
    }
    command.env("USHER_COMPILE_SECONDS", COMPILE_SECONDS);
    command.env("USHER_CACHE", Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled"));
    command.env("USHER_RHAI_RUNTIME", root().join("target/policies/rhai-runtime.wasm"));
    Usher(command)
}

/// One call of the program.
pub struct Usher(Command);

impl Usher {
    /// With arguments.
    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.0.args(args);
        self
    }

    /// With a text that somebody types.
    pub fn typed(mut self, text: &str) -> Self {
        let mut typed = tempfile::tempfile().unwrap();
        typed.write_all(text.as_bytes()).unwrap();
        typed.rewind().unwrap();
        self.0.stdin(typed);
        self
    }

    /// With somewhere else to print to.
    pub fn prints_to(mut self, to: impl Into<Stdio>) -> Self {
        self.0.stdout(to);
        self
    }

    /// While it runs; what it prints can be read.
    pub fn starts(mut self) -> Child {
        self.0.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// What it prints, if it ends well.
    #[track_caller]
    pub fn succeeds(self) -> String {
        self.ends(0).0
    }

    /// What it prints, to standard output and error, if it ends with this status.
    #[track_caller]
    pub fn ends(mut self, status: i32) -> (String, String) {
        let Output { status: ended, stdout, stderr } = self.0.output().unwrap();
        let (out, err) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
        assert_eq!(ended.code(), Some(status), "{:?}\n{out}\n{err}", self.0);
        (out, err)
    }
}

/// An organisation that there may be.
pub const ORG: &str = "org_01h00000000000000000000000";

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

const MANIFEST: &str =
    r#"{ "name": "mine", "version": "1.0.0", "kind": "rhai", "point": "approval", "contract": "1.0.0-rc.1" }"#;

/// What `usher policy check` says of a script, with a status.
#[track_caller]
fn check(script: &str, settings: &str, status: i32, expected: &str) {
    let files = folder(&[("policy.json", MANIFEST), ("policy.rhai", script), ("settings.json", settings)]);
    let settings = files.path().join("settings.json");
    let call = usher().args(["policy", "check"]).args([files.path(), Path::new("--settings"), &settings]);
    let (out, err) = call.ends(status);
    assert!(format!("{out}{err}").contains(expected), "no `{expected}` in:\n{out}{err}");
}

#[test]
fn a_script_is_checked_as_a_host_would() {
    check(r#"fn decide(request) { review("ask", "ask") }"#, "{}", 0, "A host would take it");
    check("fn decide(request) { review(", "{}", 1, "script-syntax");
    check(
        r#"fn configure(settings) { throw problem("/a", "is missing"); } fn decide(request) { review("ask", "ask") }"#,
        "{}",
        1,
        "`/a` is missing",
    );
    check(r#"fn decide(request) { review("ask", "ask") }"#, "{", 1, "settings.json");
}

#[test]
fn what_a_script_does_wrong_is_found_by_an_example() {
    let approves = r#"fn decide(request) { aprove("ok", "ok") }"#;
    check(approves, "{}", 1, "trial-fault");
    check(approves, "{}", 1, "aprove");
    check(r#"fn decide(request) { assign("plan_1", "ok", "ok") }"#, "{}", 1, "assign");
    check("fn decide(request) { while true {} }", "{}", 1, "fuel");
    check(
        r#"fn decide(request) { approve(this.no, "ok") } fn configure(settings) { settings }"#,
        "{}",
        1,
        "trial-fault",
    );
    // What it says of its own accord, and what it would have to be told first, are no mistakes.
    check(r#"fn decide(request) { throw fail("closed", "not today") }"#, "{}", 0, "A host would take it");
    let asks = r#"fn decide(request) { domain_proof("example.com"); review("ask", "ask") }"#;
    check(asks, "{}", 0, "A host would take it");
    // Which settings it will be given is not known yet.
    let files = folder(&[
        ("policy.json", MANIFEST),
        ("policy.rhai", r#"fn configure(s) { throw problem("/a", "is missing") } fn decide(request) { nothing() }"#),
    ]);
    let told = usher().args(["policy", "check"]).args([files.path()]).succeeds();
    assert!(told.contains("--settings FILE"), "{told}");
}

/// What `usher policy run` says of a case that fails.
#[track_caller]
fn fails(script: &str, rest: &str, expected: &str) {
    let request = fs::read_to_string(root().join("tests/guests/requests/approval.json")).unwrap();
    let case = format!(r#"{{ "request": {request}, "expect": {{ "verdict": "approve" }}{rest} }}"#);
    let files = folder(&[("policy.json", MANIFEST), ("policy.rhai", script), ("cases/one.json", &case)]);
    let (out, _) = usher().args(["policy", "run"]).args([files.path()]).ends(1);
    assert!(out.contains(expected), "no `{expected}` in:\n{out}");
}

#[test]
fn a_case_that_fails_says_why() {
    fails(r#"fn decide(request) { aprove("ok", "ok") }"#, "", "one 1: the policy gave up with `script-error`");
    fails(
        r#"fn configure(settings) { throw problem("/a", "is missing"); } fn decide(request) { review("ask", "ask") }"#,
        r#", "settings": {}"#,
        "one 1: the policy refused its settings: `/a` is missing",
    );
    fails(r#"fn decide(request) { log("warn", "so so"); review("ask", "ask") }"#, "", "one 1: Warn: so so");
    let files = folder(&[("policy.json", MANIFEST), ("policy.rhai", "fn decide(request) {}")]);
    let (_, err) = usher().args(["policy", "run"]).args([files.path()]).ends(1);
    assert!(err.contains("there is no folder") && err.contains("cases: write a case there"), "{err}");
}

#[test]
fn a_case_that_fails_says_what_it_expected() {
    let request = fs::read_to_string(root().join("tests/guests/requests/approval.json")).unwrap();
    let case = format!(r#"{{ "request": {request}, "expect": {{ "verdict": "approve" }} }}"#);
    let files = folder(&[
        ("policy.json", MANIFEST),
        ("policy.rhai", r#"fn decide(request) { reject("no", "no") }"#),
        ("cases/one.json", &case),
    ]);
    let (out, err) = usher().args(["policy", "run"]).args([files.path()]).ends(1);
    assert!(out.contains(r#"one 1: verdict: expected "approve", got "reject""#), "{out}");
    assert!(err.contains("1 case failed"), "{err}");
}

#[test]
fn an_unreachable_host_and_a_wrong_command_line_have_statuses_of_their_own() {
    let (_, err) =
        usher().args(["audit", "verify", "--url", "http://127.0.0.1:1", "--token", "ush_secret", "--org", ORG]).ends(4);
    assert!(err.contains("http://127.0.0.1:1") && !err.contains("ush_secret"), "{err}");
    usher().args(["audit", "verify", "--nonsense"]).ends(2);
    let list = |rest: &[&str]| usher().args(["plan", "list"]).args(rest).ends(2).1;
    assert!(list(&["--org", ORG]).contains("set USHER_TOKEN, or give --token"));
    assert!(list(&["--org", ORG, "--token", ""]).contains("set USHER_TOKEN, or give --token"));
    assert!(list(&["--token", "ush_secret"]).contains("set USHER_ORG, or give --org"));
    let err = list(&["--org", ORG, "--token", "ush_secret", "--url", "127.0.0.1:1"]);
    assert!(err.contains("expected `http://HOST:PORT`") && !err.contains("ush_secret"), "{err}");
}

#[test]
fn what_goes_wrong_is_json_where_json_is_asked_for() {
    let check = |args: &[&str], status: i32, expected: &str| {
        let (out, err) = usher().args(["--json"]).args(args).ends(status);
        let failure: Value = serde_json::from_str(&err).unwrap();
        assert!(out.is_empty() && text(&failure["error"]).contains(expected), "{out}{err}");
    };
    check(&["verify", "--data", "/nowhere"], 1, "/nowhere holds no store");
    check(&["plan", "list", "--org", ORG], 2, "no token");
    let remote = ["--url", "http://127.0.0.1:1", "--org", ORG, "--token", "ush_secret"];
    check(&[&["plan", "list"][..], &remote].concat(), 4, "http://127.0.0.1:1 can't be reached");
    check(&[&["events"][..], &remote].concat(), 4, "http://127.0.0.1:1 can't be reached");
}

#[test]
fn an_answer_that_is_not_understood_has_a_status_of_its_own() {
    let check = |status: u16, body: &str, ended: i32, expected: &str| {
        let host = Scripted::start(vec![(status, body.to_owned())]);
        let (_, err) = at(&host, &["plan", "list"]).ends(ended);
        assert!(err.contains(&host.url) && err.contains(expected), "{status} {body}: no `{expected}` in {err}");
    };
    let newer = "answered what this `usher` does not understand";
    check(200, r#"{ "plans": [] }"#, 6, newer);
    check(200, r#"{ "plans": [] }"#, 6, "missing field `items`");
    check(200, "<html>", 6, newer);
    check(200, "", 6, newer);
    check(404, "<html>", 6, "404 Not Found");
    check(409, r#"{ "code": "a_code_of_tomorrow" }"#, 6, newer);
    // What a proxy says of a host that is away.
    check(502, "<html>", 4, "can't be reached: 502 Bad Gateway");
}

#[test]
fn a_host_is_set_up_once_and_its_store_verifies() {
    let files = folder(&[]);
    let data = files.path().join("data");
    let made = usher().args(["--json", "init", "--data"]).args([&data]).succeeds();
    let made: Value = serde_json::from_str(&made).unwrap();
    assert!(made["operator_token"].as_str().unwrap().starts_with("ush_"));
    let (_, err) = usher().args(["init", "--data"]).args([&data]).ends(1);
    assert!(err.contains("already"), "{err}");
    let report = usher().args(["--json", "verify", "--data"]).args([&data]).succeeds();
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["damage"], Value::Array(Vec::new()));
    let (_, err) = usher().args(["verify", "--data"]).args([files.path().join("none")]).ends(1);
    assert!(err.contains("none holds no store") && err.contains("usher init --data"), "{err}");
}

#[test]
fn who_lost_the_operators_token_takes_another_from_the_data() {
    let mut host = Process::start();
    let data = host.data();
    let again = || usher().args(["--json", "init", "--new-token", "--data"]).args([&data]);
    let (_, err) = again().ends(5);
    assert!(err.contains("store"), "{err}");
    host.stop();
    let (_, err) = usher().args(["init", "--data"]).args([&data]).ends(1);
    assert!(err.contains("already") && err.contains("usher init --new-token"), "{err}");
    let told: Value = serde_json::from_str(&again().succeeds()).unwrap();
    let regained = text(&told["operator_token"]);
    host.go_on();
    for token in [&regained, &host.operator] {
        let tokens = host.client(token).get("/v1/host/tokens").expect(200);
        let names: Vec<_> = tokens["items"].as_array().unwrap().iter().map(|token| text(&token["name"])).collect();
        assert_eq!(names, ["first", "regained"]);
    }
    let none = data.join("none");
    let (_, err) = usher().args(["init", "--new-token", "--data"]).args([&none]).ends(1);
    assert!(err.contains("none holds no store") && !none.exists(), "{err}");
}

#[test]
fn a_host_logs_json_where_json_is_asked_for() {
    let mut host = Process::start();
    host.stop();
    host.more = vec!["--json".to_owned()];
    host.go_on();
    let log = host.log();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().any(|line| line["message"] == "listening"), "{log}");
}

#[test]
fn what_a_command_cannot_work_with_is_named_before_a_host_is_asked() {
    let check = |args: &[&str], status: i32, expected: &str| {
        let remote = ["--url", "http://127.0.0.1:1", "--token", "ush_secret"];
        let (_, err) = usher().args(args).args(remote).ends(status);
        assert!(err.contains(expected), "{args:?}: no `{expected}` in {err}");
        assert!(!err.contains("ush_secret"), "{err}");
    };
    let id = |args: &[&str], expected: &str| check(&[args, &["--org", ORG]].concat(), 2, expected);
    check(&["plan", "list", "--org", "acme"], 2, "--org (USHER_ORG): expected the id of an organisation");
    id(&["member", "show", "plan_1"], "expected the id of a member, `mem_` and 26 characters, but got `plan_1`");
    id(&["member", "delete", "mem_1"], "malformed");
    id(&["request", "approve", "../members"], "expected the id of a join request");
    id(&["invitation", "revoke", "x y"], "expected the id of an invitation");
    id(&["import", "show", "imp_"], "malformed");
    id(&["seats", "list", "Team"], "expected the id of a plan");
    id(&["group", "members", "grp"], "expected the id of a user group");
    id(&["decision", "show", "?"], "expected the id of a decision");
    id(&["webhook", "test", "1"], "expected the id of a webhook");
    id(&["dead-letter", "retry", "all"], "expected the id of a dead letter");
    let file = |args: &[&str], expected: &str| check(&[args, &["--org", ORG]].concat(), 1, expected);
    file(&["import", "/nowhere.csv"], "reading /nowhere.csv: No such file");
    file(&["seats", "import", "/nowhere.csv"], "reading /nowhere.csv: No such file");
    file(&["policy", "activate", "/nowhere"], "reading /nowhere");
    file(&["audit", "verify", "--file", "/nowhere"], "reading /nowhere: No such file");
    file(&["audit", "verify", "--checkpoint", "/nowhere"], "reading /nowhere: No such file");
}

#[test]
fn completions_name_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        assert!(usher().args(["completions", shell]).succeeds().contains("policy"), "{shell}");
    }
}

#[test]
fn who_reads_no_more_has_read_enough_and_a_full_disk_is_a_failure() {
    let check = |args: &[&str]| {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let (_, err) = usher().args(args).prints_to(writer).ends(0);
        assert_eq!(err, "", "{args:?}");
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let (_, err) = usher().args(args).prints_to(full).ends(1);
        assert!(err.contains("error: writing to standard output: No space left"), "{args:?}: {err}");
    };
    check(&["completions", "bash"]);
    let files = folder(&[]);
    let data = files.path().join("data").display().to_string();
    usher().args(["init", "--data", &data]).succeeds();
    check(&["verify", "--data", &data]);
    let request = fs::read_to_string(root().join("tests/guests/requests/approval.json")).unwrap();
    let case = format!(r#"{{ "request": {request}, "expect": {{ "verdict": "review" }} }}"#);
    let script = r#"fn decide(request) { review("ask", "ask") }"#;
    let policy = folder(&[("policy.json", MANIFEST), ("policy.rhai", script), ("cases/one.json", &case)]);
    let policy = policy.path().display().to_string();
    check(&["policy", "run", &policy, &policy]);
}

#[test]
fn what_cannot_be_said_of_what_goes_wrong_is_told_by_the_status() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut call = usher().args(["verify", "--data", "/nowhere"]);
    call.0.stderr(full);
    call.ends(1);
}

/// What is shown once, to nobody: the command fails and says what to do.
#[track_caller]
pub fn is_not_read(call: Usher, expected: &str) {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let (_, err) = call.prints_to(writer).ends(1);
    assert!(err.contains("Broken pipe") && err.contains(expected), "no `{expected}` in: {err}");
}

#[test]
fn an_operators_token_that_nobody_read_is_a_failure() {
    let files = folder(&[]);
    let init = || usher().args(["init", "--data"]).args([files.path().join("data")]);
    is_not_read(init(), "nobody read the operator's token, which is made: `usher init --new-token` makes another");
    is_not_read(init().args(["--new-token", "--json"]), "nobody read the operator's token");
    init().args(["--new-token"]).succeeds();
}
