//! `usher events`: what happens in an organisation, as it happens (R43).

use std::io::BufRead;
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;
use usher_api::Page;
use usher_api::event::Event;
use usher_api::page::MAX_LIMIT;

use crate::failure::Failure;
use crate::output::{Output, visible};
use crate::remote::OrgRemote;

/// How long it takes until a stream that ended is asked for again.
const COME_BACK_AFTER: Duration = Duration::from_secs(2);

/// How long a stream may say nothing: the host sends a sign of life every 10 s, so whoever sent none is gone.
const SILENT_FOR: Duration = Duration::from_secs(45);

/// Follows what happens in an organisation, a line for each event; with `--json`, each as the API has it. Once the
/// host was there, it is waited for while it is away or has too much to do; it ends when the host refuses.
#[derive(clap::Args)]
pub(crate) struct Events {
    /// Only events after this sequence number; from the first one if left out.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    after: u64,
    /// Ends with the last event that there is.
    #[arg(long)]
    no_follow: bool,
    #[command(flatten)]
    remote: OrgRemote,
}

impl Events {
    /// Ends well, too, when nobody reads any more.
    pub(crate) fn run(mut self, output: Output) -> Result<(), Failure> {
        if self.no_follow {
            return self.so_far(output);
        }
        let mut stream = self.stream()?;
        while self.follow(stream, output)? {
            output.aside("the stream ended: waiting for the host");
            stream = loop {
                sleep(COME_BACK_AFTER);
                match self.stream() {
                    Err(Failure::Unreachable { .. }) => {}
                    // The stream that broke off may count for a while yet.
                    Err(Failure::Refused(problem)) if matches!(problem.status, 429 | 503) => {}
                    opened => break opened?,
                }
            };
        }
        Ok(())
    }

    fn so_far(&mut self, output: Output) -> Result<(), Failure> {
        loop {
            let path = self.remote.path(&format!("events?after={}&limit={MAX_LIMIT}", self.after))?;
            let page: Page<Event> = self.remote.host().get(&path)?;
            for event in &page.items {
                if !self.tell(event, output)? {
                    return Ok(());
                }
            }
            if page.next.is_none() {
                return Ok(());
            }
        }
    }

    /// The stream behind what was told: nothing is missed.
    fn stream(&self) -> Result<impl BufRead + use<>, Failure> {
        self.remote.host().stream(&self.remote.path(&format!("events?after={}", self.after))?, SILENT_FOR)
    }

    /// Tells of a stream's events (WHATWG HTML, 9.2) until it ends or breaks off; false if nobody reads any more. An
    /// event ends with an empty line: without one, it comes again.
    fn follow(&mut self, stream: impl BufRead, output: Output) -> Result<bool, Failure> {
        let mut data = String::new();
        for line in stream.lines().map_while(Result::ok) {
            if let Some(more) = line.strip_prefix("data:") {
                data.push_str(more);
            } else if line.is_empty() && !data.is_empty() {
                let event: Event =
                    serde_json::from_str(&data).map_err(|error| self.remote.host().not_understood(&error))?;
                if !self.tell(&event, output)? {
                    return Ok(false);
                }
                data.clear();
            }
        }
        Ok(true)
    }

    fn tell(&mut self, event: &Event, output: Output) -> Result<bool, Failure> {
        self.after = event.seq;
        output.line(event, event_text)
    }
}

fn event_text(event: &Event) -> String {
    let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let data: Vec<_> =
        event.data.as_object().into_iter().flatten().map(|(name, value)| format!("{name} {}", word(value))).collect();
    format!("{:>6}  {}  {:<24}  {}", event.seq, event.at, event.kind, visible(&data.join(", ")))
}
