//! Programs that are run, and how those that are missing are installed.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::{Failure, wasm};

/// A command that says which it was when it fails.
pub struct Program(Command);

/// `cargo` in the checkout. The toolchain's own, which `rust-toolchain` or the caller chose.
pub fn cargo(root: &Path) -> Program {
    let mut command = Command::new("cargo");
    command.current_dir(root);
    Program(command)
}

impl From<Command> for Program {
    fn from(command: Command) -> Self {
        Self(command)
    }
}

impl Program {
    /// Any program.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Self(Command::new(program))
    }

    /// Adds arguments.
    pub fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.0.args(args);
        self
    }

    /// Sets a variable of its environment.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.0.env(name, value);
        self
    }

    /// Has it run in a folder, where it may leave files.
    pub fn within(mut self, folder: &Path) -> Self {
        self.0.current_dir(folder);
        self
    }

    /// Runs it, its output being the user's to read.
    ///
    /// # Errors
    /// If it can't be started or ends with another status than 0.
    pub fn checked(mut self) -> Result<(), Failure> {
        let status = self.0.status().map_err(|error| format!("{}: {error}", self.line()))?;
        if status.success() { Ok(()) } else { Err(format!("`{}` ended with {status}", self.line()).into()) }
    }

    /// What it wrote to standard output.
    ///
    /// # Errors
    /// As [`Program::checked`].
    pub fn output(mut self) -> Result<String, Failure> {
        let output = self.0.stderr(Stdio::inherit()).output().map_err(|error| format!("{}: {error}", self.line()))?;
        if !output.status.success() {
            return Err(format!("`{}` ended with {}", self.line(), output.status).into());
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    fn line(&self) -> String {
        let words = std::iter::once(self.0.get_program()).chain(self.0.get_args());
        words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }
}

/// Whether a program is there and answers to `--version`.
pub fn has(program: &str, args: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(args).arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Installs what the tests run besides the compiler: its formatter and linter by rustup; from the distribution's
/// packages the walkthrough's `curl` and `jq`, an SMTP server, `zbarimg`, which reads QR codes back (SVG by
/// `rsvg-convert`), and what brings the programs that ask the API (see `conformance`).
///
/// # Errors
/// If something is missing and can't be installed.
pub fn install_missing() -> Result<(), Failure> {
    for (component, subcommand) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        if !has("cargo", &[subcommand]) {
            Program::new("rustup").args(["component", "add", component]).checked()?;
        }
    }
    let needed = [
        ("curl", "curl"),
        ("jq", "jq"),
        ("zbarimg", "zbar-tools"),
        ("rsvg-convert", "librsvg2-bin"),
        ("node", "nodejs"),
        ("npm", "npm"),
    ];
    let mut missing: Vec<&str> =
        needed.into_iter().filter(|(program, _)| !has(program, &[])).map(|(_, package)| package).collect();
    if !["python3", "/usr/bin/python3"].into_iter().any(|python| has(python, &["-c", "import aiosmtpd"])) {
        missing.push("python3-aiosmtpd");
    }
    if !has("python3", &["-c", "import ensurepip, venv"]) {
        missing.push("python3-venv");
    }
    if !missing.is_empty() {
        wasm::apt_get(&["update"])?;
        wasm::apt_get(&[&["install", "--yes", "--no-install-recommends"], missing.as_slice()].concat())?;
    }
    Ok(())
}
