//! A policy as it lies on disk: a manifest and the payload beside it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use usher_engine::{Manifest, ManifestError, Package, PolicyKind};

use crate::failure::Failure;

const MANIFEST: &str = "policy.json";
/// What is looked for.
const POLICY: &str = "a policy is a folder with policy.json, or a payload with its manifest beside it";

/// A policy and where it was found.
pub(crate) struct Found {
    /// The policy.
    pub(crate) package: Package,
    /// The folder its manifest is in.
    pub(crate) folder: PathBuf,
}

/// Reads the policy at `path`: its folder, or its payload.
pub(crate) fn read(path: &Path) -> Result<Found, Failure> {
    let unread = |path: &Path, error: std::io::Error| {
        Failure::of(format_args!("reading {}", path.display()), format_args!("{error}; {POLICY}"))
    };
    fs::metadata(path).map_err(|error| unread(path, error))?;
    let (manifest_path, payload_path) = if path.is_dir() {
        (path.join(MANIFEST), None)
    } else {
        let own = path.with_extension("json");
        let manifest = if own.exists() { own } else { path.with_file_name(MANIFEST) };
        (manifest, Some(path.to_owned()))
    };
    let folder = manifest_path.parent().unwrap_or(Path::new(".")).to_owned();
    let bytes = fs::read(&manifest_path).map_err(|error| unread(&manifest_path, error))?;
    let manifest: Manifest = serde_json::from_slice(&bytes)
        .map_err(|error| Failure::of(manifest_path.display(), ManifestError::Json { text: error.to_string() }))?;
    let payload_path = payload_path.unwrap_or_else(|| {
        folder.join(match manifest.kind {
            PolicyKind::Wasm => "policy.wasm",
            PolicyKind::Rhai => "policy.rhai",
        })
    });
    let payload = fs::read(&payload_path).map_err(|error| {
        let hint = match manifest.kind {
            PolicyKind::Wasm => {
                "; `cargo xtask policies FOLDER` builds it; elsewhere, `cargo build --release --target \
                 wasm32-unknown-unknown`, then `usher policy build \
                 target/wasm32-unknown-unknown/release/NAME.wasm --output policy.wasm`"
            }
            PolicyKind::Rhai => "",
        };
        Failure::of(format_args!("reading {}", payload_path.display()), format_args!("{error}{hint}"))
    })?;
    let package = Package::from_manifest(manifest, payload);
    let package = package.map_err(|error| Failure::of(manifest_path.display(), error))?;
    Ok(Found { package, folder })
}

/// Reads a JSON document, as settings or a request; `{}` if none is named.
pub(crate) fn document(path: Option<&Path>) -> Result<Value, Failure> {
    let Some(path) = path else { return Ok(Value::Object(serde_json::Map::new())) };
    let text = fs::read(path).map_err(|error| Failure::of(format_args!("reading {}", path.display()), error))?;
    serde_json::from_slice(&text).map_err(|error| Failure::of(path.display(), error))
}

/// One line that names a policy: what it is, and exactly which.
pub(crate) fn title(package: &Package) -> String {
    let manifest = package.manifest();
    format!("{} {}, {}, {}", manifest.name, manifest.version, manifest.point, package.digest())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(files: &[(&str, &str)], path: &str, expected: Result<&str, &str>) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        match (read(&folder.path().join(path)), expected) {
            (Ok(found), Ok(name)) => assert_eq!(found.package.manifest().name, name),
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "`{error}` does not say `{part}`"),
            (found, expected) => {
                panic!("{path}: {:?}, expected {expected:?}", found.map(|found| title(&found.package)))
            }
        }
    }

    #[test]
    fn a_policy_is_found_by_its_folder_or_its_payload() {
        let manifest = |name: &str| {
            format!(r#"{{"name":"{name}","version":"1.0.0","kind":"rhai","point":"approval","contract":"1.0.0-rc.1"}}"#)
        };
        let (a, b) = (manifest("a"), manifest("b"));
        let files = [("policy.json", a.as_str()), ("policy.rhai", "1"), ("b.json", b.as_str()), ("b.rhai", "1")];
        check(&files, ".", Ok("a"));
        check(&files, "policy.rhai", Ok("a"));
        check(&files, "b.rhai", Ok("b"));
        check(&files[..1], ".", Err("policy.rhai"));
        check(&files[1..], ".", Err("policy.json"));
        check(&[("policy.json", "{"), ("policy.rhai", "1")], ".", Err("not valid"));
    }
}
