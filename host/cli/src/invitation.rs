//! `usher invitation …`: invitations by code and link, and personal ones (R14, R15).

use clap::{Args, Subcommand};
use usher_api::invitation::{Invitation, InvitationIssued, NewInvitation};
use usher_domain::ids::InvitationId;
use usher_domain::time::Instant;

use crate::failure::Failure;
use crate::output::{Output, given, table};
use crate::remote::OrgRemote;

/// The invitation commands.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Lists the invitations.
    List(OrgRemote),
    /// Makes an invitation; its code and link are shown, the link this once.
    Create(Box<Create>),
    /// Ends an invitation at once. Who came by it stays.
    Revoke {
        /// `inv_…`
        invitation: InvitationId,
        #[command(flatten)]
        remote: OrgRemote,
    },
}

/// Makes an invitation.
#[derive(Args)]
pub(crate) struct Create {
    /// What it is for.
    #[arg(long)]
    name: Option<String>,
    /// Invites the holder of this address alone, and is mailed there.
    #[arg(long)]
    email: Option<String>,
    /// Invites the holder of this phone alone, as `+4915112345678`.
    #[arg(long)]
    phone: Option<String>,
    /// Department that joins are placed in, `dep_…`; the root if left out.
    #[arg(long)]
    department: Option<String>,
    /// Role that it gives.
    #[arg(long, value_parser = ["member", "admin", "primary-admin"])]
    role: Option<String>,
    /// Domain an applicant's address must have.
    #[arg(long)]
    email_domain: Option<String>,
    /// Plan whose seat it offers, `plan_…`. A personal invitation reserves one.
    #[arg(long)]
    plan: Option<String>,
    /// Joins by it need no approval, unless there are several paid plans.
    #[arg(long)]
    no_approval: bool,
    /// A policy may skip the approval for an address on a domain proved by DNS.
    #[arg(long, conflicts_with = "no_approval")]
    domain_skips_approval: bool,
    /// Most joins and requests by it.
    #[arg(long, allow_negative_numbers = true)]
    max_uses: Option<u32>,
    /// When it ends, RFC 3339, as `2026-12-31T00:00:00Z`; in 14 days if left out.
    #[arg(long, conflicts_with = "never_expires")]
    expires_at: Option<Instant>,
    /// It does not end by itself.
    #[arg(long)]
    never_expires: bool,
    #[command(flatten)]
    remote: OrgRemote,
}

impl Command {
    /// Runs one of them.
    pub(crate) fn run(self, output: Output) -> Result<(), Failure> {
        match self {
            Self::List(remote) => remote.show_list("invitations", &[], output, invitations_table),
            Self::Create(create) => create.run(output),
            Self::Revoke { invitation, remote } => {
                let path = remote.path(&format!("invitations/{invitation}"))?;
                let revoked: Invitation = remote.host().change("POST", &path, "/revoke", |_: Invitation| ())?;
                output.show(&revoked, |revoked| format!("{} is {}.", revoked.id, revoked.state))
            }
        }
    }
}

impl Create {
    fn run(self, output: Output) -> Result<(), Failure> {
        let path = self.remote.path("invitations")?;
        let new = NewInvitation {
            name: self.name,
            email: self.email,
            phone: self.phone,
            department: self.department,
            role: self.role,
            email_domain: self.email_domain,
            plan: self.plan,
            approval_required: Some(!self.no_approval),
            domain_skips_approval: self.domain_skips_approval,
            max_uses: self.max_uses,
            expires_at: if self.never_expires { Some(None) } else { self.expires_at.map(|at| Some(at.to_string())) },
        };
        let issued: InvitationIssued = self.remote.host().post(&path, &new)?;
        let id = &issued.invitation.id;
        let lost = format!("nobody read the link of {id}: `usher invitation revoke {id}`, then create another");
        output.show_once(&issued, issued_text, lost)
    }
}

fn issued_text(issued: &InvitationIssued) -> String {
    let invitation = &issued.invitation;
    let mut text = format!("{} is {}", invitation.id, invitation.state);
    let lines = [
        ("until", &invitation.expires_at),
        ("code", &invitation.code),
        ("link", &issued.link),
        ("no SMS", &issued.not_sent),
    ];
    for (name, value) in lines {
        text += &value.as_ref().map(|value| format!("\n{name:<6}  {value}")).unwrap_or_default();
    }
    text
}

fn invitations_table(invitations: &[Invitation]) -> String {
    let headings = ["invitation", "name", "state", "code", "for", "department", "approval", "uses", "until"];
    let mut rows = table(&headings).wrapping("name").or("There is no invitation.");
    for invitation in invitations {
        let uses = match invitation.max_uses {
            Some(most) => format!("{} of {most}", invitation.uses),
            None => invitation.uses.to_string(),
        };
        rows.add_row(vec![
            invitation.id.clone().into(),
            given(invitation.name.as_ref()),
            invitation.state.clone().into(),
            given(invitation.code.as_ref()),
            given(invitation.email.as_ref().or(invitation.phone.as_ref())),
            given(invitation.department.as_ref()),
            if invitation.approval_required { "needed" } else { "no" }.into(),
            uses.into(),
            given(invitation.expires_at.as_ref()),
        ]);
    }
    rows.to_string()
}
