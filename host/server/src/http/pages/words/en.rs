//! Pages in English.

use super::{Phrase, Trouble};

pub(super) fn say(phrase: &Phrase<'_>) -> String {
    match *phrase {
        Phrase::RequestTitle { organisation } => format!("A request to join {organisation}"),
        Phrase::Wants { name, organisation } => format!("{name} wants to join {organisation}."),
        Phrase::Name => "Name".to_owned(),
        Phrase::Email => "Email".to_owned(),
        Phrase::Phone => "Phone".to_owned(),
        Phrase::AskedOn => "Asked on".to_owned(),
        Phrase::RequestId => "Request".to_owned(),
        Phrase::Approve => "Approve".to_owned(),
        Phrase::Reject => "Reject".to_owned(),
        Phrase::YoursUntil { until } => {
            format!("This page is yours alone: whoever opens it answers in your name. It can be used until {until}.")
        }
        Phrase::Approved { name } => format!("The request was approved: {name} is a member."),
        Phrase::Rejected { name } => format!("The request of {name} was rejected."),
        Phrase::WaitsNoMore => "The request waits for no answer any more.".to_owned(),
        Phrase::WelcomeTitle { organisation } => format!("{organisation} has added you"),
        Phrase::AddedYou { name, organisation } => {
            format!("Hello {name}, {organisation} has made you a member. Do you accept?")
        }
        Phrase::Accept => "Accept".to_owned(),
        Phrase::Decline => "Decline".to_owned(),
        Phrase::DecliningForgets { organisation } => {
            format!("If you decline, what {organisation} has entered about you is deleted.")
        }
        Phrase::MemberOf { organisation } => format!("You are a member of {organisation}"),
        Phrase::LogInBy { login } => format!("Log in with {login}."),
        Phrase::DeclinedTitle => "You have declined".to_owned(),
        Phrase::Declined { organisation } => format!("What {organisation} had entered about you is deleted."),
        Phrase::JoinTitle { organisation } => format!("Join {organisation}"),
        Phrase::Invited { organisation } => format!(
            "You are invited to join {organisation}. Give your name and an email address or a mobile phone; you are sent a code that proves it is yours."
        ),
        Phrase::YourName => "Your name".to_owned(),
        Phrase::YourContact => "Your email address or mobile phone, as +4915112345678".to_owned(),
        Phrase::SendCode => "Send me a code".to_owned(),
        Phrase::CodeSent { contact } => format!("We have sent a code to {contact}. It can be used for ten minutes."),
        Phrase::Code => "Code".to_owned(),
        Phrase::WrongCode => "That is not the code that was sent: look again.".to_owned(),
        Phrase::Join => "Join".to_owned(),
        Phrase::Joined { organisation } => format!("You are a member of {organisation} now."),
        Phrase::Pending { organisation } => {
            format!("Your request waits for an approval. You will be told how {organisation} answers.")
        }
        Phrase::Refused { organisation } => format!("{organisation} does not let you in."),
        Phrase::NowhereTitle => "This link leads nowhere".to_owned(),
        Phrase::Nowhere => {
            "It may have ended, or somebody may have taken it back. Ask whoever sent it for a new one.".to_owned()
        }
        Phrase::NotDone => "That could not be done".to_owned(),
    }
}

pub(super) fn tell(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::InvitationEnded => {
            "The invitation has ended, or it was taken back. Ask whoever sent it for a new one."
        }
        Trouble::InvitationFull => "The invitation was used as often as it may be. Ask whoever sent it for a new one.",
        Trouble::OtherDomain => {
            "The invitation is for addresses of one domain, that of a company for example. Give your address there."
        }
        Trouble::OtherPerson => {
            "The invitation is for somebody else. Give the address or the phone that it was sent to."
        }
        Trouble::MoreToProve => "Another address or phone must be proved by a code first. Begin again with that one.",
        Trouble::CodeTooOld => "The code is too old. Begin again, and you are sent a new one.",
        Trouble::TriedTooOften => "The code was tried too often. Begin again, and you are sent a new one.",
        Trouble::TooMuch => "Too much was asked for in a short time. Wait a while, then try again.",
        Trouble::RequestEnded => "The request has waited for too long and has ended.",
        Trouble::Answered => "The request was answered already.",
        Trouble::SingleSignOn => "People join this organisation through its single sign-on. Log in there.",
        Trouble::MemberAlready => "Somebody with this address or this phone is a member already.",
        Trouble::NoRoom => "The organisation has no room for anybody else at this moment.",
        Trouble::Authority => "The invitation gives a role that you may not give. Leave the answer to a primary admin.",
        Trouble::NotYours => "You may not answer requests any more.",
        Trouble::Typed => "What was typed cannot be taken. Look at the name and at the address or phone again.",
        Trouble::NotPossible => "That is not possible, or not any more.",
        Trouble::Host => "Something went wrong on our side. Try again in a minute.",
    }
}
