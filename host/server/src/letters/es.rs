//! Letters in Spanish.

use super::Letter;
use super::page::{Words, key, text};

pub(super) fn words(letter: &Letter<'_>) -> Words {
    match *letter {
        Letter::OneTimeCode { sender, code } => Words {
            subject: format!("Su código para {sender}"),
            blocks: vec![
                text(format!("Su código para {sender}:")),
                key(code),
                text("Es válido durante diez minutos."),
                text("Si no lo ha pedido, alguien escribió su dirección por error: sin el código no ocurre nada."),
            ],
            sms: format!("{code} es su código para {sender}, válido diez minutos."),
        },
        Letter::Invitation { organisation, link, code } => Words {
            subject: format!("Su invitación a {organisation}"),
            blocks: vec![
                text(format!("Ha recibido una invitación para unirse a {organisation}. Su enlace:")),
                key(link),
                text("O escriba este código:"),
                key(code),
            ],
            sms: format!(
                "Ha recibido una invitación para unirse a {organisation}. Su código: {code}. Su enlace: {link}"
            ),
        },
        Letter::Added { organisation, name } => Words {
            subject: format!("{organisation}: su cuenta"),
            blocks: vec![
                text(format!("Hola, {name}:")),
                text(format!(
                    "Le han añadido a {organisation}. Inicie sesión con la dirección o el teléfono que recibió este mensaje."
                )),
            ],
            sms: format!("Hola, {name}: le han añadido a {organisation}. Ya puede iniciar sesión."),
        },
        Letter::Reminder { organisation, name } => Words {
            subject: format!("{organisation} le espera"),
            blocks: vec![
                text(format!("Hola, {name}:")),
                text(format!("Su cuenta en {organisation} está lista y todavía no ha iniciado sesión.")),
            ],
            sms: format!("Hola, {name}: su cuenta en {organisation} está lista; inicie sesión por primera vez."),
        },
        Letter::RequestWaits { organisation, request, answer } => Words {
            subject: format!("Alguien quiere unirse a {organisation}"),
            blocks: vec![
                text(format!("Una solicitud para unirse a {organisation} espera su respuesta:")),
                key(request),
                text("Su propio enlace para responder, válido siete días:"),
                key(answer),
            ],
            sms: format!("Una solicitud para unirse a {organisation} espera su respuesta: {request}"),
        },
        Letter::RequestAnswered { organisation, approved: true } => Words {
            subject: format!("Le damos la bienvenida a {organisation}"),
            blocks: vec![text(format!("Su solicitud fue aceptada: ya forma parte de {organisation}."))],
            sms: format!("Ya forma parte de {organisation}."),
        },
        Letter::RequestAnswered { organisation, approved: false } => Words {
            subject: format!("Su solicitud para unirse a {organisation}"),
            blocks: vec![text(format!("Su solicitud para unirse a {organisation} no fue aceptada."))],
            sms: format!("Su solicitud para unirse a {organisation} no fue aceptada."),
        },
    }
}
