//! Mail while no mail server is configured: one file for each, in a folder.

use std::io::Write as _;
use std::path::PathBuf;

use async_trait::async_trait;

use crate::ports::{DeliveryError, Mail, Mailer};

/// Writes each mail to `FOLDER/ID.eml` (RFC 5322), whole or not at all.
#[derive(Clone, Debug)]
pub struct MailFolder {
    folder: PathBuf,
}

impl MailFolder {
    /// Mail goes into `folder`, which is made if it is missing.
    pub fn new(folder: PathBuf) -> std::io::Result<MailFolder> {
        std::fs::create_dir_all(&folder)?;
        Ok(MailFolder { folder })
    }
}

#[async_trait]
impl Mailer for MailFolder {
    async fn deliver(&self, mail: &Mail) -> Result<(), DeliveryError> {
        let (path, text, id) = (self.folder.join(format!("{}.eml", mail.id)), eml(mail), mail.id.clone());
        let written = tokio::task::spawn_blocking(move || {
            // A reader of the folder must never see half a mail.
            let half = path.with_extension("part");
            let mut file = std::fs::File::create(&half)?;
            file.write_all(text.as_bytes())?;
            std::fs::rename(half, path)
        });
        let why = match written.await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        Err(DeliveryError { id, why })
    }
}

fn eml(mail: &Mail) -> String {
    format!(
        "Message-ID: <{}@usher>\r\nDate: {}\r\nTo: {}\r\nSubject: {}\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{}\r\n",
        mail.id,
        mail.at,
        one_line(&mail.to),
        one_line(&mail.subject),
        mail.body.replace("\r\n", "\n").replace('\n', "\r\n"),
    )
}

/// A header that ended early would let its text become headers of its own.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use usher_domain::time::Instant;

    #[test]
    fn no_text_becomes_a_header() {
        let text = eml(&Mail {
            id: "mail_1".into(),
            to: "ada@example.com\r\nBcc: eve@example.com".into(),
            subject: "Hello".into(),
            body: "one\ntwo".into(),
            at: Instant::from_micros(0),
        });
        assert!(text.contains("To: ada@example.com  Bcc: eve@example.com\r\n"));
        assert!(text.ends_with("\r\n\r\none\r\ntwo\r\n"));
    }
}
