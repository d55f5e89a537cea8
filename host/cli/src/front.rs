//! What `usher serve` makes of whoever comes: whose word about addresses counts, and how much anybody may ask.

use usher_server::Config;
use usher_server::app::throttle::requests::Rates;
use usher_server::http::client_address::{HeaderName, Proxies, Proxy};

/// Most requests a second that can be set.
const MAX_RATE: i64 = 1_000_000;

/// Proxies before the host, and rates.
#[derive(Clone, clap::Args)]
pub(crate) struct FrontOptions {
    /// Proxies that are believed about their clients' addresses, as `10.0.0.0/8,192.0.2.7`. Without one, whoever
    /// connects is the client, whatever a header says.
    #[arg(long = "trusted-proxy", env = "USHER_TRUSTED_PROXIES", value_name = "NETWORK", value_delimiter = ',')]
    trusted_proxies: Vec<Proxy>,
    /// Header that trusted proxies set to their client's address, or add it to the end of.
    #[arg(long, env = "USHER_CLIENT_ADDRESS_HEADER", value_name = "NAME", default_value = "x-forwarded-for")]
    client_address_header: HeaderName,
    /// Requests a second that a network (an address of IPv4, a /56 of IPv6) may send, ten times as many at once; 0 for
    /// any number. Loopback may always: name a proxy that is there.
    #[arg(long, env = "USHER_REQUESTS_BY_NETWORK", value_name = "RATE", default_value_t = Rates::default().by_network,
          value_parser = clap::value_parser!(u32).range(..=MAX_RATE))]
    requests_by_network: u32,
    /// Requests a second that may come by one token, ten times as many at once; 0 for any number.
    #[arg(long, env = "USHER_REQUESTS_BY_TOKEN", value_name = "RATE", default_value_t = Rates::default().by_token,
          value_parser = clap::value_parser!(u32).range(..=MAX_RATE))]
    requests_by_token: u32,
    /// Connections that a network, counted likewise, may have at the same time; 0 for any number. Loopback and trusted
    /// proxies may always.
    #[arg(long, env = "USHER_CONNECTIONS_BY_NETWORK", value_name = "NUMBER",
          default_value_t = Config::default().max_connections_by_network)]
    connections_by_network: usize,
}

impl FrontOptions {
    /// The HTTP side's bounds with these.
    pub(crate) fn config(&self) -> Config {
        Config {
            proxies: Proxies::new(self.trusted_proxies.clone(), self.client_address_header.clone()),
            rates: Rates { by_network: self.requests_by_network, by_token: self.requests_by_token },
            max_connections_by_network: self.connections_by_network,
            ..Config::default()
        }
    }
}
