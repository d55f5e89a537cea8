//! The API held against its own description.
//!
//! Spectral reads the description by the rules of OpenAPI; Schemathesis asks a running host for all that is described,
//! and for what is not. Owns which versions of them are run, how they are installed (into `target/conformance`, from
//! `PyPI` and npm) and what the host holds that they ask. What they hold it to, with the reason beside every exception,
//! is in `tests/conformance`.

mod asked;

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use crate::Failure;
use crate::demo::client::Client;
use crate::demo::host::Host;
use crate::tools::Program;
use asked::Asked;

/// From `PyPI`. Both decide what is asked, so both are pinned.
const SCHEMATHESIS: [&str; 2] = ["schemathesis==4.32.5", "hypothesis==6.170.15"];
/// From npm.
const SPECTRAL: &str = "@stoplight/spectral-cli@6.16.3";

fn folder(root: &Path) -> PathBuf {
    root.join("target/conformance")
}

/// Installs both, unless these versions are there.
///
/// # Errors
/// If a registry can't be reached, or an installer fails.
pub fn install(root: &Path) -> Result<(), Failure> {
    let folder = folder(root);
    let wanted = format!("{} {SPECTRAL}\n", SCHEMATHESIS.join(" "));
    let installed = folder.join("installed");
    if fs::read_to_string(&installed).is_ok_and(|there| there == wanted) {
        return Ok(());
    }
    fs::create_dir_all(&folder)?;
    let python = folder.join("python");
    Program::new("python3").args(["-m", "venv", "--clear"]).args([&python]).checked()?;
    let pip = Program::new(python.join("bin/pip")).args(["install", "--quiet", "--disable-pip-version-check"]);
    pip.args(SCHEMATHESIS).checked()?;
    let quietly = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel", "error", "--prefix"];
    Program::new("npm").args(quietly).args([&folder]).args([SPECTRAL]).checked()?;
    fs::write(installed, wanted)?;
    Ok(())
}

/// Reads the description by the rules of OpenAPI: a warning is a failure.
///
/// # Errors
/// If a rule is broken, or the host does not start.
pub fn read(root: &Path, usher: &Path) -> Result<(), Failure> {
    let mut host = start(root, usher)?;
    let description = folder(root).join("openapi.json");
    fs::write(&description, Client::new(host.url(), "").get("/openapi.json")?.body.to_string())?;
    host.stop()?;
    Program::new(folder(root).join("node_modules/.bin/spectral"))
        .args(["lint", "--fail-severity", "hint", "--ruleset"])
        .args([&root.join("tests/conformance/spectral.yaml"), &description])
        .checked()
}

/// Asks a host for all that its description has.
///
/// # Errors
/// If an answer is not as described, or the host does not start or end well.
pub fn ask(root: &Path, usher: &Path) -> Result<(), Failure> {
    let mut host = start(root, usher)?;
    let operator = host.operator().ok_or("the host was not made anew")?.to_owned();
    let asked = Asked::make(&host, &operator)?;
    let config = folder(root).join("schemathesis.toml");
    let checks = fs::read_to_string(root.join("tests/conformance/schemathesis.toml"))?;
    fs::write(&config, checks + &asked.dictionaries())?;
    Program::new(folder(root).join("python/bin/schemathesis"))
        .within(&folder(root))
        .args([Path::new("--config-file"), &config])
        .args(["run", &format!("{}/openapi.json", host.url())])
        .env("USHER_OPERATOR", &operator)
        .env("USHER_SPARE_OPERATOR", &asked.spare_operator)
        .env("USHER_ORG", &asked.organisation)
        .env("USHER_TOKEN", &asked.token)
        .env("USHER_SPARE_TOKEN", &asked.spare_token)
        .checked()?;
    // Had it lost a token on the way, it would have been refused ever after, and found nothing.
    Client::new(host.url(), &operator).get("/v1/host/tokens")?;
    Client::new(host.url(), &asked.token).get(&format!("/v1/orgs/{}", asked.organisation))?;
    host.stop()
}

/// A new host on a free port.
fn start(root: &Path, usher: &Path) -> Result<Host, Failure> {
    let data = folder(root).join("data");
    if data.exists() {
        fs::remove_dir_all(&data)?;
    }
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    Host::start(usher, &data, port)
}
