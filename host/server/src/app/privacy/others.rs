//! What rows about one person hold about others: it is left out of what the person is shown.
//!
//! A login that was nobody's names up to sixteen members whom it might have been, and an admin's entries in the trail
//! name whomever the admin worked on. Must not know how rows are found.

use serde_json::Value;
use usher_domain::policy::DecisionPoint;

use super::finder::{Finder, Written};
use crate::app::audit::read::Shown;

/// Leaves out of a decision about a login what is not the person's.
pub(super) fn leave_out_of_decision(finder: &Finder, decision: &mut Value, written: Written) {
    if decision["point"] != DecisionPoint::SsoMatching.as_str() {
        return;
    }
    let matched = finder.is(&decision["effect"]["target"]);
    let left_out = |asked: &mut Value| leave_out_of_login(finder, asked, matched, written);
    if decision.get_mut("request").is_some_and(left_out) {
        decision["answer"] = Value::Null;
    }
}

/// Leaves out of an entry of the trail what is not the person's: all that changed, if they did no more than do it.
pub(super) fn leave_out_of_entry(finder: &Finder, shown: &mut Shown, about: bool, written: Written) {
    if !about {
        (shown.values.before, shown.values.after) = (None, None);
    }
    if let Some(after) = shown.values.after.as_mut().filter(|after| after["candidates"].is_array())
        && leave_out_of_login(finder, after, false, written)
    {
        after["reasons"] = Value::Null;
    }
    for bot in [&mut shown.values.before, &mut shown.values.after].into_iter().flatten() {
        leave_out_of_bot(finder, bot, written);
    }
}

/// Leaves out whom else a chat bot speaks for.
pub(super) fn leave_out_of_bot(finder: &Finder, bot: &mut Value, written: Written) {
    if let Some(approvers) = bot.get_mut("approvers").and_then(Value::as_object_mut) {
        approvers.retain(|user, member| finder.is(member) || finder.names(user, written));
    }
}

/// Leaves out the other candidates, and what was asserted unless the login was matched to the person or asserts an
/// address of theirs. Whether that was anything: then what policies said may be about it too.
fn leave_out_of_login(finder: &Finder, asked: &mut Value, matched: bool, written: Written) -> bool {
    let candidates = asked.get_mut("candidates").and_then(Value::as_array_mut);
    let others = candidates.map_or(0, |candidates| {
        let all = candidates.len();
        candidates.retain(|candidate| finder.is(&candidate["member"]));
        all - candidates.len()
    });
    let own = |login: &Value| matched || finder.names(&login.to_string(), written);
    let anothers = asked.get_mut("login").filter(|login| !own(login)).map(Value::take);
    others > 0 || anothers.is_some()
}
