//! `usher dead-letter …`: mail and SMS that could not be delivered (R34).

use clap::Subcommand;
use serde_json::json;
use usher_api::Code;
use usher_api::delivery::DeadLetter;
use usher_domain::ids::DeadLetterId;

use crate::failure::Failure;
use crate::output::{Output, count, number, table};
use crate::remote::OrgRemote;

/// The dead letter commands.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Lists what could not be delivered, oldest first. It is kept for 30 days.
    List(OrgRemote),
    /// Sends messages on their way again.
    Retry {
        /// `ded_…`; one or several.
        #[arg(value_name = "DEAD_LETTER", required_unless_present = "all")]
        letters: Vec<DeadLetterId>,
        /// All of them.
        #[arg(long, conflicts_with = "letters")]
        all: bool,
        #[command(flatten)]
        remote: OrgRemote,
    },
    /// Drops messages: they are not sent any more.
    Drop {
        /// `ded_…`; one or several.
        #[arg(value_name = "DEAD_LETTER", required = true)]
        letters: Vec<DeadLetterId>,
        #[command(flatten)]
        remote: OrgRemote,
    },
}

impl Command {
    /// Runs one of them. Of several messages, those before one that is refused are done, and it says which.
    pub(crate) fn run(self, output: Output) -> Result<(), Failure> {
        match self {
            Self::List(remote) => remote.show_list("dead-letters", &[], output, dead_letters_table),
            Self::Retry { letters, all, remote } => {
                let letters: Vec<String> = match all {
                    true => remote.list::<DeadLetter>("dead-letters")?.into_iter().map(|letter| letter.id).collect(),
                    false => texts(&letters),
                };
                let retry = |letter: &str| {
                    let path = remote.path(&format!("dead-letters/{letter}/retry"))?;
                    match remote.host().post::<()>(&path, &()) {
                        // Whoever wants all of them sent does not mind that somebody else saw to one.
                        Err(Failure::Refused(problem)) if all && problem.code == Code::NotFound => Ok(false),
                        sent => sent.map(|_| true),
                    }
                };
                let (retried, ended) = each(letters, retry);
                output.show(&json!({ "retried": retried }), |_| {
                    format!("on the way again: {}", count(retried.len(), "message"))
                })?;
                ended
            }
            Self::Drop { letters, remote } => {
                let (dropped, ended) = each(texts(&letters), |letter| {
                    remote.host().delete(&remote.path(&format!("dead-letters/{letter}"))?).map(|()| true)
                });
                output.show(&json!({ "dropped": dropped }), |_| {
                    format!("dropped: {}", count(dropped.len(), "message"))
                })?;
                ended
            }
        }
    }
}

/// Does something to each message until it is refused for one: to which it was done, and how it ended.
fn each(letters: Vec<String>, do_it: impl Fn(&str) -> Result<bool, Failure>) -> (Vec<String>, Result<(), Failure>) {
    let mut done = Vec::new();
    for letter in letters {
        match do_it(&letter) {
            Ok(true) => done.push(letter),
            Ok(false) => {}
            Err(failure) => return (done, Err(failure)),
        }
    }
    (done, Ok(()))
}

fn texts(letters: &[DeadLetterId]) -> Vec<String> {
    letters.iter().map(ToString::to_string).collect()
}

fn dead_letters_table(letters: &[DeadLetter]) -> String {
    let headings = ["dead letter", "what", "to", "reason", "tried", "given up", "kept until"];
    let mut rows = table(&headings).wrapping("reason").or("Everything was delivered, or is on its way.");
    for letter in letters {
        let status = letter.status.map(|status| format!(" ({status})")).unwrap_or_default();
        rows.add_row(vec![
            letter.id.clone().into(),
            format!("{} by {}", letter.letter, letter.channel).into(),
            letter.to.clone().into(),
            format!("{}{status}", letter.reason).into(),
            number(letter.attempts),
            letter.died_at.clone().into(),
            letter.kept_until.clone().into(),
        ]);
    }
    rows.to_string()
}
