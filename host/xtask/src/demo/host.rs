//! The host as a process.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::client::Client;
use crate::Failure;
use crate::tools::Program;

/// Longest that the host may take to be ready: it compiles the Rhai runtime at its first start.
const START_LIMIT: Duration = Duration::from_secs(60);
/// Lines of the log that are shown when it does not start.
const LOG_LINES: usize = 15;

/// A running host; killed when dropped.
pub struct Host {
    usher: PathBuf,
    child: Child,
    url: String,
    data: PathBuf,
    /// Only if this start has set the host up.
    operator: Option<String>,
}

impl Host {
    /// Sets the host up if it is not, and starts it.
    ///
    /// # Errors
    /// If it does not start, with the end of its log.
    pub fn start(usher: &Path, data: &Path, port: u16) -> Result<Self, Failure> {
        Self::start_with(usher, data, port, &[])
    }

    /// As [`Host::start`], with more on the command line.
    ///
    /// # Errors
    /// As there.
    pub fn start_with(usher: &Path, data: &Path, port: u16, more: &[&str]) -> Result<Self, Failure> {
        let operator = if data.join("seal.key").exists() { None } else { Some(init(usher, data)?) };
        let log = data.join("usher.log");
        let child = Command::new(usher)
            // The load's clients are one network that asks nine thousand times within seconds.
            .args(["serve", "--asked-per-hour", "1000000", "--listen", &format!("127.0.0.1:{port}"), "--data"])
            .arg(data)
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log)?)
            .spawn()?;
        let (usher, url) = (usher.to_owned(), format!("http://127.0.0.1:{port}"));
        let mut host = Self { usher, child, url, data: data.to_owned(), operator };
        host.wait_until_ready(&log)?;
        Ok(host)
    }

    fn wait_until_ready(&mut self, log: &Path) -> Result<(), Failure> {
        let started = Instant::now();
        let anybody = Client::new(&self.url, "");
        loop {
            if let Some(status) = self.child.try_wait()? {
                let text = fs::read_to_string(log).unwrap_or_default();
                let lines: Vec<&str> = text.lines().collect();
                let end = lines[lines.len().saturating_sub(LOG_LINES)..].join("\n");
                return Err(format!("the host ended with {status}; its log says:\n{end}").into());
            }
            if anybody.is_ready() {
                return Ok(());
            }
            if started.elapsed() > START_LIMIT {
                return Err(format!("the host is not ready after {START_LIMIT:?}: see {}", log.display()).into());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The command that it was started with.
    pub fn usher(&self) -> &Path {
        &self.usher
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The operator's token, if it was made just now.
    pub fn operator(&self) -> Option<&str> {
        self.operator.as_deref()
    }

    /// Memory it holds at this moment.
    ///
    /// # Errors
    /// If the kernel does not say.
    pub fn resident_bytes(&self) -> Result<u64, Failure> {
        self.memory("VmRSS:")
    }

    /// The most memory it held since it started, or since [`Host::forget_peak`].
    ///
    /// # Errors
    /// If the kernel does not say.
    pub fn peak_bytes(&self) -> Result<u64, Failure> {
        self.memory("VmHWM:")
    }

    /// Has the peak be what it holds at this moment.
    ///
    /// # Errors
    /// If the kernel does not take it.
    pub fn forget_peak(&self) -> Result<(), Failure> {
        // What `5` means is in proc_pid_clear_refs(5).
        Ok(fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5")?)
    }

    fn memory(&self, name: &str) -> Result<u64, Failure> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name)).ok_or_else(|| format!("no {name}"))?;
        let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kibibytes * 1_024)
    }

    /// Has it finish what is under way, and end.
    ///
    /// # Errors
    /// If it ends badly.
    pub fn stop(&mut self) -> Result<(), Failure> {
        Program::new("kill").args(["-TERM", &self.child.id().to_string()]).checked()?;
        self.wait()
    }

    /// Waits until it ends.
    ///
    /// # Errors
    /// If it ends badly.
    pub fn wait(&mut self) -> Result<(), Failure> {
        let status = self.child.wait()?;
        if status.success() { Ok(()) } else { Err(format!("the host ended with {status}").into()) }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // Both fail if it has ended, which is what is wanted.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn init(usher: &Path, data: &Path) -> Result<String, Failure> {
    let made = Program::new(usher).args(["--json", "init", "--data"]).args([data]).output()?;
    let made: serde_json::Value = serde_json::from_str(&made)?;
    Ok(made["operator_token"].as_str().unwrap_or_default().to_owned())
}
