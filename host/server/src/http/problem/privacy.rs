//! Errors about erasing people.

use usher_api::Code;

use super::Failure;
use crate::app::privacy::erasure::ErasureError;

impl From<ErasureError> for Failure {
    fn from(error: ErasureError) -> Failure {
        let detail = error.to_string();
        match error {
            ErasureError::Refused(refusal) => refusal.into(),
            ErasureError::StillMember(_)
            | ErasureError::StillWaiting
            | ErasureError::StillInvited
            | ErasureError::NotPersonal => Failure::new(Code::WrongState, detail),
        }
    }
}
