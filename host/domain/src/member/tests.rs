//! States and counts of a member, by rule.

use super::*;
use proptest::prelude::*;

pub(crate) fn member(progress: Progress, authority: Authority) -> Member {
    let at = Instant::from_micros(0);
    Member {
        id: MemberId::from_bytes([2; 16]),
        name: "Ada".into(),
        progress,
        suspended: false,
        deleted_at: None,
        authority,
        departments: vec![DepartmentId::from_bytes([3; 16])],
        login: Login::WorkEmail,
        business_email: None,
        work_email: Address::parse("ada@example.com").ok(),
        phone: None,
        language: None,
        workforce_type: None,
        employee_number: Some("0042".into()),
        attributes: BTreeMap::new(),
        groups: Vec::new(),
        seats: vec![PlanId::from_bytes([4; 16])],
        group_seats: Vec::new(),
        wishes: Vec::new(),
        provenance: Provenance { channel: Channel::Console, by: None, invitation: None, decision: None, at },
        created_at: at,
    }
}

proptest! {
    #[test]
    fn r32_suspending_and_resuming_changes_nothing_else(progress in prop::sample::select(Progress::ALL)) {
        let before = member(progress, Authority::Member);
        let mut after = before.clone();
        after.suspend().unwrap();
        prop_assert!(after.counts(), "suspended members count (R38)");
        prop_assert!(after.logged_in().is_err());
        after.resume().unwrap();
        prop_assert_eq!(after, before);
    }

    #[test]
    fn r32_a_deleted_member_comes_back_as_they_were_but_for_seats(
        progress in prop::sample::select(Progress::ALL),
        suspended: bool,
        days in 0i64..60,
    ) {
        let before = Member { suspended, ..member(progress, Authority::Member) };
        let mut after = before.clone();
        let freed = after.delete(before.created_at).unwrap();
        prop_assert_eq!(&freed, &before.seats);
        prop_assert!(!after.counts());
        let restored = after.restore(before.created_at.plus(days * DAY));
        prop_assert_eq!(restored.is_ok(), days <= 30);
        let expected = if days <= 30 { before.state() } else { State::Deleted };
        prop_assert_eq!(after.state(), expected);
        prop_assert!(after.seats.is_empty());
    }
}

#[test]
fn r30_from_added_to_active() {
    let mut ada = member(Progress::Added, Authority::Member);
    ada.invitation_sent();
    assert_eq!(ada.state(), State::Invited);
    assert!(!ada.has_come(), "they may still decline (R22)");
    ada.join().unwrap();
    assert!(ada.has_come());
    assert_eq!(ada.state(), State::Inactive);
    assert!(ada.join().is_err());
    ada.logged_in().unwrap();
    assert_eq!(ada.state(), State::Active);
}

#[test]
fn r19_r32_only_a_primary_admin_who_can_act_counts_as_one() {
    let mut ada = member(Progress::Active, Authority::PrimaryAdmin);
    assert!(ada.counts_as_primary_admin());
    ada.suspend().unwrap();
    assert!(!ada.counts_as_primary_admin());
    ada.delete(ada.created_at).unwrap();
    assert!(!ada.counts_as_primary_admin());
    assert!(!member(Progress::Active, Authority::Member).counts_as_primary_admin());
}

#[test]
fn r8_r19_where_seats_were_bought_login_takes_one_in_effect() {
    let plan = |starts_on: &str, ends_on: Option<&str>| Plan {
        id: PlanId::from_bytes([4; 16]),
        name: "Team".into(),
        size: 1,
        starts_on: starts_on.parse().unwrap(),
        ends_on: ends_on.map(|date| date.parse().unwrap()),
        excludes: Vec::new(),
        created_at: Instant::from_micros(0),
    };
    let check = |authority: Authority, seated: bool, plans: &[Plan], expected: Result<(), NoLogin>| {
        let mut ada = member(Progress::Active, authority);
        if !seated {
            ada.seats.clear();
        }
        assert_eq!(ada.check_login(plans, "2026-03-01".parse().unwrap()), expected, "{seated} {plans:?}");
    };
    let current = [plan("2026-01-01", None)];
    let future = [plan("2026-03-02", None)];
    let ended = [plan("2026-01-01", Some("2026-02-28"))];
    check(Authority::Member, true, &current, Ok(()));
    check(Authority::Member, false, &current, Err(NoLogin::NoSeat));
    check(Authority::Member, true, &future, Err(NoLogin::NoSeat));
    check(Authority::Member, false, &ended, Err(NoLogin::NoSeat));
    check(Authority::Member, true, &ended, Err(NoLogin::NoSeat));
    check(Authority::PrimaryAdmin, false, &ended, Ok(()));
    check(Authority::Member, false, &[], Ok(()));
    check(Authority::PrimaryAdmin, false, &current, Ok(()));
}

#[test]
fn names_are_trimmed_and_bounded() {
    assert_eq!(check_name("  Ada Lovelace "), Ok("Ada Lovelace".to_owned()));
    for bad in ["", "  ", "a\nb", "Ada\u{202e}", "\u{200b}", &"x".repeat(201)] {
        assert_eq!(check_name(bad), Err(NameError), "{bad:?}");
    }
}

#[test]
fn employee_numbers_are_trimmed_and_bounded() {
    assert_eq!(check_employee_number(" 0042 "), Ok("0042".to_owned()));
    assert_eq!(check_employee_number(&"é".repeat(100)), Ok("é".repeat(100)));
    for bad in ["", " ", "4\n2", &"4".repeat(101)] {
        assert_eq!(check_employee_number(bad), Err(EmployeeNumberError), "{bad:?}");
    }
}
