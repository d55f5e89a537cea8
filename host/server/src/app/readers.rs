//! Members who are written to because of what they are there for: where they read, and in which language.
//!
//! Must not know what is written, nor why.

use usher_domain::address::Address;
use usher_domain::ids::MemberId;
use usher_domain::member;
use usher_domain::organisation::Organisation;
use usher_domain::phone::Phone;
use usher_domain::time::Instant;
use usher_store::{OrgScope, OrgWrites};

use super::post::Post;
use super::refusal::Refusal;
use super::stored::Member;
use super::{App, mail, sms};
use crate::letters::{Language, Letter};

/// A member who is written to.
pub(super) struct Reader {
    /// Who.
    pub member: MemberId,
    place: Place,
    /// Their own one.
    language: Option<String>,
}

enum Place {
    Mail(Address),
    Sms(Phone),
}

/// Those of the members whom `wanted` takes.
pub(super) async fn of(
    scope: &OrgScope,
    ids: &[MemberId],
    wanted: impl Fn(&member::Member) -> bool,
) -> Result<Vec<Reader>, Refusal> {
    let members = scope.get_many::<Member>(ids).await?.into_iter().flatten().map(|found| found.record.0);
    Ok(members.filter(wanted).filter_map(Reader::of).collect())
}

impl Reader {
    /// INVARIANT: what a member logs in by is filled in (R6), so there is a place.
    fn of(member: member::Member) -> Option<Reader> {
        let mail = member.work_email.or(member.business_email).map(Place::Mail);
        let place = mail.or(member.phone.map(Place::Sms))?;
        Some(Reader { member: member.id, place, language: member.language })
    }

    /// Writes to them, once what is written is committed: by mail, else by SMS.
    pub(super) fn tell(
        &self,
        app: &App,
        writes: &mut OrgWrites,
        organisation: &Organisation,
        letter: Letter<'_>,
        at: Instant,
    ) {
        let language = Language::choose([self.language.as_deref(), Some(&organisation.language)]);
        let post = Post::new(letter, language, at);
        match &self.place {
            Place::Mail(address) => mail::send(app, writes, address.canonical(), &post),
            // R34 asks for room when a member is counted: they are one, so there was (R38).
            Place::Sms(phone) => sms::send(app, writes, phone, &post),
        }
    }
}
