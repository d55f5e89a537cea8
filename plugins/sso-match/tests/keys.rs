//! The host shows a member to `decide` only if it shares a key with the login: so whatever `decide` would
//! match or send to review must share one, on every day.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use sso_match::{EmployeeNumber, Rebrand, Settings, SsoMatch};
use usher_policy::sso::{SsoMatching, Verdict};
use usher_policy::testing::{candidate, email_claim, sso_request};

const DOMAINS: [&str; 4] = ["a.example", "b.example", "c.example", "d.example"];
const DAYS: [&str; 4] = ["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01"];

fn domain() -> impl Strategy<Value = String> {
    prop::sample::select(&DOMAINS[..]).prop_map(str::to_owned)
}

fn address() -> impl Strategy<Value = String> {
    // Few letters, so that addresses meet: plus tags, dots, case and look-alikes among them.
    ("[aA0olI1]{1,2}[.+а]{0,1}[aomrn]{1,2}", domain()).prop_map(|(local, domain)| format!("{local}@{domain}"))
}

fn rebrand() -> impl Strategy<Value = Rebrand> {
    (domain(), domain(), 0..DAYS.len(), 0..DAYS.len()).prop_map(|(from, to, one, other)| Rebrand {
        from,
        to,
        starts_on: DAYS[one.min(other)].into(),
        ends_on: DAYS[one.max(other)].into(),
    })
}

fn settings() -> impl Strategy<Value = Settings> {
    let domains = || prop::collection::vec(domain(), 0..3);
    (
        any::<(bool, bool)>(),
        domains(),
        domains(),
        prop::sample::subsequence(&DOMAINS[..], 0..4),
        prop::collection::vec(address(), 0..4),
        prop::collection::vec(rebrand(), 0..4),
    )
        .prop_map(|((ignore_case, review_look_alikes), plus_tags, dots, alias, aliases, rebrands)| Settings {
            ignore_case,
            plus_tags,
            dots,
            alias_domains: vec![alias.into_iter().map(str::to_owned).collect()],
            aliases: vec![aliases],
            rebrands,
            emails: vec!["work-email".into()],
            review_look_alikes,
            employee_number: EmployeeNumber::Ignore,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn r41_what_decide_relates_shares_a_key(
        settings in settings(),
        asserted in address(),
        own in address(),
        day in prop::sample::select(&DAYS[..]),
    ) {
        let policy = SsoMatch::configure(settings).map_err(|problems| format!("{problems:?}")).unwrap();
        let (asserted, own) = (email_claim(&asserted, &[]), email_claim(&own, &[]));
        let (keys, own_keys) = (policy.match_keys(&asserted), policy.match_keys(&own));
        prop_assert!(keys.len() <= 16 && keys.iter().all(|key| key.len() <= 512), "{keys:?}");

        let mut request = sso_request();
        request.today = day.into();
        request.login.claims = vec![asserted];
        request.candidates = vec![candidate("mem_1", vec![own])];
        let decision = policy.decide(&request).unwrap();
        if decision.verdict != Verdict::Mismatch {
            prop_assert!(keys.iter().any(|key| own_keys.contains(key)), "{decision:?}: {keys:?} {own_keys:?}");
        }
    }

    #[test]
    fn r41_an_address_matches_itself(settings in settings(), address in address()) {
        let policy = SsoMatch::configure(settings).map_err(|problems| format!("{problems:?}")).unwrap();
        let mut request = sso_request();
        request.login.claims = vec![email_claim(&address, &[])];
        request.candidates = vec![candidate("mem_1", vec![email_claim(&address, &[])])];
        prop_assert_eq!(policy.decide(&request).unwrap().verdict, Verdict::Match);
    }
}

#[test]
fn rebrands_that_start_from_one_domain_are_bounded() {
    let rebrand = Rebrand {
        from: "a.example".into(),
        to: "b.example".into(),
        starts_on: "2026-01-01".into(),
        ends_on: "2026-01-31".into(),
    };
    let settings = Settings { rebrands: vec![rebrand; 5], ..Settings::default() };
    let problems = SsoMatch::configure(settings).err().unwrap();
    assert_eq!(problems[0].pointer, "/rebrands/4/from");
}

#[test]
fn only_compared_claims_have_keys() {
    let policy = SsoMatch::configure(Settings::default()).ok().unwrap();
    let claim = |kind: &str| {
        let mut claim = email_claim("ada@a.example", &[]);
        claim.kind = kind.into();
        policy.match_keys(&claim)
    };
    assert_eq!(claim("work-email"), ["=ada@a.example", "?ada@a.example"]);
    assert!(claim("private-email").is_empty());
}
