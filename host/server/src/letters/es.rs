//! Letters in Spanish.

use super::Letter;
use super::page::{Words, key, link_to, text};

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
                link_to(link),
                text("O escriba este código:"),
                key(code),
            ],
            sms: format!(
                "Ha recibido una invitación para unirse a {organisation}. Su código: {code}. Su enlace: {link}"
            ),
        },
        Letter::Added { organisation, name, link } => Words {
            subject: format!("{organisation}: su cuenta"),
            blocks: vec![
                text(format!("Hola, {name}:")),
                text(format!("{organisation} le ha inscrito como miembro. Acepte o rechace aquí:")),
                link_to(link),
                text("Después, inicie sesión con la dirección o el teléfono que recibió este mensaje."),
            ],
            sms: format!("Hola, {name}: {organisation} le ha inscrito como miembro. Acepte o rechace: {link}"),
        },
        Letter::Reminder { organisation, name, link } => Words {
            subject: format!("{organisation} le espera"),
            blocks: vec![
                text(format!("Hola, {name}:")),
                text(format!("{organisation} le ha inscrito como miembro y todavía le espera. Acepte o rechace aquí:")),
                link_to(link),
            ],
            sms: format!("Hola, {name}: {organisation} le espera. Acepte o rechace: {link}"),
        },
        Letter::RequestWaits { organisation, request, answer } => Words {
            subject: format!("Alguien quiere unirse a {organisation}"),
            blocks: vec![
                text(format!("Una solicitud para unirse a {organisation} espera su respuesta:")),
                key(request),
                text("Su propio enlace para responder, válido siete días:"),
                link_to(answer),
            ],
            sms: format!("Una solicitud para unirse a {organisation} espera su respuesta: {answer}"),
        },
        Letter::RequestEscalated { organisation, request, answer } => Words {
            subject: format!("{organisation}: una solicitud sigue sin respuesta"),
            blocks: vec![
                text(format!(
                    "Nadie ha respondido todavía a esta solicitud para unirse a {organisation}, así que llega a usted:"
                )),
                key(request),
                text("Su propio enlace para responder, válido siete días:"),
                link_to(answer),
            ],
            sms: format!("Nadie ha respondido todavía a una solicitud para unirse a {organisation}: {answer}"),
        },
        Letter::ImportCloses { organisation, import } => Words {
            subject: format!("{organisation}: se cierra una importación"),
            blocks: vec![
                text(format!(
                    "Las cuentas y las primeras contraseñas de su importación a {organisation} se pueden obtener durante dos horas como máximo, y nunca después:"
                )),
                key(import),
                text("Si ya las ha guardado, no tiene que hacer nada."),
            ],
            sms: format!(
                "Las contraseñas de su importación a {organisation} se pueden obtener durante dos horas como máximo: {import}"
            ),
        },
        Letter::RequestPending { organisation } => Words {
            subject: format!("Su solicitud a {organisation} está en espera"),
            blocks: vec![text(format!(
                "Su solicitud para unirse a {organisation} espera una aprobación. Le escribiremos cuando tenga respuesta."
            ))],
            sms: format!(
                "Su solicitud para unirse a {organisation} espera una aprobación. Le escribiremos cuando tenga respuesta."
            ),
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
        Letter::RequestExpired { organisation } => Words {
            subject: format!("Su solicitud a {organisation} ha caducado"),
            blocks: vec![text(format!(
                "Nadie en {organisation} respondió a tiempo a su solicitud, que ha caducado. Puede volver a pedirlo."
            ))],
            sms: format!(
                "Nadie en {organisation} respondió a tiempo a su solicitud, que ha caducado. Puede volver a pedirlo."
            ),
        },
    }
}
