//! Where a request comes from: the peer of its connection, or what a proxy before the host says of its client.
//!
//! INVARIANT: only proxies that the operator named are believed, and only what one of them wrote: from the last
//! address in the header backwards, up to the first that is no named proxy's. What stands before that one was the
//! client's to choose, and is not even read.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use axum::http::HeaderMap;
pub use axum::http::HeaderName;
use ipnet::IpNet;

/// Network address of a request's client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client(pub IpAddr);

/// Addresses of proxies, as `10.0.0.0/8` or `192.0.2.7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proxy(IpNet);

/// What is no address of proxies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an address or a network, as `192.0.2.7` or `10.0.0.0/8`")]
pub struct ProxyError;

impl FromStr for Proxy {
    type Err = ProxyError;

    fn from_str(text: &str) -> Result<Proxy, ProxyError> {
        let network = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        network.map(Proxy).map_err(|_| ProxyError)
    }
}

/// Proxies that are believed, and the header they write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxies {
    trusted: Vec<Proxy>,
    header: HeaderName,
}

impl Default for Proxies {
    /// None: clients connect to the host itself.
    fn default() -> Proxies {
        Proxies::new(Vec::new(), HeaderName::from_static("x-forwarded-for"))
    }
}

impl Proxies {
    /// Believes `trusted` about addresses in `header`, which each of them sets, or writes to the end of.
    #[must_use]
    pub fn new(trusted: Vec<Proxy>, header: HeaderName) -> Proxies {
        Proxies { trusted, header }
    }

    /// The client of a request that came from `peer`.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> Client {
        let mut client = peer.to_canonical();
        // As bytes: what a client put before its address may be no text, and must not hide what the proxy wrote.
        let values = headers.get_all(&self.header).iter().rev();
        let mut written = values.flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b','));
        while self.trusts(client) {
            let Some(before) = written.next().and_then(address) else { break };
            client = before;
        }
        Client(client)
    }

    /// Whether an address is a named proxy's.
    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|Proxy(network)| network.contains(&address))
    }
}

/// An address, with a port perhaps.
fn address(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text).ok()?.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().ok().or_else(|| text.parse().ok().map(|with_port: SocketAddr| with_port.ip()));
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    const PROXY: &str = "10.0.0.1";

    #[track_caller]
    fn check(peer: &str, written: &[&[u8]], client: &str) {
        let trusted = ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"].map(|text| text.parse().unwrap());
        let proxies = Proxies::new(trusted.to_vec(), Proxies::default().header);
        let values = written.iter().map(|value| HeaderValue::from_bytes(value).unwrap());
        let headers = values.map(|value| (proxies.header.clone(), value)).collect();
        let found = proxies.client(peer.parse().unwrap(), &headers);
        assert_eq!(found, Client(client.parse().unwrap()), "{peer} {headers:?}");
    }

    #[test]
    fn a_named_proxy_says_who_its_client_is() {
        check(PROXY, &[b"198.51.100.1"], "198.51.100.1");
        check("::ffff:10.0.0.1", &[b"198.51.100.1"], "198.51.100.1");
        check("192.0.2.7", &[b" 198.51.100.1 "], "198.51.100.1");
        check("2001:db8::1", &[b"2a00::1"], "2a00::1");
        check(PROXY, &[b"[2a00::1]"], "2a00::1");
        check(PROXY, &[b"[2a00::1]:443"], "2a00::1");
        check(PROXY, &[b"198.51.100.1:52100"], "198.51.100.1");
        check(PROXY, &[b"::ffff:198.51.100.1"], "198.51.100.1");
        check(PROXY, &[b"198.51.100.1, 10.1.2.3"], "198.51.100.1");
        check(PROXY, &[b"198.51.100.1", b"10.1.2.3,192.0.2.7"], "198.51.100.1");
    }

    #[test]
    fn nobody_else_is_believed_and_nothing_before_what_a_proxy_wrote() {
        check("198.51.100.9", &[b"198.51.100.1"], "198.51.100.9");
        check("192.0.2.8", &[b"198.51.100.1"], "192.0.2.8");
        check(PROXY, &[b"203.0.113.5, 198.51.100.1"], "198.51.100.1");
        check(PROXY, &[b"203.0.113.5", b"198.51.100.1"], "198.51.100.1");
        check(PROXY, &[b"10.9.9.9, 198.51.100.1, 10.1.2.3"], "198.51.100.1");
        check(PROXY, &[b"\xff\xfe, 198.51.100.1"], "198.51.100.1");
        check(PROXY, &[b"\xff\xfe", b"198.51.100.1"], "198.51.100.1");
    }

    #[test]
    fn what_is_no_address_is_the_last_proxys_own() {
        check(PROXY, &[], PROXY);
        for nothing in [&b""[..], b"unknown", b"_hidden", b"for=198.51.100.1", b"198.51.100.1/32", b"\xff", b",", b"[]"]
        {
            check(PROXY, &[nothing], PROXY);
        }
        check(PROXY, &[b"198.51.100.1, unknown, 10.1.2.3"], "10.1.2.3");
        check(PROXY, &[b"10.2.2.2, 10.1.2.3"], "10.2.2.2");
    }

    #[test]
    fn without_proxies_the_header_is_anybodys() {
        let headers = HeaderMap::from_iter([(Proxies::default().header, HeaderValue::from_static("198.51.100.1"))]);
        let peer = IpAddr::from([127, 0, 0, 1]);
        assert_eq!(Proxies::default().client(peer, &headers), Client(peer));
    }

    #[test]
    fn proxies_are_named_by_address_or_network() {
        for text in ["", "10.0.0.0/33", "proxy.example", "10.0.0.1:80", "10.0.0.0/8,192.0.2.7"] {
            assert_eq!(text.parse::<Proxy>(), Err(ProxyError), "{text}");
        }
    }
}
