//! The compiling child process, both ends: what the host sends it, and what runs in it.
//!
//! Compilers meet hostile input here and may be lost with it: the child bounds its own memory and
//! processor time before it reads a byte of a policy, and the host bounds its wall time. One child, one policy.

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use rustix::process::{Resource, Rlimit, nice, setrlimit};
use serde::{Deserialize, Serialize};

use crate::artefact::Artefact;
use crate::prepare::{Job, MAX_SETTINGS_BYTES, PrepareError, prepare};
use crate::rhai;

/// What the child may use. Language runtimes compiled to one component need minutes and gigabytes where a
/// Rust policy needs milliseconds, so these are settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompileLimits {
    /// Bytes of writable private memory.
    pub memory_bytes: u64,
    /// Seconds of processor time.
    pub cpu_seconds: u64,
    /// Seconds until the host kills it. For its own runtime it waits twenty times as long.
    pub wall_seconds: u64,
}

impl Default for CompileLimits {
    fn default() -> Self {
        Self { memory_bytes: 1 << 30, cpu_seconds: 30, wall_seconds: 60 }
    }
}

/// How to start the child: a program that calls [`serve`], as `usher compile-worker` does.
#[derive(Clone, Debug)]
pub struct Compiler {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Its environment: nothing but this.
    pub environment: Vec<(&'static str, &'static str)>,
    /// What it may use.
    pub limits: CompileLimits,
}

/// What one child is to do.
#[derive(Serialize, Deserialize)]
pub(crate) enum Task {
    /// Prepare a policy; for a script, the prepared loader follows the payload.
    Policy(Job),
    /// Prepare the Rhai runtime that runs scripts: the payload is its component.
    RhaiRuntime,
    /// Prepare the Rhai runtime that scripts are loaded into: the payload is its component.
    RhaiLoader,
}

/// How many times as long as for a policy the host waits for its own Rhai runtime, by the clock. What is compiled is
/// the host's own, and it does not start without: on a machine that has other things to do, it starts late instead. The
/// processor time is bounded as ever.
const PATIENCE_WITH_RUNTIME: u64 = 20;

impl Task {
    /// Seconds until the host gives up on it.
    const fn wall_seconds(&self, limits: &CompileLimits) -> u64 {
        match self {
            Self::Policy(_) => limits.wall_seconds,
            Self::RhaiRuntime | Self::RhaiLoader => limits.wall_seconds.saturating_mul(PATIENCE_WITH_RUNTIME),
        }
    }
}

/// How far the child stands back behind the host.
const NICENESS: i32 = 5;

/// Blobs after the header of a request.
const MAX_BLOBS: usize = 2;
/// The largest header, in bytes, which the child reads before it is bounded: settings, each byte escaped, and what else
/// a job is.
const MAX_HEADER_BYTES: u64 = (3 * MAX_SETTINGS_BYTES) as u64;
/// The largest blob, in bytes.
const MAX_BLOB_BYTES: u64 = 512 << 20;
/// How often the host looks whether a child has ended that closed its output.
const LOOK_EVERY: Duration = Duration::from_millis(1);

impl Compiler {
    /// Runs one child.
    pub(crate) fn run(&self, task: &Task, blobs: &[&[u8]]) -> Result<Artefact, PrepareError> {
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .env_clear()
            .envs(self.environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| PrepareError::host(format!("{}: {error}", self.program.display())))?;
        let header = serde_json::to_vec(&(self.limits, task)).map_err(PrepareError::host)?;
        let wall_seconds = task.wall_seconds(&self.limits);
        let (status, answer) = talk(&mut child, &header, blobs, Duration::from_secs(wall_seconds))?;
        if let Some(Some(reply)) = answer.map(|bytes| reply_from(&bytes)) {
            return reply;
        }
        Err(PrepareError::CompileLimit { text: self.ending(status, wall_seconds) })
    }

    fn ending(&self, status: Option<ExitStatus>, wall_seconds: u64) -> String {
        let CompileLimits { memory_bytes, cpu_seconds, .. } = self.limits;
        match status {
            None => format!("it took longer than {wall_seconds} s"),
            Some(status) => format!(
                "the compiler ended with {status}; it may use {} MiB and {cpu_seconds} s of processor time",
                memory_bytes >> 20
            ),
        }
    }
}

/// Sends everything, reads everything, and kills the child when its time is over.
fn talk(
    child: &mut Child,
    header: &[u8],
    blobs: &[&[u8]],
    patience: Duration,
) -> Result<(Option<ExitStatus>, Option<Vec<u8>>), PrepareError> {
    let gone = || PrepareError::host("the compiler's pipes are gone");
    let mut input = child.stdin.take().ok_or_else(gone)?;
    let mut output = child.stdout.take().ok_or_else(gone)?;
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // A child that dies early closes the pipe; its status says why.
            let mut send = |bytes: &[u8]| {
                input.write_all(&(bytes.len() as u64).to_le_bytes())?;
                input.write_all(bytes)
            };
            let _: io::Result<()> = std::iter::once(&header).chain(blobs).try_for_each(|bytes| send(bytes));
        });
        let (done, answer) = channel();
        scope.spawn(move || {
            let mut bytes = Vec::new();
            let read = output.by_ref().take(MAX_BLOB_BYTES).read_to_end(&mut bytes);
            let _ = done.send(read.ok().map(|_| bytes));
        });
        match answer.recv_timeout(patience) {
            Ok(bytes) => Ok((ending(child, patience).map_err(PrepareError::host)?, bytes)),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                end(child).map_err(PrepareError::host)?;
                Ok((None, None))
            }
        }
    })
}

/// How a child ends that has closed its output; nothing of one that has to be killed for that.
fn ending(child: &mut Child, patience: Duration) -> io::Result<Option<ExitStatus>> {
    let mut waited = Duration::ZERO;
    while waited < patience {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        std::thread::sleep(LOOK_EVERY);
        waited += LOOK_EVERY;
    }
    end(child).map(|()| None)
}

fn end(child: &mut Child) -> io::Result<()> {
    child.kill()?;
    child.wait().map(drop)
}

/// The child's side: bounds itself, reads one task from standard input, answers on standard output.
///
/// # Errors
/// Of the pipes, and of the kernel if it refuses the bounds.
pub fn serve() -> io::Result<()> {
    let mut input = io::stdin().lock();
    let header = read_blob(&mut input, MAX_HEADER_BYTES)?;
    let (limits, task): (CompileLimits, Task) = serde_json::from_slice(&header)?;
    bound(limits)?;
    let mut blobs = Vec::new();
    while blobs.len() < MAX_BLOBS {
        match read_blob(&mut input, MAX_BLOB_BYTES) {
            Ok(blob) => blobs.push(blob),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break,
            Err(error) => return Err(error),
        }
    }
    let payload = blobs.first().map_or(&[][..], Vec::as_slice);
    let reply = match task {
        Task::Policy(job) => {
            prepare(&job, payload, blobs.get(1).and_then(|bytes| Artefact::from_bytes(bytes)).as_ref())
        }
        Task::RhaiRuntime => rhai::prepare_runtime(payload),
        Task::RhaiLoader => rhai::prepare_loader(payload),
    };
    io::stdout().lock().write_all(&reply_bytes(&reply))
}

fn bound(limits: CompileLimits) -> io::Result<()> {
    let hard = |value| Rlimit { current: Some(value), maximum: Some(value) };
    setrlimit(Resource::Data, hard(limits.memory_bytes))?;
    setrlimit(Resource::Cpu, hard(limits.cpu_seconds))?;
    setrlimit(Resource::Core, hard(0))?;
    // Who waits for a decision goes before who waits for a compiler.
    nice(NICENESS)?;
    // Not zero: the runtime keeps memory images in memory files, and writing to one would kill the child.
    setrlimit(Resource::Fsize, hard(limits.memory_bytes))?;
    Ok(())
}

fn read_blob(input: &mut impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut length = [0; 8];
    input.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    if length > most {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a blob is larger than allowed"));
    }
    let mut bytes = Vec::new();
    input.by_ref().take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == length { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

fn reply_bytes(reply: &Result<Artefact, PrepareError>) -> Vec<u8> {
    match reply {
        Ok(artefact) => [&[1], artefact.to_bytes().as_slice()].concat(),
        Err(error) => {
            let text = serde_json::to_vec(error).expect("an error of strings and numbers is JSON");
            [&[0], text.as_slice()].concat()
        }
    }
}

fn reply_from(bytes: &[u8]) -> Option<Result<Artefact, PrepareError>> {
    match bytes.split_first()? {
        (1, body) => Artefact::from_bytes(body).map(Ok),
        (0, body) => serde_json::from_slice(body).ok().map(Err),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use usher_domain::policy::DecisionPoint;

    use super::*;
    use crate::manifest::PolicyKind;

    #[test]
    fn the_hosts_own_runtime_may_take_its_time_by_the_clock() {
        let limits = CompileLimits { memory_bytes: 1, cpu_seconds: 30, wall_seconds: 60 };
        assert_eq!(Task::RhaiRuntime.wall_seconds(&limits), 1_200);
        assert_eq!(Task::RhaiLoader.wall_seconds(&limits), 1_200);
    }

    #[test]
    fn a_reply_survives_the_pipe_and_a_cut_one_is_none() {
        let refused = Err(PrepareError::NoRhaiRuntime);
        assert_eq!(reply_from(&reply_bytes(&refused)), Some(refused));
        let made = Ok(Artefact::Image { code: vec![1, 2, 3] });
        let bytes = reply_bytes(&made);
        assert_eq!(reply_from(&bytes[..bytes.len() - 1]), None);
        assert_eq!(reply_from(&bytes), Some(made));
        assert_eq!(reply_from(&[]), None);
    }

    #[test]
    fn a_header_has_room_for_any_settings_and_for_little_more() {
        let read = |length: u64| {
            let bytes = vec![0; usize::try_from(length).unwrap()];
            read_blob(&mut [&length.to_le_bytes(), bytes.as_slice()].concat().as_slice(), MAX_HEADER_BYTES)
        };
        assert_eq!(read(MAX_HEADER_BYTES).unwrap().len() as u64, MAX_HEADER_BYTES);
        assert_eq!(read(MAX_HEADER_BYTES + 1).unwrap_err().kind(), io::ErrorKind::InvalidData);
        let job = Job {
            kind: PolicyKind::Rhai,
            point: DecisionPoint::Approval,
            facts: BTreeSet::new(),
            settings: Some("\"".repeat(MAX_SETTINGS_BYTES)),
        };
        let header = serde_json::to_vec(&(CompileLimits::default(), Task::Policy(job))).unwrap();
        assert!(header.len() as u64 <= MAX_HEADER_BYTES, "{}", header.len());
    }

    #[test]
    fn a_child_that_closes_its_output_and_stays_is_killed() {
        let mut child = Command::new("/bin/sh")
            .args(["-c", "exec >&-; exec sleep 600"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // Whether it got as far as closing its output by then is up to the machine.
        let (status, _) = talk(&mut child, b"{}", &[], Duration::from_millis(200)).unwrap();
        assert_eq!(status, None);
    }
}
