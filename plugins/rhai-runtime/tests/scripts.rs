//! What scripts see and say, run natively: the same code as in the sandbox, but for its limits.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use rhai_runtime::{Point, Script};
use usher_policy::sso::Verdict;
use usher_policy::testing::{
    Facts, address, approval_request, candidate, email_claim, plan, seat_request, sso_request, take_log,
};
use usher_policy::{Failure, approval, seat, sso};

const JOIN: &str = include_str!("../../../policies/join-by-domain/policy.rhai");
const SEATS: &str = include_str!("../../../policies/seats-by-department/policy.rhai");
const SSO: &str = include_str!("../../../policies/sso-match/policy.rhai");

fn script(text: &str, point: Point, settings: &str) -> Script {
    let mut script = Script::parse(text, point).unwrap();
    script.configure(settings).unwrap();
    script
}

fn ask<R: 'static, D: Clone + 'static>(script: &mut Script, request: R) -> Result<D, Failure> {
    script.decide(Box::leak(Box::new(request)))
}

/// Runs the body of `decide` as an approval script.
fn approve(body: &str) -> Result<approval::Decision, Failure> {
    let text = format!("fn decide(request) {{ {body} }}");
    let mut request = approval_request();
    request.applicant.work_email = Some(address("Ada@Example.com", &["one-time-code"]));
    ask(&mut script(&text, Point::Approval, "{}"), request)
}

fn check_load(text: &str, point: Point, at: (u32, u32), says: &str) {
    let error = Script::parse(text, point).err().unwrap();
    assert_eq!((error.line, error.column), at, "{error:?}");
    assert!(error.text.contains(says), "{error:?}");
}

#[test]
fn what_cannot_be_loaded_says_where() {
    let fine = "fn decide(request) { approve(\"a\", \"b\") }";
    check_load("fn decide(request) {\n  approve(\"a\"\n}", Point::Approval, (3, 1), "Expecting");
    check_load("", Point::Approval, (0, 0), "`decide`");
    check_load("fn decide(a, b) { a }", Point::Approval, (0, 0), "one parameter");
    check_load(fine, Point::SsoMatching, (0, 0), "`match_keys`");
    check_load(&format!("{fine}\nlet x = 1;"), Point::Approval, (2, 1), "only functions");
    check_load("fn decide(r) { eval(\"1\") }", Point::Approval, (1, 16), "reserved");
    check_load("fn decide(r) { import \"x\" as x; }", Point::Approval, (1, 16), "import");
    let deep = format!("fn decide(r) {{ {}1{} }}", "(".repeat(200), ")".repeat(200));
    check_load(&deep, Point::Approval, (1, 38), "complexity");
}

#[test]
fn a_script_sees_the_row_of_an_import_and_none_where_there_is_none() {
    let text = r#"fn decide(request) {
        if request.row == () { return approve("by-invitation", "They stand in no sheet."); }
        if "dep_board" in request.row.departments { return reject("board", "Nobody is imported there."); }
        review("imported", `${request.row.importer} ${request.row.importer_role}`)
    }"#;
    let check = |row: Option<&[&str]>, verdict: approval::Verdict, says: &str| {
        let row = row.map(|departments| approval::Row {
            departments: departments.iter().map(|department| (*department).to_owned()).collect(),
            importer: Some("mem_ada".into()),
            importer_role: Some("admin".into()),
        });
        let request = approval::Request { row, ..approval_request() };
        let decision: approval::Decision = ask(&mut script(text, Point::Approval, "{}"), request).unwrap();
        assert_eq!((decision.verdict, decision.reasons[0].text.as_str()), (verdict, says));
    };
    check(None, approval::Verdict::Approve, "They stand in no sheet.");
    check(Some(&["dep_sales", "dep_board"]), approval::Verdict::Reject, "Nobody is imported there.");
    check(Some(&["dep_sales"]), approval::Verdict::Review, "mem_ada admin");
}

fn check_failure(body: &str, code: &str, says: &str) {
    let failure = approve(body).unwrap_err();
    assert_eq!(failure.code, code, "{body}: {failure:?}");
    assert!(failure.text.contains(says), "{body}: {failure:?}");
    assert!(failure.text.len() <= 1_024, "{body}");
}

#[test]
fn what_a_script_gets_wrong_is_a_failure() {
    check_failure("nothing", "script-error", "nothing");
    check_failure("\n1 / 0", "script-error", "line 2");
    check_failure("request.applicant.age", "script-error", "age");
    check_failure("42", "script-error", "must return a decision, not `i64`");
    check_failure("throw \"no\"", "script-error", "no");
    check_failure("throw fail(\"own-code\", \"because\")", "own-code", "because");
    check_failure("assign(\"plan_1\", \"a\", \"b\")", "script-error", "assign");
    check_failure("let s = \"ab\"; for i in 0..12 { s += s; } throw s", "script-error", "abab");
    check_failure("sleep(1)", "script-error", "sleep");
    check_failure("timestamp()", "script-error", "timestamp");
}

#[test]
fn recursion_ends_in_an_error() {
    let text = "fn again(n) { again(n + 1) } fn decide(request) { again(0) }";
    let failure =
        ask::<_, approval::Decision>(&mut script(text, Point::Approval, "{}"), approval_request()).unwrap_err();
    assert!(failure.text.contains("Stack overflow"), "{failure:?}");
}

#[test]
fn decisions_carry_what_the_methods_add() {
    let decision = approve(
        "approve(\"a\", \"b\").param(\"n\", 3).because(\"c\", \"d\").oblige(\"notify-approvers\")\
         .oblige(\"require-proof\", \"of\", \"phone\").place_in(\"dep_1\", ())",
    )
    .unwrap();
    assert_eq!(decision.verdict, approval::Verdict::Approve);
    assert_eq!(decision.reasons[0].params[0].value, "3");
    assert_eq!(decision.reasons[1].code, "c");
    assert_eq!(decision.obligations[1].params[0].value, "phone");
    assert_eq!(decision.placement.unwrap().department.as_deref(), Some("dep_1"));
}

#[test]
fn facts_and_log_reach_the_host() {
    Facts { member_count: 7, ..Facts::default() }.install();
    let decision = approve("print(`members: ${member_count()}`); log(\"warn\", \"mind\"); approve(\"a\", \"b\")");
    assert!(decision.is_ok(), "{decision:?}");
    let lines: Vec<String> = take_log().into_iter().map(|(_, line)| line).collect();
    assert_eq!(lines, ["members: 7", "mind"]);
}

fn check_settings(text: &str, point: Point, settings: &str, pointer: &str) {
    let problems = Script::parse(text, point).unwrap().configure(settings).unwrap_err();
    assert_eq!(problems[0].pointer, pointer, "{settings}: {problems:?}");
}

#[test]
fn settings_that_do_not_fit_are_pointed_at() {
    check_settings(JOIN, Point::Approval, "{", "");
    check_settings(JOIN, Point::Approval, r#"{"domain": []}"#, "/domain");
    check_settings(JOIN, Point::Approval, r#"{"domains": []}"#, "/domains");
    check_settings(JOIN, Point::Approval, r#"{"domains": ["example.com", "Example.org"]}"#, "/domains/1");
    check_settings(JOIN, Point::Approval, r#"{"other_domains": "approve"}"#, "/other_domains");
    check_settings(JOIN, Point::Approval, r#"{"max_rejected": -1}"#, "/max_rejected");
    check_settings(SEATS, Point::SeatAssignment, "{}", "/rules");
    check_settings(SEATS, Point::SeatAssignment, r#"{"rules": [{"plan": 1}]}"#, "/rules/0/plan");
    check_settings(SSO, Point::SsoMatching, r#"{"plus_tags": "example.com"}"#, "/plus_tags");
}

#[test]
fn r21_addresses_on_listed_domains_come_in() {
    let mut script = script(JOIN, Point::Approval, r#"{"domains": ["example.com"], "other_domains": "reject"}"#);
    let mut check = |raw: &str, evidence: &[&str], verdict, code: &str| {
        let mut request = approval_request();
        request.applicant.work_email = Some(address(raw, evidence));
        let decision: approval::Decision = ask(&mut script, request).unwrap();
        assert_eq!((decision.verdict, decision.reasons[0].code.as_str()), (verdict, code), "{raw}");
    };
    use approval::Verdict::{Approve, Reject, Review};
    check("Ada@Example.com", &["one-time-code", "domain-dns"], Approve, "verified-domain");
    check("ada@example.com", &["domain-dns"], Review, "address-not-proved");
    check("ada@example.com", &["one-time-code"], Review, "domain-not-verified");
    check("ada@example.org", &["one-time-code", "domain-dns"], Reject, "other-domain");
}

#[test]
fn r36_seats_go_where_one_is_free() {
    Facts {
        department_paths: [("dep_1".to_owned(), vec!["Root".into(), "Engineering".into()])].into(),
        ..Facts::default()
    }
    .install();
    let mut script = script(
        SEATS,
        Point::SeatAssignment,
        r#"{"rules": [{"workforce_types": ["contractor"], "plans": []},
                      {"under": "Engineering", "plans": ["plan_1", "plan_2"]}]}"#,
    );
    let mut check = |workforce: Option<&str>, department: &str, plans: &[&str], code: &str| {
        let mut request = seat_request();
        request.plans = vec![plan("plan_1", "One", 5, 5), plan("plan_2", "Two", 5, 4)];
        request.member.workforce_type = workforce.map(str::to_owned);
        request.member.departments = vec![department.into()];
        let decision: seat::Decision = ask(&mut script, request).unwrap();
        assert_eq!(
            (&decision.plans[..], decision.reasons[0].code.as_str()),
            (&plans.iter().map(|&plan| plan.to_owned()).collect::<Vec<_>>()[..], code)
        );
    };
    check(Some("regular"), "dep_1", &["plan_2", "plan_1"], "rule");
    check(Some("contractor"), "dep_1", &[], "no-seat-by-rule");
    check(None, "dep_2", &[], "no-rule");
}

#[test]
fn r41_logins_match_through_case_and_plus_tag() {
    let mut script = script(SSO, Point::SsoMatching, r#"{"plus_tags": ["example.com"]}"#);
    let mut check = |asserted: &str, verdict, code: &str| {
        let mut request = sso_request();
        request.login.claims = vec![email_claim(asserted, &["idp-verified"])];
        request.candidates = vec![candidate("mem_1", vec![email_claim("ada@example.com", &[])])];
        let decision: sso::Decision = ask(&mut script, request).unwrap();
        assert_eq!((decision.verdict, decision.reasons[0].code.as_str()), (verdict, code), "{asserted}");
    };
    check("Ada+SSO@Example.com", Verdict::Match, "same-address");
    check("grace@example.com", Verdict::Mismatch, "no-member");
    let claim = Box::leak(Box::new(email_claim("Ada+SSO@Example.com", &[])));
    assert_eq!(script.match_keys(claim).unwrap(), ["ada@example.com"]);
}
