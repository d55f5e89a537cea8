//! What speaks for an address, in every combination.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use join_by_domain::{Domain, JoinByDomain, Settings};
use usher_policy::approval::{Approval, Verdict};
use usher_policy::testing::{address, approval_request};

/// R21: approved if and only if the domain is listed, proved by DNS, and the address by a code.
#[test]
fn r21_nothing_less_than_all_proofs_approves() {
    let domain = Domain { name: "example.com".into(), department: None, workforce_type: None };
    let settings = Settings { domains: Some(vec![domain]), ..Settings::default() };
    let policy = JoinByDomain::configure(settings).ok().unwrap();
    let kinds = ["one-time-code", "idp-verified", "domain-dns", "domain-mail", "domain-connection"];
    for raw in ["ada@example.com", "ada@example.com.example.net", "ada@xexample.com"] {
        for combination in 0..1 << kinds.len() {
            let evidence: Vec<&str> =
                (0..kinds.len()).filter(|bit| combination >> bit & 1 == 1).map(|bit| kinds[bit]).collect();
            let mut request = approval_request();
            request.applicant.work_email = Some(address(raw, &evidence));
            let decision = policy.decide(&request).unwrap();
            let enough =
                raw == "ada@example.com" && evidence.contains(&"one-time-code") && evidence.contains(&"domain-dns");
            assert_eq!(decision.verdict == Verdict::Approve, enough, "{raw} {evidence:?}: {decision:?}");
        }
    }
}
