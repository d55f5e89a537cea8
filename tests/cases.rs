//! Every first-party policy answers its cases: by `usher policy run`, as its author runs them.

use std::fs;
use std::path::{Path, PathBuf};

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
