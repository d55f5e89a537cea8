//! Ids and other names in the path.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use usher_api::Code;

use super::problem::Failure;

/// What a path parameter holds, and by which name it stands in the route.
pub trait PathName: std::str::FromStr<Err: std::fmt::Display> {
    /// Name of the parameter in the route: `plan` for `{plan}`.
    const NAME: &'static str;
}

/// A parameter of the path, parsed: `Named<PlanId>` is `{plan}`.
pub struct Named<T>(pub T);

impl<T: PathName, S: Send + Sync> FromRequestParts<S> for Named<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| Failure::new(Code::InvalidId, "the path is not UTF-8 where it is percent-encoded"))?;
        let (_, text) = params.iter().find(|(name, _)| *name == T::NAME).ok_or_else(|| {
            // INVARIANT: a handler that takes Named<T> stands on a route with {T::NAME}; the route tests call each.
            Failure::new(Code::Internal, "the route does not name what its handler takes")
        })?;
        text.parse().map(Named).map_err(|error: T::Err| Failure::at(Code::InvalidId, T::NAME, error.to_string()))
    }
}

/// A place in a stream: 1, 2, 3 …
pub struct Position(pub u64);

/// A text that is no place in a stream.
#[derive(Debug, thiserror::Error)]
#[error("expected a sequence number, 1 or more")]
pub struct PositionError;

impl std::str::FromStr for Position {
    type Err = PositionError;

    fn from_str(text: &str) -> Result<Self, PositionError> {
        text.parse().ok().filter(|position| *position > 0).map(Position).ok_or(PositionError)
    }
}

impl PathName for Position {
    const NAME: &'static str = "position";
}

/// Parameters that are taken as they are: whether there is such a thing, the use case knows.
macro_rules! texts {
    ($($(#[$doc:meta])* $text:ident = $name:literal;)+) => {
        $(
            $(#[$doc])*
            pub struct $text(pub String);

            impl std::str::FromStr for $text {
                type Err = std::convert::Infallible;

                fn from_str(text: &str) -> Result<Self, Self::Err> {
                    Ok($text(text.to_owned()))
                }
            }

            impl PathName for $text {
                const NAME: &'static str = $name;
            }
        )+
    };
}

texts! {
    /// The secret of a link that answers a request.
    AnswerLink = "answer_link";
    /// The secret of an invitation's link.
    InvitationLink = "link";
    /// The secret of a link to accept or decline.
    WelcomeLink = "welcome_link";
    /// Name of a workforce type.
    TypeName = "workforce_type";
}

macro_rules! path_names {
    ($($id:ident = $name:literal),+ $(,)?) => {
        $(impl PathName for usher_domain::ids::$id { const NAME: &'static str = $name; })+

        /// Parameters that are ids, with the prefix of the id.
        pub const IDS: &[(&str, &str)] = &[$(($name, usher_domain::ids::$id::PREFIX)),+];
    };
}

path_names! {
    DeadLetterId = "dead_letter",
    OrgId = "org",
    MemberId = "member",
    DepartmentId = "department",
    GroupId = "group",
    PlanId = "plan",
    InvitationId = "invitation",
    RequestId = "request",
    ConnectionId = "connection",
    DecisionId = "decision",
    TokenId = "token",
    ProofId = "proof",
    BotId = "bot",
    ImportId = "import",
    WebhookId = "webhook",
}

impl PathName for usher_domain::policy::DecisionPoint {
    const NAME: &'static str = "point";
}

impl PathName for usher_engine::Digest {
    const NAME: &'static str = "policy";
}
