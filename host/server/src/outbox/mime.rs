//! A mail as it goes over the wire (RFC 5322, RFC 2045): plain text, and HTML beside it.

use std::time::{Duration, SystemTime};

use lettre::Message;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, MultiPartKind, SinglePart};

use crate::ports::{DeliveryError, Mail};

/// The mail, from `from`. Fails for good if the reader's address is none that mail knows.
///
/// The same mail has the same bytes each time, so that it can be known again. Quoted-printable: what is to be
/// copied out of it stands in it as it is, whatever the language.
pub(super) fn message(mail: &Mail, from: &Mailbox) -> Result<Message, DeliveryError> {
    let refused = |why: String| DeliveryError { id: mail.id.clone(), why, permanent: true, status: None };
    let to = mail.to.parse().map_err(|error| refused(format!("the address: {error}")))?;
    let since = Duration::from_micros(u64::try_from(mail.at.as_micros()).unwrap_or(0));
    let mut builder = Message::builder()
        .message_id(Some(format!("<{}@{}>", mail.id, from.email.domain())))
        .date(SystemTime::UNIX_EPOCH + since)
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(one_line(&mail.subject));
    // No holiday notice answers it (RFC 3834).
    let auto = HeaderName::new_from_ascii_str("Auto-Submitted");
    builder = builder.raw_header(HeaderValue::new(auto, "auto-generated".to_owned()));
    let plain = part(ContentType::TEXT_PLAIN, &mail.body);
    let built = match &mail.html {
        None => builder.singlepart(plain),
        Some(html) => {
            let kind = MultiPart::builder().kind(MultiPartKind::Alternative).boundary(format!("part-of-{}", mail.id));
            builder.multipart(kind.singlepart(plain).singlepart(part(ContentType::TEXT_HTML, html)))
        }
    };
    built.map_err(|error| refused(error.to_string()))
}

fn part(kind: ContentType, text: &str) -> SinglePart {
    SinglePart::builder().header(kind).header(ContentTransferEncoding::QuotedPrintable).body(text.to_owned())
}

/// A header that ended early would let its text become headers of its own.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::letters::{Language, Letter};
    use usher_domain::time::Instant;

    fn mail(to: &str, subject: &str, body: &str, html: Option<&str>) -> Mail {
        let html = html.map(str::to_owned);
        let (id, at) = ("mail_1".to_owned(), Instant::from_micros(1_772_442_000_000_000));
        let letter = "added".to_owned();
        Mail { id, letter, to: to.to_owned(), subject: subject.to_owned(), body: body.to_owned(), html, at }
    }

    fn from() -> Mailbox {
        "Usher <usher@x.example>".parse().unwrap()
    }

    #[test]
    fn no_text_becomes_a_header_or_a_part() {
        let evil = "Hello\r\nBcc: eve@example.com\r\n\r\n--part-of-mail_1";
        let message = message(&mail("ada@example.com", evil, evil, Some(evil)), &from()).unwrap();
        let text = String::from_utf8(message.formatted()).unwrap();
        let (headers, _) = text.split_once("\r\n\r\n").unwrap();
        assert!(!headers.lines().any(|line| line.starts_with("Bcc")), "{headers}");
        assert!(headers.contains("\r\nTo: ada@example.com\r\n"), "{headers}");
        assert_eq!(message.envelope().to().len(), 1);
        for address in ["ada@example.com\r\nBcc: eve@example.com", "ada@example.com, eve@example.com", "<>", ""] {
            assert!(super::message(&mail(address, "x", "x", None), &from()).unwrap_err().permanent, "{address:?}");
        }
    }

    #[test]
    fn a_code_stands_in_the_mail_once_as_it_is_in_every_language() {
        for language in Language::ALL {
            let letter = Letter::OneTimeCode { sender: "Acmé 株式会社", code: "12345678" }.written(language);
            let mail = mail("ada@example.com", &letter.subject, &letter.text, Some(&letter.html));
            let bytes = message(&mail, &from()).unwrap().formatted();
            assert_eq!(bytes, message(&mail, &from()).unwrap().formatted(), "the same mail each time");
            let text = String::from_utf8(bytes).unwrap();
            assert!(text.is_ascii() && text.contains("\r\n12345678\r\n"), "{text}");
            let digits = text.split(|c: char| !c.is_ascii_alphanumeric());
            let codes = digits.filter(|word| word.len() == 8 && word.bytes().all(|b| b.is_ascii_digit()));
            assert!(codes.clone().count() == 2 && codes.clone().all(|code| code == "12345678"), "{text}");
        }
    }
}
