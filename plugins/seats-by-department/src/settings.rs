//! What an organisation sets, and what is wrong with it.

use serde::Deserialize;
use usher_policy::SettingsProblem;

/// The settings document.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The first rule that fits the member decides.
    pub rules: Vec<Rule>,
    /// What happens if no rule fits.
    #[serde(default)]
    pub otherwise: Otherwise,
    /// Whether a plan that is not yet in effect may be given (R8).
    #[serde(default = "yes")]
    pub future_plans: bool,
    /// Whether what the invitation or the group offers comes before the rule's own order, if the rule
    /// allows it.
    #[serde(default = "yes")]
    pub prefer_offered: bool,
}

/// Whom a rule fits, all of its conditions, and what they get.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The member is in one of these departments, `dep_…`.
    pub departments: Option<Vec<String>>,
    /// One of the member's departments is this one or below: names from the root down, the root itself
    /// left out. Asks the fact `departments`.
    pub under: Option<Vec<String>>,
    /// The member's workforce type is one of these.
    pub workforce_types: Option<Vec<String>>,
    /// Plans, `plan_…`, preferred first; none: no seat for those whom the rule fits.
    pub plans: Vec<String>,
    /// Whether to keep a wish for the first plan if none of them has a free seat (R36).
    #[serde(default = "yes")]
    pub wait: bool,
}

/// What happens if no rule fits.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Otherwise {
    /// No seat.
    #[default]
    Decline,
    /// What the invitation or the group offers, else no seat.
    Offered,
    /// What is offered, else the plan in effect with most free seats.
    MostFree,
}

fn yes() -> bool {
    true
}

impl Settings {
    /// Everything wrong with the settings that their types do not say.
    pub fn problems(&self) -> Vec<SettingsProblem> {
        let mut problems = Vec::new();
        for (index, rule) in self.rules.iter().enumerate() {
            let at = |setting: &str| format!("/rules/{index}/{setting}");
            for (number, plan) in rule.plans.iter().enumerate() {
                if !plan.starts_with("plan_") {
                    problems.push(SettingsProblem::new(
                        format!("{}/{number}", at("plans")),
                        "must be the id of a plan, `plan_…`",
                    ));
                }
                if rule.plans[..number].contains(plan) {
                    problems.push(SettingsProblem::new(format!("{}/{number}", at("plans")), "is there twice"));
                }
            }
            for (number, department) in rule.departments.iter().flatten().enumerate() {
                if !department.starts_with("dep_") {
                    problems.push(SettingsProblem::new(
                        format!("{}/{number}", at("departments")),
                        "must be the id of a department, `dep_…`",
                    ));
                }
            }
            let lists = [
                ("departments", &rule.departments),
                ("under", &rule.under),
                ("workforce_types", &rule.workforce_types),
            ];
            for (name, list) in lists {
                if list.as_ref().is_some_and(Vec::is_empty) {
                    problems.push(SettingsProblem::new(
                        at(name),
                        "is empty and fits nobody: leave it out to fit everybody",
                    ));
                }
            }
        }
        problems
    }
}
