//! Where people reach the host, and what the links lead to that letters carry.
//!
//! Owns the form of links; whose they are and what they do is the use cases'. A link ends in its secret, behind a
//! path: a page without scripts cannot read what stands behind `#`.
//!
//! ```
//! use usher_server::public_url::PublicUrl;
//!
//! let host: PublicUrl = "https://usher.acme.example/people/".parse()?;
//! assert_eq!(host.invitation("s3cret"), "https://usher.acme.example/people/join/s3cret");
//! # Ok::<(), usher_server::public_url::PublicUrlError>(())
//! ```

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use crate::outbox::is_this_machine;

/// Longest address of a host: with a path and a secret behind it, a link still fits into a QR code that phones read.
pub const MAX_BYTES: usize = 200;

/// Path of the page that an invitation's link leads to; the secret follows.
pub const JOIN: &str = "/join/";
/// Path of the same page for whoever scanned a QR code (R33); the secret follows.
pub const SCAN: &str = "/scan/";
/// Path of the page by which an approver answers one request (R17); the secret follows.
pub const ANSWER: &str = "/answer/";
/// Path of the page by which somebody who was added accepts or declines (R22); the secret follows.
pub const WELCOME: &str = "/welcome/";

/// Where people reach the host: what every link begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(String);

/// Why a text is no address that people can be sent to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublicUrlError {
    /// It is of another form.
    #[error("expected https://HOST, with a port and a path as needed, and no user, query or fragment")]
    Form,
    /// It is without TLS, but elsewhere.
    #[error("http:// is without TLS, for this machine alone, and links let people in: use https:// for `{0}`")]
    Clear(String),
    /// Links would not fit into a QR code.
    #[error("it has {0} bytes: at most {MAX_BYTES} leave room for a link in a QR code")]
    TooLong(usize),
}

impl PublicUrl {
    /// What is known of a host that nobody gave an address: where it listens. Where it listens on all addresses, only
    /// this machine knows one of them.
    pub fn listening(address: SocketAddr) -> PublicUrl {
        let ip = match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        PublicUrl(format!("http://{}", SocketAddr::new(ip, address.port())))
    }

    /// The link of an invitation (R14).
    pub fn invitation(&self, secret: &str) -> String {
        format!("{self}{JOIN}{secret}")
    }

    /// The link of an invitation in a QR code (R14).
    pub fn scanned(&self, secret: &str) -> String {
        format!("{self}{SCAN}{secret}")
    }

    /// An approver's own link to answer one request (R17).
    pub fn answer(&self, secret: &str) -> String {
        format!("{self}{ANSWER}{secret}")
    }

    /// The link of somebody who was added, to accept or decline (R22).
    pub fn welcome(&self, secret: &str) -> String {
        format!("{self}{WELCOME}{secret}")
    }
}

/// The secret that a link ends in, behind `/`, `#` or `=`; a text without these is a secret itself.
pub fn secret_in(link: &str) -> &str {
    link.rsplit(['/', '#', '=']).next().unwrap_or(link)
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PublicUrl {
    type Err = PublicUrlError;

    fn from_str(text: &str) -> Result<PublicUrl, PublicUrlError> {
        let url = url::Url::parse(text).map_err(|_| PublicUrlError::Form)?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(PublicUrlError::Form)?;
        let more = url.query().is_some() || url.fragment().is_some();
        if more || !url.username().is_empty() || url.password().is_some() {
            return Err(PublicUrlError::Form);
        }
        match url.scheme() {
            "https" => {}
            "http" if is_this_machine(host) => {}
            "http" => return Err(PublicUrlError::Clear(host.to_owned())),
            _ => return Err(PublicUrlError::Form),
        }
        let whole = url.as_str().trim_end_matches('/');
        if whole.len() > MAX_BYTES {
            Err(PublicUrlError::TooLong(whole.len()))
        } else {
            Ok(PublicUrl(whole.to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_people_can_be_sent_to() {
        let check = |text: &str, expected: Result<&str, PublicUrlError>| {
            let parsed = text.parse::<PublicUrl>().map(|url| url.to_string());
            assert_eq!(parsed, expected.map(str::to_owned), "{text}");
        };
        check("https://usher.acme.example", Ok("https://usher.acme.example"));
        check("HTTPS://Usher.Acme.Example:8443/people/", Ok("https://usher.acme.example:8443/people"));
        check("https://bücher.example", Ok("https://xn--bcher-kva.example"));
        check("http://127.0.0.1:7480/", Ok("http://127.0.0.1:7480"));
        check("http://[::1]:7480", Ok("http://[::1]:7480"));
        check("http://localhost", Ok("http://localhost"));
        check("http://acme.example", Err(PublicUrlError::Clear("acme.example".to_owned())));
        check("https://ada:geheim@acme.example", Err(PublicUrlError::Form));
        check("https://acme.example/?page=join", Err(PublicUrlError::Form));
        check("https://acme.example/#join", Err(PublicUrlError::Form));
        check("javascript:alert(1)", Err(PublicUrlError::Form));
        check("acme.example", Err(PublicUrlError::Form));
        check("", Err(PublicUrlError::Form));
        let long = format!("https://acme.example/{}", "x".repeat(MAX_BYTES));
        check(&long, Err(PublicUrlError::TooLong(long.len())));
    }

    #[test]
    fn a_host_without_an_address_is_where_it_listens() {
        let check = |listens: &str, expected: &str| {
            assert_eq!(PublicUrl::listening(listens.parse().unwrap()).to_string(), expected);
        };
        check("127.0.0.1:7480", "http://127.0.0.1:7480");
        check("0.0.0.0:80", "http://127.0.0.1:80");
        check("[::]:80", "http://[::1]:80");
        check("192.0.2.7:80", "http://192.0.2.7:80");
    }

    #[test]
    fn r14_every_link_fits_into_a_qr_code_and_gives_its_secret_back() {
        let host: PublicUrl = format!("https://{}.example", "x".repeat(60)).parse().unwrap();
        let longest = PublicUrl("x".repeat(MAX_BYTES));
        let secret = "s".repeat(32);
        for link in [PublicUrl::invitation, PublicUrl::scanned, PublicUrl::answer, PublicUrl::welcome] {
            assert_eq!(secret_in(&link(&host, &secret)), secret);
            assert!(link(&longest, &secret).len() <= crate::app::invitations::qr::MAX_LINK_BYTES);
        }
        assert_eq!(secret_in(&format!("https://acme.example/#{secret}")), secret);
        assert_eq!(secret_in(&secret), secret);
    }
}
