//! `cargo xtask test`: everything that must hold before a change is taken.
//!
//! One compiled profile for all steps: tests are compiled once, and the `usher` that comes with them makes the
//! policies' components and is the host that the walkthrough runs against.

use std::path::Path;

use crate::steps::Steps;
use crate::tools::{Program, cargo, has, install_missing};
use crate::{Failure, conformance, wasm};

/// Runs all steps, up to the first that fails.
///
/// # Errors
/// Of the step that failed.
pub fn run(root: &Path) -> Result<(), Failure> {
    let say = |line: &str| println!("{line}");
    let mut steps = Steps::default();
    steps.step("install what is missing", || {
        install_missing()?;
        wasm::Toolchain::find(&say)?;
        conformance::install(root)
    });
    steps.program("format", cargo(root).args(["fmt", "--all", "--check"]));
    steps.program("compile host and tests", tests(root).args(["--no-run"]));
    // Compiled by the step before, to where this program is.
    let usher = std::env::current_exe()?.with_file_name("usher");
    steps.step("build policies", || {
        wasm::build_guests(root, &usher, &say)?;
        Ok(())
    });
    steps.program("tests", tests(root).args(["--no-fail-fast"]));
    add_api(&mut steps, root, &usher);
    let examples = ["test", "--workspace", "--locked", "--doc", "--quiet"];
    steps.program("examples in the docs", cargo(root).args(examples));
    let lints = ["clippy", "--workspace", "--all-targets", "--locked", "--quiet", "--", "-D", "warnings"];
    steps.program("lints", cargo(root).args(lints));
    let docs = ["doc", "--workspace", "--no-deps", "--locked", "--quiet"];
    steps.program("documentation", cargo(root).env("RUSTDOCFLAGS", "-D warnings").args(docs));
    if has("cargo", &["deny"]) {
        // It reads the manifests of all targets' crates, of which a build fetches its own target's alone.
        let deny = ["deny", "--locked", "check", "bans", "licenses", "sources"];
        steps.program("dependencies", cargo(root).args(deny));
    } else {
        steps.skip("dependencies", "cargo-deny is not installed");
    }
    steps.finish()
}

/// Holds the API of the host in this checkout against its own description.
///
/// # Errors
/// Of the step that failed.
pub fn api(root: &Path) -> Result<(), Failure> {
    let mut steps = Steps::default();
    steps.step("install what is missing", || install_missing().and_then(|()| conformance::install(root)));
    steps.program("compile the host", cargo(root).args(["build", "--package", "usher-cli", "--locked"]));
    add_api(&mut steps, root, &std::env::current_exe()?.with_file_name("usher"));
    steps.finish()
}

fn add_api(steps: &mut Steps, root: &Path, usher: &Path) {
    steps.step("the API's description", || conformance::read(root, usher));
    steps.step("the API as described", || conformance::ask(root, usher));
}

/// The tests of all crates, by nextest where it is installed.
fn tests(root: &Path) -> Program {
    let runner: &[&str] =
        if has("cargo", &["nextest"]) { &["nextest", "run"] } else { &["test", "--lib", "--bins", "--tests"] };
    cargo(root).args(runner).args(["--workspace", "--locked"])
}
