//! Letters in Portuguese.

use super::Letter;
use super::page::{Words, key, link_to, text};

pub(super) fn words(letter: &Letter<'_>) -> Words {
    match *letter {
        Letter::OneTimeCode { sender, code } => Words {
            subject: format!("O seu código para {sender}"),
            blocks: vec![
                text(format!("O seu código para {sender}:")),
                key(code),
                text("É válido durante dez minutos."),
                text("Se não o pediu, alguém escreveu o seu endereço por engano: sem o código nada acontece."),
            ],
            sms: format!("{code} é o seu código para {sender}, válido por dez minutos."),
        },
        Letter::Invitation { organisation, link, code } => Words {
            subject: format!("O seu convite para {organisation}"),
            blocks: vec![
                text(format!("Recebeu um convite para entrar em {organisation}. O seu link:")),
                link_to(link),
                text("Ou escreva este código:"),
                key(code),
            ],
            sms: format!("Recebeu um convite para entrar em {organisation}. O seu código: {code}. O seu link: {link}"),
        },
        Letter::Added { organisation, name, link } => Words {
            subject: format!("{organisation}: a sua conta"),
            blocks: vec![
                text(format!("Olá, {name},")),
                text(format!("{organisation} inscreveu-o como membro. Aceite ou recuse aqui:")),
                link_to(link),
                text("Depois, entre com o endereço ou o telefone que recebeu esta mensagem."),
            ],
            sms: format!("Olá, {name}, {organisation} inscreveu-o como membro. Aceite ou recuse: {link}"),
        },
        Letter::Reminder { organisation, name, link } => Words {
            subject: format!("{organisation} espera por si"),
            blocks: vec![
                text(format!("Olá, {name},")),
                text(format!("{organisation} inscreveu-o como membro e ainda espera por si. Aceite ou recuse aqui:")),
                link_to(link),
            ],
            sms: format!("Olá, {name}, {organisation} espera por si. Aceite ou recuse: {link}"),
        },
        Letter::RequestWaits { organisation, request, answer } => Words {
            subject: format!("Alguém quer entrar em {organisation}"),
            blocks: vec![
                text(format!("Um pedido para entrar em {organisation} espera a sua resposta:")),
                key(request),
                text("A sua própria ligação para responder, válida sete dias:"),
                link_to(answer),
            ],
            sms: format!("Um pedido para entrar em {organisation} espera a sua resposta: {answer}"),
        },
        Letter::RequestEscalated { organisation, request, answer } => Words {
            subject: format!("{organisation}: um pedido continua sem resposta"),
            blocks: vec![
                text(format!(
                    "Ninguém respondeu ainda a este pedido para entrar em {organisation}, por isso chega a si:"
                )),
                key(request),
                text("A sua própria ligação para responder, válida sete dias:"),
                link_to(answer),
            ],
            sms: format!("Ninguém respondeu ainda a um pedido para entrar em {organisation}: {answer}"),
        },
        Letter::ImportCloses { organisation, import } => Words {
            subject: format!("{organisation}: uma importação será fechada"),
            blocks: vec![
                text(format!(
                    "As contas e as primeiras palavras-passe da sua importação para {organisation} podem ser obtidas durante duas horas, no máximo, e nunca mais depois:"
                )),
                key(import),
                text("Se já as guardou, não há nada a fazer."),
            ],
            sms: format!(
                "As palavras-passe da sua importação para {organisation} podem ser obtidas durante duas horas, no máximo: {import}"
            ),
        },
        Letter::RequestPending { organisation } => Words {
            subject: format!("O seu pedido a {organisation} está em espera"),
            blocks: vec![text(format!(
                "O seu pedido para entrar em {organisation} espera uma aprovação. Escreveremos quando tiver resposta."
            ))],
            sms: format!(
                "O seu pedido para entrar em {organisation} espera uma aprovação. Escreveremos quando tiver resposta."
            ),
        },
        Letter::RequestAnswered { organisation, approved: true } => Words {
            subject: format!("Boas-vindas a {organisation}"),
            blocks: vec![text(format!("O seu pedido foi aceite: já faz parte de {organisation}."))],
            sms: format!("Já faz parte de {organisation}."),
        },
        Letter::RequestAnswered { organisation, approved: false } => Words {
            subject: format!("O seu pedido para entrar em {organisation}"),
            blocks: vec![text(format!("O seu pedido para entrar em {organisation} não foi aceite."))],
            sms: format!("O seu pedido para entrar em {organisation} não foi aceite."),
        },
        Letter::RequestExpired { organisation } => Words {
            subject: format!("O seu pedido a {organisation} expirou"),
            blocks: vec![text(format!(
                "Ninguém em {organisation} respondeu a tempo ao seu pedido, que expirou. Pode pedir de novo."
            ))],
            sms: format!("Ninguém em {organisation} respondeu a tempo ao seu pedido, que expirou. Pode pedir de novo."),
        },
    }
}
