//! Letters in German.

use super::Letter;
use super::page::{Words, key, link_to, text};

pub(super) fn words(letter: &Letter<'_>) -> Words {
    match *letter {
        Letter::OneTimeCode { sender, code } => Words {
            subject: format!("Ihr Code für {sender}"),
            blocks: vec![
                text(format!("Ihr Code für {sender}:")),
                key(code),
                text("Er gilt zehn Minuten."),
                text(
                    "Haben Sie ihn nicht angefordert, hat jemand versehentlich Ihre Adresse eingegeben: Ohne den Code geschieht nichts.",
                ),
            ],
            sms: format!("{code} ist Ihr Code für {sender}, zehn Minuten lang."),
        },
        Letter::Invitation { organisation, link, code } => Words {
            subject: format!("Ihre Einladung zu {organisation}"),
            blocks: vec![
                text(format!("Sie sind eingeladen, {organisation} beizutreten. Ihr Link:")),
                link_to(link),
                text("Oder geben Sie diesen Code ein:"),
                key(code),
            ],
            sms: format!("Sie sind eingeladen, {organisation} beizutreten. Ihr Code: {code}. Ihr Link: {link}"),
        },
        Letter::Added { organisation, name, link } => Words {
            subject: format!("{organisation}: Ihr Konto"),
            blocks: vec![
                text(format!("Guten Tag {name},")),
                text(format!("{organisation} hat Sie als Mitglied eingetragen. Hier nehmen Sie an oder lehnen ab:")),
                link_to(link),
                text("Melden Sie sich dann mit der Adresse oder Telefonnummer an, an die diese Nachricht ging."),
            ],
            sms: format!(
                "Guten Tag {name}, {organisation} hat Sie als Mitglied eingetragen. Annehmen oder ablehnen: {link}"
            ),
        },
        Letter::Reminder { organisation, name, link } => Words {
            subject: format!("{organisation} wartet auf Sie"),
            blocks: vec![
                text(format!("Guten Tag {name},")),
                text(format!(
                    "{organisation} hat Sie als Mitglied eingetragen und wartet noch auf Sie. Hier nehmen Sie an oder lehnen ab:"
                )),
                link_to(link),
            ],
            sms: format!("Guten Tag {name}, {organisation} wartet auf Sie. Annehmen oder ablehnen: {link}"),
        },
        Letter::RequestWaits { organisation, request, answer } => Words {
            subject: format!("Jemand möchte {organisation} beitreten"),
            blocks: vec![
                text(format!("Eine Anfrage, {organisation} beizutreten, wartet auf Ihre Antwort:")),
                key(request),
                text("Ihr eigener Link für die Antwort, sieben Tage lang:"),
                link_to(answer),
            ],
            sms: format!("Eine Anfrage, {organisation} beizutreten, wartet auf Ihre Antwort: {answer}"),
        },
        Letter::RequestEscalated { organisation, request, answer } => Words {
            subject: format!("{organisation}: eine Anfrage ist unbeantwortet"),
            blocks: vec![
                text(format!(
                    "Niemand hat diese Anfrage, {organisation} beizutreten, bisher beantwortet, deshalb kommt sie zu Ihnen:"
                )),
                key(request),
                text("Ihr eigener Link für die Antwort, sieben Tage lang:"),
                link_to(answer),
            ],
            sms: format!("Niemand hat eine Anfrage, {organisation} beizutreten, bisher beantwortet: {answer}"),
        },
        Letter::ImportCloses { organisation, import } => Words {
            subject: format!("{organisation}: ein Import wird geschlossen"),
            blocks: vec![
                text(format!(
                    "Die Konten und ersten Passwörter Ihres Imports zu {organisation} sind noch höchstens zwei Stunden abrufbar, danach nie wieder:"
                )),
                key(import),
                text("Haben Sie sie gesichert, ist nichts zu tun."),
            ],
            sms: format!(
                "Die Passwörter Ihres Imports zu {organisation} sind noch höchstens zwei Stunden abrufbar: {import}"
            ),
        },
        Letter::RequestPending { organisation } => Words {
            subject: format!("Ihre Anfrage an {organisation} wartet"),
            blocks: vec![text(format!(
                "Ihre Anfrage, {organisation} beizutreten, wartet auf eine Zustimmung. Wir schreiben Ihnen, wie sie beantwortet wurde."
            ))],
            sms: format!(
                "Ihre Anfrage, {organisation} beizutreten, wartet auf eine Zustimmung. Wir schreiben Ihnen, wie sie beantwortet wurde."
            ),
        },
        Letter::RequestAnswered { organisation, approved: true } => Words {
            subject: format!("Willkommen bei {organisation}"),
            blocks: vec![text(format!("Ihre Anfrage wurde angenommen: Sie sind jetzt Mitglied von {organisation}."))],
            sms: format!("Sie sind jetzt Mitglied von {organisation}."),
        },
        Letter::RequestAnswered { organisation, approved: false } => Words {
            subject: format!("Ihre Anfrage an {organisation}"),
            blocks: vec![text(format!("Ihre Anfrage, {organisation} beizutreten, wurde nicht angenommen."))],
            sms: format!("Ihre Anfrage, {organisation} beizutreten, wurde nicht angenommen."),
        },
        Letter::RequestExpired { organisation } => Words {
            subject: format!("Ihre Anfrage an {organisation} ist abgelaufen"),
            blocks: vec![text(format!(
                "Ihre Anfrage, {organisation} beizutreten, wurde nicht rechtzeitig beantwortet und ist abgelaufen. Sie können erneut anfragen."
            ))],
            sms: format!(
                "Ihre Anfrage, {organisation} beizutreten, wurde nicht rechtzeitig beantwortet und ist abgelaufen. Sie können erneut anfragen."
            ),
        },
    }
}
