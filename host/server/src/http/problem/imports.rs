//! Errors about sheets, of people and of seats, and about workforce types.

use usher_api::{Code, Problem};
use usher_domain::workforce::{MAX_OWN, MAX_TYPE_CHARS, WorkforceError};
use usher_sheets::SheetError;

use super::Failure;
use crate::app::attributes::MAX_OF_MEMBER;
use crate::app::imports::{HeaderError, ImportError, MAX_OPEN, MAX_UPLOAD_BYTES};
use crate::app::outgoing::{MAX_WORKBOOK_BYTES, MAX_WORKBOOK_CELLS, WorkbookFull};
use crate::app::seats::file::{FileError, MAX_FILE_BYTES};
use crate::app::workforce_types::WorkforceTypeError;

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Failure {
        let detail = error.to_string();
        match error {
            ImportError::Refused(refusal) => refusal.into(),
            ImportError::State(_) => Failure::new(Code::WrongState, detail),
            ImportError::Sheet(error) => sheet(&error, detail),
            ImportError::Header(HeaderError::TooManyAttributes) => {
                Failure::beyond(Code::InvalidSheet, "attributes_of_member", MAX_OF_MEMBER, detail)
            }
            ImportError::Header(_) => Failure::new(Code::InvalidSheet, detail),
            ImportError::TooLarge => Failure::beyond(Code::BodyTooLarge, "file_bytes", MAX_UPLOAD_BYTES, detail),
            ImportError::Broken => Failure::new(Code::MalformedBody, detail),
            ImportError::Unconfirmed { accounts } => {
                Failure::from(Problem::new(Code::ConfirmationRequired, detail).with("accounts", accounts))
            }
            ImportError::NoSuchPlan(_) => Failure::at(Code::InvalidField, "/plan", detail),
            ImportError::NoSuchGroup(_) => Failure::at(Code::InvalidField, "/group", detail),
            ImportError::WorkforceType(_) => Failure::at(Code::InvalidField, "/group_workforce_types", detail),
            ImportError::TooMany => Failure::beyond(Code::LimitReached, "open_imports", MAX_OPEN, detail),
            ImportError::Workbook(error) => workbook(error, detail),
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
            FileError::TooLarge => Failure::beyond(Code::BodyTooLarge, "file_bytes", MAX_FILE_BYTES, detail),
            FileError::Waiting(error) => error.into(),
            FileError::Broken => Failure::new(Code::MalformedBody, detail),
            FileError::Workbook(error) => workbook(error, detail),
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

fn workbook(error: WorkbookFull, detail: String) -> Failure {
    let (bound, limit) = match error {
        WorkbookFull::Cells => ("workbook_cells", MAX_WORKBOOK_CELLS),
        WorkbookFull::Bytes => ("workbook_bytes", MAX_WORKBOOK_BYTES),
    };
    Failure::beyond(Code::LimitReached, bound, limit, detail).field("format")
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
            WorkforceTypeError::Type(WorkforceError::TooMany) => {
                Failure::beyond(Code::LimitReached, "workforce_types", MAX_OWN, detail)
            }
            WorkforceTypeError::Type(WorkforceError::BuiltIn(_)) => Failure::new(Code::WrongState, detail),
            WorkforceTypeError::Type(WorkforceError::Unknown(_)) => Failure::new(Code::NotFound, detail),
            WorkforceTypeError::Type(WorkforceError::Name(_)) => Failure::at(Code::InvalidField, "/name", detail),
            WorkforceTypeError::Type(WorkforceError::TooLong) => {
                Failure::beyond(Code::InvalidField, "workforce_type_characters", MAX_TYPE_CHARS, detail).field("/name")
            }
        }
    }
}
