//! Letters in French.

use super::Letter;
use super::page::{Words, key, link_to, text};

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
                link_to(link),
                text("Ou saisissez ce code :"),
                key(code),
            ],
            sms: format!("Vous êtes invité à rejoindre {organisation}. Votre code : {code}. Votre lien : {link}"),
        },
        Letter::Added { organisation, name, link } => Words {
            subject: format!("{organisation} : votre compte"),
            blocks: vec![
                text(format!("Bonjour {name},")),
                text(format!("{organisation} vous a inscrit comme membre. Acceptez ou refusez ici :")),
                link_to(link),
                text("Connectez-vous ensuite avec l’adresse ou le téléphone qui a reçu ce message."),
            ],
            sms: format!("Bonjour {name}, {organisation} vous a inscrit comme membre. Accepter ou refuser : {link}"),
        },
        Letter::Reminder { organisation, name, link } => Words {
            subject: format!("{organisation} vous attend"),
            blocks: vec![
                text(format!("Bonjour {name},")),
                text(format!(
                    "{organisation} vous a inscrit comme membre, et vous n’êtes pas encore venu. Acceptez ou refusez ici :"
                )),
                link_to(link),
            ],
            sms: format!("Bonjour {name}, {organisation} vous attend. Accepter ou refuser : {link}"),
        },
        Letter::RequestWaits { organisation, request, answer } => Words {
            subject: format!("Quelqu’un souhaite rejoindre {organisation}"),
            blocks: vec![
                text(format!("Une demande pour rejoindre {organisation} attend votre réponse :")),
                key(request),
                text("Votre propre lien pour répondre, valable sept jours :"),
                link_to(answer),
            ],
            sms: format!("Une demande pour rejoindre {organisation} attend votre réponse : {answer}"),
        },
        Letter::RequestEscalated { organisation, request, answer } => Words {
            subject: format!("{organisation} : une demande reste sans réponse"),
            blocks: vec![
                text(format!(
                    "Personne n’a encore répondu à cette demande pour rejoindre {organisation} ; elle vous revient donc :"
                )),
                key(request),
                text("Votre propre lien pour répondre, valable sept jours :"),
                link_to(answer),
            ],
            sms: format!("Personne n’a encore répondu à une demande pour rejoindre {organisation} : {answer}"),
        },
        Letter::ImportCloses { organisation, import } => Words {
            subject: format!("{organisation} : une importation se termine"),
            blocks: vec![
                text(format!(
                    "Les comptes et les premiers mots de passe de votre importation dans {organisation} peuvent être obtenus pendant deux heures au plus, et jamais ensuite :"
                )),
                key(import),
                text("Si vous les avez enregistrés, il n’y a rien à faire."),
            ],
            sms: format!(
                "Les mots de passe de votre importation dans {organisation} peuvent être obtenus pendant deux heures au plus : {import}"
            ),
        },
        Letter::RequestPending { organisation } => Words {
            subject: format!("Votre demande auprès de {organisation} est en attente"),
            blocks: vec![text(format!(
                "Votre demande pour rejoindre {organisation} attend une approbation. Nous vous écrirons dès qu’elle aura reçu une réponse."
            ))],
            sms: format!(
                "Votre demande pour rejoindre {organisation} attend une approbation. Nous vous écrirons dès qu’elle aura reçu une réponse."
            ),
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
        Letter::RequestExpired { organisation } => Words {
            subject: format!("Votre demande auprès de {organisation} a expiré"),
            blocks: vec![text(format!(
                "Personne chez {organisation} n’a répondu à temps à votre demande : elle a expiré. Vous pouvez en faire une autre."
            ))],
            sms: format!(
                "Personne chez {organisation} n’a répondu à temps à votre demande : elle a expiré. Vous pouvez en faire une autre."
            ),
        },
    }
}
