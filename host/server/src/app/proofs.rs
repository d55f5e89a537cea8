//! Proofs of an address or a phone by a one-time code (R22): sent, typed, counted.
//!
//! A proof is of one organisation; it can be used as often as its hour lets it, because it proves the same
//! thing each time.

use usher_domain::ids::{InvitationId, ProofId};
use usher_domain::proof::{
    self, CODE_HOLDS_FOR, PROOF_HOLDS_FOR, RATE_WINDOW, Subject, code_from_entropy, hash_code, may_send,
};
use usher_domain::time::Instant;
use usher_store::{OrgScope, OrgWrites};

use super::actor::{Call, Doer};
use super::change::Change;
use super::deliveries::Room;
use super::mail;
use super::post::Post;
use super::refusal::Refusal;
use super::sms;
use super::stored::{CodesSent, Proof};
use super::throttle::joining::{Asked, Asker};
use super::throttle::traces::Trace;
use super::throttle::{Guess, Space, TooManyAttempts};
use super::{App, organisations};
use crate::letters::{Language, Letter};

/// Why a code is not sent or not taken.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The code will not do.
    #[error(transparent)]
    Code(#[from] proof::ProofError),
    /// Too many wrong ones came before.
    #[error(transparent)]
    Throttled(#[from] TooManyAttempts),
    /// Too many were asked for.
    #[error("codes were sent to this address too often: wait an hour")]
    TooMany,
    /// Too many were asked for, to whatever addresses.
    #[error("too many codes were asked for: wait {} seconds", .0.seconds())]
    AskedTooOften(TooManyAttempts),
    /// Nobody can join, so no SMS is paid for (R34): there are as many members as there may be.
    #[error("the organisation has as many members as its plans allow, so no code is sent by SMS: ask an administrator")]
    OrganisationFull(u64),
}

/// A code is on its way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sent {
    /// Which proof it is for.
    pub proof: ProofId,
    /// Until when it can be typed.
    pub expires_at: Instant,
}

/// A proof with its code, as its holder sends it.
#[derive(Clone, Debug, PartialEq)]
pub struct Typed {
    /// Which proof.
    pub proof: ProofId,
    /// Eight digits.
    pub code: String,
}

/// Sends a code in the name of the organisation, to whoever asks by an invitation or is an admin.
pub async fn send(
    app: &App,
    scope: &OrgScope,
    call: &Call,
    invitation: Option<InvitationId>,
    subject: &Subject,
) -> Result<Sent, ProofError> {
    let asker = Asker { origin: call.origin, invitation, org: *scope.owner() };
    let asked = if matches!(subject, Subject::Phone(_)) { Asked::Sms } else { Asked::Mail };
    app.throttle.ask(asked, &asker, call.at).map_err(ProofError::AskedTooOften)?;
    let place = subject.canonical().to_owned();
    let organisation = organisations::of(scope).await?.record.0;
    if asked == Asked::Sms
        && let Some(most) = Room::of(scope, &organisation, call.at).await?.taken_up()
    {
        return Err(ProofError::OrganisationFull(most));
    }
    let language = Language::choose([Some(organisation.language.as_str())]);
    let traced = app.throttle.may_trace(*scope.owner(), Trace::Proofs, call.at);
    let (sent, _) = app
        .change(|| async {
            let found = scope.get::<CodesSent>(&place).await.map_err(Refusal::from)?;
            let version = found.as_ref().map(|found| found.version);
            let mut lately = found.map(|found| found.record).unwrap_or_default();
            if !may_send(&mut lately.at, call.at) {
                return Err(ProofError::TooMany);
            }
            let id = app.new_id(ProofId::from_parts);
            let code = code_from_entropy(app.random());
            let change: Change<ProofError> = app.draft_as(scope, call, Doer::Applicant, "proof.sent", id);
            let mut change = change.traced(traced);
            match version {
                Some(version) => change.writes.replace(&place, version, &lately),
                None => change.writes.insert(&place, &lately),
            }
            let proof = proof::Proof {
                id,
                subject: subject.clone(),
                code_hash: hash_code(id, &code),
                created_at: call.at,
                tries: 0,
                proved_at: None,
            };
            change.writes.put(&id, &Proof(proof));
            change.writes.schedule::<Proof>(call.at.plus(CODE_HOLDS_FOR + PROOF_HOLDS_FOR).as_micros(), &id);
            let letter = Letter::OneTimeCode { sender: &organisation.name, code: &code };
            let ends_at = call.at.plus(CODE_HOLDS_FOR);
            let post = Post::new(letter, language, call.at).until(ends_at);
            match subject {
                Subject::Email(address) => mail::send(app, &mut change.writes, address.canonical(), &post),
                Subject::Phone(phone) => sms::send(app, &mut change.writes, phone, &post),
            }
            Ok((Sent { proof: id, expires_at: ends_at }, change))
        })
        .await?;
    Ok(sent)
}

/// Forgets a code that can be used no more, and when codes were sent to its address unless one was lately. INVARIANT:
/// that is not due work of its own, which would name the address where an erasure does not look.
pub(crate) async fn forget(scope: &OrgScope, writes: &mut OrgWrites, id: ProofId, now: Instant) -> Result<(), Refusal> {
    let Some(proof) = scope.get::<Proof>(&id).await? else { return Ok(()) };
    writes.delete::<Proof>(&id);
    let to = proof.record.0.subject.canonical().to_owned();
    let is_old = |codes: &CodesSent| codes.at.iter().all(|sent| now >= sent.plus(RATE_WINDOW));
    if scope.get::<CodesSent>(&to).await?.is_some_and(|found| is_old(&found.record)) {
        writes.delete::<CodesSent>(&to);
    }
    Ok(())
}

/// Takes a typed code and returns what it proves, and until when it can be used.
pub async fn check(app: &App, scope: &OrgScope, call: &Call, typed: &Typed) -> Result<(Subject, Instant), ProofError> {
    let proof = take(app, scope, call, typed, true).await?;
    let until = proof.proved_at.unwrap_or(call.at).plus(PROOF_HOLDS_FOR);
    Ok((proof.subject, until))
}

/// Takes a typed code that is used at once: nothing is written if it is right.
pub(crate) async fn verified(app: &App, scope: &OrgScope, call: &Call, typed: &Typed) -> Result<Subject, ProofError> {
    take(app, scope, call, typed, false).await.map(|proof| proof.subject)
}

/// INVARIANT: a code is answered only once the throttle knows how it was, a wrong one only once its try is
/// on disk.
async fn take(app: &App, scope: &OrgScope, call: &Call, typed: &Typed, keep: bool) -> Result<proof::Proof, ProofError> {
    let (proof, taken) = tried(scope, call, typed).await?;
    if matches!(taken, Ok(()) | Err(proof::ProofError::Wrong)) {
        let (space, right) = (Space::OneTimeCodes(*scope.owner()), taken.is_ok());
        app.throttle.settle(Guess { space, origin: call.origin, proof: Some(typed.proof), right }, call.at)?;
    }
    match taken {
        Ok(()) if keep => {}
        Ok(()) => return Ok(proof),
        Err(proof::ProofError::Wrong) => {}
        Err(error) => return Err(error.into()),
    }
    let traced = app.throttle.may_trace(*scope.owner(), Trace::Proofs, call.at);
    let (result, _) = app
        .change(|| async {
            let found = scope.get::<Proof>(&typed.proof).await.map_err(Refusal::from)?;
            let mut found = found.ok_or(proof::ProofError::Expired)?;
            let taken = found.record.0.try_code(&typed.code, call.at);
            let action = if taken.is_ok() { "proof.given" } else { "proof.failed" };
            let change: Change<ProofError> = app.draft_as(scope, call, Doer::Applicant, action, typed.proof);
            let mut change = change.traced(traced);
            change.writes.replace(&typed.proof, found.version, &found.record);
            Ok(((found.record.0, taken), change))
        })
        .await?;
    let (proof, taken) = result;
    taken?;
    Ok(proof)
}

/// The proof, and whether the code is right.
type Tried = (proof::Proof, Result<(), proof::ProofError>);

/// A look, without writing. An unknown proof is like one that is too old: it was taken away by then.
async fn tried(scope: &OrgScope, call: &Call, typed: &Typed) -> Result<Tried, ProofError> {
    let found = scope.get::<Proof>(&typed.proof).await.map_err(Refusal::from)?;
    let mut proof = found.ok_or(proof::ProofError::Expired)?.record.0;
    let taken = proof.try_code(&typed.code, call.at);
    Ok((proof, taken))
}
