//! What a script for the decision point `seat-assignment` sees.

use rhai::{Array, Dynamic, Engine, EvalAltResult};
use usher_policy::seat::{Decision, Member, Plan, Request};

use crate::fields::{self, explained, fields};

/// Registers the request's fields and `assign(plans, code, text)`, with one plan or a list, and `decline`.
pub(crate) fn register(engine: &mut Engine) {
    fields::register(engine);
    fields!(engine, Request as "Request" {
        organisation: record, at: instant, today: text, occasion: text, member: record, plans: records,
        offered: optional_text,
    });
    fields!(engine, Member as "Member" {
        id: optional_text, name: text, work_email: optional_record, departments: texts,
        workforce_type: optional_text, role: text, groups: texts, holds: texts, attributes: pairs,
    });
    fields!(engine, Plan as "Plan" {
        id: text, name: text, starts_on: text, ends_on: optional_text, in_effect: flag, bought: number,
        used: number, reserved: number,
    });
    engine.register_get("free", |plan: &mut &'static Plan| i64::from(plan.free()));
    explained!(engine, Decision)
        .register_fn("assign", |plan: &str, code: &str, text: &str| Decision::assign([plan], code, text))
        .register_fn("assign", assign)
        .register_fn("decline", |code: &str, text: &str| Decision::decline(code, text));
}

fn assign(plans: Array, code: &str, text: &str) -> Result<Decision, Box<EvalAltResult>> {
    let plans: Result<Vec<String>, &str> = plans.into_iter().map(Dynamic::into_string).collect();
    let plans = plans.map_err(|found| format!("`assign` takes ids of plans, not a list with `{found}`"))?;
    Ok(Decision::assign(plans, code, text))
}
