//! Pages in French.

use super::{Phrase, Trouble};

pub(super) fn say(phrase: &Phrase<'_>) -> String {
    match *phrase {
        Phrase::RequestTitle { organisation } => format!("Une demande pour rejoindre {organisation}"),
        Phrase::Wants { name, organisation } => format!("{name} souhaite rejoindre {organisation}."),
        Phrase::Name => "Nom".to_owned(),
        Phrase::Email => "E-mail".to_owned(),
        Phrase::Phone => "Téléphone".to_owned(),
        Phrase::AskedOn => "Demandé le".to_owned(),
        Phrase::RequestId => "Demande".to_owned(),
        Phrase::Approve => "Approuver".to_owned(),
        Phrase::Reject => "Refuser".to_owned(),
        Phrase::YoursUntil { until } => {
            format!("Cette page n’est qu’à vous : qui l’ouvre répond en votre nom. Elle est valable jusqu’au {until}.")
        }
        Phrase::Approved { name } => format!("La demande a été acceptée : {name} est membre."),
        Phrase::Rejected { name } => format!("La demande de {name} a été refusée."),
        Phrase::WaitsNoMore => "La demande n’attend plus de réponse.".to_owned(),
        Phrase::WelcomeTitle { organisation } => format!("{organisation} vous a inscrit"),
        Phrase::AddedYou { name, organisation } => {
            format!("Bonjour {name}, {organisation} vous a inscrit comme membre. Acceptez-vous ?")
        }
        Phrase::Accept => "Accepter".to_owned(),
        Phrase::Decline => "Refuser".to_owned(),
        Phrase::DecliningForgets { organisation } => {
            format!("Si vous refusez, ce que {organisation} a saisi à votre sujet est effacé.")
        }
        Phrase::MemberOf { organisation } => format!("Vous êtes membre de {organisation}"),
        Phrase::LogInBy { login } => format!("Connectez-vous avec {login}."),
        Phrase::DeclinedTitle => "Vous avez refusé".to_owned(),
        Phrase::Declined { organisation } => format!("Ce que {organisation} avait saisi à votre sujet est effacé."),
        Phrase::JoinTitle { organisation } => format!("Rejoindre {organisation}"),
        Phrase::Invited { organisation } => format!(
            "Vous êtes invité à rejoindre {organisation}. Indiquez votre nom et une adresse e-mail ou un téléphone mobile ; un code envoyé là prouve que c’est le vôtre."
        ),
        Phrase::YourName => "Votre nom".to_owned(),
        Phrase::YourContact => "Votre adresse e-mail ou votre téléphone mobile, comme +4915112345678".to_owned(),
        Phrase::SendCode => "Recevoir un code".to_owned(),
        Phrase::CodeSent { contact } => format!("Nous avons envoyé un code à {contact}. Il est valable dix minutes."),
        Phrase::Code => "Code".to_owned(),
        Phrase::WrongCode => "Ce n’est pas le code envoyé : vérifiez-le.".to_owned(),
        Phrase::Join => "Rejoindre".to_owned(),
        Phrase::Joined { organisation } => format!("Vous êtes maintenant membre de {organisation}."),
        Phrase::Pending { organisation } => {
            format!("Votre demande attend une approbation. Nous vous écrirons ce que {organisation} répond.")
        }
        Phrase::Refused { organisation } => format!("{organisation} ne vous admet pas."),
        Phrase::NowhereTitle => "Ce lien ne mène nulle part".to_owned(),
        Phrase::Nowhere => {
            "Il a expiré ou a été retiré. Demandez-en un nouveau à la personne qui vous l’a envoyé.".to_owned()
        }
        Phrase::NotDone => "Ce n’était pas possible".to_owned(),
    }
}

pub(super) fn tell(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::InvitationEnded => {
            "L’invitation a expiré ou a été retirée. Demandez-en une nouvelle à la personne qui vous l’a envoyée."
        }
        Trouble::InvitationFull => {
            "L’invitation a été utilisée autant de fois que permis. Demandez-en une nouvelle à la personne qui vous l’a envoyée."
        }
        Trouble::OtherDomain => {
            "L’invitation est réservée aux adresses d’un domaine, celui d’une entreprise par exemple. Donnez votre adresse sur ce domaine."
        }
        Trouble::OtherPerson => {
            "L’invitation est destinée à quelqu’un d’autre. Donnez l’adresse ou le téléphone auquel elle a été envoyée."
        }
        Trouble::MoreToProve => {
            "Une autre adresse ou un autre téléphone doit d’abord être prouvé par un code. Recommencez avec celui-ci."
        }
        Trouble::CodeTooOld => "Le code est trop ancien. Recommencez pour en recevoir un nouveau.",
        Trouble::TriedTooOften => "Le code a été essayé trop souvent. Recommencez pour en recevoir un nouveau.",
        Trouble::TooMuch => "Trop de demandes ont été faites en peu de temps. Attendez un moment, puis réessayez.",
        Trouble::RequestEnded => "La demande a attendu trop longtemps et a expiré.",
        Trouble::Answered => "La demande a déjà reçu une réponse.",
        Trouble::SingleSignOn => {
            "On rejoint cette organisation par son authentification unique. Connectez-vous là-bas."
        }
        Trouble::MemberAlready => "Une personne avec cette adresse ou ce téléphone est déjà membre.",
        Trouble::NoRoom => "L’organisation ne peut accueillir personne d’autre pour le moment.",
        Trouble::Authority => {
            "L’invitation donne un rôle que vous ne pouvez pas attribuer. Laissez la réponse à un administrateur principal."
        }
        Trouble::NotYours => "Vous ne pouvez plus répondre aux demandes.",
        Trouble::Typed => "Ce qui a été saisi ne peut pas être accepté. Vérifiez le nom et l’adresse ou le téléphone.",
        Trouble::NotPossible => "Ce n’est pas possible, ou ne l’est plus.",
        Trouble::Host => "Une erreur s’est produite de notre côté. Réessayez dans une minute.",
    }
}
