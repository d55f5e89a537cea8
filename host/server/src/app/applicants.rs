//! Telling applicants how their request goes: it waits, it was answered, it waited too long (R17, R30).
//!
//! They are written to at what they proved, with the commit that makes it so. Must not know how a request is decided.

use usher_domain::ids::MemberId;
use usher_domain::organisation::Organisation;
use usher_domain::phone::Phone;
use usher_domain::policy::approval::Applicant;
use usher_domain::time::Instant;
use usher_store::OrgWrites;

use super::post::Post;
use super::{App, mail, sms};
use crate::letters::{Language, Letter};

/// What there is to tell.
#[derive(Clone, Copy, Debug)]
pub(crate) enum News {
    /// An approval is waited for.
    Pending,
    /// They are a member.
    Approved(MemberId),
    /// They were refused.
    Rejected,
    /// Nobody answered in time.
    Expired,
}

/// Writes to an applicant, once what is written is committed: by mail, else by SMS. Who declined has no address any
/// more and is told nothing.
pub(crate) fn tell(
    app: &App,
    writes: &mut OrgWrites,
    organisation: &Organisation,
    applicant: &Applicant,
    at: Instant,
    news: News,
) {
    let name = organisation.name.as_str();
    let letter = match news {
        News::Pending => Letter::RequestPending { organisation: name },
        News::Approved(_) => Letter::RequestAnswered { organisation: name, approved: true },
        News::Rejected => Letter::RequestAnswered { organisation: name, approved: false },
        News::Expired => Letter::RequestExpired { organisation: name },
    };
    let language = Language::choose([applicant.language.as_deref(), Some(&organisation.language)]);
    let post = Post::new(letter, language, at);
    let post = if let News::Approved(member) = news { post.about(member) } else { post };
    if let Some(address) = &applicant.work_email {
        mail::send(app, writes, address.canonical(), &post);
    } else if let Some(phone) = applicant.phone.clone().and_then(|phone| Phone::try_from(phone).ok()) {
        // R34 asks for room when a member is counted: an approval has made sure of it, and nobody else is one.
        sms::send(app, writes, &phone, &post);
    }
}
