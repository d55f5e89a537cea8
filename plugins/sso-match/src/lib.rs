//! SSO matching policy `sso-match`: finds the member whom a login belongs to although the address is
//! written otherwise, and lets an admin look where it only seems to be the same (R39, R41).
//!
//! Owns: which candidate is the one. Knows nothing of the host rules: whether the address was proved and
//! its domain bound to the connection (R40) is not asked here and stands above what is said here.
//!
//! Settings, all of them optional:
//!
//! ```json
//! {
//!   "ignore_case": true,
//!   "plus_tags": ["example.com"],
//!   "dots": ["example.com"],
//!   "alias_domains": [["example.com", "example.ch"]],
//!   "aliases": [["ada@example.com", "countess@example.com"]],
//!   "rebrands": [{ "from": "old.example", "to": "example.com",
//!                  "starts_on": "2026-01-01", "ends_on": "2026-12-31" }],
//!   "emails": ["work-email"],
//!   "review_look_alikes": true,
//!   "employee_number": "ignore"
//! }
//! ```
//!
//! Reasons: `same-address`, `equivalent-address` match; `several-members`, `look-alike`,
//! `employee-number-missing` review; `employee-number-differs`, `no-member`, `no-email` are a mismatch.

mod identity;
mod settings;

use usher_policy::sso::{Candidate, Claim, Decision, Request, SsoMatching, value};
use usher_policy::{Address, Failure, SettingsProblem};

pub use identity::{Identity, Relation, Steps};
pub use settings::{EmployeeNumber, MAX_REBRANDS_FROM_ONE, Rebrand, Settings};

const EMPLOYEE_NUMBER: &str = "employee-number";

/// The policy with an organisation's settings.
pub struct SsoMatch(Identity);

impl SsoMatching for SsoMatch {
    type Settings = Settings;

    fn configure(settings: Settings) -> Result<Self, Vec<SettingsProblem>> {
        let problems = settings.problems();
        if !problems.is_empty() {
            return Err(problems);
        }
        Identity::new(settings).map(Self)
    }

    fn match_keys(&self, claim: &Claim) -> Vec<String> {
        match &claim.address {
            Some(address) if self.compares(claim) => self.0.keys(address),
            _ => Vec::new(),
        }
    }

    fn decide(&self, request: &Request) -> Result<Decision, Failure> {
        let login: Vec<&Address> = self.emails(&request.login.claims).collect();
        if login.is_empty() {
            return Ok(Decision::mismatch("no-email", "The provider sent no address to compare."));
        }
        let mut same = Vec::new();
        let mut equivalent = Vec::new();
        let mut alike = Vec::new();
        for candidate in &request.candidates {
            match self.closest(&login, candidate, &request.today) {
                Some(Relation::Same { case }) => same.push((candidate, case)),
                Some(Relation::Equivalent(steps)) => equivalent.push((candidate, steps)),
                Some(Relation::LookAlike) => alike.push(candidate),
                None => {}
            }
        }
        Ok(match (&same[..], &equivalent[..], &alike[..]) {
            ([(candidate, case)], _, _) => {
                let how = if *case { "case" } else { "exact" };
                self.unless_number_differs(request, candidate, || {
                    Decision::matches(&candidate.member, "same-address", "The address is the member's.")
                        .param("by", how)
                })
            }
            ([], [(candidate, steps)], _) => self.unless_number_differs(request, candidate, || {
                Decision::matches(
                    &candidate.member,
                    "equivalent-address",
                    "The address is another form of the member's.",
                )
                .param("by", steps.names())
            }),
            ([(candidate, _), ..], _, _) => several(candidate, same.len()),
            ([], [(candidate, _), ..], _) => several(candidate, equivalent.len()),
            ([], [], [candidate, ..]) => {
                Decision::review(&candidate.member, "look-alike", "The address looks like the member's but is another.")
            }
            ([], [], []) => Decision::mismatch("no-member", "No member has this address."),
        })
    }
}

usher_policy::export!(sso-matching: SsoMatch);

impl SsoMatch {
    fn compares(&self, claim: &Claim) -> bool {
        self.0.settings().emails.contains(&claim.kind)
    }

    fn emails<'a>(&'a self, claims: &'a [Claim]) -> impl Iterator<Item = &'a Address> {
        claims.iter().filter(|claim| self.compares(claim)).filter_map(|c| c.address.as_ref())
    }

    /// The closest relation of any of the login's addresses with any of the candidate's.
    fn closest(&self, login: &[&Address], candidate: &Candidate, today: &str) -> Option<Relation> {
        let theirs = self.emails(&candidate.claims);
        theirs.flat_map(|own| login.iter().filter_map(|asserted| self.0.relation(asserted, own, today))).min_by_key(
            |relation| match relation {
                Relation::Same { case: false } => 0,
                Relation::Same { case: true } => 1,
                Relation::Equivalent(_) => 2,
                Relation::LookAlike => 3,
            },
        )
    }

    fn unless_number_differs(
        &self,
        request: &Request,
        candidate: &Candidate,
        otherwise: impl FnOnce() -> Decision,
    ) -> Decision {
        let asserted = value(&request.login.claims, EMPLOYEE_NUMBER);
        let own = value(&candidate.claims, EMPLOYEE_NUMBER);
        match (self.0.settings().employee_number, asserted, own) {
            (EmployeeNumber::Ignore, _, _) => otherwise(),
            (_, Some(asserted), Some(own)) if asserted == own => otherwise(),
            (_, Some(_), Some(_)) => Decision::mismatch(
                "employee-number-differs",
                "The address is the member's, but the employee number is not.",
            )
            .param("member", &candidate.member),
            (EmployeeNumber::IfBoth, _, _) => otherwise(),
            (EmployeeNumber::Required, _, _) => Decision::review(
                &candidate.member,
                "employee-number-missing",
                "The address is the member's, but one side has no employee number.",
            ),
        }
    }
}

fn several(first: &Candidate, count: usize) -> Decision {
    Decision::review(&first.member, "several-members", "Several members have this address.")
        .param("members", count.to_string())
}
