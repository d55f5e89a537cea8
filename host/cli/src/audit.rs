//! `usher audit …`: the organisation's chain of audit entries.

use usher_api::audit::AuditCheck;

use crate::failure::Failure;
use crate::output::Output;
use crate::remote::OrgRemote;

/// The audit commands.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Checks that every entry follows from the one before, and shows the last one's hash to be noted elsewhere.
    Verify {
        #[command(flatten)]
        remote: OrgRemote,
    },
}

impl Command {
    /// Fails with status 1 if the chain does not hold.
    pub(crate) fn run(self, output: Output) -> Result<(), Failure> {
        let Self::Verify { remote } = self;
        let check: AuditCheck = remote.host().get(&remote.path("audit/verify"))?.body;
        output.show(&check, |check| {
            let head = check.head.as_deref().unwrap_or("none");
            format!("{} entries read; the last one's hash is {head}", check.entries)
        })?;
        match check.fault {
            None if check.intact => Ok(()),
            fault => Err(Failure::Failed(format!("the audit trail is not intact: {}", fault.unwrap_or_default()))),
        }
    }
}
