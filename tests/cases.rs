//! Every first-party policy answers its cases: by `usher policy run`, as its author runs them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::command::{root, usher};

/// The folders of policies in `folder`.
fn policies(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).unwrap();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.join("policy.json").exists());
    found.sort();
    assert!(!found.is_empty(), "{folder}/ holds no policy");
    found
}

#[test]
fn every_script_answers_its_cases() {
    usher().args(["policy", "run"]).args(policies("policies")).succeeds();
}

#[test]
fn every_component_answers_its_cases() {
    for policy in policies("plugins") {
        let name = policy.file_name().unwrap();
        let component = root().join("target/policies").join(name).with_extension("wasm");
        assert!(component.exists(), "{} is not built: cargo xtask policies", component.display());
        usher()
            .args([Path::new("policy"), Path::new("run"), &component, Path::new("--cases"), &policy.join("cases")])
            .succeeds();
    }
}

/// Strategies that R41 names, by the setting of `sso-match` that turns each on or off; several work emails are kinds of
/// claims, and the window is a rebrand's. That the cases are answered is `every_component_answers_its_cases`.
#[test]
fn r41_every_strategy_of_matching_has_cases_in_which_it_decides() {
    let strategies =
        ["ignore_case", "plus_tags", "dots", "aliases", "rebrands", "emails", "review_look_alikes", "employee_number"];
    let file = root().join("plugins/sso-match/cases/decisions.json");
    let cases: Vec<Value> = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let verdicts = |turned: Option<&str>| -> BTreeSet<String> {
        let settings = |case: &Value| case["settings"].as_object().unwrap().clone();
        let is_of = |case: &&Value| turned.map_or(settings(case).is_empty(), |name| settings(case).contains_key(name));
        cases.iter().filter(is_of).map(|case| case["expect"]["verdict"].as_str().unwrap().to_owned()).collect()
    };
    let all = BTreeSet::from(["match", "mismatch", "review"].map(String::from));
    assert_eq!(verdicts(None), all, "exact, and nothing else");
    for strategy in strategies {
        assert!(!verdicts(Some(strategy)).is_empty(), "no case turns {strategy} on or off");
    }
}
