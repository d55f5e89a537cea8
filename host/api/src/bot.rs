//! Chat bots that answer requests to join (R17).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::request::Verdict;

/// Asks for a chat bot.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBot {
    /// What it is; 1 to 200 characters.
    pub name: String,
    /// Which user of the chat is which approver: the chat's own name of a user, and a `mem_…`. At most 500.
    #[serde(default)]
    pub approvers: BTreeMap<String, String>,
}

/// Says anew for whom a bot speaks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BotApprovers {
    /// As in [`NewBot`]; replaces all that were there.
    pub approvers: BTreeMap<String, String>,
}

/// A chat bot, without its secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Bot {
    /// `bot_…`
    pub id: String,
    /// What it is.
    pub name: String,
    /// Which user of the chat is which approver.
    pub approvers: BTreeMap<String, String>,
    /// RFC 3339.
    pub created_at: String,
}

/// A new bot. Its secret is shown this once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BotCreated {
    /// The bot.
    pub bot: Bot,
    /// `whsec_…`, which signs what the bot sends; absent when an idempotent request is answered again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// What a bot sends when one of its users answers. It chooses no seat (R18): who gets none by a user
/// group waits for one of the plan that they were invited to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BotAnswer {
    /// The chat's name of who answers, as the bot lists it.
    pub user: String,
    /// `req_…`
    pub request: String,
    /// The answer.
    pub verdict: Verdict,
    /// For admins; at most 1,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}
