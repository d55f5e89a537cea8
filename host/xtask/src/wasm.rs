//! Builds the policies in `plugins/` to WebAssembly components.
//!
//! Owns: finding a compiler for `wasm32-unknown-unknown` (which not every machine can download), the flags
//! a guest is built with, and where the artefacts go: core modules under `target/wasm`, components and
//! manifests in `target/policies`. Must not know what a policy does; the component is made by
//! `usher policy build`, so that this crate stays small.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

const TARGET: &str = "wasm32-unknown-unknown";

/// Debian's own compiler with matching sources of the standard library, and a linker.
const DEBIAN_PACKAGES: [&str; 5] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "lld-19"];

/// A guest's stack comes first in its memory, so running over it traps; 32 KiB keep the memory small, which
/// every fresh sandbox pays for.
const STACK: &str = "-Clink-arg=-zstack-size=32768";

/// Where the compiler for WebAssembly comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toolchain {
    /// The active toolchain has the target.
    Active,
    /// Debian's compiler builds the standard library from source.
    Debian,
}

impl fmt::Display for Toolchain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Active => "the active Rust toolchain, which has the target wasm32-unknown-unknown",
            Self::Debian => "Debian's rustc, with the standard library built from its sources",
        })
    }
}

/// Why the guests could not be built.
#[derive(Debug)]
pub enum WasmError {
    /// A program could not be started.
    Start(String, io::Error),
    /// A program ended with a failure, which it has described itself.
    Failed(String),
    /// A file could not be read or written.
    File(PathBuf, io::Error),
}

impl fmt::Display for WasmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(program, error) => write!(f, "{program} could not be started: {error}"),
            Self::Failed(command) => write!(f, "this failed, see above: {command}"),
            Self::File(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl std::error::Error for WasmError {}

/// Builds every guest under `root/plugins` and answers where the components are. `usher` is the program
/// that makes components; `say` is told, in one line each, what is going on.
///
/// # Errors
/// No compiler could be had, or a step of the build failed.
pub fn build_guests(root: &Path, usher: &Path, say: &dyn Fn(&str)) -> Result<Vec<PathBuf>, WasmError> {
    let toolchain = Toolchain::find(say)?;
    say(&format!("building policies with {toolchain}"));
    let guests = guests(root)?;
    let mut build = toolchain.cargo(root);
    build.args(["build", "--profile", "policy"]);
    for guest in &guests {
        build.arg("--package").arg(guest);
    }
    run(&mut build)?;
    let out = root.join("target/policies");
    fs::create_dir_all(&out).map_err(|error| WasmError::File(out.clone(), error))?;
    guests.iter().map(|guest| component(root, usher, guest, &out)).collect()
}

/// The names of the crates under `plugins/` that are guests: those built as a `cdylib`.
fn guests(root: &Path) -> Result<Vec<String>, WasmError> {
    let plugins = root.join("plugins");
    let listing = fs::read_dir(&plugins).map_err(|error| WasmError::File(plugins.clone(), error))?;
    let mut names: Vec<String> = listing
        .filter_map(Result::ok)
        .filter(|entry| {
            fs::read_to_string(entry.path().join("Cargo.toml")).is_ok_and(|manifest| manifest.contains("\"cdylib\""))
        })
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    Ok(names)
}

/// Makes the component of one built guest, unless it is there and newer, and puts its manifest beside it.
fn component(root: &Path, usher: &Path, guest: &str, out: &Path) -> Result<PathBuf, WasmError> {
    let module = root.join("target/wasm").join(TARGET).join("policy").join(format!("{}.wasm", guest.replace('-', "_")));
    let component = out.join(format!("{guest}.wasm"));
    if !is_newer(&component, &module) {
        run(Command::new(usher).args(["policy", "build"]).arg(&module).arg("-o").arg(&component))?;
    }
    let manifest = root.join("plugins").join(guest).join("policy.json");
    if manifest.exists() {
        let beside = out.join(format!("{guest}.json"));
        fs::copy(&manifest, &beside).map_err(|error| WasmError::File(beside, error))?;
    }
    Ok(component)
}

fn is_newer(made: &Path, source: &Path) -> bool {
    let changed = |path: &Path| fs::metadata(path).and_then(|file| file.modified());
    matches!((changed(made), changed(source)), (Ok(made), Ok(source)) if made > source)
}

impl Toolchain {
    /// Finds a compiler for WebAssembly, and installs one where there is none: by rustup, else from
    /// Debian's packages (as root, or with sudo).
    ///
    /// # Errors
    /// Neither way works here.
    pub fn find(say: &dyn Fn(&str)) -> Result<Self, WasmError> {
        if active_has_target() {
            return Ok(Self::Active);
        }
        say("this toolchain lacks wasm32-unknown-unknown: asking rustup for it");
        let added = Command::new("rustup").args(["target", "add", TARGET]).output();
        if added.is_ok_and(|output| output.status.success()) && active_has_target() {
            return Ok(Self::Active);
        }
        if !debian_is_complete() {
            say("rustup cannot fetch it here: installing Debian's compiler");
            apt_get(&["update"])?;
            let mut install = vec!["install", "--yes", "--no-install-recommends"];
            install.extend(DEBIAN_PACKAGES);
            apt_get(&install)?;
        }
        Ok(Self::Debian)
    }

    /// `cargo` in `root` for WebAssembly, in a target folder of its own, so that it never waits for the
    /// host's build nor spoils it.
    #[must_use]
    pub fn cargo(self, root: &Path) -> Command {
        let mut cargo = Command::new(match self {
            Self::Active => "cargo",
            Self::Debian => "/usr/bin/cargo",
        });
        cargo
            .current_dir(root)
            .env("CARGO_TARGET_DIR", root.join("target/wasm"))
            .env("CARGO_BUILD_TARGET", TARGET)
            // Else the interpreter's hash keys differ from build to build, and its digest with them.
            .env("CONST_RANDOM_SEED", "usher")
            // They would take the place of the flags below.
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS");
        match self {
            Self::Active => cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", STACK),
            Self::Debian => cargo
                .env("RUSTC", "/usr/bin/rustc")
                .env("RUSTC_BOOTSTRAP", "1")
                .env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort")
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "/usr/bin/wasm-ld-19")
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", format!("-Clinker-flavor=wasm-ld {STACK}")),
        };
        cargo
    }
}

fn active_has_target() -> bool {
    Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .ok()
        .filter(|output| output.status.success())
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .is_some_and(|folder| Path::new(folder.trim()).is_dir())
}

fn debian_is_complete() -> bool {
    let sysroot = Path::new("/usr/lib/rustlib/src/rust/library/std");
    ["/usr/bin/rustc", "/usr/bin/cargo", "/usr/bin/wasm-ld-19"].iter().all(|p| Path::new(p).exists())
        && sysroot.exists()
}

/// Debian's package manager, as root or with sudo.
///
/// # Errors
/// It is not there, or failed.
pub fn apt_get(args: &[&str]) -> Result<(), WasmError> {
    let is_root = Command::new("id").arg("--user").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    let mut command = Command::new(if is_root { "apt-get" } else { "sudo" });
    if !is_root {
        command.arg("apt-get");
    }
    run(command.args(args).env("DEBIAN_FRONTEND", "noninteractive"))
}

fn run(command: &mut Command) -> Result<(), WasmError> {
    let name = command_line(command);
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(WasmError::Failed(name)),
        Err(error) => Err(WasmError::Start(name, error)),
    }
}

fn command_line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}
