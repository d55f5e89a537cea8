//! The same answer to many requests, each on its own: one that cannot be answered keeps no other back.

use usher_domain::ids::RequestId;
use usher_domain::request::JoinRequest;

use super::{Answerer, Reply, give};
use crate::app::App;
use crate::app::requests::RequestError;

/// Most requests answered by one call.
pub const MAX_AT_ONCE: usize = 100;

/// Why none of them is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} requests were named: name 1 to {MAX_AT_ONCE}")]
pub struct NotAtOnce(usize);

/// What came of each request, in the order in which they were named.
pub type Answered = Vec<(RequestId, Result<JoinRequest, RequestError>)>;

/// Answers them one after the other, so that seats go in the order in which they were named. Whoever sends it
/// again, because it broke off, is told of each that was answered already.
pub async fn answer_all(
    app: &App,
    by: &Answerer,
    requests: &[RequestId],
    reply: &Reply,
    note: Option<&str>,
) -> Result<Answered, NotAtOnce> {
    if requests.is_empty() || requests.len() > MAX_AT_ONCE {
        return Err(NotAtOnce(requests.len()));
    }
    let mut answered = Vec::with_capacity(requests.len());
    for id in requests {
        let request = give(app, by, *id, reply, note).await.map(|found| found.record);
        answered.push((*id, request));
    }
    Ok(answered)
}
