//! User groups: static ones that admins fill, dynamic ones that a rule over attributes fills (R35).
//!
//! Owns the rule: its bounds, its evaluation, and where in it something is wrong. Must not know who is in
//! a group, nor how the seats of its plan are given.
//!
//! ```
//! use usher_domain::group::Rule;
//!
//! let rule = Rule::All(vec![
//!     Rule::WorkforceType(vec!["regular".into()]),
//!     Rule::Not(Box::new(Rule::Attribute { name: "site".into(), one_of: vec!["Berlin".into()] })),
//! ]);
//! assert!(rule.check("/rule").is_ok());
//! ```

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::ids::{DepartmentId, GroupId, PlanId};
use crate::member::Member;
use crate::policy::Role;
use crate::time::Instant;

/// Most groups of an organisation, those of departments aside: of them there may be as many as departments (R37).
pub const MAX_GROUPS: usize = 1_000;
/// Most conditions within conditions.
pub const MAX_RULE_DEPTH: usize = 8;
/// Most conditions of one rule, the combining ones among them.
pub const MAX_RULE_CONDITIONS: usize = 64;
/// Most texts one condition compares with.
pub const MAX_RULE_TEXTS: usize = 100;
/// Most bytes of a text in a rule.
pub const MAX_RULE_TEXT_BYTES: usize = 256;

/// A user group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// 1 to 200 characters, unlike the other groups' that are no department's.
    pub name: String,
    /// Who is in it; without a rule, whom admins put there.
    pub rule: Option<Rule>,
    /// The plan a seat of which each of its members gets (R35).
    pub plan: Option<PlanId>,
    /// The department whose group it is (R28): it has that one's name and goes with it.
    pub department: Option<DepartmentId>,
    /// When it was made.
    pub created_at: Instant,
}

/// Who is in a dynamic group. Texts are compared byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Whoever every one of these takes.
    All(Vec<Rule>),
    /// Whoever one of these takes.
    Any(Vec<Rule>),
    /// Whoever this does not take.
    Not(Box<Rule>),
    /// Members of this department, or of one below it.
    Department(DepartmentId),
    /// Whose workforce type is one of these.
    WorkforceType(Vec<String>),
    /// Whose role is one of these.
    Role(Vec<Role>),
    /// Whose own language is one of these.
    Language(Vec<String>),
    /// Whose attribute of this name is one of these.
    Attribute {
        /// The attribute.
        name: String,
        /// What it may be.
        one_of: Vec<String>,
    },
}

/// What a rule cannot be, and where in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {what}")]
pub struct RuleError {
    /// JSON Pointer (RFC 6901) to the condition.
    pub pointer: String,
    /// What is wrong with it, and what to do.
    pub what: String,
    /// The bound it passes, if that is wrong: its name and how much it allows.
    pub beyond: Option<(&'static str, usize)>,
}

impl RuleError {
    fn new(pointer: impl Into<String>, what: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), what: what.into(), beyond: None }
    }

    fn beyond(self, bound: &'static str, limit: usize) -> Self {
        Self { beyond: Some((bound, limit)), ..self }
    }
}

/// Somebody as rules see them.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Who.
    pub member: &'a Member,
    /// Their departments and all above these.
    pub under: &'a BTreeSet<DepartmentId>,
}

impl Rule {
    /// Refuses a rule that is empty somewhere, too deep or too large; `pointer` leads to the rule itself.
    pub fn check(&self, pointer: &str) -> Result<(), RuleError> {
        let mut conditions = 0;
        self.check_at(pointer, 1, &mut conditions)
    }

    /// Whom the group of a department takes (R28): its members and those of all below it, of these workforce types
    /// or of any if none is named.
    pub fn of_department(department: DepartmentId, workforce_types: &[String]) -> Self {
        let members = Self::Department(department);
        if workforce_types.is_empty() {
            return members;
        }
        Self::All(vec![members, Self::WorkforceType(workforce_types.to_vec())])
    }

    /// Whether the rule takes somebody.
    pub fn takes(&self, subject: Subject<'_>) -> bool {
        let member = subject.member;
        let is_one_of = |value: Option<&String>, texts: &[String]| value.is_some_and(|value| texts.contains(value));
        match self {
            Self::All(rules) => rules.iter().all(|rule| rule.takes(subject)),
            Self::Any(rules) => rules.iter().any(|rule| rule.takes(subject)),
            Self::Not(rule) => !rule.takes(subject),
            Self::Department(department) => subject.under.contains(department),
            Self::WorkforceType(types) => is_one_of(member.workforce_type.as_ref(), types),
            Self::Role(roles) => roles.contains(&member.role()),
            Self::Language(languages) => is_one_of(member.language.as_ref(), languages),
            Self::Attribute { name, one_of } => is_one_of(member.attributes.get(name), one_of),
        }
    }

    /// Bytes that it takes in memory, but for what lists have room for.
    fn bytes(&self) -> usize {
        let texts = |texts: &[String]| texts.iter().map(|text| size_of::<String>() + text.len()).sum::<usize>();
        size_of::<Self>()
            + match self {
                Self::All(rules) | Self::Any(rules) => rules.iter().map(Self::bytes).sum(),
                Self::Not(rule) => rule.bytes(),
                Self::Department(_) => 0,
                Self::WorkforceType(types) => texts(types),
                Self::Role(roles) => size_of_val(roles.as_slice()),
                Self::Language(languages) => texts(languages),
                Self::Attribute { name, one_of } => name.len() + texts(one_of),
            }
    }

    /// The departments it names.
    pub fn departments(&self) -> Vec<DepartmentId> {
        match self {
            Self::All(rules) | Self::Any(rules) => rules.iter().flat_map(Self::departments).collect(),
            Self::Not(rule) => rule.departments(),
            Self::Department(department) => vec![*department],
            Self::WorkforceType(_) | Self::Role(_) | Self::Language(_) | Self::Attribute { .. } => Vec::new(),
        }
    }

    fn check_at(&self, pointer: &str, depth: usize, conditions: &mut usize) -> Result<(), RuleError> {
        *conditions += 1;
        if depth > MAX_RULE_DEPTH {
            let what = format!("conditions lie deeper than {MAX_RULE_DEPTH} levels: make the rule flatter");
            return Err(RuleError::new(pointer, what).beyond("rule_levels", MAX_RULE_DEPTH));
        }
        if *conditions > MAX_RULE_CONDITIONS {
            let what = format!("the rule has more than {MAX_RULE_CONDITIONS} conditions: split the group");
            return Err(RuleError::new(pointer, what).beyond("rule_conditions", MAX_RULE_CONDITIONS));
        }
        match self {
            Self::All(rules) | Self::Any(rules) => {
                let name = if matches!(self, Self::All(_)) { "all" } else { "any" };
                let list = format!("{pointer}/{name}");
                if rules.is_empty() {
                    return Err(RuleError::new(list, "no condition: give at least one"));
                }
                let mut rules = rules.iter().enumerate();
                rules.try_for_each(|(index, rule)| rule.check_at(&format!("{list}/{index}"), depth + 1, conditions))
            }
            Self::Not(rule) => rule.check_at(&format!("{pointer}/not"), depth + 1, conditions),
            Self::Department(_) => Ok(()),
            Self::WorkforceType(texts) => check_texts(texts, &format!("{pointer}/workforce_type")),
            Self::Role(roles) if roles.is_empty() => {
                Err(RuleError::new(format!("{pointer}/role"), "no role: give at least one"))
            }
            Self::Role(_) => Ok(()),
            Self::Language(texts) => check_texts(texts, &format!("{pointer}/language")),
            Self::Attribute { name, one_of } => {
                check_text(name, &format!("{pointer}/attribute/name"))?;
                check_texts(one_of, &format!("{pointer}/attribute/one_of"))
            }
        }
    }
}

fn check_texts(texts: &[String], pointer: &str) -> Result<(), RuleError> {
    if texts.is_empty() {
        return Err(RuleError::new(pointer, "no text: give at least one"));
    }
    if texts.len() > MAX_RULE_TEXTS {
        let what = format!("{} texts: give at most {MAX_RULE_TEXTS}", texts.len());
        return Err(RuleError::new(pointer, what).beyond("rule_texts", MAX_RULE_TEXTS));
    }
    texts.iter().enumerate().try_for_each(|(index, text)| check_text(text, &format!("{pointer}/{index}")))
}

fn check_text(text: &str, pointer: &str) -> Result<(), RuleError> {
    if text.is_empty() {
        return Err(RuleError::new(pointer, "an empty text: write one, or leave it out"));
    }
    if text.len() > MAX_RULE_TEXT_BYTES {
        let what = format!("a text has at most {MAX_RULE_TEXT_BYTES} bytes");
        return Err(RuleError::new(pointer, what).beyond("rule_text_bytes", MAX_RULE_TEXT_BYTES));
    }
    Ok(())
}

/// The groups of an organisation as they bear on one member.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    /// In order of id.
    all: Vec<Group>,
    /// Where those of departments are: each takes nobody who is in another department.
    of_departments: BTreeMap<DepartmentId, usize>,
    /// Where the others are.
    others: Vec<usize>,
}

impl FromIterator<Group> for Groups {
    fn from_iter<I: IntoIterator<Item = Group>>(groups: I) -> Self {
        let mut groups = Self { all: groups.into_iter().collect(), ..Self::default() };
        groups.all.sort_unstable_by_key(|group| group.id);
        for (at, group) in groups.all.iter().enumerate() {
            match group.department {
                Some(department) => {
                    groups.of_departments.insert(department, at);
                }
                None => groups.others.push(at),
            }
        }
        groups
    }
}

impl Groups {
    /// All of them, in order of id.
    pub fn iter(&self) -> std::slice::Iter<'_, Group> {
        self.all.iter()
    }

    /// Bytes that they take in memory, but for what lists have room for.
    pub fn bytes(&self) -> usize {
        let one = |group: &Group| size_of::<Group>() + group.name.len() + group.rule.as_ref().map_or(0, Rule::bytes);
        self.all.iter().map(one).sum()
    }

    /// Whether there may be one more that is no department's.
    pub const fn has_room(&self) -> bool {
        self.others.len() < MAX_GROUPS
    }

    /// The groups somebody is in: the static ones they are in already and that are still there, and the
    /// dynamic ones whose rules take them; none once they are deleted. In order of id.
    pub fn of(&self, subject: Subject<'_>) -> Vec<GroupId> {
        if !subject.member.counts() {
            return Vec::new();
        }
        let of_theirs = subject.under.iter().filter_map(|department| self.of_departments.get(department));
        let may_be = self.others.iter().chain(of_theirs).map(|at| &self.all[*at]);
        let is_in = |group: &&Group| match &group.rule {
            Some(rule) => rule.takes(subject),
            None => subject.member.groups.contains(&group.id),
        };
        let mut groups: Vec<_> = may_be.filter(is_in).map(|group| group.id).collect();
        groups.sort_unstable();
        groups
    }

    /// The plans a seat of which these groups give.
    pub fn plans(&self, groups: &[GroupId]) -> BTreeSet<PlanId> {
        groups.iter().filter_map(|id| self.get(*id)?.plan).collect()
    }

    /// The group of an id.
    pub fn get(&self, id: GroupId) -> Option<&Group> {
        self.all.binary_search_by_key(&id, |group| group.id).ok().map(|at| &self.all[at])
    }

    /// The group of a department, if it has one.
    pub fn of_department(&self, department: DepartmentId) -> Option<&Group> {
        self.of_departments.get(&department).map(|at| &self.all[*at])
    }

    /// The first group whose rule names a department, so that moving one can change who is in a group.
    pub fn first_by_department(&self) -> Option<GroupId> {
        let by_department = |group: &&Group| group.rule.as_ref().is_some_and(|rule| !rule.departments().is_empty());
        self.all.iter().find(by_department).map(|group| group.id)
    }
}

#[cfg(test)]
mod tests;
