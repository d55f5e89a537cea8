//! Errors about policies: what does not fit, and where in the body it came from.

use usher_api::{Code, Problem};
use usher_engine::{ManifestError, PrepareError};

use super::Failure;
use crate::app::pdp::NotReady;
use crate::app::policies::MAX_ENTRIES;
use crate::app::policies::activate::ActivateError;
use crate::app::policies::delete::DeleteError;
use crate::app::policies::upload::{MAX_BYTES, UploadError};

impl From<UploadError> for Failure {
    fn from(error: UploadError) -> Failure {
        let detail = error.to_string();
        match error {
            UploadError::Refused(refusal) => refusal.into(),
            UploadError::Manifest(error) => manifest(&error),
            UploadError::Prepare(error) => not_ready(error, "/payload", "/settings"),
            UploadError::Full => Failure::beyond(Code::LimitReached, "policy_bytes", MAX_BYTES, detail),
        }
    }
}

fn manifest(error: &ManifestError) -> Failure {
    let field = match error {
        ManifestError::Json { .. } => "/manifest",
        ManifestError::Name { .. } => "/manifest/name",
        ManifestError::Contract { .. } => "/manifest/contract",
        ManifestError::PayloadDigest { .. } | ManifestError::Digest { .. } => "/manifest/payload",
        ManifestError::Empty => "/payload",
        ManifestError::TooLarge { limit, .. } => {
            return Failure::beyond(Code::InvalidField, "payload_bytes", *limit, error.to_string()).field("/payload");
        }
    };
    Failure::at(Code::InvalidField, field, error.to_string())
}

/// Why a policy is not there to be asked.
fn not_ready(error: NotReady, payload: &str, settings: &str) -> Failure {
    match error {
        NotReady::Prepare(error) => prepare(&error, payload, settings),
        NotReady::TooMany(error) => error.into(),
    }
}

/// What stands in the way of a policy; `payload` and `settings` say where in the body each came from.
fn prepare(error: &PrepareError, payload: &str, settings: &str) -> Failure {
    let detail = error.to_string();
    match error {
        PrepareError::Host { .. } => {
            tracing::error!(error = %detail, "a policy could not be prepared");
            Failure::new(Code::Unavailable, "the host cannot compile policies at this moment: tell the operator")
        }
        PrepareError::TooLarge { part, limit, .. } => {
            let (bound, field) = match part.as_str() {
                "settings" => ("settings_bytes", settings),
                "script" => ("script_bytes", payload),
                _ => ("script_memory_bytes", payload),
            };
            let mut failure = Failure::beyond(Code::PolicyUnfit, bound, *limit, detail).field(field);
            failure.0.more.insert("reason".into(), error.code().into());
            failure
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

impl From<DeleteError> for Failure {
    fn from(error: DeleteError) -> Failure {
        let detail = error.to_string();
        match error {
            DeleteError::Refused(refusal) => refusal.into(),
            DeleteError::InUse { point, generation } => {
                let problem = Problem::new(Code::PolicyInUse, detail).with("point", point.to_string());
                problem.with("generation", generation).into()
            }
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
            ActivateError::TooMany => {
                Failure::beyond(Code::InvalidField, "entries", MAX_ENTRIES, detail).field("/entries")
            }
            ActivateError::UnknownPolicy { entry, .. } | ActivateError::OtherPoint { entry, .. } => {
                at(entry, "/policy")
            }
            ActivateError::Deleted { .. } => Failure::at(Code::WrongState, "/generation", detail),
            ActivateError::NotDeclared { entry, .. } => at(entry, "/grants"),
            ActivateError::Prepare { entry, error } => {
                not_ready(error, &format!("/entries/{entry}/policy"), &format!("/entries/{entry}/settings"))
            }
            ActivateError::Reindex(_) => Failure::new(Code::PolicyUnfit, detail),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_of_a_policy_is_too_large_hears_the_bound_and_where_it_is() {
        let check = |part: &str, bound: &str, field: &str| {
            let error = PrepareError::TooLarge { part: part.to_owned(), bytes: 11, limit: 10 };
            let Failure(problem) = prepare(&error, "/payload", "/settings");
            assert_eq!((problem.code, problem.field.as_deref()), (Code::PolicyUnfit, Some(field)), "{part}");
            let told = ["bound", "limit", "reason"].map(|name| problem.more[name].clone());
            assert_eq!(told, [json!(bound), json!(10), json!("too-large")], "{part}");
        };
        check("script", "script_bytes", "/payload");
        check("settings", "settings_bytes", "/settings");
        check("memory of the configured script", "script_memory_bytes", "/payload");
    }
}
