//! What pages say, in every language that letters are written in.
//!
//! A language is one file with functions that match all phrases and all troubles, so that one that is missing does not
//! compile. Whatever is put between the words is escaped by the page.

mod de;
mod en;
mod es;
mod fr;
mod pt;
mod zh;

use usher_api::Code;

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

/// What stood in somebody's way, as they can understand it and do something about it: other problems do not happen to
/// who uses the forms as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trouble {
    /// The invitation was revoked, or has ended.
    InvitationEnded,
    /// The invitation was used as often as it may be.
    InvitationFull,
    /// The invitation is for addresses of one domain.
    OtherDomain,
    /// The invitation is for somebody else.
    OtherPerson,
    /// Something is not proved that must be.
    MoreToProve,
    /// The code is too old.
    CodeTooOld,
    /// The code was tried too often.
    TriedTooOften,
    /// Too many codes, joins or attempts.
    TooMuch,
    /// The request has waited too long.
    RequestEnded,
    /// The request has an answer.
    Answered,
    /// Joins go to the identity provider (R39).
    SingleSignOn,
    /// The address or the phone is a member's.
    MemberAlready,
    /// The organisation takes nobody else.
    NoRoom,
    /// Whoever answers may not give the role.
    Authority,
    /// Whoever answers may answer no more.
    NotYours,
    /// A name, an address or a phone that is none.
    Typed,
    /// Not from the state that it is in.
    NotPossible,
    /// It is the host's fault, and passes.
    Host,
}

impl Trouble {
    /// What a problem means to the reader of a page.
    pub(super) fn of(code: Code) -> Option<Trouble> {
        Some(match code {
            Code::InvitationRevoked | Code::InvitationExpired => Trouble::InvitationEnded,
            Code::InvitationFull => Trouble::InvitationFull,
            Code::EmailDomainRequired => Trouble::OtherDomain,
            Code::OtherPersonInvited => Trouble::OtherPerson,
            Code::ProofRequired => Trouble::MoreToProve,
            Code::CodeExpired => Trouble::CodeTooOld,
            Code::TooManyTries => Trouble::TriedTooOften,
            Code::TooManyCodes | Code::TooManyAttempts | Code::TooManyJoins => Trouble::TooMuch,
            Code::RequestExpired => Trouble::RequestEnded,
            Code::AlreadyProcessed => Trouble::Answered,
            Code::SsoRequired => Trouble::SingleSignOn,
            Code::AlreadyExists => Trouble::MemberAlready,
            Code::LimitReached => Trouble::NoRoom,
            Code::TooMuchAuthority => Trouble::Authority,
            Code::Forbidden => Trouble::NotYours,
            Code::InvalidField => Trouble::Typed,
            Code::WrongState => Trouble::NotPossible,
            Code::Conflict | Code::TimedOut | Code::Overloaded | Code::Unavailable | Code::Internal => Trouble::Host,
            _ => return None,
        })
    }
}

/// What stood in somebody's way, in a language.
pub(super) fn tell(language: Language, trouble: Trouble) -> &'static str {
    match language {
        Language::English => en::tell(trouble),
        Language::German => de::tell(trouble),
        Language::French => fr::tell(trouble),
        Language::Spanish => es::tell(trouble),
        Language::Portuguese => pt::tell(trouble),
        Language::Chinese => zh::tell(trouble),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_trouble_has_words_of_its_own_in_every_language() {
        let troubles: BTreeSet<Trouble> = Code::ALL.iter().copied().filter_map(Trouble::of).collect();
        let words: BTreeSet<&str> = Language::ALL
            .iter()
            .flat_map(|language| troubles.iter().map(|trouble| tell(*language, *trouble)))
            .collect();
        assert_eq!(words.len(), troubles.len() * Language::ALL.len());
    }
}
