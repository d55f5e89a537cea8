//! Facts and the log, as functions of scripts. Their names are those of the SDK.

use rhai::{Dynamic, Engine};
use usher_policy::facts::{self, History};
use usher_policy::log;

use crate::fields;

/// Registers the facts, `log(level, message)`, and what `print` and `debug` do: lines in the log.
pub(crate) fn register(engine: &mut Engine) {
    engine
        .register_fn("member_count", || count(facts::member_count()))
        .register_fn("member_limit", || optional(facts::member_limit().map(count)))
        .register_fn("department_path", |department: &str| {
            optional(facts::department_path(department).map(|names| fields::texts(&names)))
        })
        .register_fn("department_members", |department: &str| {
            optional(facts::department_members(department).map(count))
        })
        .register_fn("inviter_history", |member: &str| optional(facts::inviter_history(member)))
        .register_fn("domain_proof", |domain: &str| optional(facts::domain_proof(domain)))
        .register_type_with_name::<History>("History")
        .register_get("requests", |history: &mut History| count(history.requests))
        .register_get("approved", |history: &mut History| count(history.approved))
        .register_get("rejected", |history: &mut History| count(history.rejected))
        .register_fn("log", |level: &str, message: &str| match level {
            "debug" => log::debug(message),
            "warn" => log::warn(message),
            "error" => log::error(message),
            _ => log::info(message),
        })
        .on_print(log::info)
        .on_debug(|message, _, _| log::debug(message));
}

fn count(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn optional<T: Clone + 'static>(value: Option<T>) -> Dynamic {
    value.map_or(Dynamic::UNIT, Dynamic::from)
}
