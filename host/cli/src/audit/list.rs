//! `usher audit list`: who did what, newest first.

use serde_json::Value;
use usher_api::audit::AuditEntry;

use crate::failure::Failure;
use crate::output::{Output, given, number, table};
use crate::remote::OrgRemote;

/// Lists entries of the trail, newest first. `--json` has what was before and after each.
#[derive(clap::Args)]
pub(crate) struct List {
    /// By whom: `mem_…`, `tok_…`, `operator`, `applicant`, `stranger` or `host`.
    #[arg(long)]
    who: Option<String>,
    /// What: an action, or all of an area, as `member` for `member.suspended` and the like.
    #[arg(long)]
    what: Option<String>,
    /// To what: an id.
    #[arg(long, value_name = "ID")]
    target: Option<String>,
    /// At this moment or later, as `2026-03-01T09:00:00Z`.
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Before this moment.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// How many.
    #[arg(long, default_value_t = 50)]
    limit: usize,
    #[command(flatten)]
    remote: OrgRemote,
}

impl List {
    /// Runs it.
    pub(crate) fn run(self, output: Output) -> Result<(), Failure> {
        let asked = [
            ("who", &self.who),
            ("what", &self.what),
            ("target", &self.target),
            ("from", &self.from),
            ("until", &self.until),
        ];
        let query: Vec<_> = asked.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))).collect();
        let found: Vec<AuditEntry> = self.remote.list_some("audit", &query, self.limit)?;
        output.show(&found, |found| entries_table(found))
    }
}

fn entries_table(entries: &[AuditEntry]) -> String {
    let headings = ["entry", "at", "who", "from", "what", "to"];
    let mut rows = table(&headings).wrapping("who").or("There is no such entry.");
    for entry in entries {
        rows.add_row(vec![
            number(entry.seq),
            entry.at.clone().into(),
            who(&entry.actor).into(),
            given(entry.origin.as_ref()),
            entry.action.clone().into(),
            entry.target.clone().into(),
        ]);
    }
    rows.to_string()
}

/// Whose id it is where there is one, else of which kind they are.
fn who(actor: &Value) -> String {
    let ids = ["member", "token"].into_iter().find_map(|field| actor[field].as_str());
    ids.or(actor["kind"].as_str()).unwrap_or_default().to_owned()
}
