//! Mail on its way: written by the commit that causes it, delivered by the worker at least once.

use serde::{Deserialize, Serialize};
use usher_domain::ids::MailId;
use usher_store::{Cbor, OrgWrites};

use super::App;
use super::deliveries::{self, Channel};
use super::post::{Journey, Outgoing, Post, dispatch};
use super::stored::{kind, records};

/// A mail to be delivered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutgoingMail {
    /// Address of the reader.
    pub to: String,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub body: String,
    /// The same as HTML.
    pub html: Option<String>,
    /// How far it has come.
    pub journey: Journey,
}

records!(OutgoingMail = kind::MAIL, version 2, by MailId, lifted by lift);

/// Version 1 had plain text alone and was tried for ever.
fn lift(from: u16, map: Cbor) -> Option<Cbor> {
    let (1, Cbor::Map(mut fields)) = (from, map) else { return None };
    let at = fields.iter().position(|(name, _)| *name == Cbor::from("at"))?;
    let journey = [
        ("letter", Cbor::from("mail")),
        ("at", fields.swap_remove(at).1),
        ("until", Cbor::Null),
        ("about", Cbor::Null),
        ("attempts", Cbor::from(0)),
    ];
    let journey = journey.into_iter().map(|(name, value)| (Cbor::from(name), value)).collect();
    fields.push((Cbor::from("html"), Cbor::Null));
    fields.push((Cbor::from("journey"), Cbor::Map(journey)));
    Some(Cbor::Map(fields))
}

impl Outgoing for OutgoingMail {
    const CHANNEL: Channel = Channel::Mail;

    fn journey(&self) -> &Journey {
        &self.journey
    }

    fn journey_mut(&mut self) -> &mut Journey {
        &mut self.journey
    }

    fn bytes(id: &MailId) -> [u8; 16] {
        *id.as_bytes()
    }
}

/// Mails a letter to an address, once what is written is committed; not at all if it is not.
pub fn send(app: &App, writes: &mut OrgWrites, to: &str, post: &Post<'_>) {
    let id = app.new_id(MailId::from_parts);
    let written = post.letter.written(post.language);
    let mail = OutgoingMail {
        to: to.to_owned(),
        subject: written.subject,
        body: written.text,
        html: Some(written.html),
        journey: post.journey(),
    };
    deliveries::queued(writes, &id, &mail);
    dispatch(writes, &id, &mail, post.at);
}

#[cfg(test)]
mod tests {
    use super::*;
    use usher_domain::time::Instant;
    use usher_store::{decode, encode};

    /// A mail as version 1 wrote it.
    #[derive(Serialize, Deserialize)]
    struct OldMail {
        to: String,
        subject: String,
        body: String,
        at: Instant,
    }

    records!(OldMail = kind::MAIL, version 1, by MailId);

    #[test]
    fn a_mail_of_version_1_goes_out_as_plain_text() {
        let at = Instant::from_micros(7);
        let old = OldMail { to: "ada@x.example".into(), subject: "Hello".into(), body: "Text".into(), at };
        let mail = decode::<OutgoingMail>(&encode(&old).unwrap()).unwrap();
        assert_eq!((mail.to.as_str(), mail.body.as_str(), mail.html), ("ada@x.example", "Text", None));
        assert_eq!((mail.journey.at, mail.journey.attempts), (at, 0));
    }
}
