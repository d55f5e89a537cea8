//! Letters in English.

use super::Letter;
use super::page::{Words, key, text};

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
                key(link),
                text("Or type this code:"),
                key(code),
            ],
            sms: format!("You are invited to join {organisation}. Your code: {code}. Your link: {link}"),
        },
        Letter::Added { organisation, name } => Words {
            subject: format!("{organisation}: your account"),
            blocks: vec![
                text(format!("Hello {name},")),
                text(format!("you were added to {organisation}. Log in with the address or phone that this came to.")),
            ],
            sms: format!("Hello {name}, you were added to {organisation}. You can log in now."),
        },
        Letter::Reminder { organisation, name } => Words {
            subject: format!("{organisation} waits for you"),
            blocks: vec![
                text(format!("Hello {name},")),
                text(format!("your account at {organisation} is ready, and you have not logged in yet.")),
            ],
            sms: format!("Hello {name}, your account at {organisation} is ready: log in for the first time."),
        },
        Letter::RequestWaits { organisation, request, answer } => Words {
            subject: format!("Somebody wants to join {organisation}"),
            blocks: vec![
                text(format!("A request to join {organisation} waits for your answer:")),
                key(request),
                text("Your own link to answer it by, for seven days:"),
                key(answer),
            ],
            sms: format!("A request to join {organisation} waits for your answer: {request}"),
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
    }
}
