//! Mail on its way: written by the commit that causes it, delivered by the worker at least once.

use serde::{Deserialize, Serialize};
use usher_domain::ids::MailId;
use usher_domain::time::Instant;
use usher_store::{OrgPlan, Record};

use super::App;
use super::stored::kind;

/// A mail to be delivered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutgoingMail {
    /// Address of the reader.
    pub to: String,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub body: String,
    /// When it was written.
    pub at: Instant,
}

impl Record for OutgoingMail {
    const KIND: u8 = kind::MAIL;
    const VERSION: u16 = 1;
    type Id = MailId;
}

/// Has a mail delivered once the plan is committed; not at all if it is not.
pub fn send(app: &App, plan: &mut OrgPlan, mail: &OutgoingMail) {
    let id = app.new_id(MailId::from_parts);
    plan.insert(&id, mail);
    plan.schedule::<OutgoingMail>(mail.at.as_micros(), &id);
}
