//! Letters in French.

use super::Letter;
use super::page::{Words, key, text};

pub(super) fn words(letter: &Letter<'_>) -> Words {
    match *letter {
        Letter::OneTimeCode { sender, code } => Words {
            subject: format!("Votre code pour {sender}"),
            blocks: vec![
                text(format!("Votre code pour {sender} :")),
                key(code),
                text("Il est valable dix minutes."),
                text(
                    "Si vous ne l’avez pas demandé, quelqu’un a saisi votre adresse par erreur : rien ne se passe sans ce code.",
                ),
            ],
            sms: format!("{code} est votre code pour {sender}, valable dix minutes."),
        },
        Letter::Invitation { organisation, link, code } => Words {
            subject: format!("Votre invitation à rejoindre {organisation}"),
            blocks: vec![
                text(format!("Vous êtes invité à rejoindre {organisation}. Votre lien :")),
                key(link),
                text("Ou saisissez ce code :"),
                key(code),
            ],
            sms: format!("Vous êtes invité à rejoindre {organisation}. Votre code : {code}. Votre lien : {link}"),
        },
        Letter::Added { organisation, name } => Words {
            subject: format!("{organisation} : votre compte"),
            blocks: vec![
                text(format!("Bonjour {name},")),
                text(format!(
                    "vous avez été ajouté à {organisation}. Connectez-vous avec l’adresse ou le téléphone qui a reçu ce message."
                )),
            ],
            sms: format!("Bonjour {name}, vous avez été ajouté à {organisation}. Vous pouvez vous connecter."),
        },
        Letter::Reminder { organisation, name } => Words {
            subject: format!("{organisation} vous attend"),
            blocks: vec![
                text(format!("Bonjour {name},")),
                text(format!("votre compte chez {organisation} est prêt, et vous ne vous êtes pas encore connecté.")),
            ],
            sms: format!(
                "Bonjour {name}, votre compte chez {organisation} est prêt : connectez-vous une première fois."
            ),
        },
        Letter::RequestWaits { organisation, request, answer } => Words {
            subject: format!("Quelqu’un souhaite rejoindre {organisation}"),
            blocks: vec![
                text(format!("Une demande pour rejoindre {organisation} attend votre réponse :")),
                key(request),
                text("Votre propre lien pour répondre, valable sept jours :"),
                key(answer),
            ],
            sms: format!("Une demande pour rejoindre {organisation} attend votre réponse : {request}"),
        },
        Letter::RequestAnswered { organisation, approved: true } => Words {
            subject: format!("Bienvenue chez {organisation}"),
            blocks: vec![text(format!(
                "Votre demande a été acceptée : vous êtes maintenant membre de {organisation}."
            ))],
            sms: format!("Vous êtes maintenant membre de {organisation}."),
        },
        Letter::RequestAnswered { organisation, approved: false } => Words {
            subject: format!("Votre demande pour rejoindre {organisation}"),
            blocks: vec![text(format!("Votre demande pour rejoindre {organisation} n’a pas été acceptée."))],
            sms: format!("Votre demande pour rejoindre {organisation} n’a pas été acceptée."),
        },
    }
}
