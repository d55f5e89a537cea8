//! Letters in English.

use super::Letter;
use super::page::{Words, key, link_to, text};

pub(super) fn words(letter: &Letter<'_>) -> Words {
    match *letter {
        Letter::OneTimeCode { sender, code } => Words {
            subject: format!("Your code for {sender}"),
            blocks: vec![
                text(format!("Your code for {sender}:")),
                key(code),
                text("It can be used for ten minutes."),
                text("If you did not ask for it, somebody typed your address by mistake: nothing happens without it."),
            ],
            sms: format!("{code} is your code for {sender}. It can be used for ten minutes."),
        },
        Letter::Invitation { organisation, link, code } => Words {
            subject: format!("Your invitation to {organisation}"),
            blocks: vec![
                text(format!("You are invited to join {organisation}. Your link:")),
                link_to(link),
                text("Or type this code:"),
                key(code),
            ],
            sms: format!("You are invited to join {organisation}. Your code: {code}. Your link: {link}"),
        },
        Letter::Added { organisation, name, link } => Words {
            subject: format!("{organisation}: your account"),
            blocks: vec![
                text(format!("Hello {name},")),
                text(format!("{organisation} has made you a member. Here you accept or decline:")),
                link_to(link),
                text("Then log in with the address or phone that this came to."),
            ],
            sms: format!("Hello {name}, {organisation} has made you a member. Accept or decline: {link}"),
        },
        Letter::Reminder { organisation, name, link } => Words {
            subject: format!("{organisation} waits for you"),
            blocks: vec![
                text(format!("Hello {name},")),
                text(format!(
                    "{organisation} has made you a member, and you have not come yet. Here you accept or decline:"
                )),
                link_to(link),
            ],
            sms: format!("Hello {name}, {organisation} waits for you. Accept or decline: {link}"),
        },
        Letter::RequestWaits { organisation, request, answer } => Words {
            subject: format!("Somebody wants to join {organisation}"),
            blocks: vec![
                text(format!("A request to join {organisation} waits for your answer:")),
                key(request),
                text("Your own link to answer it by, for seven days:"),
                link_to(answer),
            ],
            sms: format!("A request to join {organisation} waits for your answer: {answer}"),
        },
        Letter::RequestEscalated { organisation, request, answer } => Words {
            subject: format!("{organisation}: a request waits unanswered"),
            blocks: vec![
                text(format!("Nobody has answered this request to join {organisation} yet, so it comes to you:")),
                key(request),
                text("Your own link to answer it by, for seven days:"),
                link_to(answer),
            ],
            sms: format!("Nobody has answered a request to join {organisation} yet: {answer}"),
        },
        Letter::ImportCloses { organisation, import } => Words {
            subject: format!("{organisation}: an import closes"),
            blocks: vec![
                text(format!(
                    "The accounts and first passwords of your import into {organisation} can be had for two hours at most, and never afterwards:"
                )),
                key(import),
                text("If you have saved them, there is nothing to do."),
            ],
            sms: format!("The passwords of your import into {organisation} can be had for two hours at most: {import}"),
        },
        Letter::RequestPending { organisation } => Words {
            subject: format!("Your request to join {organisation} waits"),
            blocks: vec![text(format!(
                "Your request to join {organisation} waits for an approval. You will be told how it was answered."
            ))],
            sms: format!(
                "Your request to join {organisation} waits for an approval. You will be told how it was answered."
            ),
        },
        Letter::RequestAnswered { organisation, approved: true } => Words {
            subject: format!("Welcome to {organisation}"),
            blocks: vec![text(format!("Your request was approved: you are a member of {organisation} now."))],
            sms: format!("You are a member of {organisation} now."),
        },
        Letter::RequestAnswered { organisation, approved: false } => Words {
            subject: format!("Your request to join {organisation}"),
            blocks: vec![text(format!("Your request to join {organisation} was not approved."))],
            sms: format!("Your request to join {organisation} was not approved."),
        },
        Letter::RequestExpired { organisation } => Words {
            subject: format!("Your request to join {organisation} has ended"),
            blocks: vec![text(format!(
                "Nobody at {organisation} answered your request to join in time, so it has ended. You may ask again."
            ))],
            sms: format!(
                "Nobody at {organisation} answered your request to join in time, so it has ended. You may ask again."
            ),
        },
    }
}
