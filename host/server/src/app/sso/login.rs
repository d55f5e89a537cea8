//! Whose login is it (R39, R40): a linked subject decides alone; else the matching policies do, under the
//! host rules, and the subject is linked from then on.

use serde_json::json;
use sha2::{Digest, Sha256};
use usher_domain::address::{Address, AddressError};
use usher_domain::clamp::{Clamp, Clamped, Matching, matching};
use usher_domain::ids::{ConnectionId, DecisionId, MemberId};
use usher_domain::member::{Member as Person, NoLogin};
use usher_domain::plan::paid_plans;
use usher_domain::policy::sso::{Claim, Decision, Login as Asserted, Request};
use usher_domain::sso::{Connection as Connected, Link as SubjectLink, MAX_SUBJECT_BYTES, with_evidence};
use usher_domain::verified_domain::VerifiedDomain;
use usher_store::{OrgWrites, Stored};

use super::{connections, index, too_many};
use crate::app::actor::{By, Security};
use crate::app::change::Change;
use crate::app::change::halt::Halt;
use crate::app::domains::Domains;
use crate::app::pdp::{Decided, Effect};
use crate::app::refusal::Refusal;
use crate::app::stored::{Connection, Link, LinkedMember, Member};
use crate::app::{App, join, plans};

/// Kind of the claim that is an email address.
const WORK_EMAIL: &str = "work-email";
/// Most claims of a login.
pub const MAX_CLAIMS: usize = 16;
/// Longest kind or value of a claim, in bytes.
pub const MAX_VALUE_BYTES: usize = 1_024;

/// A verified assertion.
#[derive(Clone, Debug)]
pub struct Login {
    /// The connection it came through.
    pub connection: ConnectionId,
    /// The provider's identifier of the person, byte for byte.
    pub subject: String,
    /// What it asserts.
    pub claims: Vec<AssertedClaim>,
}

/// One identifier of an assertion.
#[derive(Clone, Debug)]
pub struct AssertedClaim {
    /// `work-email`, `employee-number`, or an attribute's name.
    pub kind: String,
    /// As asserted.
    pub value: String,
    /// Whether the provider says it verified it.
    pub verified: bool,
}

/// Whose login it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Matched {
    /// Whose.
    pub member: MemberId,
    /// Whether the subject was linked before.
    pub linked_before: bool,
    /// The decision that matched it, if it was not.
    pub decision: Option<DecisionId>,
    /// Why they may not log in all the same.
    pub refusal: Option<NoLogin>,
}

/// Why a login is nobody's. What the person reads says nothing about anybody (R39).
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is no subject.
    #[error("a login has a subject: send the provider's identifier of the person")]
    NoSubject,
    /// The subject is too long.
    #[error("a subject has at most {MAX_SUBJECT_BYTES} bytes")]
    LongSubject,
    /// There are too many claims.
    #[error("a login has at most {MAX_CLAIMS} claims: leave out those that no policy asks for")]
    TooManyClaims,
    /// A claim lacks its kind or its value.
    #[error("claim {0} lacks its kind or its value")]
    EmptyClaim(usize),
    /// A kind or a value is too long.
    #[error("claim {0}: kind and value have at most {MAX_VALUE_BYTES} bytes each")]
    LongClaim(usize),
    /// An address is none.
    #[error("claim {index}: {error}")]
    Address {
        /// Which claim, from 0.
        index: usize,
        /// What is wrong.
        error: AddressError,
    },
    /// The connection is switched off.
    #[error("logins do not go through this connection: it is switched off")]
    Disabled,
    /// Nobody's (R39).
    #[error("this login could not be matched to an account: ask an administrator of your organisation")]
    Mismatch(DecisionId),
    /// An admin decides.
    #[error("this login must be looked at by an administrator of your organisation first")]
    UnderReview(DecisionId),
}

/// Says whose login it is.
pub async fn match_login(app: &App, by: &By<Security>, login: &Login) -> Result<Matched, LoginError> {
    check(login)?;
    let subject = (login.connection, <[u8; 32]>::from(Sha256::digest(login.subject.as_bytes())));
    // INVARIANT: each round looks for the connection, the link and the domains anew. A connection that is switched off
    // meanwhile lets nobody in, a domain that is unbound speaks for nobody, and of two first logins at once the later
    // one finds what the other made.
    let round = || async {
        let Stored { version, record: Connection(connection) } = connections::get(&by.scope, login.connection).await?;
        let through = Through { connection: login.connection, version };
        if !connection.enabled {
            return Err(Halt::Error(LoginError::Disabled));
        }
        match by.scope.get::<Link>(&subject).await.map_err(Refusal::from)? {
            Some(link) => linked(app, by, link.record.0.member, &through).await,
            None => {
                let domains = Domains::read(&by.scope).await?;
                let asserted = asserted(&connection, login, &domains.list).map_err(Halt::Error)?;
                first(app, by, First { asserted, subject, through, domains }).await
            }
        }
    };
    app.change_if_needed(round).await?
}

fn check(login: &Login) -> Result<(), LoginError> {
    if login.subject.is_empty() {
        return Err(LoginError::NoSubject);
    }
    if login.subject.len() > MAX_SUBJECT_BYTES {
        return Err(LoginError::LongSubject);
    }
    if login.claims.len() > MAX_CLAIMS {
        return Err(LoginError::TooManyClaims);
    }
    for (index, AssertedClaim { kind, value, .. }) in login.claims.iter().enumerate() {
        if kind.is_empty() || value.is_empty() {
            return Err(LoginError::EmptyClaim(index));
        }
        if kind.len().max(value.len()) > MAX_VALUE_BYTES {
            return Err(LoginError::LongClaim(index));
        }
    }
    Ok(())
}

/// What is asserted, with what the organisation's domains say for the addresses (R41).
fn asserted(connection: &Connected, login: &Login, domains: &[VerifiedDomain]) -> Result<Asserted, LoginError> {
    let claim = |(index, claim): (usize, &AssertedClaim)| {
        let address = if claim.kind == WORK_EMAIL {
            let address = Address::parse(&claim.value).map_err(|error| LoginError::Address { index, error })?;
            Some(with_evidence(address, claim.verified, login.connection, domains))
        } else {
            None
        };
        Ok(Claim { kind: claim.kind.clone(), value: claim.value.clone(), address })
    };
    let claims = login.claims.iter().enumerate().map(claim).collect::<Result<_, LoginError>>()?;
    let Connected { id: connection, protocol, .. } = *connection;
    Ok(Asserted { connection, protocol, subject: login.subject.clone(), claims })
}

/// A refusal of the policies is written down, as a match is.
type Said = Result<Matched, LoginError>;
type Halted = Halt<Said, LoginError>;
type Settled = (Said, Change<Halted>);

/// The connection as it was when it let a login in.
struct Through {
    connection: ConnectionId,
    version: u64,
}

impl Through {
    /// Refuses the commit if it changed since: it may be switched off.
    fn guard(&self, writes: &mut OrgWrites) {
        writes.guard_version::<Connection>(&self.connection, self.version);
    }
}

/// The pair of connection and subject decides alone (R40).
async fn linked(app: &App, by: &By<Security>, id: MemberId, through: &Through) -> Result<Settled, Halted> {
    let Stored { record: Member(member), version } = member(by, id).await?;
    let refusal = refusal(by, &member).await?;
    let matched = Matched { member: id, linked_before: true, decision: None, refusal };
    let mut after = member.clone();
    if refusal.is_some() || after.logged_in().is_err() || after == member {
        return Err(Halt::AsBefore(Ok(matched)));
    }
    let state = |member: &Person| json!({ "state": member.state() });
    let mut change = app.draft(by, "login.accepted", id).before(&state(&member)).after(&state(&after));
    through.guard(&mut change.writes);
    change.writes.replace(&id, version, &Member(after));
    Ok((Ok(matched), change))
}

/// A login of a subject that nobody is linked to.
struct First {
    asserted: Asserted,
    /// Its connection and the SHA-256 of its subject.
    subject: (ConnectionId, [u8; 32]),
    through: Through,
    /// What speaks for its addresses.
    domains: Domains,
}

/// A first login: the matching policies are asked.
async fn first(app: &App, by: &By<Security>, login: First) -> Result<Settled, Halted> {
    let Candidates { members, too_many } = candidates(app, by, &login.asserted).await?;
    let organisation = join::ticket::organisation(&by.scope).await?.0;
    let plans = plans::current(&by.scope).await?.record.plans;
    let today = organisation.today(by.call.at);
    let request = Request {
        organisation: organisation.for_policies(paid_plans(&plans, today)),
        at: by.call.at,
        today,
        login: login.asserted.clone(),
        candidates: members.iter().filter_map(|found| found.record.0.as_candidate()).collect(),
    };
    let decided = match too_many {
        true => too_many::decide(app, &by.scope, &request).await?,
        false => app.pdp.sso(&by.scope, &request).await?,
    };
    let said = (!decided.policies.is_empty()).then_some(&decided.decision);
    let Clamped { outcome, clamps } = matching(&request, said);
    let found = match outcome {
        Matching::Match(id) => members.into_iter().find(|found| found.record.0.id == id),
        Matching::Review(_) | Matching::Mismatch => None,
    };
    match (outcome, found) {
        (Matching::Match(_), Some(found)) => link(app, by, login, found, decided, clamps).await,
        (Matching::Review(_), _) => {
            let error = LoginError::UnderReview(decided.id);
            Ok((Err(error), refused(app, by, &request, login.subject, decided, "review", clamps)))
        }
        (Matching::Match(_) | Matching::Mismatch, _) => {
            let error = LoginError::Mismatch(decided.id);
            Ok((Err(error), refused(app, by, &request, login.subject, decided, "identity_mismatch", clamps)))
        }
    }
}

/// Who a login may be.
struct Candidates {
    /// Members that share a key with it and are not linked to another subject of the connection; all that were
    /// found, if they are too many.
    members: Vec<Stored<Member>>,
    /// Whether more members share a key with it than the contract allows: a fault.
    too_many: bool,
}

async fn candidates(app: &App, by: &By<Security>, login: &Asserted) -> Result<Candidates, Refusal> {
    let ids = index::candidates(app, &by.scope, &login.claims).await?;
    let found = by.scope.get_many::<Member>(&ids).await?;
    if ids.len() > index::MAX_CANDIDATES {
        return Ok(Candidates { members: found.into_iter().flatten().collect(), too_many: true });
    }
    let taken: Vec<_> = ids.iter().map(|id| (login.connection, *id)).collect();
    let taken = by.scope.get_many::<LinkedMember>(&taken).await?;
    let free = found.into_iter().zip(taken).filter(|(_, taken)| taken.is_none());
    Ok(Candidates { members: free.filter_map(|(found, _)| found).collect(), too_many: false })
}

/// Links the subject to the member, byte for byte, from now on (R40).
async fn link(
    app: &App,
    by: &By<Security>,
    First { asserted, subject, through, domains }: First,
    found: Stored<Member>,
    decided: Decided<Decision>,
    clamps: Vec<Clamp>,
) -> Result<Settled, Halted> {
    let Stored { version, record: Member(mut member) } = found;
    let refusal = refusal(by, &member).await?;
    let id = member.id;
    if refusal.is_none() {
        // The check above is stricter than the state alone.
        let _ = member.logged_in();
    }
    let mut change: Change<Halted> = app
        .draft(by, "login.linked", id)
        .decided_by(decided.policies.iter().cloned())
        .after(&json!({ "login": asserted, "work_email": member.work_email }));
    let Asserted { connection, subject: name, .. } = asserted;
    let link = SubjectLink { connection, subject: name, member: id, linked_at: by.call.at };
    change.writes.insert(&subject, &Link(link));
    change.writes.insert(&(connection, id), &LinkedMember {});
    through.guard(&mut change.writes);
    domains.guard(&mut change.writes);
    change.writes.replace(&id, version, &Member(member));
    change.event(app, "login.linked", json!({ "member": id, "connection": connection }));
    let decision = decided.id;
    let effect = Effect { outcome: "matched".to_owned(), clamps, target: Some(id.to_string()) };
    decided.record.keep(&mut change.writes, effect);
    Ok((Ok(Matched { member: id, linked_before: false, decision: Some(decision), refusal }), change))
}

/// Writes down a refused login: admins see both addresses and the reason (R39).
fn refused(
    app: &App,
    by: &By<Security>,
    request: &Request,
    subject: (ConnectionId, [u8; 32]),
    decided: Decided<Decision>,
    outcome: &str,
    clamps: Vec<Clamp>,
) -> Change<Halted> {
    let mut change: Change<Halted> = app
        .draft(by, "login.refused", request.login.connection)
        .decided_by(decided.policies.iter().cloned())
        .after(&json!({
            "outcome": outcome,
            "login": request.login,
            "candidates": request.candidates,
            "reasons": decided.decision.reasons,
            "host_rules": clamps,
        }));
    let data = json!({ "connection": request.login.connection, "decision": decided.id, "outcome": outcome });
    change.event(app, "login.refused", data);
    // Whoever was linked in between was no candidate because of that.
    change.writes.guard_absent::<Link>(&subject);
    decided.record.keep(&mut change.writes, Effect { outcome: outcome.to_owned(), clamps, target: None });
    change
}

async fn member(by: &By<Security>, id: MemberId) -> Result<Stored<Member>, Refusal> {
    by.scope.get::<Member>(&id).await?.ok_or_else(|| Refusal::not_found("member", &id))
}

async fn refusal(by: &By<Security>, member: &Person) -> Result<Option<NoLogin>, Refusal> {
    let today = join::ticket::organisation(&by.scope).await?.0.today(by.call.at);
    let plans = plans::current(&by.scope).await?.record.plans;
    Ok(member.check_login(&plans, today).err())
}
