//! What an organisation sets, and what is wrong with it.

use serde::Deserialize;
use usher_policy::SettingsProblem;
use usher_policy::settings::is_domain;

/// The settings document.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Domains whose addresses come in; without it, every domain that the organisation has verified.
    pub domains: Option<Vec<Domain>>,
    /// Whether `eng.example.com` counts as `example.com`.
    #[serde(default)]
    pub subdomains: bool,
    /// Whether a domain verified by a mailed code is enough; else only one proved by DNS (R21).
    #[serde(default)]
    pub accept_domain_mail: bool,
    /// What happens to addresses on other domains.
    #[serde(default)]
    pub other_domains: Other,
    /// What happens to applicants without a work email.
    #[serde(default)]
    pub without_email: Other,
}

/// One domain, and where its people are placed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Domain {
    /// ASCII form in lower case.
    pub name: String,
    /// `dep_…`
    pub department: Option<String>,
    /// As in R23.
    pub workforce_type: Option<String>,
}

/// What happens to applicants that the policy does not let in.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Other {
    /// An admin decides.
    #[default]
    Review,
    /// Refused.
    Reject,
}

impl Settings {
    /// Everything wrong with the settings that their types do not say.
    pub fn problems(&self) -> Vec<SettingsProblem> {
        let mut problems = Vec::new();
        let domains = self.domains.as_deref().unwrap_or_default();
        if self.domains.is_some() && domains.is_empty() {
            problems
                .push(SettingsProblem::new("/domains", "names no domain: leave it out to take every verified domain"));
        }
        for (index, domain) in domains.iter().enumerate() {
            if !is_domain(&domain.name) {
                problems.push(SettingsProblem::new(
                    format!("/domains/{index}/name"),
                    "must be a domain in ASCII form and lower case, such as `example.com` or `xn--mnchen-3ya.example`",
                ));
            }
            if domains[..index].iter().any(|earlier| earlier.name == domain.name) {
                problems.push(SettingsProblem::new(format!("/domains/{index}/name"), "is there twice"));
            }
            if domain.department.as_deref().is_some_and(|id| !id.starts_with("dep_")) {
                problems.push(SettingsProblem::new(
                    format!("/domains/{index}/department"),
                    "must be the id of a department, `dep_…`",
                ));
            }
        }
        problems
    }
}
