//! Joining by an invitation, without a token (R14 to R22): look at it, prove an address, ask to join.
//!
//! One request, end to end: the invitation is found by its hash, the domain refuses what no policy may
//! allow, the organisation's policies decide outside any transaction, the host rules clamp their verdict,
//! and one commit writes everything or nothing.
//!
//! INVARIANT: a join guards only what rarely changes (plans, the invitation) and what is its own; members,
//! uses and seats are counted. So joins by one link do not conflict.

pub mod accept;
mod case;
pub mod decline;
mod newcomer;
mod settle;
pub mod ticket;
pub mod withdraw;

pub(crate) use newcomer::{Newcomer, announce, department, first_there};

use usher_domain::clamp::Provable;
use usher_domain::ids::{MemberId, OrgId, PlanId, RequestId};
use usher_domain::invitation;
use usher_domain::member::{EmployeeNumberError, NameError};
use usher_domain::organisation::LocaleError;
use usher_domain::request;
use usher_domain::workforce::WorkforceError;

use super::attributes::AttributesError;
use super::handle::Handle;
use super::members::enrol::EnrolError;
use super::proofs::ProofError;
use super::refusal::Refusal;
use super::throttle::TooManyAttempts;

/// Why somebody does not join, or cannot ask to.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The name will not do.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The language will not do.
    #[error(transparent)]
    Language(#[from] LocaleError),
    /// There is no such workforce type (R23).
    #[error(transparent)]
    WorkforceType(#[from] WorkforceError),
    /// The employee number will not do.
    #[error(transparent)]
    EmployeeNumber(#[from] EmployeeNumberError),
    /// The attributes will not do.
    #[error(transparent)]
    Attributes(#[from] AttributesError),
    /// The link or the code leads nowhere.
    #[error("there is no such invitation: look at the link or the code again, or ask for a new one")]
    Unknown,
    /// Too many wrong codes of invitations came before.
    #[error(transparent)]
    Throttled(#[from] TooManyAttempts),
    /// Too many asked to join.
    #[error("too many asked to join: wait {} seconds", .0.seconds())]
    AskedTooOften(TooManyAttempts),
    /// Joins go to the identity provider (R39).
    #[error("people join this organisation through its single sign-on: log in there")]
    SsoRequired,
    /// No policy may let them in.
    #[error(transparent)]
    Closed(#[from] invitation::Refusal),
    /// It is for whoever has it.
    #[error("the invitation is for whoever has it, so nobody can decline it for all: simply do not join")]
    NotPersonal,
    /// The code of a proof will not do.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The proof is of something else.
    #[error("the proof is of something else: send a proof of an email as `email` and one of a phone as `phone`")]
    WrongProof,
    /// The phone leads to another person than the email: that they hold both now is proved, and no more.
    #[error("the phone number leads to somebody else here: ask again without it, or by it alone")]
    PhoneOfAnother,
    /// A policy wants something proved first.
    #[error("the {0} must be proved by a one-time code first")]
    ProofRequired(Provable),
    /// The organisation cannot take them.
    #[error(transparent)]
    Enrol(#[from] EnrolError),
    /// It was answered before.
    #[error(transparent)]
    Answered(#[from] request::AnswerError),
}

/// What came of asking to join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// They are a member.
    Joined(MemberId),
    /// An admin decides.
    Pending,
    /// They were refused.
    Rejected,
}

/// What the applicant is told.
#[derive(Debug)]
pub struct Joined {
    /// What came of it.
    pub outcome: Outcome,
    /// Of which organisation.
    pub org: OrgId,
    /// By which admins know it; none for who was a member before.
    pub request: Option<RequestId>,
    /// The plan of the seat that was given.
    pub seat: Option<PlanId>,
    /// Code of the first reason.
    pub reason: Option<String>,
    /// To see what comes of it, or to withdraw; nothing when the same person asks again.
    pub receipt: Option<Handle>,
}
