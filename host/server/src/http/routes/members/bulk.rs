//! `/v1/orgs/{org}/members/bulk`: one action on many members.

use std::sync::Arc;

use axum::extract::State;
use usher_api::bulk::{BulkAction, BulkChange, BulkEffects, BulkItem, BulkResult, BulkTotals};
use usher_domain::ids::MemberId;

use crate::app::actor::{By, Managing};
use crate::app::members::bulk::{self, Action, Effects, Outcome};
use crate::app::members::edit::Edit;
use crate::http::Host;
use crate::http::body::{Body, field, optional};
use crate::http::problem::{Answer, Failure};
use crate::http::reply::Shown;

/// Does one thing to many members, to each on its own, or says what it would do (R31, R32).
#[utoipa::path(
    post, path = "/v1/orgs/{org}/members/bulk", tag = "members", request_body = BulkChange,
    responses((status = 200, body = BulkResult))
)]
pub(super) async fn change_members(
    State(host): State<Arc<Host>>,
    by: By<Managing>,
    Body(body): Body<BulkChange>,
) -> Answer<Shown<BulkResult>> {
    let (ids, action) = (ids(&body.members)?, action(body.action)?);
    let outcomes = match body.preview {
        true => bulk::preview(&host.app, &by, &ids, &action).await?,
        false => bulk::apply(&host.app, &by, &ids, &action).await?,
    };
    Ok(Shown(result(body.preview, outcomes)))
}

fn ids(texts: &[String]) -> Result<Vec<MemberId>, Failure> {
    texts.iter().enumerate().map(|(index, id)| field(&format!("/members/{index}"), id)).collect()
}

fn action(action: BulkAction) -> Result<Action, Failure> {
    Ok(match action {
        BulkAction::Suspend => Action::Suspend,
        BulkAction::Resume => Action::Resume,
        BulkAction::Delete => Action::Delete,
        BulkAction::Restore { plan } => Action::Restore(optional("/action/plan", plan.as_deref())?),
        BulkAction::Remind => Action::Remind,
        BulkAction::Move { department } => Action::Move(field("/action/department", &department)?),
        BulkAction::AddToDepartment { department } => Action::AddTo(field("/action/department", &department)?),
        BulkAction::Change { workforce_type, language, attributes } => {
            Action::Edit(Edit { workforce_type, language, attributes })
        }
    })
}

fn result(preview: bool, outcomes: Vec<Outcome>) -> BulkResult {
    let mut totals = BulkTotals::default();
    for outcome in &outcomes {
        match &outcome.result {
            Ok(effects) => count(&mut totals, effects),
            Err(_) => totals.refused += 1,
        }
    }
    BulkResult { preview, totals, items: outcomes.into_iter().map(item).collect() }
}

fn count(totals: &mut BulkTotals, effects: &Effects) {
    totals.done += 1;
    totals.seats_freed += effects.seats_freed.len();
    totals.seats_given += effects.seats_given.len();
    totals.seats_wished += effects.seats_wished.len();
    totals.departments_left += effects.departments_left.len();
    totals.groups_left += effects.groups_left.len();
    totals.sessions_ended += effects.sessions_ended;
}

fn item(outcome: Outcome) -> BulkItem {
    let member = outcome.member.to_string();
    match outcome.result {
        Ok(effects) => BulkItem { member, effects: Some(wire(&effects)), problem: None },
        Err(error) => BulkItem { member, effects: None, problem: Some(*Failure::from(error).0) },
    }
}

fn wire(effects: &Effects) -> BulkEffects {
    BulkEffects {
        state: effects.state.as_str().to_owned(),
        seats_freed: texts(&effects.seats_freed),
        seats_given: texts(&effects.seats_given),
        seats_wished: texts(&effects.seats_wished),
        wishes_dropped: texts(&effects.wishes_dropped),
        departments_left: texts(&effects.departments_left),
        departments_joined: texts(&effects.departments_joined),
        groups_left: texts(&effects.groups_left),
        groups_joined: texts(&effects.groups_joined),
        sessions_ended: effects.sessions_ended,
        data_changed: texts(&effects.data_changed),
        not_sent: effects.not_sent.map(|failed| failed.name().to_owned()),
    }
}

fn texts(ids: &[impl ToString]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}
