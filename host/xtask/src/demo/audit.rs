//! The audit chain of an organisation, verified; and a copy of it with one byte changed, which is found (R42).

use std::fs;
use std::path::Path;
use std::process::Command;

use super::client::text;
use super::host::Host;
use super::organisations::{Demo, Organisation};
use super::outcomes::{Outcomes, table};
use crate::Failure;

/// Plays it; says how many outcomes were not as expected.
///
/// # Errors
/// If the host refuses what it should take.
pub fn play(demo: &Demo, host: &Host) -> Result<usize, Failure> {
    let mut outcomes = Outcomes::of("Northwind's audit trail is verified, and a copy with one byte changed is found");
    let command = Audit { org: &demo.northwind, host };
    let (trail, checkpoint) = (host.data().join("audit.jsonl"), host.data().join("audit-checkpoint.json"));
    let (changed, cut) = (host.data().join("audit-changed.jsonl"), host.data().join("audit-cut.jsonl"));
    fs::write(&checkpoint, command.output(&["--json", "checkpoint"])?)?;
    fs::write(&trail, command.output(&["export"])?)?;
    let lines = fs::read_to_string(&trail)?;
    let (text, entry) = with_one_byte_changed(&lines).ok_or("the trail has no entry")?;
    fs::write(&changed, text)?;
    let all_but_one = lines.trim_end().rfind('\n').map_or(0, |end| end + 1);
    fs::write(&cut, &lines[..all_but_one])?;

    let mut shown = table(&["copy", "verified against its signed end", "what is said"]);
    let mut check = |what: &str, file: &Path, expected: &str| -> Result<(), Failure> {
        let (holds, said) = command.verify(file, &checkpoint)?;
        let came = if holds { "holds" } else { "is broken" };
        shown.add_row([what, came, &said]);
        outcomes.step(what, came, expected);
        Ok(())
    };
    check("as it was exported", &trail, "holds")?;
    check(&format!("with one byte of entry {entry} changed"), &changed, "is broken")?;
    check("with the last entry cut off", &cut, "is broken")?;
    println!("{shown}");
    Ok(outcomes.finish())
}

/// `usher audit`, as an admin uses it.
struct Audit<'a> {
    org: &'a Organisation,
    host: &'a Host,
}

impl Audit<'_> {
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(self.host.usher());
        command.arg("audit").args(words).env("USHER_URL", self.host.url());
        command.env("USHER_TOKEN", text(&self.org.notes["token"])).env("USHER_ORG", text(&self.org.notes["id"]));
        command
    }

    fn output(&self, words: &[&str]) -> Result<String, Failure> {
        let output = self.command(words).output()?;
        let said = String::from_utf8(output.stderr)?;
        if output.status.success() { Ok(String::from_utf8(output.stdout)?) } else { Err(said.into()) }
    }

    /// Whether a copy holds, and what is said of it.
    fn verify(&self, copy: &Path, checkpoint: &Path) -> Result<(bool, String), Failure> {
        let files = [Path::new("--file"), copy, Path::new("--checkpoint"), checkpoint];
        let output = self.command(&["verify"]).args(files).output()?;
        let said = if output.status.success() { output.stdout } else { output.stderr };
        Ok((output.status.success(), String::from_utf8(said)?.trim().to_owned()))
    }
}

/// The trail with the last letter of what happened in its middle entry changed, and the entry's number.
fn with_one_byte_changed(trail: &str) -> Option<(String, usize)> {
    let lines: Vec<&str> = trail.lines().collect();
    let middle = lines.len() / 2;
    let start: usize = lines.get(..middle)?.iter().map(|line| line.len() + 1).sum();
    let fact = start + lines.get(middle)?.find("\"fact\":")?;
    let letter = fact + trail[fact..].find("\",\"")?;
    let at = trail[..letter].rfind(|c: char| c.is_ascii_lowercase())?;
    let other = if trail.as_bytes()[at] == b'x' { "y" } else { "x" };
    Some((format!("{}{other}{}", &trail[..at], &trail[at + 1..]), middle + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_byte_is_changed_within_a_fact() {
        let trail = "{\"seq\":1,\"fact\":\"a\",\"hash\":\"1\"}\n{\"seq\":2,\"fact\":\"made\",\"hash\":\"2\"}\n";
        let (changed, entry) = with_one_byte_changed(trail).unwrap();
        assert_eq!((changed.contains("\"fact\":\"madx\""), changed.len(), entry), (true, trail.len(), 2));
    }
}
