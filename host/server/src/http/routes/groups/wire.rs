//! User groups and their rules between the wire and the domain.

use usher_api::Code;
use usher_api::group::{AttributeRule, Group, GroupChange, NewGroup, Rule};
use usher_domain::group;
use usher_domain::policy::Role;

use crate::app::groups::{GroupView, change};
use crate::http::body::{field, optional};
use crate::http::problem::Failure;

pub(super) fn new(body: NewGroup) -> Result<change::NewGroup, Failure> {
    Ok(change::NewGroup {
        name: body.name,
        rule: body.rule.map(|rule| parse("/rule", rule)).transpose()?,
        plan: optional("/plan", body.plan.as_deref())?,
    })
}

pub(super) fn change(body: GroupChange) -> Result<change::GroupChange, Failure> {
    Ok(change::GroupChange {
        name: body.name,
        rule: body.rule.map(|rule| parse("/rule", rule)).transpose()?,
        plan: body.plan.map(|plan| optional("/plan", plan.as_deref())).transpose()?,
    })
}

pub(super) fn group(view: GroupView) -> Group {
    Group {
        id: view.group.id.to_string(),
        name: view.group.name,
        rule: view.group.rule.map(wire),
        plan: view.group.plan.map(|plan| plan.to_string()),
        department: view.group.department.map(|department| department.to_string()),
        members: view.members,
    }
}

/// A rule's depth was bounded by the JSON parser; how deep it may be is the domain's to say.
fn parse(pointer: &str, rule: Rule) -> Result<group::Rule, Failure> {
    let Rule { all, any, not, department, workforce_type, role, language, attribute } = rule;
    let mut found = Vec::new();
    if let Some(rules) = all {
        found.push(group::Rule::All(list(&format!("{pointer}/all"), rules)?));
    }
    if let Some(rules) = any {
        found.push(group::Rule::Any(list(&format!("{pointer}/any"), rules)?));
    }
    if let Some(rule) = not {
        found.push(group::Rule::Not(Box::new(parse(&format!("{pointer}/not"), *rule)?)));
    }
    if let Some(id) = department {
        found.push(group::Rule::Department(field(&format!("{pointer}/department"), &id)?));
    }
    found.extend(workforce_type.map(group::Rule::WorkforceType));
    if let Some(roles) = role {
        let role = |(index, text): (usize, &String)| field::<Role>(&format!("{pointer}/role/{index}"), text);
        found.push(group::Rule::Role(roles.iter().enumerate().map(role).collect::<Result<_, _>>()?));
    }
    found.extend(language.map(group::Rule::Language));
    found.extend(attribute.map(|AttributeRule { name, one_of }| group::Rule::Attribute { name, one_of }));
    match (found.pop(), found.len()) {
        (Some(only), 0) => Ok(only),
        (_, others) => {
            let given = if others == 0 { 0 } else { others + 1 };
            let detail = format!("a condition is one of `all`, `any`, `not`, `department`, …; {given} are given");
            Err(Failure::at(Code::InvalidField, pointer, detail))
        }
    }
}

fn list(pointer: &str, rules: Vec<Rule>) -> Result<Vec<group::Rule>, Failure> {
    rules.into_iter().enumerate().map(|(index, rule)| parse(&format!("{pointer}/{index}"), rule)).collect()
}

fn wire(rule: group::Rule) -> Rule {
    match rule {
        group::Rule::All(rules) => Rule { all: Some(rules.into_iter().map(wire).collect()), ..Rule::default() },
        group::Rule::Any(rules) => Rule { any: Some(rules.into_iter().map(wire).collect()), ..Rule::default() },
        group::Rule::Not(rule) => Rule { not: Some(Box::new(wire(*rule))), ..Rule::default() },
        group::Rule::Department(id) => Rule { department: Some(id.to_string()), ..Rule::default() },
        group::Rule::WorkforceType(types) => Rule { workforce_type: Some(types), ..Rule::default() },
        group::Rule::Role(roles) => {
            Rule { role: Some(roles.iter().map(ToString::to_string).collect()), ..Rule::default() }
        }
        group::Rule::Language(languages) => Rule { language: Some(languages), ..Rule::default() },
        group::Rule::Attribute { name, one_of } => {
            Rule { attribute: Some(AttributeRule { name, one_of }), ..Rule::default() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn r35_a_rule_goes_there_and_back() {
        let check = |rule: Value| {
            let parsed = parse("/rule", serde_json::from_value(rule.clone()).unwrap()).unwrap();
            assert_eq!(json!(wire(parsed)), rule);
        };
        check(json!({ "department": "dep_01h455vb4pex5vsknk084sn02q" }));
        check(json!({ "all": [
            { "any": [{ "language": ["de"] }, { "workforce_type": ["regular", "intern"] }] },
            { "not": { "role": ["primary-admin", "admin"] } },
            { "attribute": { "name": "site", "one_of": ["Berlin"] } },
        ] }));
    }

    #[test]
    fn what_is_wrong_with_a_rule_is_named() {
        let check = |rule: Value, field: &str| {
            let problem = parse("/rule", serde_json::from_value(rule.clone()).unwrap()).unwrap_err().0;
            assert_eq!((problem.code, problem.field.as_deref()), (Code::InvalidField, Some(field)), "{rule}");
        };
        check(json!({}), "/rule");
        check(json!({ "language": ["de"], "role": ["admin"] }), "/rule");
        check(json!({ "all": [{ "language": ["de"] }, {}] }), "/rule/all/1");
        check(json!({ "not": { "department": "Sales" } }), "/rule/not/department");
        check(json!({ "any": [{ "role": ["member", "boss"] }] }), "/rule/any/0/role/1");
    }
}
