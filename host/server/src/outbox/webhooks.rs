//! Webhooks over HTTP, to URLs that strangers chose (R43).
//!
//! INVARIANT: unless private targets are allowed, a connection is made over TLS, and to an address that was checked
//! to be public: names are looked up once, here, and the connection goes to what was found, so that a second answer
//! of the DNS changes nothing. No proxy, no redirect; of an answer, the head alone is read, and of bounded size.

use std::net::IpAddr;
use std::time::Duration;

use async_trait::async_trait;
use ureq::http::{Request, Uri};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Error};

use super::internet::is_public;
use crate::ports::{Outbound, SendError, TargetError, WebhookSender};

/// How long a request may take, looking up the name and the answer included.
const TIME_LIMIT: Duration = Duration::from_secs(15);
/// Most bytes of an answer's head.
const MAX_HEAD: usize = 16 * 1024;

/// Sends webhooks over HTTP.
#[derive(Clone, Debug)]
pub struct HttpWebhooks {
    agent: Agent,
    to_private: bool,
}

impl HttpWebhooks {
    /// With `to_private`, http and addresses of inner networks are fine: for tests, and for hosts whose
    /// organisations are all one's own.
    #[must_use]
    pub fn new(to_private: bool) -> HttpWebhooks {
        let config = Agent::config_builder()
            .https_only(!to_private)
            .proxy(None)
            .max_redirects(0)
            .http_status_as_error(false)
            .max_response_header_size(MAX_HEAD)
            // One connection for each: a connection that is kept would be used long after its address was checked.
            .max_idle_connections(0)
            .timeout_global(Some(TIME_LIMIT))
            .user_agent(concat!("usher/", env!("CARGO_PKG_VERSION")))
            .build();
        let resolver = Checked { inner: DefaultResolver::default(), to_private };
        HttpWebhooks { agent: Agent::with_parts(config, DefaultConnector::default(), resolver), to_private }
    }

    fn target(&self, url: &str) -> Result<Uri, TargetError> {
        let uri: Uri = url.parse().map_err(|_| TargetError::NoUrl)?;
        let authority = uri.authority().ok_or(TargetError::NoUrl)?;
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if self.to_private => {}
            _ => return Err(TargetError::NotHttps),
        }
        if authority.as_str().contains('@') {
            return Err(TargetError::Credentials);
        }
        let host = authority.host();
        if host.is_empty() {
            return Err(TargetError::NoUrl);
        }
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        match literal {
            _ if self.to_private => Ok(uri),
            Ok(address) if !is_public(address) => Err(TargetError::Private(address)),
            Err(_) if is_local(host) => Err(TargetError::Local),
            _ => Ok(uri),
        }
    }
}

#[async_trait]
impl WebhookSender for HttpWebhooks {
    fn check(&self, url: &str) -> Result<(), TargetError> {
        self.target(url).map(drop)
    }

    async fn send(&self, webhook: Outbound) -> Result<u16, SendError> {
        let uri = self.target(&webhook.url).map_err(SendError::Target)?;
        let agent = self.agent.clone();
        let sent = tokio::task::spawn_blocking(move || post(&agent, uri, &webhook)).await;
        sent.unwrap_or_else(|error| {
            tracing::error!(%error, "sending a webhook panicked");
            Err(SendError::NoAnswer)
        })
    }
}

/// Whether a host is known within a network alone: a name without a dot, one below a name that is reserved for that
/// (RFC 6761, RFC 6762, `internal` by ICANN), or, as its last label tells, an address that is written as numbers.
fn is_local(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    host.rsplit_once('.').is_none_or(|(_, last)| {
        matches!(last, "localhost" | "local" | "internal") || last.starts_with(|first: char| first.is_ascii_digit())
    })
}

fn post(agent: &Agent, uri: Uri, webhook: &Outbound) -> Result<u16, SendError> {
    let request = Request::post(uri)
        .header("content-type", "application/json")
        .header("webhook-id", &webhook.id)
        .header("webhook-timestamp", webhook.timestamp)
        .header("webhook-signature", &webhook.signature)
        .body(webhook.body.as_slice())
        .map_err(|_| SendError::Target(TargetError::NoUrl))?;
    // What follows the head is never read: the connection is closed.
    agent.run(request).map(|response| response.status().as_u16()).map_err(send_error)
}

/// In words that tell nothing of the host's network.
fn send_error(error: Error) -> SendError {
    match error {
        Error::Other(error) if error.is::<LedAstray>() => SendError::LedAstray,
        Error::HostNotFound => SendError::LedAstray,
        Error::Timeout(_) => SendError::TooSlow,
        Error::RequireHttpsOnly(_) => SendError::Target(TargetError::NotHttps),
        Error::Tls(what) => SendError::Tls(what.to_owned()),
        Error::Rustls(error) => SendError::Tls(error.to_string()),
        Error::Io(error) => SendError::Connection(error.kind().to_string()),
        Error::ConnectionFailed => SendError::Connection("nobody took it".to_owned()),
        _ => SendError::NoAnswer,
    }
}

/// A name that leads where webhooks may not go.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to an address that is not of the public internet")]
struct LedAstray;

/// Looks names up, and lets none pass of which one address is not public.
#[derive(Debug)]
struct Checked {
    inner: DefaultResolver,
    to_private: bool,
}

impl Resolver for Checked {
    fn resolve(
        &self,
        uri: &Uri,
        config: &ureq::config::Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let found = self.inner.resolve(uri, config, timeout).map_err(unresolved)?;
        if self.to_private || found.iter().all(|address| is_public(address.ip())) {
            Ok(found)
        } else {
            Err(Error::Other(Box::new(LedAstray)))
        }
    }
}

/// Why a name has no address: one that does not resolve is an I/O error of no kind.
fn unresolved(error: Error) -> Error {
    match error {
        Error::Io(_) => Error::HostNotFound,
        error => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outbound(url: &str) -> Outbound {
        let (id, signature) = ("evt_1".to_owned(), "v1,x".to_owned());
        Outbound { url: url.to_owned(), id, timestamp: 1, signature, body: b"{}".to_vec() }
    }

    #[test]
    fn r43_urls_that_are_refused_as_they_are() {
        let check = |url: &str, expected: TargetError| {
            assert_eq!(HttpWebhooks::new(false).check(url), Err(expected), "{url}");
        };
        let private = |address: &str| TargetError::Private(address.parse().unwrap());
        check("", TargetError::NoUrl);
        check("/hooks", TargetError::NoUrl);
        check("example.com", TargetError::NotHttps);
        check("https://", TargetError::NoUrl);
        check("https:///etc/passwd", TargetError::NoUrl);
        check("https://exa mple.com/", TargetError::NoUrl);
        check("https://example.com/\r\nx: y", TargetError::NoUrl);
        check("http://example.com/", TargetError::NotHttps);
        check("ftp://example.com/", TargetError::NotHttps);
        check("gopher://127.0.0.1:25/", TargetError::NotHttps);
        check("https://user@example.com/", TargetError::Credentials);
        check("https://user:password@example.com/", TargetError::Credentials);
        check("https://example.com@127.0.0.1/", TargetError::Credentials);
        check("https://127.0.0.1/", private("127.0.0.1"));
        check("https://127.0.0.1:8443/x", private("127.0.0.1"));
        check("https://169.254.169.254/latest/meta-data/", private("169.254.169.254"));
        check("https://[::1]/", private("::1"));
        check("https://[::ffff:10.0.0.1]/", private("::ffff:10.0.0.1"));
        check("https://[fd00:ec2::254]/", private("fd00:ec2::254"));
        check("https://localhost/", TargetError::Local);
        check("https://LOCALHOST.:8443/", TargetError::Local);
        check("https://printer/", TargetError::Local);
        check("https://hooks.localhost/", TargetError::Local);
        check("https://hooks.local/", TargetError::Local);
        check("https://metadata.google.internal/", TargetError::Local);
        check("https://2130706433/", TargetError::Local);
        check("https://0x7f000001/", TargetError::Local);
        check("https://0/", TargetError::Local);
        check("https://127.1/", TargetError::Local);
        check("https://0177.0.0.1/", TargetError::Local);
        check("https://0x7f.0.0.0x1/", TargetError::Local);
        assert_eq!(HttpWebhooks::new(false).check("https://1.example.com./"), Ok(()));
        assert_eq!(HttpWebhooks::new(false).check("https://example.com/hooks?a=b"), Ok(()));
        assert_eq!(HttpWebhooks::new(true).check("http://127.0.0.1:1/"), Ok(()));
        assert_eq!(HttpWebhooks::new(true).check("ftp://127.0.0.1/"), Err(TargetError::NotHttps));
    }

    #[tokio::test]
    async fn r43_names_that_lead_inside_are_refused_when_they_are_looked_up() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        // Whatever the system's resolver takes for a number is an address in the end, and that is checked.
        for host in ["localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0"] {
            // As if it had been taken: a name that looks public may lead inside too.
            let public = HttpWebhooks::new(false);
            let (uri, webhook) = (format!("https://{host}:{port}/"), outbound("https://example.com/"));
            let sent = tokio::task::spawn_blocking(move || post(&public.agent, uri.parse().unwrap(), &webhook)).await;
            assert_eq!(sent.unwrap(), Err(SendError::LedAstray), "{host}");
        }
        let connected = listener.accept().map(|(_, peer)| peer);
        assert_eq!(connected.unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "nobody connected");
    }

    #[tokio::test]
    async fn r43_who_answers_nothing_good_is_named() {
        let sent = HttpWebhooks::new(true).send(outbound("http://127.0.0.1:1/")).await;
        assert!(matches!(sent, Err(SendError::Connection(_))), "{sent:?}");
    }

    #[test]
    fn r43_a_name_without_an_address_and_a_silent_name_server_are_told_apart() {
        let unknown = std::io::Error::other("failed to lookup address information");
        assert_eq!(send_error(unresolved(Error::Io(unknown))), SendError::LedAstray);
        assert_eq!(send_error(unresolved(Error::Timeout(ureq::Timeout::Resolve))), SendError::TooSlow);
    }
}
