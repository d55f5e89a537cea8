//! Errors about organisations, plans, tokens, rates, turns, room and copies of the store.

use usher_api::{Code, Problem};
use usher_domain::organisation::{LocaleError, MAX_PHONE_REGIONS};
use usher_domain::plan::PlanError;

use super::Failure;
use super::logins::limited;
use crate::app::backups::BackupError;
use crate::app::operator_tokens::{MAX_TOKENS, OperatorTokenError};
use crate::app::organisations::OrganisationError;
use crate::app::plans::{MAX_PLANS, SellError};
use crate::app::throttle::requests::TooManyRequests;
use crate::app::tokens::TokenError;
use crate::http::large_bodies::TooManyBodies;
use crate::turns::TooManyWaiting;

impl From<OrganisationError> for Failure {
    fn from(error: OrganisationError) -> Failure {
        let detail = error.to_string();
        match error {
            OrganisationError::Refused(refusal) => refusal.into(),
            OrganisationError::Name(_) => Failure::at(Code::InvalidField, "/name", detail),
            OrganisationError::Locale(LocaleError::Region(_)) => Failure::at(Code::InvalidField, "/region", detail),
            OrganisationError::Locale(LocaleError::Language(_)) => Failure::at(Code::InvalidField, "/language", detail),
            OrganisationError::Enrol(error) => error.into(),
            OrganisationError::TooManyRegions => {
                Failure::beyond(Code::InvalidField, "phone_regions", MAX_PHONE_REGIONS, detail)
                    .field("/skip_refused_for")
            }
        }
    }
}

impl From<TooManyRequests> for Failure {
    fn from(error: TooManyRequests) -> Failure {
        limited(Code::TooManyRequests, error.to_string(), error.0)
    }
}

impl From<TooManyWaiting> for Failure {
    fn from(error: TooManyWaiting) -> Failure {
        let problem = Problem::new(Code::TooManyWaiting, error.to_string()).with("limit", error.limit);
        problem.with("retry_after", 5).into()
    }
}

impl From<TooManyBodies> for Failure {
    fn from(error: TooManyBodies) -> Failure {
        let problem = Problem::new(Code::TooManyBodies, error.to_string()).with("limit", TooManyBodies::LIMIT);
        problem.with("retry_after", 1).into()
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
            SellError::Plan(PlanError::Excludes(_)) => Failure::at(Code::InvalidField, "/excludes", detail),
            SellError::TooMany => Failure::beyond(Code::LimitReached, "plans", MAX_PLANS, detail),
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

impl From<OperatorTokenError> for Failure {
    fn from(error: OperatorTokenError) -> Failure {
        let detail = error.to_string();
        match error {
            OperatorTokenError::Refused(refusal) => refusal.into(),
            OperatorTokenError::Name(_) => Failure::at(Code::InvalidField, "/name", detail),
            OperatorTokenError::Expired => Failure::at(Code::InvalidField, "/expires_at", detail),
            OperatorTokenError::TooMany => Failure::beyond(Code::LimitReached, "operator_tokens", MAX_TOKENS, detail),
            OperatorTokenError::Ended => Failure::new(Code::WrongState, detail),
            OperatorTokenError::Last => Failure::new(Code::LastOperatorToken, detail),
        }
    }
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Failure {
        let detail = error.to_string();
        match error {
            BackupError::Refused(refusal) => refusal.into(),
            BackupError::Taken(_) => Failure::at(Code::AlreadyExists, "/name", detail),
            BackupError::Unsupported => Failure::new(Code::WrongState, detail),
        }
    }
}
