//! Where `usher serve` hands mail and SMS over: servers, if they are configured; else a folder.

use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use usher_server::courier::Courier;
use usher_server::outbox::{Folder, Mailbox, SmsOverHttp, Smtp, SmtpServer};
use usher_server::ports::{Mailer, SmsSender};

use crate::failure::Failure;

/// Sender of mail that lies in a folder.
const NOBODY: &str = "Usher <usher@localhost>";

/// Where messages go.
#[derive(Clone, clap::Args)]
pub(crate) struct OutboxOptions {
    /// Folder that mail and SMS are written to while no server for them is configured; `mail` in the data folder if
    /// left out.
    #[arg(long, env = "USHER_MAIL", value_name = "FOLDER")]
    mail: Option<PathBuf>,
    /// Mail server: smtps://USER:PASSWORD@HOST:PORT, smtp+starttls://…, or smtp://… on this machine. Other users of the
    /// machine may see arguments: better give the password by file, or the URL by variable.
    #[arg(long, env = "USHER_SMTP", value_name = "URL", hide_env_values = true, requires = "mail_from")]
    smtp: Option<String>,
    /// File with the mail server's password, in place of the one in the URL.
    #[arg(long, env = "USHER_SMTP_PASSWORD_FILE", value_name = "FILE", requires = "smtp")]
    smtp_password_file: Option<PathBuf>,
    /// File with certificates (PEM) that the mail server's may be signed by, beside those that browsers know.
    #[arg(long, env = "USHER_SMTP_CA", value_name = "FILE", requires = "smtp")]
    smtp_ca: Option<PathBuf>,
    /// Sender of all mail, as `Acme <no-reply@acme.example>`.
    #[arg(long, env = "USHER_MAIL_FROM", value_name = "MAILBOX")]
    mail_from: Option<Mailbox>,
    /// SMS provider: SMS are sent there as `POST` with a JSON object of `id`, `to` and `text`.
    #[arg(long, env = "USHER_SMS", value_name = "URL", requires = "sms_token_file")]
    sms: Option<String>,
    /// File with the token that the SMS provider knows this host by.
    #[arg(long, env = "USHER_SMS_TOKEN_FILE", value_name = "FILE")]
    sms_token_file: Option<PathBuf>,
}

impl OutboxOptions {
    /// What carries messages; `folder` is where they go by default. The runtime must be entered.
    pub(crate) fn courier(&self, folder: PathBuf) -> Result<Courier, Failure> {
        let folder = self.mail.clone().unwrap_or(folder);
        let from = self.mail_from.clone().map_or_else(|| NOBODY.parse(), Ok);
        let from = from.map_err(|error| Failure::of("--mail-from", error))?;
        let made = Folder::new(folder.clone(), from.clone());
        let made = Arc::new(made.map_err(|error| Failure::of(format_args!("creating {}", folder.display()), error))?);
        let mailer: Arc<dyn Mailer> = match &self.smtp {
            Some(url) => Arc::new(self.smtp(url, from)?),
            None => made.clone(),
        };
        let sms: Arc<dyn SmsSender> = match (&self.sms, &self.sms_token_file) {
            (Some(url), Some(file)) => Arc::new(SmsOverHttp::new(url, &secret(file)?).map_err(failed("--sms"))?),
            _ => made,
        };
        Ok(Courier::new(mailer, sms))
    }

    fn smtp(&self, url: &str, from: Mailbox) -> Result<Smtp, Failure> {
        let mut server: SmtpServer = url.parse().map_err(failed("--smtp"))?;
        if let Some(file) = &self.smtp_password_file {
            server.password = Some(secret(file)?);
        }
        let authorities = self.smtp_ca.as_deref().map(read).transpose()?;
        Smtp::new(server, from, authorities.as_deref()).map_err(failed("--smtp"))
    }
}

fn failed<E: Display>(option: &'static str) -> impl Fn(E) -> Failure {
    move |error| Failure::of(option, error)
}

/// The secret in a file, without the end of its line.
fn secret(file: &Path) -> Result<String, Failure> {
    let text = String::from_utf8(read(file)?);
    let text = text.map_err(|_| Failure::of(format_args!("reading {}", file.display()), "it is no text"))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(file).map_err(|error| Failure::of(format_args!("reading {}", file.display()), error))
}
