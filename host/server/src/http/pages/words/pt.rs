//! Pages in Portuguese.

use super::{Phrase, Trouble};

pub(super) fn say(phrase: &Phrase<'_>) -> String {
    match *phrase {
        Phrase::RequestTitle { organisation } => format!("Um pedido para entrar em {organisation}"),
        Phrase::Wants { name, organisation } => format!("{name} quer entrar em {organisation}."),
        Phrase::Name => "Nome".to_owned(),
        Phrase::Email => "E-mail".to_owned(),
        Phrase::Phone => "Telefone".to_owned(),
        Phrase::AskedOn => "Pedido em".to_owned(),
        Phrase::RequestId => "Pedido".to_owned(),
        Phrase::Approve => "Aprovar".to_owned(),
        Phrase::Reject => "Recusar".to_owned(),
        Phrase::YoursUntil { until } => {
            format!("Esta página é só sua: quem a abrir responde em seu nome. É válida até {until}.")
        }
        Phrase::Approved { name } => format!("O pedido foi aprovado: {name} já é membro."),
        Phrase::Rejected { name } => format!("O pedido de {name} foi recusado."),
        Phrase::WaitsNoMore => "O pedido já não espera resposta.".to_owned(),
        Phrase::WelcomeTitle { organisation } => format!("{organisation} inscreveu-o"),
        Phrase::AddedYou { name, organisation } => {
            format!("Olá, {name}, {organisation} inscreveu-o como membro. Aceita?")
        }
        Phrase::Accept => "Aceitar".to_owned(),
        Phrase::Decline => "Recusar".to_owned(),
        Phrase::DecliningForgets { organisation } => {
            format!("Se recusar, apaga-se o que {organisation} registou sobre si.")
        }
        Phrase::MemberOf { organisation } => format!("Faz parte de {organisation}"),
        Phrase::LogInBy { login } => format!("Entre com {login}."),
        Phrase::DeclinedTitle => "Recusou".to_owned(),
        Phrase::Declined { organisation } => format!("O que {organisation} tinha registado sobre si foi apagado."),
        Phrase::JoinTitle { organisation } => format!("Entrar em {organisation}"),
        Phrase::Invited { organisation } => format!(
            "Recebeu um convite para entrar em {organisation}. Indique o seu nome e um endereço de e-mail ou um telemóvel; um código enviado para lá prova que é seu."
        ),
        Phrase::YourName => "O seu nome".to_owned(),
        Phrase::YourContact => "O seu e-mail ou telemóvel, como +4915112345678".to_owned(),
        Phrase::SendCode => "Enviar-me um código".to_owned(),
        Phrase::CodeSent { contact } => format!("Enviámos um código para {contact}. É válido durante dez minutos."),
        Phrase::Code => "Código".to_owned(),
        Phrase::WrongCode => "Esse não é o código enviado: veja outra vez.".to_owned(),
        Phrase::Join => "Entrar".to_owned(),
        Phrase::Joined { organisation } => format!("Já faz parte de {organisation}."),
        Phrase::Pending { organisation } => {
            format!("O seu pedido espera uma aprovação. Escreveremos o que {organisation} responder.")
        }
        Phrase::Refused { organisation } => format!("{organisation} não o admite."),
        Phrase::NowhereTitle => "Esta ligação não leva a lado nenhum".to_owned(),
        Phrase::Nowhere => "Expirou ou alguém a retirou. Peça uma nova a quem lha enviou.".to_owned(),
        Phrase::NotDone => "Não foi possível".to_owned(),
    }
}

pub(super) fn tell(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::InvitationEnded => "O convite expirou ou foi retirado. Peça um novo a quem lho enviou.",
        Trouble::InvitationFull => {
            "O convite já foi usado tantas vezes quantas é permitido. Peça um novo a quem lho enviou."
        }
        Trouble::OtherDomain => {
            "O convite é para endereços de um domínio, por exemplo o de uma empresa. Indique o seu endereço nesse domínio."
        }
        Trouble::OtherPerson => {
            "O convite é para outra pessoa. Indique o endereço ou o telefone para o qual foi enviado."
        }
        Trouble::MoreToProve => {
            "Primeiro é preciso provar com um código outro endereço ou outro telefone. Comece de novo com esse."
        }
        Trouble::CodeTooOld => "O código é demasiado antigo. Comece de novo e receberá outro.",
        Trouble::TriedTooOften => "O código foi tentado demasiadas vezes. Comece de novo e receberá outro.",
        Trouble::TooMuch => "Foi pedido demasiado em pouco tempo. Espere um pouco e tente de novo.",
        Trouble::RequestEnded => "O pedido esperou demasiado tempo e expirou.",
        Trouble::Answered => "O pedido já foi respondido.",
        Trouble::SingleSignOn => "Entra-se nesta organização pelo seu início de sessão único. Inicie sessão aí.",
        Trouble::MemberAlready => "Alguém com este endereço ou este telefone já é membro.",
        Trouble::NoRoom => "A organização não tem lugar para mais ninguém neste momento.",
        Trouble::Authority => {
            "O convite dá uma função que não pode atribuir. Deixe a resposta a um administrador principal."
        }
        Trouble::NotYours => "Já não pode responder a pedidos.",
        Trouble::Typed => "O que foi escrito não pode ser aceite. Verifique o nome e o endereço ou o telefone.",
        Trouble::NotPossible => "Não é possível, ou já não é.",
        Trouble::Host => "Algo falhou do nosso lado. Tente de novo dentro de um minuto.",
    }
}
