//! Pages in German.

use super::{Phrase, Trouble};

pub(super) fn say(phrase: &Phrase<'_>) -> String {
    match *phrase {
        Phrase::RequestTitle { organisation } => format!("Eine Anfrage, {organisation} beizutreten"),
        Phrase::Wants { name, organisation } => format!("{name} möchte {organisation} beitreten."),
        Phrase::Name => "Name".to_owned(),
        Phrase::Email => "E-Mail".to_owned(),
        Phrase::Phone => "Telefon".to_owned(),
        Phrase::AskedOn => "Angefragt am".to_owned(),
        Phrase::RequestId => "Anfrage".to_owned(),
        Phrase::Approve => "Annehmen".to_owned(),
        Phrase::Reject => "Ablehnen".to_owned(),
        Phrase::YoursUntil { until } => {
            format!("Diese Seite gehört Ihnen allein: Wer sie öffnet, antwortet in Ihrem Namen. Sie gilt bis {until}.")
        }
        Phrase::Approved { name } => format!("Die Anfrage wurde angenommen: {name} ist Mitglied."),
        Phrase::Rejected { name } => format!("Die Anfrage von {name} wurde abgelehnt."),
        Phrase::WaitsNoMore => "Die Anfrage wartet auf keine Antwort mehr.".to_owned(),
        Phrase::WelcomeTitle { organisation } => format!("{organisation} hat Sie eingetragen"),
        Phrase::AddedYou { name, organisation } => {
            format!("Guten Tag {name}, {organisation} hat Sie als Mitglied eingetragen. Nehmen Sie an?")
        }
        Phrase::Accept => "Annehmen".to_owned(),
        Phrase::Decline => "Ablehnen".to_owned(),
        Phrase::DecliningForgets { organisation } => {
            format!("Wenn Sie ablehnen, wird gelöscht, was {organisation} über Sie eingetragen hat.")
        }
        Phrase::MemberOf { organisation } => format!("Sie sind Mitglied von {organisation}"),
        Phrase::LogInBy { login } => format!("Melden Sie sich mit {login} an."),
        Phrase::DeclinedTitle => "Sie haben abgelehnt".to_owned(),
        Phrase::Declined { organisation } => format!("Was {organisation} über Sie eingetragen hatte, ist gelöscht."),
        Phrase::JoinTitle { organisation } => format!("{organisation} beitreten"),
        Phrase::Invited { organisation } => format!(
            "Sie sind eingeladen, {organisation} beizutreten. Nennen Sie Ihren Namen und eine E-Mail-Adresse oder ein Mobiltelefon; ein Code dorthin zeigt, dass sie Ihnen gehören."
        ),
        Phrase::YourName => "Ihr Name".to_owned(),
        Phrase::YourContact => "Ihre E-Mail-Adresse oder Ihr Mobiltelefon, als +4915112345678".to_owned(),
        Phrase::SendCode => "Code senden".to_owned(),
        Phrase::CodeSent { contact } => format!("Wir haben einen Code an {contact} gesendet. Er gilt zehn Minuten."),
        Phrase::Code => "Code".to_owned(),
        Phrase::WrongCode => "Das ist nicht der gesendete Code: Sehen Sie noch einmal nach.".to_owned(),
        Phrase::Join => "Beitreten".to_owned(),
        Phrase::Joined { organisation } => format!("Sie sind jetzt Mitglied von {organisation}."),
        Phrase::Pending { organisation } => {
            format!("Ihre Anfrage wartet auf eine Zustimmung. Wir schreiben Ihnen, was {organisation} antwortet.")
        }
        Phrase::Refused { organisation } => format!("{organisation} nimmt Sie nicht auf."),
        Phrase::NowhereTitle => "Dieser Link führt nirgendwohin".to_owned(),
        Phrase::Nowhere => {
            "Er ist abgelaufen oder wurde zurückgezogen. Bitten Sie um einen neuen, wer ihn Ihnen geschickt hat."
                .to_owned()
        }
        Phrase::NotDone => "Das war nicht möglich".to_owned(),
    }
}

pub(super) fn tell(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::InvitationEnded => {
            "Die Einladung ist abgelaufen oder wurde zurückgezogen. Bitten Sie die Person, die sie geschickt hat, um eine neue."
        }
        Trouble::InvitationFull => {
            "Die Einladung wurde so oft genutzt, wie sie darf. Bitten Sie die Person, die sie geschickt hat, um eine neue."
        }
        Trouble::OtherDomain => {
            "Die Einladung gilt für Adressen einer bestimmten Domain, etwa der einer Firma. Nennen Sie Ihre Adresse dort."
        }
        Trouble::OtherPerson => {
            "Die Einladung ist für jemand anderen. Nennen Sie die Adresse oder das Telefon, an das sie gesendet wurde."
        }
        Trouble::MoreToProve => {
            "Zuerst muss ein Code zeigen, dass Ihnen eine weitere Adresse oder ein weiteres Telefon gehört. Beginnen Sie damit von vorn."
        }
        Trouble::CodeTooOld => "Der Code ist zu alt. Beginnen Sie von vorn, dann wird Ihnen ein neuer gesendet.",
        Trouble::TriedTooOften => {
            "Der Code wurde zu oft falsch eingegeben. Beginnen Sie von vorn, dann wird Ihnen ein neuer gesendet."
        }
        Trouble::TooMuch => {
            "Das waren zu viele Versuche in kurzer Zeit. Warten Sie eine Weile und versuchen Sie es dann noch einmal."
        }
        Trouble::RequestEnded => "Die Anfrage hat zu lange gewartet und ist abgelaufen.",
        Trouble::Answered => "Die Anfrage wurde schon beantwortet.",
        Trouble::SingleSignOn => "Dieser Organisation tritt man über ihr Single Sign-on bei. Melden Sie sich dort an.",
        Trouble::MemberAlready => "Jemand mit dieser Adresse oder diesem Telefon ist schon Mitglied.",
        Trouble::NoRoom => "Die Organisation kann im Augenblick niemanden mehr aufnehmen.",
        Trouble::Authority => {
            "Die Einladung gibt eine Rolle, die Sie nicht vergeben dürfen. Überlassen Sie die Antwort einem Hauptadministrator."
        }
        Trouble::NotYours => "Sie dürfen Anfragen nicht mehr beantworten.",
        Trouble::Typed => {
            "Die Eingabe kann nicht angenommen werden. Prüfen Sie den Namen und die Adresse oder das Telefon."
        }
        Trouble::NotPossible => "Das ist nicht möglich, oder nicht mehr.",
        Trouble::Host => "Bei uns ist etwas schiefgegangen. Versuchen Sie es in einer Minute noch einmal.",
    }
}
