//! Links by which one approver answers one request without a token (R17).
//!
//! A link is 192 random bits, kept as a hash that leads to the request, the approver and the link's end: there is
//! no key to steal that would make others. It is bound to its approver, who must still be allowed to answer when
//! it is used, and it answers once, because the first answer to a request stands.

use usher_domain::ids::{MemberId, RequestId};
use usher_domain::organisation::Organisation;
use usher_domain::request::JoinRequest;
use usher_domain::time::{DAY, Instant, Zone};
use usher_store::{OrgScope, OrgWrites, StoreError, Stored, find};

use super::{Answerer, Reply, give};
use crate::app::actor::{Call, Doer};
use crate::app::handle::Handle;
use crate::app::refusal::Refusal;
use crate::app::requests::{self, RequestError};
use crate::app::stored::{Member, kind, lookup, lookups, records};
use crate::app::{App, organisations};
use crate::letters::Language;

/// How long a link can be used, in microseconds; no longer than its request waits. Letters say it in words.
pub const HOLDS_FOR: i64 = 7 * DAY;

lookups! {
    /// Finds by the SHA-256 of a link's secret which request it answers, until when, and for whom.
    AnswerLink = lookup::ANSWER_LINK, to (RequestId, (i64, MemberId));
}

records! {
    /// Work that falls due: a link has ended and is forgotten. Never stored under a key of its own.
    LinkEnds {} = kind::ANSWER_LINK_ENDS, version 1, by [u8; 32];
}

/// What a link would answer.
#[derive(Clone, Debug)]
pub struct Offer {
    /// Name of the organisation.
    pub organisation: String,
    /// The request.
    pub request: JoinRequest,
    /// In whose name it is answered.
    pub approver: MemberId,
    /// Until when.
    pub ends_at: Instant,
    /// Where the organisation's dates are meant.
    pub zone: Zone,
    /// The language that the approver is written to in.
    pub language: Language,
}

/// Makes a link for an approver, for the mail that carries it.
pub(crate) fn issue(
    app: &App,
    writes: &mut OrgWrites,
    request: &JoinRequest,
    approver: MemberId,
    at: Instant,
) -> String {
    let link = Handle::new(app);
    let ends_at = at.plus(HOLDS_FOR).min(request.expires_at).as_micros();
    writes.claim::<AnswerLink>(&link.hash(), &(request.id, (ends_at, approver)));
    writes.schedule::<LinkEnds>(ends_at, &link.hash());
    app.public_url.answer(link.text())
}

/// Forgets a link that has ended.
pub(crate) async fn forget(scope: &OrgScope, writes: &mut OrgWrites, hash: &[u8; 32]) -> Result<(), StoreError> {
    if let Some(claim) = scope.claimed::<AnswerLink>(hash).await? {
        writes.release(claim);
    }
    Ok(())
}

/// What the link would answer. Answers nothing, so that whatever previews links approves nobody.
pub async fn look(app: &App, call: &Call, secret: &str) -> Result<Offer, Refusal> {
    let held = open(app, call, secret).await?;
    let organisation = organisations::of(&held.by.scope).await?.record.0;
    let request = requests::reached(&held.by.scope, &held.by.authority.reach(), held.request).await?.record.0;
    let approver = held.by.scope.get::<Member>(&held.approver).await?;
    let own = approver.and_then(|found| found.record.0.language);
    let language = Language::choose([own.as_deref(), Some(&organisation.language)]);
    let Organisation { name, zone, .. } = organisation;
    Ok(Offer { organisation: name, request, approver: held.approver, ends_at: held.ends_at, zone, language })
}

/// Answers as the approver whose link it is. It chooses no seat (R18).
pub async fn answer(
    app: &App,
    call: &Call,
    secret: &str,
    reply: &Reply,
    note: Option<&str>,
) -> Result<Stored<JoinRequest>, RequestError> {
    let held = open(app, call, secret).await?;
    give(app, &held.by, held.request, reply, note).await
}

struct Held {
    by: Answerer,
    approver: MemberId,
    request: RequestId,
    ends_at: Instant,
}

/// An unknown link is like one that has ended.
async fn open(app: &App, call: &Call, secret: &str) -> Result<Held, Refusal> {
    let found = find::<AnswerLink>(app.store.as_ref(), &Handle::hash_of(secret)).await?;
    let found = found.filter(|(_, (_, (ends_at, _)))| call.at.as_micros() < *ends_at);
    let no_such = Refusal::NoLink { to: "answer a request", days: HOLDS_FOR / DAY };
    let (org, (request, (ends_at, approver))) = found.ok_or(no_such)?;
    let doer = Doer::Bot { member: approver, bot: None };
    let by = Answerer::without_token(app.org(org), call.clone(), approver, doer).await?;
    Ok(Held { by, approver, request, ends_at: Instant::from_micros(ends_at) })
}
