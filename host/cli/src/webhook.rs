//! `usher webhook …`: where an organisation's events are sent (R43).

use clap::Subcommand;
use serde_json::json;
use usher_api::webhook::{
    NewWebhook, Redelivery, Webhook, WebhookAttempt, WebhookAttempts, WebhookChange, WebhookSecret, WebhookState,
    Webhooks,
};
use usher_domain::ids::WebhookId;

use crate::failure::Failure;
use crate::output::{Output, given, number, table, verdict};
use crate::remote::OrgRemote;

/// The webhook commands.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Lists the webhooks, and how far each has come.
    List(OrgRemote),
    /// Makes a webhook, which gets the events from now on. Its secret is shown this once.
    Add {
        /// Where to, `https://…`.
        #[arg(value_name = "URL")]
        to: String,
        /// A type of events that is sent, as `member.joined`; may be repeated. All of them if left out.
        #[arg(long = "type", value_name = "TYPE")]
        types: Vec<String>,
        #[command(flatten)]
        remote: OrgRemote,
    },
    /// Sends a `ping` and tells how that went.
    Test(One),
    /// Shows how the last attempts to deliver went, newest first.
    Attempts(One),
    /// Delivers events once more.
    Redeliver {
        /// The sequence number of the first, as `usher events` shows it.
        #[arg(long, value_name = "NUMBER")]
        from: u64,
        #[command(flatten)]
        one: One,
    },
    /// Switches a webhook on again; it gets what happened meanwhile.
    Enable(One),
    /// Switches a webhook off.
    Disable(One),
    /// Removes a webhook.
    Remove(One),
}

/// Which webhook.
#[derive(clap::Args)]
pub(crate) struct One {
    /// `whk_…`
    webhook: WebhookId,
    #[command(flatten)]
    remote: OrgRemote,
}

impl Command {
    /// Runs one of them. A test that does not arrive fails with status 1.
    pub(crate) fn run(self, output: Output) -> Result<(), Failure> {
        match self {
            Self::List(remote) => {
                let found: Webhooks = remote.host().get(&remote.path("webhooks")?)?;
                output.show(&found.items, |webhooks| webhooks_table(webhooks))
            }
            Self::Add { to: url, types, remote } => {
                let made: WebhookSecret = remote.host().post(&remote.path("webhooks")?, &NewWebhook { url, types })?;
                let id = &made.webhook.id;
                let lost = format!("nobody read the secret of {id}: `usher webhook remove {id}`, then add it anew");
                output.show_once(&made, secret_text, lost)
            }
            Self::Test(one) => {
                let attempt: WebhookAttempt = one.remote.host().post(&one.path("/test")?, &())?;
                output.show(&attempt, |attempt| attempts_table(std::slice::from_ref(attempt)))?;
                if arrived(&attempt) {
                    Ok(())
                } else {
                    Err(Failure::Failed(format!("{}: no ping arrived", one.webhook)))
                }
            }
            Self::Attempts(one) => {
                let found: WebhookAttempts = one.remote.host().get(&one.path("/attempts")?)?;
                output.show(&found.items, |found| attempts_table(found))
            }
            Self::Redeliver { from, one } => {
                let path = one.path("/redeliver")?;
                let webhook: Webhook = one.remote.host().post(&path, &Redelivery { from })?;
                output.show(&webhook, |webhook| format!("{} gets all events from {from} on once more.", webhook.id))
            }
            Self::Enable(one) => one.switch(true, output),
            Self::Disable(one) => one.switch(false, output),
            Self::Remove(one) => {
                one.remote.host().delete(&one.path("")?)?;
                output.show(&json!({ "removed": one.webhook.to_string() }), |_| format!("{} is removed.", one.webhook))
            }
        }
    }
}

impl One {
    /// Something below the webhook: `path("/test")`.
    fn path(&self, rest: &str) -> Result<String, Failure> {
        self.remote.path(&format!("webhooks/{}{rest}", self.webhook))
    }

    fn switch(&self, enabled: bool, output: Output) -> Result<(), Failure> {
        let change = |_: Webhook| WebhookChange { enabled: Some(enabled), ..WebhookChange::default() };
        let webhook: Webhook = self.remote.host().change("PATCH", &self.path("")?, "", change)?;
        output.show(&webhook, |webhook| format!("{} is {}.", webhook.id, state(webhook.state)))
    }
}

const fn state(state: WebhookState) -> &'static str {
    match state {
        WebhookState::Enabled => "enabled",
        WebhookState::Disabled => "disabled",
        WebhookState::Failing => "failing",
        WebhookState::Gone => "gone",
    }
}

fn webhooks_table(webhooks: &[Webhook]) -> String {
    let headings = ["webhook", "url", "state", "types", "delivered", "fails since", "tried again"];
    let mut rows = table(&headings).wrapping("types").or("There is no webhook.");
    for webhook in webhooks {
        let types = if webhook.types.is_empty() { "all".to_owned() } else { webhook.types.join(", ") };
        rows.add_row(vec![
            webhook.id.clone().into(),
            webhook.url.clone().into(),
            verdict(state(webhook.state)),
            types.into(),
            number(webhook.delivered),
            given(webhook.failing_since.as_ref()),
            given(webhook.retry_at.as_ref()),
        ]);
    }
    rows.to_string()
}

fn secret_text(made: &WebhookSecret) -> String {
    let webhook = &made.webhook;
    let secret = made.secret.as_ref().map(|secret| format!("\nIts secret, shown this once: {secret}"));
    format!("{} is sent to {}.{}", webhook.id, webhook.url, secret.unwrap_or_default())
}

fn arrived(attempt: &WebhookAttempt) -> bool {
    attempt.status.is_some_and(|status| (200..300).contains(&status))
}

fn attempts_table(attempts: &[WebhookAttempt]) -> String {
    let headings = ["at", "event", "number", "", "answered", "took", "why not"];
    let mut rows = table(&headings).wrapping("why not").or("Nothing was sent yet.");
    for attempt in attempts {
        rows.add_row(vec![
            attempt.at.clone().into(),
            attempt.event.clone().into(),
            number(attempt.seq.map(|seq| seq.to_string()).unwrap_or_default()),
            verdict(if arrived(attempt) { "ok" } else { "failed" }),
            number(attempt.status.map(|status| status.to_string()).unwrap_or_default()),
            number(format_args!("{} ms", attempt.took)),
            given(attempt.error.as_ref()),
        ]);
    }
    rows.to_string()
}
