//! One-time codes of logins: asked for, sent, typed.
//!
//! Asking writes the same for every login name, and no entry of the trail: strangers ask as often as they like. Whose
//! name it is, if anybody's, is looked up by the worker, behind the answer; a code to nobody is one that no code is
//! right for.

use serde::{Deserialize, Serialize};
use usher_domain::ids::{MemberId, OrgId, ProofId};
use usher_domain::member::{Login, Member};
use usher_domain::proof::{self, CODE_HOLDS_FOR, Subject, code_from_entropy, hash_code};
use usher_domain::time::{DAY, Instant};
use usher_store::{Cbor, CommitError, OrgScope, OrgWrites};

use super::LoginError;
use super::find::find_login;
use crate::app::actor::{Call, Doer};
use crate::app::change::Change;
use crate::app::change::halt::Halt;
use crate::app::change::rounds::rounds;
use crate::app::post::Post;
use crate::app::proofs::{Sent, Typed};
use crate::app::refusal::Refusal;
use crate::app::stored::{kind, records};
use crate::app::throttle::logins::Account;
use crate::app::throttle::{Guess, Space};
use crate::app::{App, mail, sms};
use crate::letters::{Language, Letter};

/// How long it is remembered from which networks an account logged in, in microseconds.
const KNOWN_FOR: i64 = 90 * DAY;
/// How long a login from a network stands for those after it, in microseconds: each one that is written down falls due
/// once.
const NOTED_EVERY: i64 = DAY;

/// A code that was asked for. Is of no use in joining, nor is a code of joining here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoginCode {
    /// The login name, and the code once it was sent.
    pub proof: proof::Proof,
    /// Whether the worker has seen to it, or need not.
    pub sent: bool,
}

records! {
    LoginCode = kind::LOGIN_CODE, version 1, by ProofId;
    /// Work that falls due: a code was asked for. Never stored under a key of its own.
    LoginCodeAsked {} = kind::LOGIN_CODE_ASKED, version 1, by ProofId;
    /// That an account logged in from a network, by [`Account::seen_from`].
    KnownNetwork {
        /// When it did so last, or less than a day before.
        pub at: Instant,
        /// Whose account it was.
        pub member: Option<MemberId>,
    } = kind::KNOWN_NETWORK, version 2, by [u8; 32], lifted by lift;
}

/// Version 1 did not say whose the account was.
fn lift(from: u16, map: Cbor) -> Option<Cbor> {
    let (1, Cbor::Map(mut fields)) = (from, map) else { return None };
    fields.push((Cbor::from("member"), Cbor::Null));
    Some(Cbor::Map(fields))
}

/// Has a code sent to whoever has the login name, if anybody has.
pub async fn ask(app: &App, call: &Call, org: OrgId, name: &Subject) -> Result<Sent, LoginError> {
    let (scope, _) = super::organisation(app, org).await?;
    let account = Account::new(org, name.canonical());
    let known = is_known(&scope, account, call).await?;
    let wanted = app.throttle.ask_code(account, call.origin, known, call.at).map_err(LoginError::TooManyCodes)?;
    let until = call.at.plus(CODE_HOLDS_FOR);
    let id = app.new_id(ProofId::from_parts);
    let proof = proof::Proof {
        id,
        subject: name.clone(),
        // The hash of nothing that can be typed, until a code is sent.
        code_hash: app.random(),
        created_at: call.at,
        tries: 0,
        proved_at: None,
    };
    let mut writes = scope.writes();
    // One too many is written like any other, and the worker passes it over.
    writes.put(&id, &LoginCode { proof, sent: !wanted });
    writes.schedule::<LoginCodeAsked>(call.at.as_micros(), &id);
    writes.schedule::<LoginCode>(until.as_micros(), &id);
    writes.commit().await.map_err(Refusal::Commit)?;
    Ok(Sent { proof: id, expires_at: until })
}

/// Sends a code that was asked for. Done twice, it sends one; to nobody, none.
pub async fn send(app: &App, scope: &OrgScope, call: &Call, id: ProofId) -> Result<(), LoginError> {
    let Some(asked) = scope.get::<LoginCode>(&id).await.map_err(Refusal::from)? else { return Ok(()) };
    let found = find_login(app, scope, &asked.record.proof.subject).await?;
    let Some(member) = found.member.filter(|_| !asked.record.sent) else { return Ok(()) };
    app.change_if_needed(|| async {
        // A try may have been counted meanwhile.
        let found = scope.get::<LoginCode>(&id).await.map_err(Refusal::from)?;
        let found = found.filter(|found| !found.record.sent).ok_or(Halt::AsBefore(()))?;
        let (mut code, digits) = (found.record, code_from_entropy(app.random()));
        code.proof.code_hash = hash_code(id, &digits);
        code.sent = true;
        let mut change: Change<Halt<(), LoginError>> = app.draft_as(scope, call, Doer::Host, "login.code_sent", id);
        change.writes.replace(&id, found.version, &code);
        write(app, scope, &mut change.writes, call.at, &member.record.0, &code.proof, &digits).await?;
        Ok(((), change))
    })
    .await
}

/// A member with business mail is written to elsewhere, if there is an elsewhere: a second factor that lies in the
/// mailbox the password opens would be none.
async fn write(
    app: &App,
    scope: &OrgScope,
    writes: &mut OrgWrites,
    at: Instant,
    member: &Member,
    proof: &proof::Proof,
    code: &str,
) -> Result<(), Refusal> {
    let organisation = crate::app::organisations::of(scope).await?.record.0;
    let language = Language::choose([member.language.as_deref(), Some(&organisation.language)]);
    let letter = Letter::OneTimeCode { sender: &organisation.name, code };
    let post = Post::new(letter, language, at).until(proof.created_at.plus(CODE_HOLDS_FOR));
    let elsewhere = match (member.login, &member.work_email, &member.phone) {
        (Login::BusinessEmail, Some(address), _) => Some(Subject::Email(address.clone())),
        (Login::BusinessEmail, None, Some(phone)) => Some(Subject::Phone(phone.clone())),
        _ => None,
    };
    match elsewhere.as_ref().unwrap_or(&proof.subject) {
        Subject::Email(address) => mail::send(app, writes, address.canonical(), &post),
        Subject::Phone(phone) => sms::send(app, writes, phone, &post),
    }
    Ok(())
}

/// A code that is right, not used up yet.
pub(super) struct Right {
    id: ProofId,
    version: u64,
}

impl Right {
    /// Uses it up.
    pub(super) fn take(&self, writes: &mut OrgWrites) {
        writes.guard_version::<LoginCode>(&self.id, self.version);
        writes.delete::<LoginCode>(&self.id);
    }
}

/// Compares a typed code. INVARIANT: a code is answered only once the throttle knows how it was, a wrong one only once
/// its try is on disk.
pub(super) async fn compare(
    app: &App,
    scope: &OrgScope,
    call: &Call,
    name: &Subject,
    typed: &Typed,
) -> Result<Right, LoginError> {
    let found = scope.get::<LoginCode>(&typed.proof).await.map_err(Refusal::from)?;
    let found = found.filter(|found| found.record.proof.subject.canonical() == name.canonical());
    let mut found = found.ok_or(proof::ProofError::Expired)?;
    let taken = found.record.proof.try_code(&typed.code, call.at);
    if matches!(taken, Ok(()) | Err(proof::ProofError::Wrong)) {
        let space = Space::OneTimeCodes(*scope.owner());
        let guess = Guess { space, origin: call.origin, proof: Some(typed.proof), right: taken.is_ok() };
        app.throttle.settle(guess, call.at).map_err(LoginError::Throttled)?;
    }
    if taken == Err(proof::ProofError::Wrong) {
        count_try(scope, typed.proof).await?;
    }
    taken?;
    Ok(Right { id: typed.proof, version: found.version })
}

/// Counts a try: of a wrong code, or of a wrong password beside a right one. What the trail says of it is
/// [`super::failures`]'s.
pub(super) async fn count_try(scope: &OrgScope, id: ProofId) -> Result<(), LoginError> {
    rounds(|| async {
        let found = scope.get::<LoginCode>(&id).await.map_err(Refusal::from)?;
        let mut found = found.ok_or(proof::ProofError::Expired)?;
        found.record.proof.tries = found.record.proof.tries.saturating_add(1);
        let mut writes = scope.writes();
        writes.replace(&id, found.version, &found.record);
        match writes.commit().await {
            Ok(_) => Ok(Some(())),
            Err(CommitError::Conflict { .. }) => Ok(None),
            Err(error) => Err(Refusal::Commit(error).into()),
        }
    })
    .await
}

/// Whether the account logged in from there before.
pub(super) async fn is_known(scope: &OrgScope, account: Account, call: &Call) -> Result<bool, Refusal> {
    Ok(scope.get::<KnownNetwork>(&account.seen_from(call.origin)).await?.is_some())
}

/// Remembers for a while that the account logged in from there.
pub(super) async fn remember_network(
    scope: &OrgScope,
    writes: &mut OrgWrites,
    account: Account,
    member: MemberId,
    call: &Call,
) -> Result<(), Refusal> {
    let seen = account.seen_from(call.origin);
    let known = scope.get::<KnownNetwork>(&seen).await?.map(|found| found.record);
    if known.is_none_or(|known| known.member != Some(member) || call.at >= known.at.plus(NOTED_EVERY)) {
        writes.put(&seen, &KnownNetwork { at: call.at, member: Some(member) });
        writes.schedule::<KnownNetwork>(call.at.plus(KNOWN_FOR).as_micros(), &seen);
    }
    Ok(())
}

/// Forgets a network, unless the account logged in from there again.
pub async fn forget_network(
    scope: &OrgScope,
    writes: &mut OrgWrites,
    seen: [u8; 32],
    now: Instant,
) -> Result<(), Refusal> {
    let found = scope.get::<KnownNetwork>(&seen).await?;
    if found.is_some_and(|found| now >= found.record.at.plus(KNOWN_FOR)) {
        writes.delete::<KnownNetwork>(&seen);
    }
    Ok(())
}
