//! Dependencies point one way: between crates, and between the server's two halves. The contract stays as it was
//! released.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

fn root() -> PathBuf {
    // The tests are built from `host/cli`, wherever they stand themselves.
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().find(|folder| folder.join("wit").is_dir()).unwrap().to_owned()
}

/// Our crates that a crate's `[dependencies]` name.
fn ours(krate: &str) -> BTreeSet<String> {
    let manifest = fs::read_to_string(root().join("host").join(krate).join("Cargo.toml")).unwrap();
    let (_, rest) = manifest.split_once("[dependencies]").unwrap();
    let dependencies = rest.split("\n[").next().unwrap();
    let names = dependencies.lines().filter_map(|line| line.split(['.', ' ', '=']).next());
    names.filter_map(|name| name.strip_prefix("usher-")).map(str::to_owned).collect()
}

#[test]
fn crates_depend_one_way() {
    let check = |krate: &str, allowed: &[&str]| {
        let beyond: Vec<_> = ours(krate).into_iter().filter(|name| !allowed.contains(&name.as_str())).collect();
        assert!(beyond.is_empty(), "{krate} must not depend on {beyond:?}");
    };
    check("domain", &[]);
    check("api", &[]);
    check("sheets", &[]);
    check("store", &["domain"]);
    check("engine", &["domain"]);
    check("server", &["engine", "store", "api", "domain", "sheets"]);
    check("cli", &["server", "engine", "store", "api", "domain"]);
}

#[test]
fn wire_types_have_names_of_their_own() {
    let mut found = Vec::new();
    sources(&root().join("host/api/src"), &mut found);
    let mut names = BTreeSet::new();
    for (path, text) in found {
        for after in text.split("ToSchema)]").skip(1) {
            let (attributes, rest) = after.split_once("\npub ").unwrap();
            let given = rest.split([' ', '<', '(', ';']).nth(1).unwrap();
            let renamed = attributes.split_once("#[schema(as = ").and_then(|(_, name)| name.split(')').next());
            let name = renamed.unwrap_or(given).to_owned();
            assert!(names.insert(name.clone()), "{}: another {name} is in the description: rename it", path.display());
        }
    }
    assert!(names.len() > 100, "{names:?}");
}

fn sources(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
}

#[test]
fn sources_name_only_what_their_layer_may_know() {
    let check = |folder: &str, forbidden: &[&str]| {
        let mut found = Vec::new();
        sources(&root().join(folder), &mut found);
        assert!(!found.is_empty(), "{folder} has no sources");
        for (path, text) in found {
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            for (number, line) in code.enumerate() {
                for name in forbidden {
                    assert!(!line.contains(name), "{}, code line {}: {name}", path.display(), number + 1);
                }
            }
        }
    };
    check("host/domain/src", &["tokio", "async fn", "std::fs", "std::net", "usher_store"]);
    check("host/api/src", &["usher_domain", "axum"]);
    check("host/server/src/app", &["axum", "hyper", "sled::", "wasmtime::", "crate::http", "crate::serve"]);
    check("host/server/src/http", &["sled::", "wasmtime::", "crate::serve"]);
}

#[test]
fn the_contracts_files_are_those_that_were_released() {
    let wit = root().join("wit");
    let released = fs::read_to_string(wit.join("released.sha256")).unwrap();
    let mut named = BTreeSet::new();
    for line in released.lines() {
        let (digest, path) = line.split_once("  ").unwrap();
        let found = HEXLOWER.encode(&Sha256::digest(fs::read(wit.join(path)).unwrap()));
        assert_eq!(found, digest, "{path} is not the file that was released: see wit/README.md, \"What may change\"");
        named.insert(path.to_owned());
    }
    let files = fs::read_dir(wit.join("v1")).unwrap().map(|file| file.unwrap().file_name());
    let there: BTreeSet<_> = files.map(|name| format!("v1/{}", name.to_string_lossy())).collect();
    assert_eq!(named, there);
}

#[test]
fn everything_in_the_contract_says_what_it_means() {
    let mut items = 0;
    for file in fs::read_dir(root().join("wit/v1")).unwrap().map(|file| file.unwrap().path()) {
        let text = fs::read_to_string(&file).unwrap();
        let mut above = "";
        for line in text.lines().map(str::trim) {
            let word = line.split([' ', ':', ',']).next().unwrap_or_default();
            let begins = ["record", "enum", "type", "world", "interface"].contains(&word);
            let is_name = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
            if begins || is_name && line.strip_prefix(word).is_some_and(|rest| rest == "," || rest.starts_with(": ")) {
                assert!(above.starts_with("///"), "{}: `{line}` has no doc comment", file.display());
                items += 1;
            }
            above = line;
        }
    }
    assert!(items > 100, "{items} items");
}
