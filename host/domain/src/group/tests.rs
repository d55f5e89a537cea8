//! Who is in which group, by rule.

use super::*;
use crate::authority::Authority;
use crate::member::Progress;
use crate::member::tests::member;

fn department(n: u8) -> DepartmentId {
    DepartmentId::from_bytes([n; 16])
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn ada() -> Member {
    let mut ada = member(Progress::Active, Authority::Member);
    ada.workforce_type = Some("regular".into());
    ada.language = Some("de".into());
    ada.attributes.insert("site".into(), "Berlin".into());
    ada
}

#[test]
fn r35_a_rule_takes_by_attributes_and_their_combinations() {
    let (ada, under) = (ada(), [department(3), department(1)].into());
    let check = |rule: Rule, expected: bool| {
        assert_eq!(rule.takes(Subject { member: &ada, under: &under }), expected, "{rule:?}");
        let not = Rule::Not(Box::new(rule));
        assert_eq!(not.takes(Subject { member: &ada, under: &under }), !expected, "{not:?}");
    };
    let site = |sites: &[&str]| Rule::Attribute { name: "site".into(), one_of: texts(sites) };
    check(Rule::Department(department(3)), true);
    check(Rule::Department(department(1)), true);
    check(Rule::Department(department(2)), false);
    check(Rule::WorkforceType(texts(&["intern", "regular"])), true);
    check(Rule::WorkforceType(texts(&["intern"])), false);
    check(Rule::Role(vec![Role::Member]), true);
    check(Rule::Role(vec![Role::Admin, Role::PrimaryAdmin]), false);
    check(Rule::Language(texts(&["de"])), true);
    check(Rule::Language(texts(&["DE"])), false);
    check(site(&["Bonn", "Berlin"]), true);
    check(site(&["Bonn"]), false);
    check(Rule::Attribute { name: "floor".into(), one_of: texts(&["3"]) }, false);
    check(Rule::All(vec![site(&["Berlin"]), Rule::Language(texts(&["de"]))]), true);
    check(Rule::All(vec![site(&["Berlin"]), Rule::Language(texts(&["fr"]))]), false);
    check(Rule::Any(vec![site(&["Bonn"]), Rule::Language(texts(&["de"]))]), true);
    check(Rule::Any(vec![site(&["Bonn"]), Rule::Language(texts(&["fr"]))]), false);
}

#[test]
fn r28_the_group_of_a_department_takes_its_members_of_the_chosen_types() {
    let (ada, under) = (ada(), [department(1)].into());
    let check = |id: u8, types: &[&str], expected: bool| {
        let rule = Rule::of_department(department(id), &texts(types));
        assert_eq!(rule.takes(Subject { member: &ada, under: &under }), expected, "{id} {types:?}");
    };
    check(1, &[], true);
    check(1, &["intern", "regular"], true);
    check(1, &["intern"], false);
    check(2, &["regular"], false);
}

#[test]
fn a_rule_within_its_bounds_is_taken_and_what_exceeds_one_is_named() {
    let check = |rule: &Rule, pointer: Option<&str>| {
        let found = rule.check("/rule").err().map(|error| error.pointer);
        assert_eq!(found.as_deref(), pointer, "{rule:?}");
    };
    let deep = |levels: usize| {
        let leaf = Rule::Department(department(1));
        (1..levels).fold(leaf, |rule, _| Rule::Not(Box::new(rule)))
    };
    let wide = |conditions: usize| Rule::Any(vec![Rule::Department(department(1)); conditions]);
    check(&deep(MAX_RULE_DEPTH), None);
    check(&deep(MAX_RULE_DEPTH + 1), Some("/rule/not/not/not/not/not/not/not/not"));
    check(&wide(MAX_RULE_CONDITIONS - 1), None);
    check(&wide(MAX_RULE_CONDITIONS), Some("/rule/any/63"));
    check(&Rule::All(Vec::new()), Some("/rule/all"));
    check(&Rule::Role(Vec::new()), Some("/rule/role"));
    check(&Rule::Language(Vec::new()), Some("/rule/language"));
    check(&Rule::WorkforceType(vec!["x".into(); MAX_RULE_TEXTS + 1]), Some("/rule/workforce_type"));
    check(&Rule::All(vec![deep(1), Rule::WorkforceType(texts(&["a", ""]))]), Some("/rule/all/1/workforce_type/1"));
    let attribute = |name: &str, one_of: &[&str]| Rule::Attribute { name: name.into(), one_of: texts(one_of) };
    check(&attribute("", &["x"]), Some("/rule/attribute/name"));
    check(&attribute("site", &[]), Some("/rule/attribute/one_of"));
    check(&attribute("site", &[&"x".repeat(MAX_RULE_TEXT_BYTES + 1)]), Some("/rule/attribute/one_of/0"));
    check(&attribute("site", &[&"x".repeat(MAX_RULE_TEXT_BYTES)]), None);
}

#[test]
fn r35_static_groups_stay_until_they_are_gone_and_dynamic_ones_follow_the_rule() {
    let id = |n: u8| GroupId::from_bytes([n; 16]);
    let plan = |n: u8| Some(PlanId::from_bytes([n; 16]));
    let group = |n: u8, rule: Option<Rule>, plan: Option<PlanId>| Group {
        id: id(n),
        name: n.to_string(),
        rule,
        plan,
        department: None,
        created_at: Instant::from_micros(0),
    };
    let groups: Groups = [
        group(1, None, plan(1)),
        group(2, None, None),
        group(3, Some(Rule::Language(texts(&["de"]))), plan(1)),
        group(4, Some(Rule::Language(texts(&["fr"]))), plan(2)),
    ]
    .into_iter()
    .collect();
    let mut ada = ada();
    let under = BTreeSet::new();
    ada.groups = vec![id(1), id(4), id(9)];
    let of = groups.of(Subject { member: &ada, under: &under });
    assert_eq!(of, [id(1), id(3)], "put there; taken by the rule; not by the other; gone");
    assert_eq!(groups.plans(&of), plan(1).into_iter().collect());
    ada.delete(Instant::from_micros(1)).unwrap();
    assert!(groups.of(Subject { member: &ada, under: &under }).is_empty());
}

#[test]
fn r28_r35_groups_of_departments_take_their_members_and_do_not_count_with_the_others() {
    let (ada, under) = (ada(), [department(1), department(3)].into());
    let group = |n: u16, of: Option<u8>, rule: Rule| {
        let mut bytes = [0; 16];
        bytes[14..].copy_from_slice(&n.to_be_bytes());
        let (id, department) = (GroupId::from_bytes(bytes), of.map(department));
        let created_at = Instant::from_micros(0);
        Group { id, name: n.to_string(), rule: Some(rule), plan: None, department, created_at }
    };
    let of_department =
        |n: u16, of: u8, types: &[&str]| group(n, Some(of), Rule::of_department(department(of), &texts(types)));
    let others = |count: u16| (0..count).map(|n| group(100 + n, None, Rule::Language(texts(&["fr"]))));
    let ours = || [of_department(3, 3, &[]), of_department(1, 1, &["intern"]), of_department(2, 2, &[])];
    let check = |count: u16, expected: bool| {
        let groups: Groups = others(count).chain(ours()).collect();
        assert_eq!(groups.has_room(), expected, "{count}");
        let of: Vec<_> = groups.of(Subject { member: &ada, under: &under });
        assert_eq!(of, [of_department(3, 3, &[]).id], "not of their workforce type; not theirs");
        assert_eq!(groups.of_department(department(2)).map(|group| group.id), Some(of_department(2, 2, &[]).id));
    };
    check(999, true);
    check(1_000, false);
}
