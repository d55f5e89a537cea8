//! Mail over SMTP (RFC 5321), over TLS or to this machine alone.

use std::time::Duration;

use async_trait::async_trait;
use lettre::message::Mailbox;
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use super::mime;
use crate::ports::{DeliveryError, Mail, Mailer};

/// How long the server may take for one answer.
const ANSWER: Duration = Duration::from_secs(20);
/// Connections kept open.
const CONNECTIONS: u32 = 8;
/// Port of SMTP with TLS from the first byte (RFC 8314).
const SMTPS_PORT: u16 = 465;
/// Port of submission (RFC 6409).
const SUBMISSION_PORT: u16 = 587;

/// How a connection is made safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte: `smtps://`.
    Implicit,
    /// TLS by STARTTLS, and nothing without it: `smtp+starttls://`.
    StartTls,
    /// None, for a server on this machine: `smtp://`.
    Loopback,
}

/// Where mail is handed over. The debug form hides the password.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpServer {
    /// How the connection is made safe.
    pub security: Security,
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Who sends.
    pub user: Option<String>,
    /// Their password.
    pub password: Option<String>,
}

impl std::fmt::Debug for SmtpServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SmtpServer({:?}, {}:{})", self.security, self.host, self.port)
    }
}

/// What is wrong with an SMTP server's URL or settings; holds no part of them that may be secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SmtpError {
    /// It is no URL of an SMTP server.
    #[error("expected smtps://USER:PASSWORD@HOST:PORT or smtp+starttls://…, user, password and port as needed")]
    Url,
    /// It is without TLS, but elsewhere.
    #[error("smtp:// is without TLS, for a server on this machine: use smtps:// or smtp+starttls:// for `{0}`")]
    Clear(String),
    /// A password without a user, or a user without a password.
    #[error("the SMTP server takes a user and a password, or neither")]
    Credentials,
    /// A certificate will not do.
    #[error("the certificate for the SMTP server: {0}")]
    Certificate(String),
}

impl std::str::FromStr for SmtpServer {
    type Err = SmtpError;

    fn from_str(text: &str) -> Result<SmtpServer, SmtpError> {
        let url = url::Url::parse(text).map_err(|_| SmtpError::Url)?;
        let (security, port) = match url.scheme() {
            "smtps" => (Security::Implicit, SMTPS_PORT),
            "smtp+starttls" => (Security::StartTls, SUBMISSION_PORT),
            "smtp" => (Security::Loopback, SUBMISSION_PORT),
            _ => return Err(SmtpError::Url),
        };
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(SmtpError::Url)?.to_owned();
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(SmtpError::Url);
        }
        if security == Security::Loopback && !super::is_this_machine(&host) {
            return Err(SmtpError::Clear(host));
        }
        let decoded = |text: &str| {
            let bytes = percent_encoding::percent_decode_str(text).decode_utf8().map_err(|_| SmtpError::Url)?;
            Ok::<_, SmtpError>((!bytes.is_empty()).then(|| bytes.into_owned()))
        };
        let (user, password) = (decoded(url.username())?, decoded(url.password().unwrap_or_default())?);
        Ok(SmtpServer { security, host, port: url.port().unwrap_or(port), user, password })
    }
}

/// Hands mail to an SMTP server.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Smtp {
    /// Mail from `from` over `server`, whose certificate is signed by one that browsers know or by one of
    /// `authorities` (PEM). Must be called where tokio runs: idle connections are closed beside the mail.
    pub fn new(server: SmtpServer, from: Mailbox, authorities: Option<&[u8]>) -> Result<Smtp, SmtpError> {
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server.host.as_str())
            .port(server.port)
            .timeout(Some(ANSWER))
            .hello_name(ClientId::Domain(from.email.domain().to_owned()))
            .pool_config(PoolConfig::new().max_size(CONNECTIONS));
        builder = builder.tls(match server.security {
            Security::Implicit => Tls::Wrapper(tls(&server.host, authorities)?),
            Security::StartTls => Tls::Required(tls(&server.host, authorities)?),
            Security::Loopback => Tls::None,
        });
        builder = match (server.user, server.password) {
            (Some(user), Some(password)) => builder.credentials(Credentials::new(user, password)),
            (None, None) => builder,
            _ => return Err(SmtpError::Credentials),
        };
        Ok(Smtp { transport: builder.build(), from })
    }
}

fn tls(host: &str, authorities: Option<&[u8]>) -> Result<TlsParameters, SmtpError> {
    let refused = |error: lettre::transport::smtp::Error| SmtpError::Certificate(error.to_string());
    let mut tls = TlsParameters::builder(host.to_owned());
    if let Some(pem) = authorities {
        tls = tls.add_root_certificate(Certificate::from_pem(pem).map_err(refused)?);
    }
    tls.build_rustls().map_err(refused)
}

#[async_trait]
impl Mailer for Smtp {
    async fn deliver(&self, mail: &Mail) -> Result<(), DeliveryError> {
        let message = mime::message(mail, &self.from)?;
        let Err(error) = self.transport.send(message).await else { return Ok(()) };
        let status = error.status().map(u16::from);
        // 53x is about this host's login, which somebody will mend, and not about this mail.
        let permanent = error.is_permanent() && !matches!(status, Some(530..=539));
        Err(DeliveryError { permanent, status, ..DeliveryError::passing(&mail.id, explained(&error)) })
    }
}

/// The error with what caused it.
fn explained(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Parts<'a> = (Security, &'a str, u16, Option<&'a str>, Option<&'a str>);

    #[test]
    fn urls_of_servers() {
        let check = |text: &str, expected: Option<Parts<'_>>| {
            let server = text.parse::<SmtpServer>();
            let parts = server.as_ref().ok().map(|server| {
                (server.security, server.host.as_str(), server.port, server.user.as_deref(), server.password.as_deref())
            });
            assert_eq!(parts, expected, "{text}: {server:?}");
        };
        check("smtps://mail.example", Some((Security::Implicit, "mail.example", 465, None, None)));
        let ada = (Security::StartTls, "mail.example", 2525, Some("ada@x"), Some("p@ss/word"));
        check("smtp+starttls://ada%40x:p%40ss%2Fword@mail.example:2525", Some(ada));
        check("smtp://127.0.0.1", Some((Security::Loopback, "127.0.0.1", 587, None, None)));
        check("smtp://localhost:25/", Some((Security::Loopback, "localhost", 25, None, None)));
        check("smtp://mail.example", None);
        check("https://mail.example", None);
        check("smtps://mail.example/inbox", None);
        check("smtps://mail.example?tls=none", None);
        check("mail.example:25", None);
        check("", None);
    }

    #[test]
    fn no_message_shows_a_password() {
        for text in ["smtps://ada:geheim@mail.example", "smtp://ada:geheim@mail.example", "http://ada:geheim@x"] {
            let shown = match text.parse::<SmtpServer>() {
                Ok(server) => format!("{server:?}"),
                Err(error) => format!("{error} {error:?}"),
            };
            assert!(!shown.contains("geheim"), "{shown}");
        }
    }
}
