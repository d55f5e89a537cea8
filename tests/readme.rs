//! The README does what it says: its walkthrough is run line by line, its policies are built and decide.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::{root, usher};

/// The fenced blocks whose first line ends with `mark`, as ```` ```sh walkthrough ````.
fn blocks(mark: &str) -> Vec<String> {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let mut blocks = Vec::new();
    let mut lines = readme.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("```") && line.ends_with(mark) {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push(block.join("\n") + "\n");
        }
    }
    assert!(!blocks.is_empty(), "the README has no block marked `{mark}`");
    blocks
}

/// A port that nobody listened on a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Puts the blocks named `folder/…` into a folder of that name below `to`.
fn write_files(folder: &str, names: &[&str], to: &Path) -> PathBuf {
    for name in names {
        let [text] = blocks(&format!(" {folder}/{name}")).try_into().unwrap();
        let path = to.join(folder).join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    to.join(folder)
}

#[test]
fn the_walkthrough_does_what_it_says() {
    let folder = Path::new(env!("CARGO_BIN_EXE_usher")).parent().unwrap();
    // Whatever happens, the host must not outlive the test.
    let head = format!(
        "set -euo pipefail; PATH={}:$PATH; trap 'kill ${{HOST:-}} 2> /dev/null || true' EXIT",
        folder.display()
    );
    let script = format!("{head}\n{}", blocks(" walkthrough").concat());
    let run = Command::new("bash")
        .args(["-c", &script])
        .current_dir(root())
        .env("PORT", free_port().to_string())
        .env("USHER_CACHE", Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled"))
        .env("USHER_RHAI_RUNTIME", root().join("target/policies/rhai-runtime.wasm"))
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{}\n{out}\n{err}", run.status);
}

#[test]
fn the_first_policy_in_rust_builds_and_decides() {
    let place = tempfile::tempdir().unwrap();
    let policy = write_files("first-policy", &["Cargo.toml", "policy.json", "src/lib.rs"], place.path());
    let manifest = policy.join("Cargo.toml");
    let sdk = root().join("plugins/sdk").display().to_string();
    let text = fs::read_to_string(&manifest).unwrap().replace("../plugins/sdk", &sdk);
    fs::write(&manifest, text).unwrap();

    let built = Command::new("cargo")
        .args(["run", "--quiet", "--package", "xtask", "--", "policies"])
        .arg(&policy)
        .current_dir(root())
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    decides(&policy, "proved");
}

#[test]
fn the_first_policy_in_rhai_decides() {
    let place = tempfile::tempdir().unwrap();
    let policy = write_files("first-script", &["policy.rhai"], place.path());
    let [manifest] = blocks(" first-policy/policy.json").try_into().unwrap();
    fs::write(policy.join("policy.json"), manifest.replace("\"wasm\"", "\"rhai\"")).unwrap();
    decides(&policy, "expected-way");
}

/// The policy lets somebody in who came by a link, for this reason.
fn decides(policy: &Path, reason: &str) {
    let settings = policy.join("settings.json");
    fs::write(&settings, r#"{ "channels": ["link"] }"#).unwrap();
    let request = root().join("tests/guests/requests/approval.json");
    usher().args(["policy", "check"]).args([policy, Path::new("--settings"), &settings]).succeeds();
    let said = usher()
        .args(["--json", "policy", "run"])
        .args([policy, Path::new("--settings"), &settings, Path::new("--request"), &request])
        .succeeds();
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((said["verdict"].as_str(), said["reason"].as_str()), (Some("approve"), Some(reason)), "{said}");
}
