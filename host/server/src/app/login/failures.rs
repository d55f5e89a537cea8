//! Logins that failed, told to the organisation (R43): so many and no more, since any stranger makes them fail.

use serde_json::json;
use usher_domain::proof::{ProofError, Subject};
use usher_store::OrgScope;

use super::LoginError;
use super::find::find_login;
use crate::app::App;
use crate::app::actor::{Call, Doer};
use crate::app::audit::{Fact, Values};
use crate::app::change::Change;
use crate::app::throttle::logins::Account;

/// What was done, as entries of the trail name it; also where somebody proved who they are and may not log in.
const ACTION: &str = "login.refused";
const WRONG_PASSWORD: &str = "wrong_password";
const WRONG_CODE: &str = "wrong_code";
const SPENT_CODE: &str = "spent_code";
const SSO_REQUIRED: &str = "sso_required";

/// Writes down that a password or a code was wrong, or that what was right is no way in, with the member whose it was
/// to be, if there is one. What was typed as a name is not kept: it may be a password in the wrong field.
pub(super) async fn tell(
    app: &App,
    scope: &OrgScope,
    call: &Call,
    name: &Subject,
    error: &LoginError,
) -> Result<(), LoginError> {
    let outcome = match error {
        LoginError::Failed => WRONG_PASSWORD,
        LoginError::Code(ProofError::Wrong) => WRONG_CODE,
        LoginError::Code(ProofError::Expired | ProofError::TriedTooOften) => SPENT_CODE,
        LoginError::NotEnough => "not_enough",
        LoginError::SsoRequired => SSO_REQUIRED,
        _ => return Ok(()),
    };
    let org = *scope.owner();
    let account = Account::new(org, name.canonical());
    if !app.throttle.may_trace_failure(org, account, call.at) {
        return Ok(());
    }
    let member = find_login(app, scope, name).await?.member.map(|found| found.record.0.id);
    let target = member.map_or_else(|| "nobody".to_owned(), |id| id.to_string());
    let told = json!({ "member": member, "outcome": outcome });
    app.change(|| async {
        let change: Change<LoginError> = app.draft_as(scope, call, Doer::Stranger, ACTION, &target);
        let mut change = change.after(&json!({ "outcome": outcome }));
        change.event(app, ACTION, told.clone());
        Ok(((), change))
    })
    .await
    .map(drop)
}

/// Whether an entry of the trail tells of a wrong password or code, or one that is over, or of a login that nobody
/// looked at because it is another's to decide: which is anybody's.
pub(crate) fn is_guess(fact: &Fact, values: &Values) -> bool {
    let outcome = values.after.as_ref().and_then(|after| after["outcome"].as_str());
    fact.action == ACTION && matches!(outcome, Some(WRONG_PASSWORD | WRONG_CODE | SPENT_CODE | SSO_REQUIRED))
}
