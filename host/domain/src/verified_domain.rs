//! Verified email domains (R21): at most 20, proved by DNS TXT or a mailed code, never a public provider.
//!
//! Owns what may be added and what proves it. Must not know how the DNS is asked.

use serde::{Deserialize, Serialize};

use crate::address::{AddressError, canonical_domain};
use crate::ids::ConnectionId;
use crate::policy::facts::DomainProof;
use crate::time::Instant;

/// Most domains of an organisation (R21).
pub const MAX_DOMAINS: usize = 20;
/// Label below the domain where the TXT record stands.
pub const CHALLENGE_LABEL: &str = "_usher-challenge";
/// What the TXT record begins with.
pub const CHALLENGE_PREFIX: &str = "usher-domain-verification=";

/// Providers of mail to the public: anybody can have an address there, so it proves nothing (R21). Their
/// subdomains are refused too.
const PUBLIC_PROVIDERS: &[&str] = &[
    "126.com",
    "139.com",
    "163.com",
    "189.cn",
    "21cn.com",
    "alice.it",
    "arcor.de",
    "att.net",
    "bellsouth.net",
    "bigpond.com",
    "bk.ru",
    "bluewin.ch",
    "bol.com.br",
    "btinternet.com",
    "comcast.net",
    "cox.net",
    "daum.net",
    "earthlink.net",
    "email.cz",
    "fastmail.com",
    "fastmail.fm",
    "foxmail.com",
    "free.fr",
    "freenet.de",
    "gmail.com",
    "gmx.biz",
    "gmx.info",
    "gmx.org",
    "googlemail.com",
    "hanmail.net",
    "hey.com",
    "hushmail.com",
    "icloud.com",
    "inbox.com",
    "inbox.lv",
    "inbox.ru",
    "interia.pl",
    "internet.ru",
    "kakao.com",
    "laposte.net",
    "libero.it",
    "list.ru",
    "mac.com",
    "mail.com",
    "mail.ru",
    "mailbox.org",
    "mailfence.com",
    "me.com",
    "msn.com",
    "nate.com",
    "naver.com",
    "o2.pl",
    "onet.pl",
    "optonline.net",
    "orange.fr",
    "pm.me",
    "posteo.de",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "rambler.ru",
    "rediffmail.com",
    "rocketmail.com",
    "runbox.com",
    "sapo.pt",
    "sbcglobal.net",
    "seznam.cz",
    "sfr.fr",
    "sina.cn",
    "sina.com",
    "sohu.com",
    "t-online.de",
    "telenet.be",
    "terra.com.br",
    "tiscali.it",
    "tuta.com",
    "tutamail.com",
    "tutanota.com",
    "ukr.net",
    "uol.com.br",
    "verizon.net",
    "virgilio.it",
    "virginmedia.com",
    "wanadoo.fr",
    "web.de",
    "wp.pl",
    "ya.ru",
    "yeah.net",
    "ymail.com",
    "ziggo.nl",
    "zoho.com",
    "zohomail.com",
];

/// Public providers with a domain in many countries, by the label before the country's, or before one of
/// [`WITHOUT_COUNTRY`]: `yahoo.es`, `yahoo.co.in`, `yahoo.com`. Under other endings (`live.shop`) they are anybody's.
const PUBLIC_FAMILIES: &[&str] = &["aol", "gmx", "hotmail", "live", "outlook", "yahoo", "yandex"];

/// What a family's domain ends with where it is no country's, which has two letters.
const WITHOUT_COUNTRY: &[&str] = &["com", "net"];

/// What stands between a family's label and a country's.
const BELOW_COUNTRIES: &[&str] = &["co", "com", "ne"];

/// A domain of an organisation, proved or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VerifiedDomain {
    /// ASCII form, lower case.
    pub domain: String,
    /// What the TXT record must say after [`CHALLENGE_PREFIX`].
    pub challenge: String,
    /// How it was proved, and when.
    pub proof: Option<Proved>,
    /// Connection whose logins may assert addresses on it (R40).
    pub connection: Option<ConnectionId>,
    /// When it was added.
    pub added_at: Instant,
}

/// A proof of a domain.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proved {
    /// How.
    pub by: DomainProof,
    /// When.
    pub at: Instant,
}

/// Why a domain is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DomainError {
    /// No domain name.
    #[error("`{0}` is no domain name: expected one as `example.com`")]
    Malformed(String),
    /// Anybody can have an address there.
    #[error("`{0}` belongs to a public mail provider: an address there says nothing about your organisation")]
    PublicProvider(String),
}

/// The domain as it is kept, if it may be added.
pub fn check_new(text: &str) -> Result<String, DomainError> {
    let shown = || text.chars().take(64).collect();
    let domain = canonical_domain(text.trim()).map_err(|_: AddressError| DomainError::Malformed(shown()))?;
    if PUBLIC_PROVIDERS.iter().any(|provider| is_within(&domain, provider)) || is_of_family(&domain) {
        return Err(DomainError::PublicProvider(domain));
    }
    Ok(domain)
}

fn is_within(domain: &str, parent: &str) -> bool {
    domain.strip_suffix(parent).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn is_of_family(domain: &str) -> bool {
    let mut labels = domain.rsplit('.');
    if !labels.next().is_some_and(|ending| ending.len() == 2 || WITHOUT_COUNTRY.contains(&ending)) {
        return false;
    }
    let label = labels.next().filter(|label| !BELOW_COUNTRIES.contains(label)).or_else(|| labels.next());
    label.is_some_and(|label| PUBLIC_FAMILIES.contains(&label))
}

impl VerifiedDomain {
    /// Where the TXT record stands.
    pub fn challenge_name(&self) -> String {
        format!("{CHALLENGE_LABEL}.{}", self.domain)
    }

    /// What the TXT record says.
    pub fn challenge_text(&self) -> String {
        format!("{CHALLENGE_PREFIX}{}", self.challenge)
    }

    /// Whether TXT records found at [`Self::challenge_name`] prove it.
    pub fn is_proved_by(&self, records: &[String]) -> bool {
        let expected = self.challenge_text();
        records.iter().any(|record| record.trim() == expected)
    }

    /// Whether the organisation proved that it is its own, not only that it has a mailbox there.
    pub fn is_owned(&self) -> bool {
        self.proof.is_some_and(|proof| proof.by == DomainProof::Dns)
    }

    /// Notes a proof. Ownership once proved is not lowered to affiliation.
    pub fn prove(&mut self, by: DomainProof, at: Instant) {
        if !(self.is_owned() && by == DomainProof::Mail) {
            self.proof = Some(Proved { by, at });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r21_which_domains_may_be_added() {
        let check = |text: &str, expected: Result<&str, DomainError>| {
            assert_eq!(check_new(text), expected.map(str::to_owned), "{text}");
        };
        check(" Example.COM ", Ok("example.com"));
        check("bücher.example", Ok("xn--bcher-kva.example"));
        check("notgmail.com", Ok("notgmail.com"));
        check("gmail.com", Err(DomainError::PublicProvider("gmail.com".into())));
        check("mail.GMX.de", Err(DomainError::PublicProvider("mail.gmx.de".into())));
        check("outlook.fr", Err(DomainError::PublicProvider("outlook.fr".into())));
        check("yahoo.co.in", Err(DomainError::PublicProvider("yahoo.co.in".into())));
        check("mail.yahoo.com.br", Err(DomainError::PublicProvider("mail.yahoo.com.br".into())));
        check("foxmail.com", Err(DomainError::PublicProvider("foxmail.com".into())));
        check("gmx.net", Err(DomainError::PublicProvider("gmx.net".into())));
        check("gmx.info", Err(DomainError::PublicProvider("gmx.info".into())));
        check("live.shop", Ok("live.shop"));
        check("mail.outlook.travel", Ok("mail.outlook.travel"));
        check("live.acme.example", Ok("live.acme.example"));
        check("acme.co.uk", Ok("acme.co.uk"));
        check("notoutlook.fr", Ok("notoutlook.fr"));
        check("localhost", Err(DomainError::Malformed("localhost".into())));
        check("ada@example.com", Err(DomainError::Malformed("ada@example.com".into())));
    }

    fn domain() -> VerifiedDomain {
        VerifiedDomain {
            domain: "example.com".into(),
            challenge: "abc123".into(),
            proof: None,
            connection: None,
            added_at: Instant::from_micros(0),
        }
    }

    #[test]
    fn r21_the_exact_record_proves_a_domain() {
        let check = |records: &[&str], expected: bool| {
            let records: Vec<_> = records.iter().map(|record| (*record).to_owned()).collect();
            assert_eq!(domain().is_proved_by(&records), expected, "{records:?}");
        };
        check(&["v=spf1 -all", "usher-domain-verification=abc123"], true);
        check(&["usher-domain-verification=abc12"], false);
        check(&["usher-domain-verification=abc1234"], false);
        check(&["abc123"], false);
        check(&[], false);
    }

    #[test]
    fn r21_ownership_is_not_lowered_to_affiliation() {
        let mut domain = domain();
        domain.prove(DomainProof::Mail, Instant::from_micros(1));
        domain.prove(DomainProof::Dns, Instant::from_micros(2));
        domain.prove(DomainProof::Mail, Instant::from_micros(3));
        assert_eq!(domain.proof, Some(Proved { by: DomainProof::Dns, at: Instant::from_micros(2) }));
    }

    #[test]
    fn r21_public_providers_are_canonical_and_sorted() {
        assert!(PUBLIC_PROVIDERS.is_sorted());
        for provider in PUBLIC_PROVIDERS {
            assert_eq!(canonical_domain(provider).as_deref(), Ok(*provider));
            assert!(!is_of_family(provider), "{provider} is there twice");
        }
    }
}
