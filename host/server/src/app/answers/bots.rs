//! Chat bots that answer requests for approvers (R17): made by a primary admin, with a secret that signs what
//! they send and a list that says which user of the chat is which approver.
//!
//! Only a primary admin makes one, because a bot speaks for whomever it lists. The secret is kept sealed, not hashed,
//! since checking a signature takes it.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use usher_domain::ids::{BotId, MemberId, OrgId};
use usher_domain::member::{NameError, check_name};
use usher_domain::time::Instant;
use usher_store::{Cbor, Page, Stored};

use super::Answerer;
use crate::app::actor::{By, Call, Doer, PrimaryAdmin};
use crate::app::change::Made;
use crate::app::change::halt::Halt;
use crate::app::refusal::{Refusal, based_on};
use crate::app::standard_webhooks::{self as webhooks, Message};
use crate::app::stored::{Member, kind, records};
use crate::app::vault::{Lost, Sealed, Vault};
use crate::app::{App, counters};

/// Most bots of an organisation.
pub const MAX_BOTS: usize = 20;
/// Most users whom a bot speaks for.
pub const MAX_USERS: usize = 500;
/// Longest name of a user in the chat, in bytes.
pub const MAX_USER_BYTES: usize = 200;
const SECRET_BYTES: usize = 32;

/// A chat bot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bot {
    /// Its id.
    pub id: BotId,
    /// What it is.
    pub name: String,
    /// Which user of the chat is which approver.
    pub approvers: BTreeMap<String, MemberId>,
    /// When it was made.
    pub created_at: Instant,
}

/// A bot as it is kept.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct BotRecord {
    bot: Bot,
    secret: Kept,
}

/// A bot's secret as it is kept.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kept {
    /// Of bots that were made before secrets were sealed.
    Plain([u8; SECRET_BYTES]),
    Sealed(Sealed),
}

impl BotRecord {
    /// Without those of whom it speaks for who are meant.
    pub(crate) fn without(mut self, meant: impl Fn(&str, MemberId) -> bool) -> BotRecord {
        self.bot.approvers.retain(|user, member| !meant(user, *member));
        self
    }
}

impl Kept {
    fn open(&self, vault: &Vault, id: BotId) -> Result<Vec<u8>, Lost> {
        match self {
            Kept::Plain(secret) => Ok(secret.to_vec()),
            Kept::Sealed(sealed) => vault.open(sealed, id.as_bytes()),
        }
    }
}

records!(BotRecord = kind::BOT, version 2, by BotId, lifted by lift);

/// Version 2 came with sealed secrets.
fn lift(from: u16, map: Cbor) -> Option<Cbor> {
    let (1, Cbor::Map(mut fields)) = (from, map) else { return None };
    let (_, secret) = fields.iter_mut().find(|(name, _)| name.as_text() == Some("secret"))?;
    *secret = Cbor::Map(vec![(Cbor::from("plain"), std::mem::replace(secret, Cbor::Null))]);
    Some(Cbor::Map(fields))
}

/// The text of a new bot's secret: shown once. Its debug form hides it.
pub struct Secret(String);

impl Secret {
    /// The text, to be shown once.
    pub fn reveal(self) -> String {
        self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Why a bot is not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum BotError {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The name will not do.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Too many users.
    #[error("a bot speaks for at most {MAX_USERS} users of the chat: make another bot for the others")]
    TooManyUsers,
    /// The name of a user is too long.
    #[error("a user of the chat is named by at most {MAX_USER_BYTES} bytes")]
    LongUser,
    /// The name of a user is empty.
    #[error("a user of the chat has a name")]
    UnnamedUser,
    /// There is no such member.
    #[error("there is no member {0}")]
    NoSuchMember(MemberId),
    /// Too many bots.
    #[error("there are {MAX_BOTS} bots already: delete one first")]
    TooMany,
}

/// Why what a bot sends is not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotSigned {
    /// As for every use case.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The signature, its time or the bot is wrong.
    #[error(
        "the message is not signed by this bot's secret, or not within five minutes of now: see Standard Webhooks \
         for `webhook-id`, `webhook-timestamp` and `webhook-signature`"
    )]
    Signature,
}

/// Makes a bot. Its secret is there once: not when an idempotent request comes again.
pub async fn create(
    app: &App,
    by: &By<PrimaryAdmin>,
    name: &str,
    approvers: &BTreeMap<String, MemberId>,
) -> Result<Made<Bot, Secret>, BotError> {
    let name = check_name(name)?;
    app.make(by, || async {
        check_approvers(by, approvers).await?;
        // Those that were made before they were counted are found here alone.
        if list(by).await?.len() >= MAX_BOTS {
            return Err(BotError::TooMany);
        }
        let id = app.new_id(BotId::from_parts);
        let bot = Bot { id, name: name.clone(), approvers: approvers.clone(), created_at: by.call.at };
        let secret: [u8; SECRET_BYTES] = app.random();
        let sealed = app.vault.seal(&secret, id.as_bytes(), app.random());
        let record = BotRecord { bot: bot.clone(), secret: Kept::Sealed(sealed) };
        let mut change = app.draft(by, "bot.created", id).after(&bot);
        change.writes.insert(&id, &record);
        change.count_up(&counters::bots(), 1, MAX_BOTS as i64, BotError::TooMany);
        let secret = Secret(format!("{}{}", webhooks::SECRET_PREFIX, BASE64.encode(&secret)));
        Ok((bot, secret, change))
    })
    .await
}

/// The organisation's bots, oldest first.
pub async fn list(by: &By<PrimaryAdmin>) -> Result<Vec<Bot>, Refusal> {
    let rows = by.scope.page::<BotRecord>(Page::first(MAX_BOTS)).await?;
    Ok(rows.into_iter().map(|(_, found)| found.record.bot).collect())
}

/// One bot.
pub async fn show(by: &By<PrimaryAdmin>, id: BotId) -> Result<Stored<Bot>, Refusal> {
    let found = get(by, id).await?;
    Ok(Stored { version: found.version, record: found.record.bot })
}

/// Says anew which user of the chat is which approver.
pub async fn set_approvers(
    app: &App,
    by: &By<PrimaryAdmin>,
    id: BotId,
    version: u64,
    approvers: &BTreeMap<String, MemberId>,
) -> Result<Stored<Bot>, BotError> {
    let (bot, committed) = app
        .change(|| async {
            let BotRecord { bot: before, secret } = based_on(get(by, id).await?, version)?.record;
            check_approvers(by, approvers).await?;
            let after = Bot { approvers: approvers.clone(), ..before.clone() };
            let mut change = app.draft(by, "bot.changed", id).before(&before).after(&after);
            change.writes.replace(&id, version, &BotRecord { bot: after.clone(), secret });
            Ok::<_, BotError>((after, change))
        })
        .await?;
    Ok(Stored { version: committed.seq, record: bot })
}

/// Takes a bot away: nothing it signs is taken from then on.
pub async fn delete(app: &App, by: &By<PrimaryAdmin>, id: BotId) -> Result<(), BotError> {
    app.change_if_needed(|| async {
        let found = get(by, id).await?;
        let mut change = app.draft(by, "bot.deleted", id).before(&found.record.bot);
        // Those that were made before they were counted leave none to count down.
        if by.scope.counter(&counters::bots()).await.map_err(Refusal::from)? > 0 {
            change.count_down(&counters::bots(), 1, 0, Halt::Raced);
        }
        change.writes.guard_version::<BotRecord>(&id, found.version);
        change.writes.delete::<BotRecord>(&id);
        Ok(((), change))
    })
    .await
}

/// The bot that signed a message. An unknown bot is like a wrong signature.
pub async fn verify(app: &App, org: OrgId, id: BotId, at: Instant, message: &Message<'_>) -> Result<Bot, NotSigned> {
    let found = app.org(org).get::<BotRecord>(&id).await.map_err(Refusal::from)?.ok_or(NotSigned::Signature)?;
    let BotRecord { bot, secret } = found.record;
    let secret = secret.open(&app.vault, id).map_err(|lost| {
        tracing::error!(%org, bot = %id, %lost, "a bot's messages cannot be checked");
        NotSigned::Signature
    })?;
    if message.is_signed_by(&secret, at) { Ok(bot) } else { Err(NotSigned::Signature) }
}

/// The approver that a user of the bot's chat is, if they may answer at this moment.
pub async fn answerer(app: &App, org: OrgId, call: Call, bot: &Bot, user: &str) -> Result<Answerer, Refusal> {
    let member = bot.approvers.get(user).copied();
    let member = member.ok_or(Refusal::Forbidden { needs: "a user whom the bot lists as an approver" })?;
    let doer = Doer::Bot { member, bot: Some(bot.id) };
    Answerer::without_token(app.org(org), call, member, doer).await
}

async fn get(by: &By<PrimaryAdmin>, id: BotId) -> Result<Stored<BotRecord>, Refusal> {
    by.scope.get::<BotRecord>(&id).await?.ok_or_else(|| Refusal::not_found("bot", &id))
}

async fn check_approvers(by: &By<PrimaryAdmin>, approvers: &BTreeMap<String, MemberId>) -> Result<(), BotError> {
    if approvers.len() > MAX_USERS {
        return Err(BotError::TooManyUsers);
    }
    if approvers.keys().any(String::is_empty) {
        return Err(BotError::UnnamedUser);
    }
    if approvers.keys().any(|user| user.len() > MAX_USER_BYTES) {
        return Err(BotError::LongUser);
    }
    let ids: Vec<MemberId> = approvers.values().copied().collect();
    let found = by.scope.get_many::<Member>(&ids).await.map_err(Refusal::from)?;
    let missing = ids.iter().zip(found).find(|(_, found)| found.is_none());
    missing.map_or(Ok(()), |(id, _)| Err(BotError::NoSuchMember(*id)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use usher_store::{decode, encode};

    /// A bot as version 1 kept it.
    #[derive(Serialize, Deserialize)]
    struct Before {
        bot: Bot,
        secret: [u8; SECRET_BYTES],
    }

    records!(Before = kind::BOT, version 1, by BotId);

    #[test]
    fn r17_a_bot_of_version_1_signs_as_before_and_a_new_ones_secret_is_not_to_be_read() {
        let (id, vault, secret) = (BotId::from_bytes([1; 16]), Vault::new(&[1; 32]), [7; SECRET_BYTES]);
        let created_at = Instant::from_micros(0);
        let bot = Bot { id, name: "Chat".to_owned(), approvers: BTreeMap::new(), created_at };
        let before = encode(&Before { bot: bot.clone(), secret }).unwrap();
        let lifted: BotRecord = decode(&before).unwrap();
        assert!(lifted.bot == bot && lifted.secret.open(&vault, id) == Ok(secret.to_vec()));
        let sealed = Kept::Sealed(vault.seal(&secret, id.as_bytes(), [9; 24]));
        let kept = encode(&BotRecord { bot, secret: sealed }).unwrap();
        assert!(!kept.windows(SECRET_BYTES).any(|part| part == secret));
        let read: BotRecord = decode(&kept).unwrap();
        assert_eq!(read.secret.open(&vault, id), Ok(secret.to_vec()));
        assert_eq!(read.secret.open(&Vault::new(&[2; 32]), id), Err(Lost));
    }
}
