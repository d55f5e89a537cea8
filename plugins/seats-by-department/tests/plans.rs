//! Whatever the rules and seats are, the decision is one the contract allows.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use seats_by_department::{Otherwise, Rule, SeatsByDepartment, Settings};
use usher_policy::seat::{SeatAssignment, Verdict};
use usher_policy::testing::{plan, seat_request};

fn plan_id() -> impl Strategy<Value = String> {
    (0..4).prop_map(|number| format!("plan_{number}"))
}

fn rule() -> impl Strategy<Value = Rule> {
    let workforce = prop::option::of(prop::sample::subsequence(vec!["regular".to_owned(), "intern".into()], 1..=2));
    (workforce, prop::sample::subsequence(vec![0, 1, 2, 3], 0..=4).prop_shuffle(), any::<bool>()).prop_map(
        |(workforce_types, plans, wait)| Rule {
            departments: None,
            under: None,
            workforce_types,
            plans: plans.into_iter().map(|number| format!("plan_{number}")).collect(),
            wait,
        },
    )
}

fn settings() -> impl Strategy<Value = Settings> {
    let otherwise = prop::sample::select(&[Otherwise::Decline, Otherwise::Offered, Otherwise::MostFree][..]);
    (prop::collection::vec(rule(), 0..3), otherwise, any::<(bool, bool)>()).prop_map(
        |(rules, otherwise, (future_plans, prefer_offered))| Settings {
            rules,
            otherwise,
            future_plans,
            prefer_offered,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn r36_plans_are_the_organisations_and_free_ones_come_first(
        settings in settings(),
        used in prop::collection::vec(0..3_u32, 4),
        intern in any::<bool>(),
        offered in prop::option::of(plan_id()),
    ) {
        let mut request = seat_request();
        request.plans = (0..3).map(|n| plan(&format!("plan_{n}"), "Plan", 2, used[n])).collect();
        request.plans[2].in_effect = false;
        request.member.workforce_type = Some(if intern { "intern" } else { "regular" }.into());
        request.offered = offered;

        let policy = SeatsByDepartment::configure(settings).map_err(|problems| format!("{problems:?}")).unwrap();
        let decision = policy.decide(&request).unwrap();
        let found: Vec<_> = decision.plans.iter()
            .map(|id| request.plans.iter().find(|plan| plan.id == *id))
            .collect();
        prop_assert!(found.iter().all(Option::is_some), "{decision:?}");
        prop_assert_eq!(decision.verdict == Verdict::Assign, !found.is_empty());
        let mut once = decision.plans.clone();
        once.sort();
        once.dedup();
        prop_assert_eq!(once.len(), decision.plans.len());
        let free: Vec<bool> = found.iter().flatten().map(|plan| plan.free() > 0).collect();
        prop_assert!(free.is_sorted_by(|earlier, later| earlier >= later), "{decision:?}");
    }
}
