//! The real ones of what the server takes as ports: clock, randomness, DNS.
//!
//! This is the only place of the program that reads them.

use async_trait::async_trait;
use hickory_resolver::TokioResolver;
use hickory_resolver::proto::rr::RData;
use usher_domain::time::Instant;
use usher_server::ports::{Clock, Entropy, ResolveError, TxtResolver};

/// The system's clock.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else is handed")]
    fn now(&self) -> Instant {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Instant::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// The system's random numbers.
pub(crate) struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "this is the randomness that everything else is handed")]
    fn fill(&self, bytes: &mut [u8]) {
        // Without randomness there are no secrets: going on would be worse than stopping.
        getrandom::fill(bytes).expect("the system gives random numbers");
    }
}

/// The system's DNS.
pub(crate) struct SystemDns(TokioResolver);

impl SystemDns {
    /// As `/etc/resolv.conf` says.
    pub(crate) fn new() -> Result<Self, hickory_resolver::net::NetError> {
        Ok(Self(TokioResolver::builder_tokio()?.build()?))
    }
}

#[async_trait]
impl TxtResolver for SystemDns {
    async fn txt(&self, name: &str) -> Result<Vec<String>, ResolveError> {
        match self.0.txt_lookup(name).await {
            Ok(found) => Ok(found
                .answers()
                .iter()
                .filter_map(|record| match &record.data {
                    RData::TXT(txt) => Some(txt.to_string()),
                    _ => None,
                })
                .collect()),
            Err(error) if error.is_no_records_found() => Ok(Vec::new()),
            Err(error) => Err(ResolveError { name: name.to_owned(), why: error.to_string() }),
        }
    }
}
