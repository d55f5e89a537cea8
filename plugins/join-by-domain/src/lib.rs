//! Approval policy `join-by-domain`: people who proved an address on a domain of the organisation come in
//! by themselves; others go to an admin, or are refused (R21).
//!
//! Owns: the order in which an address is looked at. Knows nothing of the host rules: R16 and R21 stand
//! above what is said here.
//!
//! Settings, all of them optional:
//!
//! ```json
//! {
//!   "domains": [{ "name": "example.com", "department": "dep_…", "workforce_type": "regular" }],
//!   "subdomains": false,
//!   "accept_domain_mail": false,
//!   "other_domains": "review",
//!   "without_email": "review"
//! }
//! ```
//!
//! Reasons: `verified-domain` approves; `no-work-email`, `other-domain` review or reject;
//! `domain-not-verified`, `address-not-proved` review.

mod settings;

use usher_policy::approval::{Approval, Decision, Placement, Request};
use usher_policy::{Address, Failure, Obligation, SettingsProblem};

pub use settings::{Domain, Other, Settings};

/// The policy with an organisation's settings.
pub struct JoinByDomain(Settings);

impl Approval for JoinByDomain {
    type Settings = Settings;

    fn configure(settings: Settings) -> Result<Self, Vec<SettingsProblem>> {
        let problems = settings.problems();
        if problems.is_empty() { Ok(Self(settings)) } else { Err(problems) }
    }

    fn decide(&self, request: &Request) -> Result<Decision, Failure> {
        Ok(match &request.applicant.work_email {
            Some(address) => self.on(address),
            None => stop(self.0.without_email, "no-work-email", "The applicant gave no work email."),
        })
    }
}

usher_policy::export!(approval: JoinByDomain);

impl JoinByDomain {
    fn on(&self, address: &Address) -> Decision {
        let listed = match &self.0.domains {
            Some(domains) => match domains.iter().find(|d| self.covers(d, &address.domain)) {
                Some(domain) => Some(domain),
                None => {
                    return stop(
                        self.0.other_domains,
                        "other-domain",
                        "The address is on a domain that the policy does not list.",
                    )
                    .param("domain", &*address.domain);
                }
            },
            None => None,
        };
        if !(address.has("domain-dns") || self.0.accept_domain_mail && address.has("domain-mail")) {
            // Unlisted and unverified is simply another domain.
            let verdict = if listed.is_some() { Other::Review } else { self.0.other_domains };
            return stop(
                verdict,
                "domain-not-verified",
                "The organisation has not verified the domain of the address.",
            )
            .param("domain", &*address.domain);
        }
        if !address.has("one-time-code") {
            return Decision::review("address-not-proved", "Nobody has shown yet that the address is the applicant's.")
                .oblige(Obligation::require_proof("work-email"));
        }
        let decision = Decision::approve("verified-domain", "The applicant proved an address on a verified domain.")
            .param("domain", &*address.domain);
        match listed {
            Some(Domain { department: None, workforce_type: None, .. }) | None => decision,
            Some(domain) => decision.place(Placement {
                department: domain.department.clone(),
                workforce_type: domain.workforce_type.clone(),
            }),
        }
    }

    fn covers(&self, listed: &Domain, domain: &str) -> bool {
        match domain.strip_suffix(listed.name.as_str()) {
            Some("") => true,
            Some(sub) => self.0.subdomains && sub.ends_with('.'),
            None => false,
        }
    }
}

fn stop(other: Other, code: &str, text: &str) -> Decision {
    match other {
        Other::Review => Decision::review(code, text).oblige(Obligation::notify_approvers()),
        Other::Reject => Decision::reject(code, text),
    }
}
