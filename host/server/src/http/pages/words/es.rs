//! Pages in Spanish.

use super::{Phrase, Trouble};

pub(super) fn say(phrase: &Phrase<'_>) -> String {
    match *phrase {
        Phrase::RequestTitle { organisation } => format!("Una solicitud para unirse a {organisation}"),
        Phrase::Wants { name, organisation } => format!("{name} quiere unirse a {organisation}."),
        Phrase::Name => "Nombre".to_owned(),
        Phrase::Email => "Correo electrónico".to_owned(),
        Phrase::Phone => "Teléfono".to_owned(),
        Phrase::AskedOn => "Solicitado el".to_owned(),
        Phrase::RequestId => "Solicitud".to_owned(),
        Phrase::Approve => "Aprobar".to_owned(),
        Phrase::Reject => "Rechazar".to_owned(),
        Phrase::YoursUntil { until } => {
            format!("Esta página es solo suya: quien la abra responde en su nombre. Es válida hasta el {until}.")
        }
        Phrase::Approved { name } => format!("La solicitud fue aprobada: {name} ya es miembro."),
        Phrase::Rejected { name } => format!("La solicitud de {name} fue rechazada."),
        Phrase::WaitsNoMore => "La solicitud ya no espera respuesta.".to_owned(),
        Phrase::WelcomeTitle { organisation } => format!("{organisation} le ha inscrito"),
        Phrase::AddedYou { name, organisation } => {
            format!("Hola, {name}: {organisation} le ha inscrito como miembro. ¿Acepta?")
        }
        Phrase::Accept => "Aceptar".to_owned(),
        Phrase::Decline => "Rechazar".to_owned(),
        Phrase::DecliningForgets { organisation } => {
            format!("Si rechaza, se borra lo que {organisation} ha anotado sobre usted.")
        }
        Phrase::MemberOf { organisation } => format!("Forma parte de {organisation}"),
        Phrase::LogInBy { login } => format!("Inicie sesión con {login}."),
        Phrase::DeclinedTitle => "Ha rechazado".to_owned(),
        Phrase::Declined { organisation } => format!("Lo que {organisation} había anotado sobre usted se ha borrado."),
        Phrase::JoinTitle { organisation } => format!("Unirse a {organisation}"),
        Phrase::Invited { organisation } => format!(
            "Ha recibido una invitación para unirse a {organisation}. Indique su nombre y una dirección de correo o un teléfono móvil; un código enviado allí demuestra que es suyo."
        ),
        Phrase::YourName => "Su nombre".to_owned(),
        Phrase::YourContact => "Su correo electrónico o teléfono móvil, como +4915112345678".to_owned(),
        Phrase::SendCode => "Enviarme un código".to_owned(),
        Phrase::CodeSent { contact } => format!("Hemos enviado un código a {contact}. Es válido durante diez minutos."),
        Phrase::Code => "Código".to_owned(),
        Phrase::WrongCode => "Ese no es el código enviado: mírelo de nuevo.".to_owned(),
        Phrase::Join => "Unirse".to_owned(),
        Phrase::Joined { organisation } => format!("Ya forma parte de {organisation}."),
        Phrase::Pending { organisation } => {
            format!("Su solicitud espera una aprobación. Le escribiremos lo que responda {organisation}.")
        }
        Phrase::Refused { organisation } => format!("{organisation} no le admite."),
        Phrase::NowhereTitle => "Este enlace no lleva a ninguna parte".to_owned(),
        Phrase::Nowhere => "Ha caducado o alguien lo ha retirado. Pida uno nuevo a quien se lo envió.".to_owned(),
        Phrase::NotDone => "No ha sido posible".to_owned(),
    }
}

pub(super) fn tell(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::InvitationEnded => "La invitación ha caducado o se ha retirado. Pida una nueva a quien se la envió.",
        Trouble::InvitationFull => {
            "La invitación ya se ha usado tantas veces como se permite. Pida una nueva a quien se la envió."
        }
        Trouble::OtherDomain => {
            "La invitación es para direcciones de un dominio, por ejemplo el de una empresa. Indique su dirección en él."
        }
        Trouble::OtherPerson => {
            "La invitación es para otra persona. Indique la dirección o el teléfono al que se envió."
        }
        Trouble::MoreToProve => {
            "Primero hay que demostrar con un código otra dirección u otro teléfono. Empiece de nuevo con él."
        }
        Trouble::CodeTooOld => "El código es demasiado antiguo. Empiece de nuevo y se le enviará otro.",
        Trouble::TriedTooOften => "El código se ha probado demasiadas veces. Empiece de nuevo y se le enviará otro.",
        Trouble::TooMuch => "Se ha pedido demasiado en poco tiempo. Espere un rato y vuelva a intentarlo.",
        Trouble::RequestEnded => "La solicitud ha esperado demasiado y ha caducado.",
        Trouble::Answered => "La solicitud ya tiene respuesta.",
        Trouble::SingleSignOn => "A esta organización se entra por su inicio de sesión único. Inicie sesión allí.",
        Trouble::MemberAlready => "Alguien con esta dirección o este teléfono ya es miembro.",
        Trouble::NoRoom => "La organización no tiene sitio para nadie más en este momento.",
        Trouble::Authority => {
            "La invitación da un rol que usted no puede dar. Deje la respuesta a un administrador principal."
        }
        Trouble::NotYours => "Usted ya no puede responder a solicitudes.",
        Trouble::Typed => "Lo que se ha escrito no se puede aceptar. Revise el nombre y la dirección o el teléfono.",
        Trouble::NotPossible => "No es posible, o ya no lo es.",
        Trouble::Host => "Algo ha fallado por nuestra parte. Vuelva a intentarlo dentro de un minuto.",
    }
}
