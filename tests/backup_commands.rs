//! `usher backup`, `usher restore`: who may read a backup, and what is not in it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::command::usher;
use crate::process::Process;

const KEYS: [&str; 2] = ["audit.key", "secrets.key"];

/// What its owner, and nobody else, may do.
fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_backup_is_its_owners_alone_and_a_restored_host_is_asked_for_its_keys() {
    let mut host = Process::start();
    let elsewhere = tempfile::tempdir().unwrap();
    fs::set_permissions(elsewhere.path(), fs::Permissions::from_mode(0o755)).unwrap();
    host.stop();
    host.more = ["--backups", elsewhere.path().to_str().unwrap()].map(str::to_owned).to_vec();
    host.go_on();
    usher().args(["backup", "first", "--url", &host.url, "--token", &host.operator]).succeeds();
    host.stop();

    let backup = elsewhere.path().join("first");
    assert_eq!(mode(&backup), 0o700);
    let files: Vec<_> = fs::read_dir(&backup).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(files.len() > 1, "{files:?}");
    for file in &files {
        assert_eq!(mode(file), 0o600, "{}", file.display());
    }

    assert!(usher().args(["restore", "--help"]).succeeds().contains("Keys are not in a backup"));
    let data = elsewhere.path().join("restored");
    let restore = || usher().args(["restore"]).args([&backup]).args(["--data"]).args([&data]);
    let told = restore().succeeds();
    let copy = format!("copy audit.key and secrets.key of the old data folder to {}", data.display());
    assert!(told.contains(&copy), "{told}");
    let (_, err) = usher().args(["init", "--data"]).args([&data]).ends(1);
    assert!(err.contains("holds a store already") && err.contains(&copy), "{err}");
    assert!(!KEYS.into_iter().chain(["seal.key"]).any(|key| data.join(key).exists()));

    fs::remove_dir_all(data.join("store")).unwrap();
    fs::copy(host.data().join(KEYS[0]), data.join(KEYS[0])).unwrap();
    let told: Value = serde_json::from_str(&restore().args(["--json"]).succeeds()).unwrap();
    assert_eq!(told["missing_keys"], json!([KEYS[1]]));
}

#[test]
fn a_restored_host_runs_with_the_keys_it_had() {
    let mut host = Process::start();
    let (org, token) = host.organisation();
    usher().args(["backup", "first", "--url", &host.url, "--token", &host.operator]).succeeds();
    let ask = |host: &Process| host.client(&token).get(&format!("/v1/orgs/{org}/audit/checkpoint")).expect(200);
    let key = ask(&host)["key"].clone();
    host.stop();

    let (old, kept) = (host.data(), host.data().with_file_name("kept"));
    fs::rename(&old, &kept).unwrap();
    usher().args(["restore"]).args([kept.join("backups/first")]).args(["--data"]).args([&old]).succeeds();
    for name in KEYS {
        fs::copy(kept.join(name), old.join(name)).unwrap();
    }
    host.go_on();
    assert_eq!(ask(&host)["key"], key);
    host.stop();
    let verified = usher().args(["verify", "--data"]).args([&old]).succeeds();
    assert!(verified.contains("No damage"), "{verified}");
}
