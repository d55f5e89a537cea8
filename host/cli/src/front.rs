//! What `usher serve` makes of whoever comes: whose word about their address counts.

use usher_server::Config;
use usher_server::http::client_address::{HeaderName, Proxies, Proxy};

/// Proxies before the host.
#[derive(Clone, clap::Args)]
pub(crate) struct FrontOptions {
    /// Proxies that are believed about their clients' addresses, as `10.0.0.0/8,192.0.2.7`. Without one, whoever
    /// connects is the client, whatever a header says.
    #[arg(long = "trusted-proxy", env = "USHER_TRUSTED_PROXIES", value_name = "NETWORK", value_delimiter = ',')]
    trusted_proxies: Vec<Proxy>,
    /// Header that trusted proxies set to their client's address, or add it to the end of.
    #[arg(long, env = "USHER_CLIENT_ADDRESS_HEADER", value_name = "NAME", default_value = "x-forwarded-for")]
    client_address_header: HeaderName,
}

impl FrontOptions {
    /// The HTTP side's bounds with these.
    pub(crate) fn config(&self) -> Config {
        Config {
            proxies: Proxies::new(self.trusted_proxies.clone(), self.client_address_header.clone()),
            ..Config::default()
        }
    }
}
