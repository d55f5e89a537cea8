//! Pages in English.

use super::Phrase;

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
