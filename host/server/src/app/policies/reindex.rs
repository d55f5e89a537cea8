//! Before a matching policy is live, every member must be found under its keys (R39).

use usher_domain::ids::MemberId;
use usher_store::{OrgScope, Page};

use crate::app::App;
use crate::app::actor::Call;
use crate::app::refusal::Refusal;
use crate::app::sso::index;
use crate::app::stored::Member;

/// Members looked at in one step.
const STEP: usize = 200;
/// Members named when their keys fault; the policy is not activated for fewer either.
const MAX_NAMED: usize = 20;

/// Why a matching policy can't be live.
#[derive(Debug, thiserror::Error)]
pub enum ReindexError {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It gives no keys for some members, so nobody could log in as them.
    #[error("`match-keys` faults for {}: mend the policy or these members' data", .0.iter().map(|(id, fault)| format!("{id} ({fault})")).collect::<Vec<_>>().join(", "))]
    Faults(Vec<(MemberId, String)>),
}

/// Finds members whose keys fault under a generation that was announced; then puts everybody into the index.
pub(crate) async fn build(app: &App, scope: &OrgScope, call: &Call, generation: u64) -> Result<(), ReindexError> {
    let (mut last, mut faults) = (None, Vec::new());
    loop {
        let rows = scope.page::<Member>(Page::first(STEP).after(last)).await.map_err(Refusal::from)?;
        let Some((end, _)) = rows.last() else { break };
        last = Some(*end);
        for (id, found) in &rows {
            if let Some(fault) = app.pdp.keys_fault(scope, generation, &found.record.0.claims()).await? {
                faults.push((*id, fault));
            }
        }
        if faults.len() >= MAX_NAMED {
            faults.truncate(MAX_NAMED);
            break;
        }
    }
    if !faults.is_empty() {
        return Err(ReindexError::Faults(faults));
    }
    Ok(index::build(app, scope, call, generation).await?)
}
