//! Every error of the API, as a problem (RFC 9457) with a code that programs can depend on.
//!
//! INVARIANT: a code that was released keeps its text and its status. The list is snapshot-tested;
//! additions only.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// Media type of a problem.
pub const MEDIA_TYPE: &str = "application/problem+json";

macro_rules! codes {
    ($($name:ident = $text:literal, $status:literal, $title:literal;)+) => {
        /// What kind of error it is. Stable: programs and translations depend on it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Code {
            $(
                #[doc = $title]
                #[serde(rename = $text)]
                $name,
            )+
        }

        impl Code {
            /// All codes, in the order of this file.
            pub const ALL: &[Code] = &[$(Code::$name),+];

            /// The code as it stands on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$name => $text),+ }
            }

            /// The HTTP status that goes with it, always.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Code::$name => $status),+ }
            }

            /// The same few words for every occurrence.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Code::$name => $title),+ }
            }
        }
    };
}

codes! {
    // The request itself.
    MalformedBody = "malformed_body", 400, "The body is not JSON in UTF-8";
    InvalidId = "invalid_id", 400, "That is not an id of the kind expected";
    InvalidQuery = "invalid_query", 400, "A query parameter is wrong";
    InvalidCursor = "invalid_cursor", 400, "The cursor is not one of this list";
    InvalidHeader = "invalid_header", 400, "A header is wrong";
    BodyTooLarge = "body_too_large", 413, "The body is too large";
    BodyTooSlow = "body_too_slow", 408, "The body did not come in time";
    UnsupportedMediaType = "unsupported_media_type", 415, "The body's media type is not accepted here";
    InvalidSheet = "invalid_sheet", 422, "The sheet cannot be read";
    UnknownField = "unknown_field", 422, "The body has a field that is not known here";
    InvalidField = "invalid_field", 422, "A field is missing or wrong";
    IdempotencyKeyReused = "idempotency_key_reused", 422, "The idempotency key was used for another request";
    NoSuchRoute = "no_such_route", 404, "There is nothing at this path";
    MethodNotAllowed = "method_not_allowed", 405, "The path does not take this method";

    // Who asks.
    Unauthenticated = "unauthenticated", 401, "The request carries no valid token";
    Forbidden = "forbidden", 403, "The token may not do this";
    TooManyRequests = "too_many_requests", 429, "Too many requests came in a short time";
    TooManyWaiting = "too_many_waiting", 429, "Too many of the organisation's requests wait for their turn";
    TooManyBodies = "too_many_bodies", 429, "Large bodies take all the room they may";

    // What is asked for.
    NotFound = "not_found", 404, "There is no such thing";
    VersionRequired = "version_required", 428, "The change must name the version it is based on";
    StaleVersion = "stale_version", 412, "Somebody changed it in the meantime";
    Conflict = "conflict", 409, "Too many changes at the same time";
    AlreadyExists = "already_exists", 409, "It exists already";
    LimitReached = "limit_reached", 409, "A limit of the organisation is reached";
    LastPrimaryAdmin = "last_primary_admin", 409, "The organisation needs a primary admin";
    LastWayIn = "last_way_in", 409, "With single sign-on, a primary admin must be able to log in without it";
    LastOperatorToken = "last_operator_token", 409, "The host needs an operator's token without an end";
    NotEmpty = "not_empty", 409, "It still holds something";
    WrongState = "wrong_state", 409, "Its state does not allow this";
    ConfirmationRequired = "confirmation_required", 409, "What would be lost must be confirmed";
    NoSeatFree = "no_seat_free", 409, "No seat of the plan is free";
    BusinessMailInactive = "business_mail_inactive", 409, "Business mail is not activated";
    LoginTypeRequired = "login_type_required", 422, "A login type must be chosen";
    TooMuchAuthority = "too_much_authority", 403, "Nobody gives what they do not have";
    RemindedLately = "reminded_lately", 429, "They were reminded less than a day ago";
    PlanRequired = "plan_required", 422, "One of several plans must be named";
    InvitingNotAllowed = "inviting_not_allowed", 403, "An admin has not allowed it";
    ConsoleOnly = "console_only", 403, "With several plans this is done in the console";

    // Joining.
    InvitationUnknown = "invitation_unknown", 404, "There is no such invitation";
    InvitationRevoked = "invitation_revoked", 410, "The invitation was revoked";
    InvitationExpired = "invitation_expired", 410, "The invitation has ended";
    InvitationFull = "invitation_full", 409, "The invitation was used as often as it may be";
    EmailDomainRequired = "email_domain_required", 403, "The invitation is for addresses of one domain";
    OtherPersonInvited = "other_person_invited", 403, "The invitation is for somebody else";
    ProofRequired = "proof_required", 403, "An address or a phone must be proved first";
    CodeWrong = "code_wrong", 422, "The code is wrong";
    CodeExpired = "code_expired", 410, "The code is too old";
    TooManyTries = "too_many_tries", 429, "The code was tried too often";
    TooManyCodes = "too_many_codes", 429, "Too many codes were asked for";
    TooManyAttempts = "too_many_attempts", 429, "Too many wrong codes were tried";
    TooManyJoins = "too_many_joins", 429, "Too many asked to join";
    AlreadyProcessed = "already_processed", 409, "The request was answered already";
    RequestExpired = "request_expired", 410, "The request has waited too long";
    SignatureWrong = "signature_wrong", 401, "The message is not signed as it must be";

    // Domains and logins.
    PublicMailProvider = "public_mail_provider", 422, "The domain belongs to a public mail provider";
    DomainTaken = "domain_taken", 409, "Another organisation proved the domain";
    DomainNotProved = "domain_not_proved", 409, "The domain is not proved";
    ResolverFailed = "resolver_failed", 503, "The DNS gave no answer";
    IdentityMismatch = "identity_mismatch", 403, "The login is nobody's here";
    LoginUnderReview = "login_under_review", 403, "An admin must look at the login";

    LoginFailed = "login_failed", 403, "That is no login here";
    LoginRefused = "login_refused", 403, "The member may not log in";
    LoginCodeRequired = "login_code_required", 403, "A one-time code is needed besides the password";
    PasswordChangeRequired = "password_change_required", 403, "The password must be changed first";
    SsoRequired = "sso_required", 403, "Logins go through single sign-on";

    // Events.
    TooManyStreams = "too_many_streams", 429, "Too many streams of events are open";
    TargetRefused = "target_refused", 422, "Webhooks do not go there";

    // Policies.
    PolicyUnfit = "policy_unfit", 422, "The policy does not fit its world, or cannot be compiled";
    PolicySettings = "policy_settings", 422, "The policy refused its settings";
    PolicyInUse = "policy_in_use", 409, "The policy is live, or may be gone back to";

    // The host.
    TimedOut = "timed_out", 503, "The host took too long";
    Overloaded = "overloaded", 503, "The host has more to do than it can at this moment";
    Unavailable = "unavailable", 503, "The host cannot reach its data";
    Internal = "internal", 500, "The host made a mistake";
}

/// Written by hand: the derived one takes the variants' names from the source, and knows nothing of the texts that
/// the macro gives them.
impl PartialSchema for Code {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(Code::ALL.iter().map(|code| code.as_str())))
            .description(Some("What kind of error it is. Stable: programs and translations depend on it."))
            .into()
    }
}

impl ToSchema for Code {}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An error of the API (RFC 9457, `application/problem+json`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `urn:usher:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The same few words for every problem of the code.
    pub title: String,
    /// The HTTP status once more.
    pub status: u16,
    /// What kind of error it is.
    pub code: Code,
    /// What happened, to what, and what to do about it.
    pub detail: String,
    /// What was wrong: a JSON Pointer (RFC 6901) into the body, or the name of a query parameter or a
    /// header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// To be quoted when asking for help: the host's log has the same.
    #[serde(default)]
    pub request_id: String,
    /// What else the code promises, as `first_answer` with `already_processed`. Beyond a limit, `limit` is its name, or
    /// `bound` is and `limit` is how much it allows.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

impl Problem {
    /// A problem of the code, with what happened in this case.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<String>) -> Problem {
        Problem {
            kind: format!("urn:usher:problem:{code}"),
            title: code.title().to_owned(),
            status: code.status(),
            code,
            detail: detail.into(),
            field: None,
            request_id: String::new(),
            more: Map::new(),
        }
    }

    /// Names what was wrong.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Problem {
        self.field = Some(field.into());
        self
    }

    /// Adds what else the code promises.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Problem {
        self.more.insert(name.to_owned(), value.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn released_codes_keep_their_text_and_status() {
        let list: Vec<String> = Code::ALL.iter().map(|c| format!("{} {} {}", c.status(), c, c.title())).collect();
        insta::assert_snapshot!(list.join("\n"));
    }

    #[test]
    fn a_code_reads_as_it_is_written() {
        for code in Code::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
        let distinct: std::collections::HashSet<_> = Code::ALL.iter().map(|c| c.as_str()).collect();
        assert_eq!(distinct.len(), Code::ALL.len());
    }

    #[test]
    fn a_problem_has_the_members_of_rfc_9457_and_survives_the_wire() {
        let problem = Problem::new(Code::InvalidField, "`name` is empty: give one").field("/name").with("limit", 3);
        let json = serde_json::to_value(&problem).unwrap();
        assert_eq!(json["type"], "urn:usher:problem:invalid_field");
        assert_eq!(json["status"], 422);
        assert_eq!(json["limit"], 3);
        assert_eq!(serde_json::from_value::<Problem>(json).unwrap(), problem);
    }
}
