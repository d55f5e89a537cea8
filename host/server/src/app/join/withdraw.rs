//! What an applicant does with their receipt: see where the request stands, take it back, decline (R22).

use usher_domain::ids::{OrgId, RequestId};
use usher_domain::request::{Answer, State, Verdict};
use usher_store::{OrgScope, Stored};

use super::JoinError;
use super::decline::declined;
use crate::app::App;
use crate::app::actor::{Call, Doer};
use crate::app::handle::Handle;
use crate::app::refusal::Refusal;
use crate::app::requests;
use crate::app::stored::JoinRequest;

/// Names a request, with the proof of being its applicant.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// Of which organisation.
    pub org: OrgId,
    /// Which request.
    pub request: RequestId,
    /// As it was given.
    pub secret: String,
}

/// Where the request stands.
pub async fn standing(app: &App, call: &Call, receipt: &Receipt) -> Result<State, JoinError> {
    let found = find(&app.org(receipt.org), receipt).await?;
    Ok(found.record.0.state(call.at))
}

/// Takes a pending request back.
pub async fn withdraw(app: &App, call: &Call, receipt: &Receipt) -> Result<State, JoinError> {
    let answer = Answer { verdict: Verdict::Withdraw, by: None, at: call.at, member: None, note: None };
    give_up(app, call, receipt, "request.withdrawn", &answer).await
}

/// Declines: takes a pending request back, and has the applicant forgotten.
pub async fn decline(app: &App, call: &Call, receipt: &Receipt) -> Result<State, JoinError> {
    give_up(app, call, receipt, "request.declined", &declined(call)).await
}

async fn give_up(app: &App, call: &Call, receipt: &Receipt, action: &str, answer: &Answer) -> Result<State, JoinError> {
    let scope = app.org(receipt.org);
    app.change(|| async {
        let found = find(&scope, receipt).await?;
        let mut change = app.draft_as(&scope, call, Doer::Applicant, action, receipt.request);
        let request = requests::close::<JoinError>(app, &scope, call, &mut change, found, answer.clone()).await?;
        Ok((request.state(call.at), change))
    })
    .await
    .map(|(state, _)| state)
}

/// Another organisation's request, an unknown one and a wrong receipt are the same to whoever asks.
async fn find(scope: &OrgScope, receipt: &Receipt) -> Result<Stored<JoinRequest>, Refusal> {
    let found = scope.get::<JoinRequest>(&receipt.request).await?;
    let own = found.filter(|found| found.record.0.ticket_hash == Handle::hash_of(&receipt.secret));
    own.ok_or_else(|| Refusal::not_found("request", &receipt.request))
}
