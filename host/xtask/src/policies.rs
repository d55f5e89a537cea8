//! `cargo xtask policies`: builds first-party policies, or an author's own, to components.

use std::fs;
use std::path::{Path, PathBuf};

use crate::tools::{Program, cargo};
use crate::{Failure, wasm};

/// Builds the policies in `plugins/`, or the crates in `folders` if there are any.
///
/// # Errors
/// What can't be built.
pub fn run(root: &Path, folders: &[&str]) -> Result<(), Failure> {
    let usher = usher(root)?;
    let say = |line: &str| println!("{line}");
    if folders.is_empty() {
        for component in wasm::build_guests(root, &usher, &say)? {
            println!("{}", component.display());
        }
    }
    for folder in folders {
        println!("{}", own(root, &usher, Path::new(folder), &say)?.display());
    }
    Ok(())
}

/// Builds the crate in `folder`, a workspace of its own, to `policy.wasm` in it.
fn own(root: &Path, usher: &Path, folder: &Path, say: &dyn Fn(&str)) -> Result<PathBuf, Failure> {
    let manifest = folder.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).map_err(|error| format!("{}: {error}", manifest.display()))?;
    let name = text.lines().find_map(|line| line.trim().strip_prefix("name = ")).unwrap_or_default();
    let module =
        format!("target/wasm/wasm32-unknown-unknown/release/{}.wasm", name.trim_matches('"').replace('-', "_"));

    let toolchain = wasm::Toolchain::find(say)?;
    let mut build = toolchain.cargo(root);
    build.args(["build", "--release", "--manifest-path"]).arg(std::path::absolute(&manifest)?);
    Program::from(build).checked()?;
    let component = folder.join("policy.wasm");
    Program::new(usher)
        .args([Path::new("policy"), Path::new("build"), &root.join(module), Path::new("--output"), &component])
        .checked()?;
    Ok(component)
}

/// The `usher` that is built already, the release before the other; else one built now.
fn usher(root: &Path) -> Result<PathBuf, Failure> {
    let built = |profile: &str| root.join("target").join(profile).join("usher");
    if let Some(usher) = ["release", "dist", "debug"].map(built).into_iter().find(|usher| usher.exists()) {
        return Ok(usher);
    }
    cargo(root).args(["build", "--package", "usher-cli"]).checked()?;
    Ok(built("debug"))
}
