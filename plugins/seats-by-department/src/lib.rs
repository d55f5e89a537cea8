//! Seat policy `seats-by-department`: which plan a member sits on, by department, workforce type and what
//! is free (R7, R8, R18, R36).
//!
//! Owns: the choice and order of plans. Knows nothing of how seats are counted: the host takes the first
//! plan named here that has a seat free, whatever the policy thought.
//!
//! Settings:
//!
//! ```json
//! {
//!   "rules": [
//!     { "under": ["Engineering"], "workforce_types": ["regular", "intern"], "plans": ["plan_…"] },
//!     { "departments": ["dep_…"], "plans": ["plan_…", "plan_…"], "wait": false },
//!     { "workforce_types": ["contractor"], "plans": [] }
//!   ],
//!   "otherwise": "decline",
//!   "future_plans": true,
//!   "prefer_offered": true
//! }
//! ```
//!
//! Reasons: `rule` (with its number from 0), `offered`, `most-free` assign; `no-seat-by-rule`,
//! `no-plan-left`, `none-free`, `no-rule` decline.

mod settings;

use usher_policy::seat::{Decision, Plan, Request, SeatAssignment};
use usher_policy::{Failure, SettingsProblem, facts};

pub use settings::{Otherwise, Rule, Settings};

/// The policy with an organisation's settings.
pub struct SeatsByDepartment(Settings);

impl SeatAssignment for SeatsByDepartment {
    type Settings = Settings;

    fn configure(settings: Settings) -> Result<Self, Vec<SettingsProblem>> {
        let problems = settings.problems();
        if problems.is_empty() { Ok(Self(settings)) } else { Err(problems) }
    }

    fn decide(&self, request: &Request) -> Result<Decision, Failure> {
        let rule = self.0.rules.iter().position(|rule| fits(rule, request));
        Ok(match rule {
            Some(index) => self.by_rule(index, request),
            None => self.otherwise(request),
        })
    }
}

usher_policy::export!(seat-assignment: SeatsByDepartment);

impl SeatsByDepartment {
    fn by_rule(&self, index: usize, request: &Request) -> Decision {
        let rule = &self.0.rules[index];
        let number = index.to_string();
        if rule.plans.is_empty() {
            return Decision::decline("no-seat-by-rule", "The rule gives these members no seat.").param("rule", number);
        }
        let mut plans: Vec<&Plan> = rule.plans.iter().filter_map(|id| self.usable(id, request)).collect();
        if plans.is_empty() {
            return Decision::decline(
                "no-plan-left",
                "The organisation has none of the rule's plans any more, or none yet in effect.",
            )
            .param("rule", number);
        }
        let offered = request.offered.as_deref().filter(|_| self.0.prefer_offered);
        // Stable, so the rule's order stands among plans of the same kind.
        plans.sort_by_key(|plan| (plan.free() == 0, offered != Some(plan.id.as_str())));
        if plans[0].free() == 0 {
            if !rule.wait {
                return Decision::decline("none-free", "None of the rule's plans has a free seat.")
                    .param("rule", number);
            }
            // The wish goes to the first: the one the organisation prefers.
            plans.sort_by_key(|plan| rule.plans.iter().position(|id| *id == plan.id));
        }
        assign(&plans, "rule", "A rule on department and workforce type.").param("rule", number)
    }

    fn otherwise(&self, request: &Request) -> Decision {
        let none = || Decision::decline("no-rule", "No rule fits the member.");
        let offered = request.offered.as_deref().and_then(|id| self.usable(id, request));
        match (self.0.otherwise, offered) {
            (Otherwise::Decline, _) | (Otherwise::Offered, None) => none(),
            (Otherwise::Offered | Otherwise::MostFree, Some(plan)) => {
                assign(&[plan], "offered", "No rule fits; the plan was offered.")
            }
            (Otherwise::MostFree, None) => {
                let free = request.plans.iter().filter(|plan| plan.in_effect && plan.free() > 0);
                // The first in order of id wins a tie.
                match free.rev().max_by_key(|plan| plan.free()) {
                    Some(plan) => assign(&[plan], "most-free", "No rule fits; the plan has the most free seats."),
                    None => none(),
                }
            }
        }
    }

    fn usable<'a>(&self, id: &str, request: &'a Request) -> Option<&'a Plan> {
        let plan = request.plans.iter().find(|plan| plan.id == id)?;
        (plan.in_effect || self.0.future_plans).then_some(plan)
    }
}

fn assign(plans: &[&Plan], code: &str, text: &str) -> Decision {
    Decision::assign(plans.iter().map(|plan| plan.id.as_str()), code, text)
}

fn fits(rule: &Rule, request: &Request) -> bool {
    let member = &request.member;
    let workforce = rule
        .workforce_types
        .as_ref()
        .is_none_or(|types| member.workforce_type.as_ref().is_some_and(|workforce| types.contains(workforce)));
    let departments = rule
        .departments
        .as_ref()
        .is_none_or(|ids| member.departments.iter().any(|department| ids.contains(department)));
    // Last, since it asks the host.
    workforce
        && departments
        && rule.under.as_ref().is_none_or(|top| member.departments.iter().any(|department| is_under(department, top)))
}

/// Whether the path of the department, its root left out, starts with the names `top`.
fn is_under(department: &str, top: &[String]) -> bool {
    facts::department_path(department).is_some_and(|path| path.get(1..).is_some_and(|below| below.starts_with(top)))
}
