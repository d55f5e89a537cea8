//! Errors about invitations, proofs, joining, requests, domains and single sign-on.

use usher_api::{Code, Problem};
use usher_domain::ids::DecisionId;
use usher_domain::invitation;
use usher_domain::inviting::MAX_CHOSEN;
use usher_domain::proof;
use usher_domain::request::AnswerError;
use usher_domain::sso::{MAX_CONNECTIONS, MAX_SUBJECT_BYTES};
use usher_domain::verified_domain::{DomainError, MAX_DOMAINS};

use super::Failure;
use super::logins::tried_too_often;
use crate::app::answers::bots::{BotError, MAX_BOTS, MAX_USER_BYTES, MAX_USERS, NotSigned};
use crate::app::answers::bulk::{MAX_AT_ONCE, NotAtOnce};
use crate::app::domains::DomainsError;
use crate::app::escalation::{EscalationError, MAX_TO};
use crate::app::invitations::InviteError;
use crate::app::invitations::qr::MAX_LINK_BYTES;
use crate::app::inviting::InvitingError;
use crate::app::join::JoinError;
use crate::app::proofs::ProofError;
use crate::app::requests::{MAX_NOTE_CHARS, RequestError};
use crate::app::sso;
use crate::app::sso::connections::{ConnectionError, MAX_ISSUER_BYTES};
use crate::app::sso::login::{MAX_CLAIMS, MAX_VALUE_BYTES};
use crate::app::throttle::TooManyAttempts;
use crate::http::routes;

impl From<InviteError> for Failure {
    fn from(error: InviteError) -> Failure {
        let detail = error.to_string();
        match error {
            InviteError::Refused(refusal) => refusal.into(),
            InviteError::Name(_) | InviteError::NameRequired => Failure::at(Code::InvalidField, "/name", detail),
            InviteError::Domain(_) => Failure::at(Code::InvalidField, "/email_domain", detail),
            InviteError::NoSuchDepartment(_) | InviteError::DepartmentRequired => {
                Failure::at(Code::InvalidField, "/department", detail)
            }
            InviteError::NoSuchPlan(_) => Failure::at(Code::InvalidField, "/plan", detail),
            InviteError::NoSeatFree => Failure::at(Code::NoSeatFree, "/plan", detail),
            InviteError::Ended => Failure::at(Code::InvalidField, "/expires_at", detail),
            InviteError::NoUses => Failure::at(Code::InvalidField, "/max_uses", detail),
            InviteError::TooMuchAuthority => Failure::at(Code::TooMuchAuthority, "/role", detail),
            InviteError::OtherLink => Failure::at(Code::InvalidField, "/link", detail),
            InviteError::LinkTooLong => {
                Failure::beyond(Code::InvalidField, "link_bytes", MAX_LINK_BYTES, detail).field("/link")
            }
            InviteError::NotAllowed => Failure::new(Code::InvitingNotAllowed, detail),
            InviteError::ConsoleOnly => Failure::new(Code::ConsoleOnly, detail),
            InviteError::Over(_) => Failure::new(Code::WrongState, detail),
        }
    }
}

impl From<InvitingError> for Failure {
    fn from(error: InvitingError) -> Failure {
        let detail = error.to_string();
        match error {
            InvitingError::Refused(refusal) => refusal.into(),
            InvitingError::TooMany => Failure::beyond(Code::LimitReached, "chosen", MAX_CHOSEN, detail),
            InvitingError::NoSuchDepartment(_) => Failure::at(Code::InvalidField, "/departments", detail),
            InvitingError::NoSuchMember(_) => Failure::at(Code::InvalidField, "/members", detail),
        }
    }
}

impl From<EscalationError> for Failure {
    fn from(error: EscalationError) -> Failure {
        let detail = error.to_string();
        match error {
            EscalationError::Refused(refusal) => refusal.into(),
            EscalationError::Hours => Failure::at(Code::InvalidField, "/after_hours", detail),
            EscalationError::TooMany => Failure::beyond(Code::InvalidField, "approvers", MAX_TO, detail).field("/to"),
            EscalationError::NoApprover(_) => Failure::at(Code::InvalidField, "/to", detail),
        }
    }
}

impl From<ProofError> for Failure {
    fn from(error: ProofError) -> Failure {
        let detail = error.to_string();
        match error {
            ProofError::Refused(refusal) => refusal.into(),
            ProofError::Throttled(error) => throttled(&error),
            ProofError::TooMany => Problem::new(Code::TooManyCodes, detail).with("limit", "codes_by_address").into(),
            ProofError::AskedTooOften(error) => slowed(Code::TooManyCodes, detail, &error),
            ProofError::OrganisationFull(most) => Failure::beyond(Code::LimitReached, "members", most, detail),
            ProofError::Code(proof::ProofError::Wrong) => Failure::new(Code::CodeWrong, detail),
            ProofError::Code(proof::ProofError::Expired) => Failure::new(Code::CodeExpired, detail),
            ProofError::Code(proof::ProofError::TriedTooOften) => tried_too_often(detail),
        }
    }
}

impl From<JoinError> for Failure {
    fn from(error: JoinError) -> Failure {
        let detail = error.to_string();
        match error {
            JoinError::Refused(refusal) => refusal.into(),
            JoinError::Name(_) => Failure::at(Code::InvalidField, "/name", detail),
            JoinError::EmployeeNumber(_) => Failure::at(Code::InvalidField, "/employee_number", detail),
            JoinError::Language(_) => Failure::at(Code::InvalidField, "/language", detail),
            JoinError::WorkforceType(_) => Failure::at(Code::InvalidField, "/workforce_type", detail),
            JoinError::Attributes(error) => error.into(),
            JoinError::Unknown => Failure::at(Code::InvitationUnknown, "/by", detail),
            JoinError::Throttled(error) => throttled(&error),
            JoinError::AskedTooOften(error) => slowed(Code::TooManyJoins, detail, &error),
            JoinError::SsoRequired => Failure::new(Code::SsoRequired, detail),
            JoinError::Closed(refusal) => closed(&refusal, detail),
            JoinError::NotPersonal => Failure::at(Code::WrongState, "/by", detail),
            JoinError::Proof(error) => error.into(),
            JoinError::WrongProof => Failure::at(Code::InvalidField, "/email", detail),
            JoinError::PhoneOfAnother => Failure::at(Code::AlreadyExists, "/phone", detail),
            JoinError::ProofRequired(of) => Problem::new(Code::ProofRequired, detail).with("of", of.as_str()).into(),
            JoinError::Enrol(error) => error.into(),
            JoinError::Answered(error) => answered(error, detail),
        }
    }
}

/// Says which limit it is and how long to wait; the wait goes out as `Retry-After` too.
fn throttled(error: &TooManyAttempts) -> Failure {
    slowed(Code::TooManyAttempts, error.to_string(), error)
}

fn slowed(code: Code, detail: String, error: &TooManyAttempts) -> Failure {
    let problem = Problem::new(code, detail);
    problem.with("limit", error.limit).with("retry_after", error.seconds()).into()
}

fn closed(refusal: &invitation::Refusal, detail: String) -> Failure {
    use invitation::Refusal as Closed;

    let code = match refusal {
        Closed::Revoked => Code::InvitationRevoked,
        Closed::Expired(_) | Closed::CodeExpired(_) => Code::InvitationExpired,
        Closed::Full | Closed::CodeFull => Code::InvitationFull,
        Closed::EmailDomain(_) => Code::EmailDomainRequired,
        Closed::OtherPerson => Code::OtherPersonInvited,
        Closed::NotProved => Code::ProofRequired,
    };
    Failure::new(code, detail)
}

/// Whoever answers second is told the first answer (R17).
fn answered(error: AnswerError, detail: String) -> Failure {
    match error {
        AnswerError::Expired(_) => Failure::new(Code::RequestExpired, detail),
        AnswerError::AlreadyProcessed(first) => {
            let first = serde_json::to_value(routes::requests::answer(&first)).unwrap_or_default();
            Problem::new(Code::AlreadyProcessed, detail).with("first_answer", first).into()
        }
    }
}

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Failure {
        let detail = error.to_string();
        match error {
            RequestError::Refused(refusal) => refusal.into(),
            RequestError::Answered(error) => answered(error, detail),
            RequestError::Enrol(error) => error.into(),
            RequestError::NoSuchPlan(_) => Failure::at(Code::InvalidField, "/seat/plan", detail),
            RequestError::NoteTooLong => {
                Failure::beyond(Code::InvalidField, "note_characters", MAX_NOTE_CHARS, detail).field("/note")
            }
            RequestError::TooMuchAuthority => Failure::new(Code::TooMuchAuthority, detail),
            RequestError::SeatGone => Failure::new(Code::Conflict, detail),
        }
    }
}

impl From<NotAtOnce> for Failure {
    fn from(error: NotAtOnce) -> Failure {
        Failure::beyond(Code::InvalidField, "requests_at_once", MAX_AT_ONCE, error.to_string()).field("/requests")
    }
}

impl From<BotError> for Failure {
    fn from(error: BotError) -> Failure {
        let detail = error.to_string();
        match error {
            BotError::Refused(refusal) => refusal.into(),
            BotError::Name(_) => Failure::at(Code::InvalidField, "/name", detail),
            BotError::UnnamedUser | BotError::NoSuchMember(_) => Failure::at(Code::InvalidField, "/approvers", detail),
            BotError::TooManyUsers => {
                Failure::beyond(Code::InvalidField, "users_of_bot", MAX_USERS, detail).field("/approvers")
            }
            BotError::LongUser => {
                Failure::beyond(Code::InvalidField, "user_bytes", MAX_USER_BYTES, detail).field("/approvers")
            }
            BotError::TooMany => Failure::beyond(Code::LimitReached, "bots", MAX_BOTS, detail),
        }
    }
}

impl From<NotSigned> for Failure {
    fn from(error: NotSigned) -> Failure {
        let detail = error.to_string();
        match error {
            NotSigned::Refused(refusal) => refusal.into(),
            NotSigned::Signature => Failure::at(Code::SignatureWrong, "webhook-signature", detail),
        }
    }
}

impl From<DomainsError> for Failure {
    fn from(error: DomainsError) -> Failure {
        let detail = error.to_string();
        match error {
            DomainsError::Refused(refusal) => refusal.into(),
            DomainsError::Domain(DomainError::Malformed(_)) => Failure::at(Code::InvalidField, "/domain", detail),
            DomainsError::Domain(DomainError::PublicProvider(_)) => {
                Failure::at(Code::PublicMailProvider, "/domain", detail)
            }
            DomainsError::TooMany => Failure::beyond(Code::LimitReached, "domains", MAX_DOMAINS, detail),
            DomainsError::Present => Failure::at(Code::AlreadyExists, "/domain", detail),
            DomainsError::Taken => Failure::new(Code::DomainTaken, detail),
            DomainsError::NotProved { .. } => Failure::new(Code::DomainNotProved, detail),
            DomainsError::Dns(_) => {
                tracing::warn!(error = %detail, "the DNS gave no answer");
                Failure::new(Code::ResolverFailed, "the DNS gave no answer: try again later")
            }
            DomainsError::Elsewhere(_) => Failure::at(Code::InvalidField, "/email", detail),
            DomainsError::Proof(error) => error.into(),
            DomainsError::NoSuchConnection(_) => Failure::at(Code::InvalidField, "/connection", detail),
        }
    }
}

impl From<ConnectionError> for Failure {
    fn from(error: ConnectionError) -> Failure {
        let detail = error.to_string();
        match error {
            ConnectionError::Refused(refusal) => refusal.into(),
            ConnectionError::Name(_) => Failure::at(Code::InvalidField, "/name", detail),
            ConnectionError::LongIssuer => {
                Failure::beyond(Code::InvalidField, "issuer_bytes", MAX_ISSUER_BYTES, detail).field("/issuer")
            }
            ConnectionError::Issuer => Failure::at(Code::InvalidField, "/issuer", detail),
            ConnectionError::TooMany => Failure::beyond(Code::LimitReached, "connections", MAX_CONNECTIONS, detail),
            ConnectionError::Bound(_) => Failure::new(Code::NotEmpty, detail),
            ConnectionError::NoWayBack => Failure::new(Code::WrongState, detail),
        }
    }
}

impl From<sso::login::LoginError> for Failure {
    fn from(error: sso::login::LoginError) -> Failure {
        use sso::login::LoginError as Error;

        let detail = error.to_string();
        let decided = |code, id: DecisionId| Problem::new(code, detail.clone()).with("decision", id.to_string()).into();
        match error {
            Error::Refused(refusal) => refusal.into(),
            Error::NoSubject => Failure::at(Code::InvalidField, "/subject", detail),
            Error::LongSubject => {
                Failure::beyond(Code::InvalidField, "subject_bytes", MAX_SUBJECT_BYTES, detail).field("/subject")
            }
            Error::TooManyClaims => Failure::beyond(Code::InvalidField, "claims", MAX_CLAIMS, detail).field("/claims"),
            Error::EmptyClaim(index) => Failure::at(Code::InvalidField, format!("/claims/{index}"), detail),
            Error::LongClaim(index) => Failure::beyond(Code::InvalidField, "claim_bytes", MAX_VALUE_BYTES, detail)
                .field(format!("/claims/{index}")),
            Error::Address { index, .. } => Failure::at(Code::InvalidField, format!("/claims/{index}/value"), detail),
            Error::Disabled => Failure::new(Code::WrongState, detail),
            Error::Mismatch(id) => decided(Code::IdentityMismatch, id),
            Error::UnderReview(id) => decided(Code::LoginUnderReview, id),
        }
    }
}
