//! Errors about sheets, of people and of seats, and about workforce types.

use usher_api::{Code, Problem};
use usher_domain::workforce::WorkforceError;
use usher_sheets::SheetError;

use super::Failure;
use crate::app::imports::{ImportError, MAX_OPEN, MAX_UPLOAD_BYTES};
use crate::app::seats::file::{FileError, MAX_FILE_BYTES};
use crate::app::workforce_types::WorkforceTypeError;

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Failure {
        let detail = error.to_string();
        match error {
            ImportError::Refused(refusal) => refusal.into(),
            ImportError::State(_) => Failure::new(Code::WrongState, detail),
            ImportError::Sheet(error) => sheet(&error, detail),
            ImportError::Header(_) => Failure::new(Code::InvalidSheet, detail),
            ImportError::TooLarge => {
                Failure::from(Problem::new(Code::BodyTooLarge, detail).with("limit", MAX_UPLOAD_BYTES))
            }
            ImportError::Broken => Failure::new(Code::MalformedBody, detail),
            ImportError::Unconfirmed { accounts } => {
                Failure::from(Problem::new(Code::ConfirmationRequired, detail).with("accounts", accounts))
            }
            ImportError::NoSuchPlan(_) => Failure::at(Code::InvalidField, "/plan", detail),
            ImportError::NoSuchGroup(_) => Failure::at(Code::InvalidField, "/group", detail),
            ImportError::WorkforceType(_) => Failure::at(Code::InvalidField, "/group_workforce_types", detail),
            ImportError::TooMany => Failure::from(Problem::new(Code::LimitReached, detail).with("limit", MAX_OPEN)),
            ImportError::Workbook => Failure::at(Code::LimitReached, "format", detail),
            ImportError::Waiting(error) => error.into(),
            ImportError::File(_) | ImportError::Write(_) => unavailable(&detail),
        }
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Failure {
        let detail = error.to_string();
        match error {
            FileError::Refused(refusal) => refusal.into(),
            FileError::Sheet(error) => sheet(&error, detail),
            FileError::Missing(_) | FileError::Twice(_) => Failure::new(Code::InvalidSheet, detail),
            FileError::TooLarge => Problem::new(Code::BodyTooLarge, detail).with("limit", MAX_FILE_BYTES).into(),
            FileError::Waiting(error) => error.into(),
            FileError::Broken => Failure::new(Code::MalformedBody, detail),
            FileError::Workbook => Failure::at(Code::LimitReached, "format", detail),
            FileError::Write(_) => unavailable(&detail),
        }
    }
}

fn sheet(error: &SheetError, detail: String) -> Failure {
    match error {
        SheetError::Io(_) => unavailable(&detail),
        SheetError::Exceeded { bound, limit, .. } => {
            let problem = Problem::new(Code::InvalidSheet, detail).with("bound", bound.name());
            Failure::from(problem.with("limit", *limit))
        }
        _ => Failure::new(Code::InvalidSheet, detail),
    }
}

fn unavailable(detail: &str) -> Failure {
    tracing::error!(error = %detail, "the file of an import cannot be kept or read");
    Failure::new(Code::Unavailable, "the host cannot reach its files: try again, then tell the operator")
}

impl From<WorkforceTypeError> for Failure {
    fn from(error: WorkforceTypeError) -> Failure {
        let detail = error.to_string();
        match error {
            WorkforceTypeError::Refused(refusal) => refusal.into(),
            WorkforceTypeError::InUse(_) => Failure::new(Code::NotEmpty, detail),
            WorkforceTypeError::Type(WorkforceError::Taken(_)) => Failure::at(Code::AlreadyExists, "/name", detail),
            WorkforceTypeError::Type(WorkforceError::TooMany) => Failure::new(Code::LimitReached, detail),
            WorkforceTypeError::Type(WorkforceError::BuiltIn(_)) => Failure::new(Code::WrongState, detail),
            WorkforceTypeError::Type(WorkforceError::Unknown(_)) => Failure::new(Code::NotFound, detail),
            WorkforceTypeError::Type(WorkforceError::Name(_) | WorkforceError::TooLong) => {
                Failure::at(Code::InvalidField, "/name", detail)
            }
        }
    }
}
