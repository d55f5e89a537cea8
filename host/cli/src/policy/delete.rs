//! `usher policy delete`: makes room on a running host.

use serde_json::json;
use usher_api::policy::Policy;

use crate::failure::Failure;
use crate::output::{Output, short};
use crate::remote::OrgRemote;

/// Deletes a policy on a host.
#[derive(clap::Args)]
pub(crate) struct Delete {
    /// Its digest, or what of it `usher policy list --uploaded` shows.
    digest: String,
    #[command(flatten)]
    remote: OrgRemote,
}

impl Delete {
    /// Finds the policy, then deletes it.
    pub(crate) fn run(&self, output: Output) -> Result<(), Failure> {
        let policy = self.found()?;
        self.remote.host().delete(&self.remote.path(&format!("policies/{}", policy.digest))?)?;
        output.show(&json!({ "deleted": policy.digest }), |_| {
            format!("{} {} ({}) is deleted.", policy.manifest.name, policy.manifest.version, short(&policy.digest))
        })
    }

    fn found(&self) -> Result<Policy, Failure> {
        let wanted = self.digest.trim_start_matches("sha256:");
        let all = self.remote.list::<Policy>("policies")?.into_iter();
        let mut found = all.filter(|policy| policy.digest.trim_start_matches("sha256:").starts_with(wanted));
        match (found.next(), found.next()) {
            (Some(policy), None) => Ok(policy),
            (None, _) => Err(Failure::Failed(format!("no policy's digest begins with {wanted}"))),
            (Some(_), Some(_)) => {
                Err(Failure::Failed(format!("several policies' digests begin with {wanted}: give more of it")))
            }
        }
    }
}
