//! `usher policy activate` and `usher policy list`: policies on a running host.

use std::path::PathBuf;

use data_encoding::BASE64;
use usher_api::policy::{Limits, Manifest, NewPolicy, NewPolicySet, Policy, PolicySet, PolicySetEntry};
use usher_domain::policy::DecisionPoint;

use super::package::{document, read};
use crate::failure::Failure;
use crate::output::{Output, short, table};
use crate::remote::OrgRemote;

/// Uploads a policy and puts it in place of the live ones of its decision point.
#[derive(clap::Args)]
pub(crate) struct Activate {
    /// The policy: its folder or its payload.
    policy: PathBuf,
    /// Its settings, a JSON file.
    #[arg(long)]
    settings: Option<PathBuf>,
    /// A fact it may ask for; all that its manifest declares if left out.
    #[arg(long = "grant", value_name = "FACT", conflicts_with = "no_grants")]
    grants: Vec<String>,
    /// It may ask for no facts.
    #[arg(long)]
    no_grants: bool,
    /// What a fault comes to.
    #[arg(long, default_value = "review", value_parser = ["review", "deny"])]
    on_fault: String,
    /// Units of fuel for one decision; the host's default if left out.
    #[arg(long)]
    fuel: Option<u64>,
    /// Keep the live policies and ask this one after them, instead of in their place.
    #[arg(long)]
    append: bool,
    #[command(flatten)]
    remote: OrgRemote,
}

impl Activate {
    /// Two requests: the upload, and the change of the live set, based on the version seen here.
    pub(crate) fn run(&self, output: Output) -> Result<(), Failure> {
        let package = read(&self.policy)?.package;
        let manifest: Manifest = serde_json::to_value(package.manifest())
            .and_then(serde_json::from_value)
            .map_err(|error| Failure::of("writing the manifest", error))?;
        let point = manifest.point.clone();
        let declared = manifest.facts.clone();
        let upload = NewPolicy { manifest, payload: BASE64.encode(package.payload()) };
        let policy: Policy = self.remote.host().post(&self.remote.path("policies")?, &upload)?;

        let path = self.remote.path(&format!("policy-sets/{point}"))?;
        let grants = match (self.no_grants, self.grants.as_slice()) {
            (true, _) => Vec::new(),
            (false, []) => declared,
            (false, named) => named.to_vec(),
        };
        let entry = PolicySetEntry {
            policy: policy.digest.clone(),
            settings: document(self.settings.as_deref())?,
            grants,
            limits: Limits { fuel: self.fuel, ..Limits::default() },
            on_fault: self.on_fault.clone(),
        };
        let change = |live: PolicySet| {
            let mut entries = if self.append { live.entries } else { Vec::new() };
            entries.push(entry);
            NewPolicySet { combine: live.combine, entries }
        };
        let set: PolicySet = self.remote.host().change("PUT", &path, "", change)?;
        output.show(&set, |set| {
            format!(
                "{} {} ({}) is live for {point}, generation {}.",
                policy.manifest.name,
                policy.manifest.version,
                short(&policy.digest),
                set.generation
            )
        })
    }
}

/// Lists policies on a host.
#[derive(clap::Args)]
pub(crate) struct List {
    /// Everything that was uploaded, instead of what is live.
    #[arg(long)]
    uploaded: bool,
    #[command(flatten)]
    remote: OrgRemote,
}

impl List {
    /// What was uploaded, and what of it is live for each decision point.
    pub(crate) fn run(&self, output: Output) -> Result<(), Failure> {
        let uploaded: Vec<Policy> = self.remote.list("policies")?;
        if self.uploaded {
            return output.show(&uploaded, |all| uploaded_table(all));
        }
        let mut sets = Vec::new();
        for point in DecisionPoint::ALL {
            let path = self.remote.path(&format!("policy-sets/{point}"))?;
            sets.push(self.remote.host().get::<PolicySet>(&path)?);
        }
        output.show(&sets, |sets| sets_table(sets, &uploaded))
    }
}

fn uploaded_table(all: &[Policy]) -> String {
    let mut rows =
        table(&["policy", "version", "decision point", "kind", "digest", "uploaded"]).or("No policy was uploaded.");
    for policy in all {
        let manifest = &policy.manifest;
        let digest = short(&policy.digest);
        rows.add_row([
            &manifest.name,
            &manifest.version,
            &manifest.point,
            &manifest.kind,
            &digest,
            &policy.uploaded_at,
        ]);
    }
    rows.to_string()
}

fn sets_table(sets: &[PolicySet], uploaded: &[Policy]) -> String {
    let headings = ["decision point", "generation", "policy", "version", "digest", "on fault", "grants"];
    let mut rows = table(&headings).wrapping("grants");
    for set in sets {
        let generation = set.generation.to_string();
        if set.entries.is_empty() {
            rows.add_row([set.point.as_str(), &generation, "none: the host's own rules decide", "", "", "", ""]);
        }
        for entry in &set.entries {
            let known = uploaded.iter().find(|policy| policy.digest == entry.policy).map(|policy| &policy.manifest);
            let (name, version) =
                known.map_or(("?", "?"), |manifest| (manifest.name.as_str(), manifest.version.as_str()));
            let (digest, grants) = (short(&entry.policy), entry.grants.join(", "));
            rows.add_row([set.point.as_str(), &generation, name, version, &digest, &entry.on_fault, &grants]);
        }
    }
    rows.to_string()
}
