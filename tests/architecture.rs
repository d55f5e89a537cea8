//! Dependencies point one way: between crates, and between the server's two halves.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

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
