//! How errors reach the client: the one place where an error of a use case becomes a problem.
//!
//! Internal text (of the store, of the operating system) never leaves: it is logged, and the client
//! gets a code, a sentence written for it and the request id to quote.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use usher_api::{Code, Problem};
use usher_domain::address::AddressError;
use usher_domain::department::DepartmentError;
use usher_domain::login::LoginError;
use usher_domain::ids::DecisionId;
use usher_domain::invitation;
use usher_domain::organisation::LocaleError;
use usher_domain::plan::PlanError;
use usher_domain::proof;
use usher_domain::request::AnswerError;
use usher_domain::verified_domain::DomainError;
use usher_engine::{ManifestError, PrepareError};

use crate::app::backups::BackupError;
use crate::app::departments::DepartmentsError;
use crate::app::members::MemberError;
use crate::app::domains::DomainsError;
use crate::app::invitations::InviteError;
use crate::app::join::JoinError;
use crate::app::members::enrol::EnrolError;
use crate::app::organisations::OrganisationError;
use crate::app::plans::SellError;
use crate::app::policies::activate::ActivateError;
use crate::app::policies::upload::UploadError;
use crate::app::proofs::ProofError;
use crate::app::refusal::Refusal;
use crate::app::requests::RequestError;
use crate::app::seats::SeatError;
use crate::app::sso;
use crate::app::sso::connections::ConnectionError;
use crate::app::tokens::TokenError;

use super::routes;

/// A problem on its way out. The outermost layer gives it the request id and writes it down.
#[derive(Clone, Debug)]
pub struct Failure(pub Box<Problem>);

/// What handlers answer.
pub type Answer<T> = Result<T, Failure>;

impl Failure {
    /// A failure of the code, with what happened in this case.
    pub fn new(code: Code, detail: impl Into<String>) -> Failure {
        Failure(Box::new(Problem::new(code, detail)))
    }

    /// A failure that names the field, parameter or header that was wrong.
    pub fn at(code: Code, field: impl Into<String>, detail: impl Into<String>) -> Failure {
        Failure(Box::new(Problem::new(code, detail).field(field)))
    }

    /// An address that is none.
    pub fn address(field: &str, error: &AddressError) -> Failure {
        Failure::at(Code::InvalidField, field, error.to_string())
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Failure {
        Failure(Box::new(problem))
    }
}

impl IntoResponse for Failure {
    /// Status and problem as an extension; `observe` renders the body, since it knows the request id.
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        let detail = refusal.to_string();
        match refusal {
            Refusal::NotFound { .. } => Failure::new(Code::NotFound, detail),
            Refusal::Unauthenticated => Failure::new(Code::Unauthenticated, detail),
            Refusal::Forbidden { .. } => Failure::new(Code::Forbidden, detail),
            Refusal::Cursor => Failure::at(Code::InvalidCursor, "cursor", detail),
            Refusal::Stale { .. } => Failure::at(Code::StaleVersion, "if-match", detail),
            Refusal::Busy => Failure::new(Code::Conflict, detail),
            Refusal::OnceReused => Failure::at(Code::IdempotencyKeyReused, "idempotency-key", detail),
            Refusal::Policies(_) => {
                tracing::error!(error = %detail, "policies that were live cannot be loaded");
                Failure::new(Code::Unavailable, "the host cannot run the organisation's policies: tell the operator")
            }
            Refusal::Store(_) | Refusal::Commit(_) => {
                tracing::error!(error = %detail, "the store failed a request");
                Failure::new(Code::Unavailable, "the host cannot reach its data: try again, then tell the operator")
            }
        }
    }
}

impl From<OrganisationError> for Failure {
    fn from(error: OrganisationError) -> Failure {
        let detail = error.to_string();
        match error {
            OrganisationError::Refused(refusal) => refusal.into(),
            OrganisationError::Name(_) => Failure::at(Code::InvalidField, "/name", detail),
            OrganisationError::Locale(LocaleError::Region(_)) => Failure::at(Code::InvalidField, "/region", detail),
            OrganisationError::Locale(LocaleError::Language(_)) => Failure::at(Code::InvalidField, "/language", detail),
            OrganisationError::Enrol(error) => error.into(),
        }
    }
}

impl From<EnrolError> for Failure {
    fn from(error: EnrolError) -> Failure {
        let detail = error.to_string();
        match error {
            EnrolError::WorkEmailTaken(_) => Failure::at(Code::AlreadyExists, "/work_email", detail),
            EnrolError::PhoneTaken(_) => Failure::at(Code::AlreadyExists, "/phone", detail),
            EnrolError::MembersFull(_) => Failure::new(Code::LimitReached, detail),
            EnrolError::DepartmentFull(_) => Failure::at(Code::LimitReached, "/departments", detail),
        }
    }
}

impl From<SellError> for Failure {
    fn from(error: SellError) -> Failure {
        let detail = error.to_string();
        match error {
            SellError::Refused(refusal) => refusal.into(),
            SellError::Name(_) => Failure::at(Code::InvalidField, "/name", detail),
            SellError::Plan(PlanError::Empty) => Failure::at(Code::InvalidField, "/size", detail),
            SellError::Plan(PlanError::EndsBeforeStart { .. }) => Failure::at(Code::InvalidField, "/ends_on", detail),
            SellError::TooMany => Failure::new(Code::LimitReached, detail),
        }
    }
}

impl From<TokenError> for Failure {
    fn from(error: TokenError) -> Failure {
        let detail = error.to_string();
        match error {
            TokenError::Refused(refusal) => refusal.into(),
            TokenError::Name(_) => Failure::at(Code::InvalidField, "/name", detail),
            TokenError::NoSuchMember(_) => Failure::at(Code::InvalidField, "/holder/member", detail),
            TokenError::NoPermissions => Failure::at(Code::InvalidField, "/holder/permissions", detail),
            TokenError::Expired => Failure::at(Code::InvalidField, "/expires_at", detail),
            TokenError::TooMuchAuthority => Failure::at(Code::TooMuchAuthority, "/holder", detail),
        }
    }
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Failure {
        let detail = error.to_string();
        match error {
            BackupError::Refused(refusal) => refusal.into(),
            BackupError::NotAbsolute => Failure::at(Code::InvalidField, "/to", detail),
            BackupError::NotEmpty => Failure::at(Code::NotEmpty, "/to", detail),
            BackupError::Unsupported => Failure::new(Code::WrongState, detail),
        }
    }
}

impl From<UploadError> for Failure {
    fn from(error: UploadError) -> Failure {
        match error {
            UploadError::Refused(refusal) => refusal.into(),
            UploadError::Manifest(error) => manifest(&error),
            UploadError::Prepare(error) => prepare(&error, "/payload", "/settings"),
        }
    }
}

fn manifest(error: &ManifestError) -> Failure {
    let field = match error {
        ManifestError::Json { .. } => "/manifest",
        ManifestError::Name { .. } => "/manifest/name",
        ManifestError::Contract { .. } => "/manifest/contract",
        ManifestError::PayloadDigest { .. } | ManifestError::Digest { .. } => "/manifest/payload",
        ManifestError::Empty | ManifestError::TooLarge { .. } => "/payload",
    };
    Failure::at(Code::InvalidField, field, error.to_string())
}

/// What stands in the way of a policy; `payload` and `settings` say where in the body each came from.
fn prepare(error: &PrepareError, payload: &str, settings: &str) -> Failure {
    let detail = error.to_string();
    match error {
        PrepareError::Host { .. } => {
            tracing::error!(error = %detail, "a policy could not be prepared");
            Failure::new(Code::Unavailable, "the host cannot compile policies at this moment: tell the operator")
        }
        PrepareError::NoRhaiRuntime => Failure::at(Code::PolicyUnfit, payload, detail),
        PrepareError::SettingsInvalid { problems } => {
            let pointer = problems.first().map_or("", |problem| problem.pointer.as_str());
            Failure::at(Code::PolicySettings, format!("{settings}{pointer}"), detail)
        }
        _ => {
            let mut failure = Failure::at(Code::PolicyUnfit, payload, detail);
            failure.0.more.insert("reason".into(), error.code().into());
            failure
        }
    }
}

impl From<ActivateError> for Failure {
    fn from(error: ActivateError) -> Failure {
        let detail = error.to_string();
        let at = |entry: usize, field: &str| {
            Failure::at(Code::InvalidField, format!("/entries/{entry}{field}"), detail.clone())
        };
        match error {
            ActivateError::Refused(refusal) => refusal.into(),
            ActivateError::TooMany => Failure::at(Code::InvalidField, "/entries", detail),
            ActivateError::UnknownPolicy { entry, .. } | ActivateError::OtherPoint { entry, .. } => at(entry, "/policy"),
            ActivateError::NotDeclared { entry, .. } => at(entry, "/grants"),
            ActivateError::Prepare { entry, error } => {
                prepare(&error, &format!("/entries/{entry}/policy"), &format!("/entries/{entry}/settings"))
            }
            ActivateError::Reindex(_) => Failure::new(Code::PolicyUnfit, detail),
        }
    }
}

impl From<DepartmentsError> for Failure {
    fn from(error: DepartmentsError) -> Failure {
        let detail = error.to_string();
        match error {
            DepartmentsError::Refused(refusal) => refusal.into(),
            DepartmentsError::Name(_) => Failure::at(Code::InvalidField, "/name", detail),
            DepartmentsError::Tree(error) => tree(&error, "/parent"),
            DepartmentsError::HasMembers => Failure::new(Code::NotEmpty, detail),
        }
    }
}

/// What a tree of departments cannot take; `field` names the departments in the request.
fn tree(error: &DepartmentError, field: &str) -> Failure {
    let detail = error.to_string();
    match error {
        DepartmentError::Unknown(_) => Failure::at(Code::InvalidField, field, detail),
        DepartmentError::NameTaken(_) => Failure::at(Code::AlreadyExists, "/name", detail),
        DepartmentError::Limit { limit, .. } => {
            Failure::from(Problem::new(Code::LimitReached, detail).field(field).with("limit", *limit))
        }
        DepartmentError::Cycle => Failure::at(Code::InvalidField, field, detail),
        DepartmentError::Root => Failure::new(Code::WrongState, detail),
        DepartmentError::HasChildren(_) => Failure::new(Code::NotEmpty, detail),
    }
}

impl From<MemberError> for Failure {
    fn from(error: MemberError) -> Failure {
        let detail = error.to_string();
        match error {
            MemberError::Refused(refusal) => refusal.into(),
            MemberError::Name(_) => Failure::at(Code::InvalidField, "/name", detail),
            MemberError::Locale(_) => Failure::at(Code::InvalidField, "/language", detail),
            MemberError::Login(error) => login(error, detail),
            MemberError::Departments(error) => tree(&error, "/departments"),
            MemberError::NoSuchDepartment(_) => Failure::at(Code::InvalidField, "/departments", detail),
            MemberError::NoSuchPlan(_) => Failure::at(Code::InvalidField, "/seat/plan", detail),
            MemberError::Attributes => Failure::at(Code::InvalidField, "/attributes", detail),
            MemberError::Enrol(error) => error.into(),
            MemberError::State(_) | MemberError::Deleted => Failure::new(Code::WrongState, detail),
            MemberError::NoSeatFree => Failure::at(Code::NoSeatFree, "/seat/plan", detail),
            MemberError::TooMuchAuthority => Failure::new(Code::TooMuchAuthority, detail),
            MemberError::LastPrimaryAdmin => Failure::new(Code::LastPrimaryAdmin, detail),
        }
    }
}

fn login(error: LoginError, detail: String) -> Failure {
    match error {
        LoginError::BusinessMailInactive => Failure::at(Code::BusinessMailInactive, "/login", detail),
        LoginError::Missing(field) => Failure::at(Code::InvalidField, format!("/{field}"), detail),
        LoginError::NoLogin => Failure::at(Code::InvalidField, "/login", detail),
        LoginError::TypeRequired => Failure::at(Code::LoginTypeRequired, "/login", detail),
    }
}

impl From<InviteError> for Failure {
    fn from(error: InviteError) -> Failure {
        let detail = error.to_string();
        match error {
            InviteError::Refused(refusal) => refusal.into(),
            InviteError::Name(_) => Failure::at(Code::InvalidField, "/name", detail),
            InviteError::Domain(_) => Failure::at(Code::InvalidField, "/email_domain", detail),
            InviteError::NoSuchDepartment(_) => Failure::at(Code::InvalidField, "/department", detail),
            InviteError::NoSuchPlan(_) => Failure::at(Code::InvalidField, "/plan", detail),
            InviteError::NoSeatFree => Failure::at(Code::NoSeatFree, "/plan", detail),
            InviteError::Ended => Failure::at(Code::InvalidField, "/expires_at", detail),
            InviteError::NoUses => Failure::at(Code::InvalidField, "/max_uses", detail),
            InviteError::TooMuchAuthority => Failure::at(Code::TooMuchAuthority, "/role", detail),
            InviteError::Revoked => Failure::new(Code::WrongState, detail),
        }
    }
}

impl From<ProofError> for Failure {
    fn from(error: ProofError) -> Failure {
        let detail = error.to_string();
        match error {
            ProofError::Refused(refusal) => refusal.into(),
            ProofError::TooMany => Failure::new(Code::TooManyCodes, detail),
            ProofError::Code(proof::ProofError::Wrong) => Failure::new(Code::CodeWrong, detail),
            ProofError::Code(proof::ProofError::Expired) => Failure::new(Code::CodeExpired, detail),
            ProofError::Code(proof::ProofError::TriedTooOften) => Failure::new(Code::TooManyTries, detail),
        }
    }
}

impl From<JoinError> for Failure {
    fn from(error: JoinError) -> Failure {
        let detail = error.to_string();
        match error {
            JoinError::Refused(refusal) => refusal.into(),
            JoinError::Name(_) => Failure::at(Code::InvalidField, "/name", detail),
            JoinError::Language(_) => Failure::at(Code::InvalidField, "/language", detail),
            JoinError::TooLong(field) => Failure::at(Code::InvalidField, format!("/{field}"), detail),
            JoinError::Unknown => Failure::at(Code::InvitationUnknown, "/by", detail),
            JoinError::Closed(refusal) => closed(&refusal, detail),
            JoinError::NotPersonal => Failure::at(Code::WrongState, "/by", detail),
            JoinError::Proof(error) => error.into(),
            JoinError::WrongProof => Failure::at(Code::InvalidField, "/email", detail),
            JoinError::ProofRequired(of) => Problem::new(Code::ProofRequired, detail).with("of", of.as_str()).into(),
            JoinError::Enrol(error) => error.into(),
            JoinError::Answered(error) => answered(error, detail),
        }
    }
}

fn closed(refusal: &invitation::Refusal, detail: String) -> Failure {
    use invitation::Refusal as Closed;

    let code = match refusal {
        Closed::Revoked => Code::InvitationRevoked,
        Closed::Expired(_) => Code::InvitationExpired,
        Closed::Full => Code::InvitationFull,
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
            RequestError::NoteTooLong => Failure::at(Code::InvalidField, "/note", detail),
            RequestError::SeatGone => Failure::new(Code::Conflict, detail),
        }
    }
}

impl From<SeatError> for Failure {
    fn from(error: SeatError) -> Failure {
        let detail = error.to_string();
        match error {
            SeatError::Refused(refusal) => refusal.into(),
            SeatError::NoSuchPlan(_) | SeatError::NoSeat => Failure::new(Code::NotFound, detail),
            SeatError::Deleted | SeatError::Suspended => Failure::new(Code::WrongState, detail),
            SeatError::NoneFree => Failure::new(Code::NoSeatFree, detail),
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
            DomainsError::TooMany => Failure::new(Code::LimitReached, detail),
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
            ConnectionError::Issuer => Failure::at(Code::InvalidField, "/issuer", detail),
            ConnectionError::TooMany => Failure::new(Code::LimitReached, detail),
            ConnectionError::Bound(_) => Failure::new(Code::NotEmpty, detail),
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
            Error::Subject => Failure::at(Code::InvalidField, "/subject", detail),
            Error::Claims => Failure::at(Code::InvalidField, "/claims", detail),
            Error::Address { index, .. } => Failure::at(Code::InvalidField, format!("/claims/{index}/value"), detail),
            Error::Disabled => Failure::new(Code::WrongState, detail),
            Error::Mismatch(id) => decided(Code::IdentityMismatch, id),
            Error::UnderReview(id) => decided(Code::LoginUnderReview, id),
        }
    }
}
