//! Mail and SMS while no server is configured: one file for each, in a folder, and a line in the log.

use std::io::Write as _;
use std::path::PathBuf;

use async_trait::async_trait;

use crate::ports::{DeliveryError, Mail, Mailer, Sms, SmsSender};

/// Writes each mail to `FOLDER/ID.eml` (RFC 5322) and each SMS to `FOLDER/ID.sms`, whole or not at all.
#[derive(Clone, Debug)]
pub struct Folder {
    folder: PathBuf,
}

impl Folder {
    /// Messages go into `folder`, which is made if it is missing.
    pub fn new(folder: PathBuf) -> std::io::Result<Folder> {
        std::fs::create_dir_all(&folder)?;
        Ok(Folder { folder })
    }

    async fn write(&self, id: &str, kind: &str, text: String) -> Result<PathBuf, DeliveryError> {
        let path = self.folder.join(format!("{id}.{kind}"));
        let whole = path.clone();
        let written = tokio::task::spawn_blocking(move || {
            // A reader of the folder must never see half a message.
            let half = whole.with_extension("part");
            let mut file = std::fs::File::create(&half)?;
            file.write_all(text.as_bytes())?;
            std::fs::rename(half, whole)
        });
        match written.await {
            Ok(Ok(())) => Ok(path),
            Ok(Err(error)) => Err(DeliveryError::passing(id, error)),
            Err(error) => Err(DeliveryError::passing(id, error)),
        }
    }
}

#[async_trait]
impl Mailer for Folder {
    async fn deliver(&self, mail: &Mail) -> Result<(), DeliveryError> {
        let path = self.write(&mail.id, "eml", eml(mail)).await?;
        tracing::info!(to = mail.to, subject = mail.subject, file = %path.display(), "a mail lies in the folder");
        Ok(())
    }
}

#[async_trait]
impl SmsSender for Folder {
    async fn deliver(&self, sms: &Sms) -> Result<(), DeliveryError> {
        let text = format!("To: {}\r\nDate: {}\r\n\r\n{}\r\n", sms.to, sms.at, one_line(&sms.text));
        let path = self.write(&sms.id, "sms", text).await?;
        tracing::info!(to = %sms.to, file = %path.display(), "an SMS lies in the folder");
        Ok(())
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
            html: None,
            at: Instant::from_micros(0),
        });
        assert!(text.contains("To: ada@example.com  Bcc: eve@example.com\r\n"));
        assert!(text.ends_with("\r\n\r\none\r\ntwo\r\n"));
    }
}
