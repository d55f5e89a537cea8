//! Errors about members logging in.

use usher_api::{Code, Problem};
use usher_domain::proof::ProofError;

use super::Failure;
use crate::app::login::LoginError;
use crate::app::throttle::TooManyAttempts;

impl From<LoginError> for Failure {
    fn from(error: LoginError) -> Failure {
        let detail = error.to_string();
        match error {
            LoginError::Refused(refusal) => refusal.into(),
            LoginError::Failed | LoginError::NotEnough => Failure::new(Code::LoginFailed, detail),
            LoginError::Nothing => Failure::at(Code::InvalidField, "/code", detail),
            LoginError::Code(ProofError::Wrong) => Failure::new(Code::CodeWrong, detail),
            LoginError::Code(ProofError::Expired) => Failure::new(Code::CodeExpired, detail),
            LoginError::Code(ProofError::TriedTooOften) => tried_too_often(detail),
            LoginError::Throttled(limit) => limited(Code::TooManyAttempts, detail, limit),
            LoginError::TooManyCodes(limit) => limited(Code::TooManyCodes, detail, limit),
            LoginError::CodeRequired => Failure::new(Code::LoginCodeRequired, detail),
            LoginError::PasswordChangeRequired => Failure::new(Code::PasswordChangeRequired, detail),
            LoginError::SamePassword => Failure::at(Code::InvalidField, "/new_password", detail),
            LoginError::NoPassword => Failure::new(Code::WrongState, detail),
            LoginError::MayNot(_) => Failure::new(Code::LoginRefused, detail),
            LoginError::SsoRequired => Failure::new(Code::SsoRequired, detail),
            LoginError::Overloaded(_) => Failure::new(Code::Overloaded, detail),
        }
    }
}

/// A code is tried so often and no more; there is nothing to wait for.
pub(super) fn tried_too_often(detail: String) -> Failure {
    Problem::new(Code::TooManyTries, detail).with("limit", "tries_by_code").into()
}

/// Says which limit it is and how long to wait; the wait goes out as `Retry-After` too.
pub(super) fn limited(code: Code, detail: String, limit: TooManyAttempts) -> Failure {
    Problem::new(code, detail).with("limit", limit.limit).with("retry_after", limit.seconds()).into()
}
