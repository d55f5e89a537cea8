//! Mail and SMS while no server is configured: one file for each, in a folder, and a line in the log.

use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use lettre::message::Mailbox;

use super::mime;
use crate::ports::{DeliveryError, Mail, Mailer, Sms, SmsSender};

/// Writes each mail to `FOLDER/ID.eml` (RFC 5322) and each SMS to `FOLDER/ID.sms`, whole or not at all, for its owner's
/// eyes alone: letters hold codes and links.
#[derive(Clone, Debug)]
pub struct Folder {
    folder: PathBuf,
    from: Mailbox,
}

impl Folder {
    /// Messages go into `folder`, which is made if it is missing; mail is from `from`.
    pub fn new(folder: PathBuf, from: Mailbox) -> std::io::Result<Folder> {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        Ok(Folder { folder, from })
    }

    async fn write(&self, id: &str, kind: &str, content: Vec<u8>) -> Result<PathBuf, DeliveryError> {
        let path = self.folder.join(format!("{id}.{kind}"));
        let whole = path.clone();
        let written = tokio::task::spawn_blocking(move || {
            // A reader of the folder must never see half a message.
            let half = whole.with_extension("part");
            let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&half)?;
            file.write_all(&content)?;
            std::fs::rename(half, whole)
        });
        match written.await {
            Ok(Ok(())) => Ok(path),
            Ok(Err(error)) => Err(DeliveryError::passing(id, error)),
            Err(error) => Err(DeliveryError::passing(id, error)),
        }
    }

    /// Removes the messages of a kind that are to one of these readers.
    async fn remove(&self, kind: &'static str, readers: &[String]) -> std::io::Result<()> {
        let folder = self.folder.clone();
        let readers: BTreeSet<String> = readers.iter().map(|reader| reader.to_lowercase()).collect();
        let removed = tokio::task::spawn_blocking(move || {
            for entry in std::fs::read_dir(folder)? {
                let path = entry?.path();
                if path.extension().is_some_and(|extension| extension == kind) && is_to(&path, &readers)? {
                    std::fs::remove_file(path)?;
                }
            }
            Ok(())
        });
        removed.await.map_err(std::io::Error::other)?
    }
}

/// Whether a message's reader is one of these, in lower case.
fn is_to(message: &Path, readers: &BTreeSet<String>) -> std::io::Result<bool> {
    let text = String::from_utf8_lossy(&std::fs::read(message)?).to_lowercase();
    let to = text.lines().find_map(|line| line.strip_prefix("to: "));
    Ok(to.is_some_and(|to| readers.contains(to.trim().trim_matches(['<', '>']))))
}

#[async_trait]
impl Mailer for Folder {
    async fn deliver(&self, mail: &Mail) -> Result<(), DeliveryError> {
        let path = self.write(&mail.id, "eml", mime::message(mail, &self.from)?.formatted()).await?;
        tracing::info!(letter = mail.letter, to = mail.to, subject = mail.subject, file = %path.display(), "a mail lies in the folder");
        Ok(())
    }

    async fn forget(&self, readers: &[String]) -> std::io::Result<()> {
        self.remove("eml", readers).await
    }
}

#[async_trait]
impl SmsSender for Folder {
    async fn deliver(&self, sms: &Sms) -> Result<(), DeliveryError> {
        let text = format!("To: {}\r\nDate: {}\r\n\r\n{}\r\n", sms.to, sms.at, one_line(&sms.text));
        let path = self.write(&sms.id, "sms", text.into_bytes()).await?;
        tracing::info!(letter = sms.letter, to = %sms.to, file = %path.display(), "an SMS lies in the folder");
        Ok(())
    }

    async fn forget(&self, readers: &[String]) -> std::io::Result<()> {
        self.remove("sms", readers).await
    }
}

/// The text of an SMS file must not get lines of its own either.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
