//! What pages say, in every language that letters are written in.
//!
//! A language is one file with one function that matches all phrases, so that one that is missing does not compile.
//! Whatever is put between the words is escaped by the page.

mod de;
mod en;
mod es;
mod fr;
mod pt;
mod zh;

use crate::letters::Language;

/// Something a page says.
#[derive(Clone, Copy, Debug)]
pub(super) enum Phrase<'a> {
    /// Title of the page to answer a request by.
    RequestTitle { organisation: &'a str },
    /// Who wants in.
    Wants { name: &'a str, organisation: &'a str },
    /// Label of a name.
    Name,
    /// Label of an address.
    Email,
    /// Label of a phone number.
    Phone,
    /// Label of a day.
    AskedOn,
    /// Label of a request's id.
    RequestId,
    /// Button.
    Approve,
    /// Button.
    Reject,
    /// Whose page it is, and until which day.
    YoursUntil { until: &'a str },
    /// The request was approved.
    Approved { name: &'a str },
    /// The request was rejected.
    Rejected { name: &'a str },
    /// The request was withdrawn or declined, or is too old.
    WaitsNoMore,
    /// Title of the page to accept or decline by.
    WelcomeTitle { organisation: &'a str },
    /// Somebody was added, and is asked.
    AddedYou { name: &'a str, organisation: &'a str },
    /// Button.
    Accept,
    /// Button.
    Decline,
    /// What declining does.
    DecliningForgets { organisation: &'a str },
    /// Title for whoever has accepted.
    MemberOf { organisation: &'a str },
    /// How to log in.
    LogInBy { login: &'a str },
    /// Title for whoever has declined.
    DeclinedTitle,
    /// What declining did.
    Declined { organisation: &'a str },
    /// Title of an invitation.
    JoinTitle { organisation: &'a str },
    /// What an invitation is.
    Invited { organisation: &'a str },
    /// Label of a field.
    YourName,
    /// Label of a field that takes an email or a phone.
    YourContact,
    /// Button.
    SendCode,
    /// Where a code went.
    CodeSent { contact: &'a str },
    /// Label of a field.
    Code,
    /// The code that was typed is another.
    WrongCode,
    /// Button.
    Join,
    /// They are a member.
    Joined { organisation: &'a str },
    /// Their request waits.
    Pending { organisation: &'a str },
    /// They were refused.
    Refused { organisation: &'a str },
    /// Title for a link that leads nowhere.
    NowhereTitle,
    /// Why it may lead nowhere.
    Nowhere,
    /// Title for what could not be done.
    NotDone,
}

/// A phrase in a language.
pub(super) fn say(language: Language, phrase: &Phrase<'_>) -> String {
    match language {
        Language::English => en::say(phrase),
        Language::German => de::say(phrase),
        Language::French => fr::say(phrase),
        Language::Spanish => es::say(phrase),
        Language::Portuguese => pt::say(phrase),
        Language::Chinese => zh::say(phrase),
    }
}
