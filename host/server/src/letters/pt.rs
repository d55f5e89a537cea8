//! Letters in Portuguese.

use super::Letter;
use super::page::{Words, key, text};

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
                key(link),
                text("Ou escreva este código:"),
                key(code),
            ],
            sms: format!("Recebeu um convite para entrar em {organisation}. O seu código: {code}. O seu link: {link}"),
        },
        Letter::Added { organisation, name } => Words {
            subject: format!("{organisation}: a sua conta"),
            blocks: vec![
                text(format!("Olá, {name},")),
                text(format!(
                    "a sua conta em {organisation} foi criada. Entre com o endereço ou o telefone que recebeu esta mensagem."
                )),
            ],
            sms: format!("Olá, {name}, a sua conta em {organisation} foi criada. Já pode entrar."),
        },
        Letter::Reminder { organisation, name } => Words {
            subject: format!("{organisation} espera por si"),
            blocks: vec![
                text(format!("Olá, {name},")),
                text(format!("a sua conta em {organisation} está pronta, e ainda não entrou.")),
            ],
            sms: format!("Olá, {name}, a sua conta em {organisation} está pronta: entre pela primeira vez."),
        },
        Letter::RequestWaits { organisation, request, answer } => Words {
            subject: format!("Alguém quer entrar em {organisation}"),
            blocks: vec![
                text(format!("Um pedido para entrar em {organisation} espera a sua resposta:")),
                key(request),
                text("A sua própria ligação para responder, válida sete dias:"),
                key(answer),
            ],
            sms: format!("Um pedido para entrar em {organisation} espera a sua resposta: {request}"),
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
    }
}
