//! `usher audit …`: the organisation's chain of audit entries, listed, and verified here and not by the host.

mod list;

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER_PERMISSIVE;
use indicatif::ProgressBar;
use usher_api::audit::{AuditCheck, AuditCheckpoint, AuditLine, AuditPart};
use usher_server::app::audit::chain::Chain;
use usher_server::app::audit::checkpoint::Checkpoint;
use usher_server::app::audit::{Entry, Opened, Part};

use self::list::List;
use crate::failure::Failure;
use crate::output::{Output, plural};
use crate::progress;
use crate::remote::OrgRemote;

/// The audit commands.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    List(List),
    /// Checks that every entry follows from the one before; with a checkpoint, also that none was cut off at the end
    /// and that the chain was not made anew.
    Verify(Verify),
    /// Writes the whole trail to standard output, a line of JSON for each entry.
    Export {
        #[command(flatten)]
        remote: OrgRemote,
    },
    /// Shows how the chain ends now, signed by the host: to be kept elsewhere.
    Checkpoint {
        #[command(flatten)]
        remote: OrgRemote,
    },
}

/// What is verified, and by what.
#[derive(clap::Args)]
pub(crate) struct Verify {
    /// An export to verify, without a host.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// A checkpoint that was kept, as `usher --json audit checkpoint` shows it.
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// The host's public key, hexadecimal: the checkpoint must be signed by it. Without it, the key that the checkpoint
    /// names is taken.
    #[arg(long, requires = "checkpoint")]
    key: Option<String>,
    #[command(flatten)]
    remote: OrgRemote,
}

impl Command {
    /// Runs one of them.
    pub(crate) fn run(self, output: Output) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.run(output),
            Self::Verify(verify) => verify.run(output),
            Self::Export { remote } => {
                let mut lines = remote.host().lines(&remote.path("audit/export")?)?;
                let copied = io::copy(&mut lines, &mut io::stdout().lock()).and_then(|_| io::stdout().flush());
                copied.map_err(|error| Failure::of("copying the trail", error))
            }
            Self::Checkpoint { remote } => {
                let signed: AuditCheckpoint = remote.host().get(&remote.path("audit/checkpoint")?)?;
                output.show(&signed, |signed| {
                    format!(
                        "{} at {}; the last one's hash is {}\nsigned {}\nby     {}\nWith --json it can be kept for \
                         `usher audit verify --checkpoint`.",
                        plural(signed.size, "entry", "entries"),
                        signed.at,
                        signed.head,
                        signed.signature,
                        signed.key
                    )
                })
            }
        }
    }
}

impl Verify {
    /// Fails with status 1 if the chain does not hold.
    fn run(self, output: Output) -> Result<(), Failure> {
        let mut chain = match &self.checkpoint {
            Some(path) => signed(path, self.key.as_deref())?,
            None => Chain::default(),
        };
        let fault = match &self.file {
            Some(path) => {
                let reading = |error| Failure::of(format_args!("reading {}", path.display()), error);
                follow(&mut chain, BufReader::new(File::open(path).map_err(reading)?), None)?
            }
            None => {
                let known = if progress::is_watched() { Some(size(&self.remote)?) } else { None };
                follow(&mut chain, self.remote.host().lines(&self.remote.path("audit/export")?)?, known)?
            }
        };
        let head = (chain.entries > 0).then(|| HEXLOWER_PERMISSIVE.encode(&chain.head));
        let check = AuditCheck { entries: chain.entries, intact: fault.is_none(), head, fault, next: None };
        output.show(&check, |check| self.text(check))?;
        match check.fault {
            None => Ok(()),
            Some(fault) => Err(Failure::Failed(format!("the audit trail is not intact: {fault}"))),
        }
    }

    fn text(&self, check: &AuditCheck) -> String {
        let head = check.head.as_deref().unwrap_or("none");
        let read = format!("{} read; the last one's hash is {head}", plural(check.entries, "entry", "entries"));
        if !check.intact {
            return read;
        }
        let end = match self.checkpoint {
            Some(_) => "It goes on from the checkpoint.",
            None => "Whether entries were cut off at its end only a checkpoint shows (--checkpoint).",
        };
        format!("{read}\nThe audit trail is intact. {end}")
    }
}

/// How many entries the trail has by now.
fn size(remote: &OrgRemote) -> Result<u64, Failure> {
    let signed: AuditCheckpoint = remote.host().get(&remote.path("audit/checkpoint")?)?;
    Ok(signed.size)
}

/// Goes along the trail, which has about `entries` if that is known; what is wrong with it, if anything.
fn follow(chain: &mut Chain, lines: impl BufRead, entries: Option<u64>) -> Result<Option<String>, Failure> {
    let bar = progress::bar("verifying", entries, "entries");
    let fault = follow_to_the_end(chain, lines, &bar);
    bar.finish_and_clear();
    fault
}

fn follow_to_the_end(chain: &mut Chain, lines: impl BufRead, bar: &ProgressBar) -> Result<Option<String>, Failure> {
    for line in lines.lines() {
        let line = line.map_err(|error| Failure::of("reading the trail", error))?;
        let Some((position, entry, hash)) = entry(&line) else {
            return Ok(Some(format!("what follows entry {} can't be read", chain.entries)));
        };
        if let Err(fault) = chain.follow(position, &entry, hash) {
            return Ok(Some(fault.to_string()));
        }
        bar.set_position(chain.entries);
    }
    Ok(chain.end().err().map(|fault| fault.to_string()))
}

fn entry(line: &str) -> Option<(u64, Entry, [u8; 32])> {
    let AuditLine { seq, fact, parts, hash } = serde_json::from_str(line).ok()?;
    let parts = parts.into_iter().map(part).collect::<Option<_>>()?;
    Some((seq, Entry { fact, parts }, bytes(&hash)?))
}

fn part(part: AuditPart) -> Option<Part> {
    let opened = match (part.salt, part.values) {
        (Some(salt), Some(values)) => Some(Opened { salt: HEXLOWER_PERMISSIVE.decode(salt.as_bytes()).ok()?, values }),
        (None, None) => None,
        _ => return None,
    };
    Some(Part { commitment: bytes(&part.commitment)?, opened })
}

fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()?.try_into().ok()
}

/// The chain whose end a checkpoint is, if it was signed by `key`, or by the key that it names.
fn signed(path: &Path, key: Option<&str>) -> Result<Chain, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::of(path.display(), error);
    let text = fs::read_to_string(path);
    let text = text.map_err(|error| Failure::of(format_args!("reading {}", path.display()), error))?;
    let signed: AuditCheckpoint = serde_json::from_str(&text)
        .map_err(|error| failed(&format_args!("no checkpoint as `usher --json audit checkpoint` shows it: {error}")))?;
    let parts = || {
        let checkpoint = Checkpoint {
            organisation: signed.organisation.parse().ok()?,
            size: signed.size,
            head: bytes(&signed.head)?,
            at: signed.at.parse().ok()?,
        };
        Some((checkpoint, bytes(key.unwrap_or(&signed.key))?, bytes(&signed.signature)?))
    };
    let (checkpoint, key, signature) =
        parts().ok_or_else(|| failed(&"no checkpoint, or --key is no key of 64 hexadecimal digits"))?;
    checkpoint.chain(&key, &signature).map_err(|error| failed(&error))
}
