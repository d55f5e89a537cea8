//! The README does what it says: its walkthrough is run line by line, its policies are built and decide, its tables
//! leave nothing out.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::{root, usher};
use crate::process::COMPILE_SECONDS;

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

/// A port that nobody listened on a moment ago, below those that are given to whoever asks for any.
fn free_port() -> u16 {
    let first = 20_000 + u16::try_from(std::process::id() % 10_000).unwrap();
    (first..).find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap()
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
        .env("USHER_COMPILE_SECONDS", COMPILE_SECONDS)
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
    let policy = write_files("first-script", &["policy.json", "policy.rhai", "cases/by-link.json"], place.path());
    decides(&policy, "expected-way");
    let told = usher().args(["policy", "run"]).args([&policy]).succeeds();
    assert!(told.contains("By a link: let in"), "{told}");
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

/// Cells of a row of a table, without their marks.
fn cells(row: &str) -> Vec<&str> {
    row.trim_matches('|').split('|').map(str::trim).collect()
}

/// What stands in backquotes.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// Numbers of the rules that a cell names: `R1, R3–R5`.
fn rules(cell: &str) -> Vec<u32> {
    let number = |text: &str| text.trim().trim_start_matches('R').parse::<u32>().unwrap();
    let range = |part: &str| match part.split_once('–') {
        Some((first, last)) => number(first)..=number(last),
        None => number(part)..=number(part),
    };
    cell.split(',').flat_map(range).collect()
}

/// Rows of the table of rules.
fn table_of_rules() -> Vec<String> {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let (_, table) = readme.split_once("| rule | what | where | tests |\n").unwrap();
    table.lines().skip(1).take_while(|line| line.starts_with('|')).map(str::to_owned).collect()
}

/// Numbers of the rules that the tests hold in a file of `tests/`, or in a folder there: those that a test's name
/// begins with, so that `r19_r38_…` holds both.
fn rules_held(file: &str) -> BTreeSet<u32> {
    let place = root().join("tests").join(file);
    let files: Vec<PathBuf> = match fs::read_dir(&place) {
        Ok(entries) => entries.map(|entry| entry.unwrap().path()).collect(),
        Err(_) => vec![place.with_extension("rs")],
    };
    let numbers = |name: &str| name.split('_').map_while(|part| part.strip_prefix('r')?.parse().ok()).collect();
    let held = |path: &PathBuf| -> Vec<u32> {
        let text = fs::read_to_string(path).unwrap();
        let names = text.split("#[test]").skip(1).filter_map(|rest| Some(rest.split_once("fn ")?.1));
        names.flat_map(|name| -> Vec<u32> { numbers(name) }).collect()
    };
    files.iter().filter(|path| path.extension().is_some_and(|kind| kind == "rs")).flat_map(held).collect()
}

/// A rule that a row of the table names is held by a test in one of the row's files, and each of these files holds
/// one of the row's rules.
#[test]
fn every_rule_has_a_test_of_its_own_where_the_table_says() {
    for row in table_of_rules() {
        let [numbers, _, _, files] = cells(&row).try_into().unwrap();
        let rules = BTreeSet::from_iter(rules(numbers));
        let held: Vec<_> = quoted(files).map(|file| (file, rules_held(file))).collect();
        for rule in &rules {
            assert!(held.iter().any(|(_, held)| held.contains(rule)), "no test `r{rule}_…` is in a file of {row}");
        }
        for (file, held) in held {
            assert!(!held.is_disjoint(&rules), "tests/{file} holds none of the rules of {row}");
        }
    }
}

#[test]
fn every_rule_says_where_it_lives() {
    let mut named = BTreeSet::new();
    for row in &table_of_rules() {
        let [numbers, _, places, tests] = cells(row).try_into().unwrap();
        named.extend(rules(numbers));
        for place in quoted(places) {
            let folder = if place.starts_with("domain/") { "host" } else { "host/server/src/app" };
            assert!(root().join(folder).join(place).exists(), "{row}: there is no {place}");
        }
        for test in quoted(tests) {
            let test = root().join("tests").join(test);
            assert!(test.with_extension("rs").exists() || test.is_dir(), "{row}: there is no {}", test.display());
        }
    }
    assert_eq!(named.into_iter().collect::<Vec<_>>(), (1..=43).collect::<Vec<_>>());

    let rules = fs::read_to_string(root().join("host/RULES.md")).unwrap();
    let numbered: Vec<_> = rules.lines().filter_map(|line| line.strip_prefix("- **R")?.split_once("**")).collect();
    let numbers: Vec<u32> = numbered.iter().map(|(number, _)| number.parse().unwrap()).collect();
    assert_eq!(numbers, (1..=43).collect::<Vec<_>>());
}

#[test]
fn the_reference_names_every_function_that_a_script_may_call() {
    let reference = fs::read_to_string(root().join("policies/README.md")).unwrap();
    let sources = fs::read_dir(root().join("plugins/rhai-runtime/src")).unwrap();
    let mut functions = BTreeSet::new();
    for source in sources.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()) {
        let names = source.split("register_fn(\"").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0.to_owned()));
        functions.extend(names.filter(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')));
    }
    assert!(functions.len() > 20, "{functions:?}");
    for function in functions {
        assert!(
            reference.contains(&format!("`{function}(")) || reference.contains(&format!(".{function}(")),
            "{function}"
        );
    }
}
