//! SMS on their way: written by the commit that causes them, delivered by the worker at least once.

use serde::{Deserialize, Serialize};
use usher_domain::ids::SmsId;
use usher_domain::phone::Phone;
use usher_store::OrgWrites;

use super::App;
use super::deliveries::{self, Channel};
use super::post::{Journey, Outgoing, Post, dispatch};
use super::stored::{kind, records};

/// An SMS to be delivered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutgoingSms {
    /// Number of the reader.
    pub to: Phone,
    /// One line.
    pub text: String,
    /// How far it has come.
    pub journey: Journey,
}

records!(OutgoingSms = kind::SMS, version 1, by SmsId);

impl Outgoing for OutgoingSms {
    const CHANNEL: Channel = Channel::Sms;

    fn journey(&self) -> &Journey {
        &self.journey
    }

    fn journey_mut(&mut self) -> &mut Journey {
        &mut self.journey
    }

    fn bytes(id: &SmsId) -> [u8; 16] {
        *id.as_bytes()
    }
}

/// Sends a letter to a phone, once what is written is committed; not at all if it is not. A message that tells somebody
/// that they are invited or a member goes by [`super::deliveries::text`], which asks R34 first.
pub fn send(app: &App, writes: &mut OrgWrites, to: &Phone, post: &Post<'_>) {
    let id = app.new_id(SmsId::from_parts);
    let text = post.letter.written(post.language).sms;
    let sms = OutgoingSms { to: to.clone(), text, journey: post.journey() };
    deliveries::queued(writes, &id, &sms);
    dispatch(writes, &id, &sms, post.at);
}
