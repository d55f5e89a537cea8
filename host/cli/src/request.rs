//! `usher request …`: requests to join, and answering them (R17, R18).

use clap::Subcommand;
use usher_api::request::{Approve, JoinRequest, Reject};
use usher_domain::ids::RequestId;

use crate::failure::Failure;
use crate::output::{Output, given, table, visible};
use crate::remote::OrgRemote;
use crate::seat_choice::SeatOptions;

/// The request commands.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Lists the requests.
    List {
        /// In which state.
        #[arg(long, default_value = "pending", value_parser = STATES)]
        state: String,
        #[command(flatten)]
        remote: OrgRemote,
    },
    /// Lets an applicant in.
    Approve {
        /// `req_…`
        request: RequestId,
        #[command(flatten)]
        seat: SeatOptions,
        /// For other admins.
        #[arg(long)]
        note: Option<String>,
        #[command(flatten)]
        remote: OrgRemote,
    },
    /// Refuses an applicant.
    Reject {
        /// `req_…`
        request: RequestId,
        /// For other admins.
        #[arg(long)]
        note: Option<String>,
        #[command(flatten)]
        remote: OrgRemote,
    },
}

/// What a request can be, and `all` for any of them.
const STATES: [&str; 7] = ["pending", "approved", "rejected", "declined", "expired", "withdrawn", ALL];
const ALL: &str = "all";

impl Command {
    /// Runs one of them.
    pub(crate) fn run(self, output: Output) -> Result<(), Failure> {
        match self {
            Self::List { state, remote } => {
                let query = [("state", state.as_str())];
                let query = if state == ALL { &[][..] } else { &query[..] };
                remote.show_list("requests", query, output, requests_table)
            }
            Self::Approve { request, seat, note, remote } => {
                let path = remote.path(&format!("requests/{request}/approve"))?;
                let approve = Approve { seat: seat.choice(), note };
                let answered: JoinRequest = remote.host().post(&path, &approve)?;
                output.show(&answered, request_text)
            }
            Self::Reject { request, note, remote } => {
                let path = remote.path(&format!("requests/{request}/reject"))?;
                let answered: JoinRequest = remote.host().post(&path, &Reject { note })?;
                output.show(&answered, request_text)
            }
        }
    }
}

fn requests_table(requests: &[JoinRequest]) -> String {
    let headings = ["request", "state", "who", "address", "channel", "opened", "reason"];
    let mut rows = table(&headings).wrapping("reason").or("There is no such request.");
    for request in requests {
        let applicant = &request.applicant;
        let reasons: Vec<_> = request.reasons.iter().map(|reason| reason.text.as_str()).collect();
        rows.add_row(vec![
            request.id.clone().into(),
            request.state.clone().into(),
            applicant.name.clone().into(),
            given(applicant.work_email.as_ref().or(applicant.phone.as_ref())),
            request.channel.clone().into(),
            request.opened_at.clone().into(),
            reasons.join("; ").into(),
        ]);
    }
    rows.to_string()
}

fn request_text(request: &JoinRequest) -> String {
    let member = request.answer.as_ref().and_then(|answer| answer.member.as_ref());
    let member = member.map(|member| format!(": they are {member}")).unwrap_or_default();
    format!("{} of {} is {}{member}.", request.id, visible(&request.applicant.name), request.state)
}
