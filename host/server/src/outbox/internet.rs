//! Which addresses are of the public internet: those that a stranger's URL may make this host connect to.
//!
//! After the special-purpose registries of IANA (RFC 6890) of 2026, and what clouds keep for themselves.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Blocks of IPv4 that are not the public internet: address and length.
const NOT_PUBLIC_4: &[([u8; 4], u32)] = &[
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    // Link-local, the metadata service of most clouds in it.
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 31, 196, 0], 24),
    ([192, 52, 193, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([192, 175, 48, 0], 24),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    // Azure's host service, reachable from inside alone.
    ([168, 63, 129, 16], 32),
    // Multicast, reserved, broadcast.
    ([224, 0, 0, 0], 3),
];

/// All of IPv6 that was ever given out as global unicast.
const PUBLIC_6: (u128, u32) = (0x2000 << 112, 3);

/// Blocks in it that are not the public internet.
const NOT_PUBLIC_6: &[(u128, u32)] = &[
    // Protocol assignments, Teredo among them: an IPv4 address is inside.
    (0x2001 << 112, 23),
    (0x2001_0db8 << 96, 32),
    // 6to4: an IPv4 address is inside.
    (0x2002 << 112, 16),
    (0x2620_004f_8000 << 80, 48),
    (0x3fff << 112, 20),
];

/// Whether the address is of the public internet.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let within = |&(block, length): &([u8; 4], u32)| {
                (address.to_bits() ^ Ipv4Addr::from(block).to_bits()) >> (32 - length) == 0
            };
            !NOT_PUBLIC_4.iter().any(within)
        }
        // IPv4 addresses in IPv6 form (`::ffff:0:0/96`, `64:ff9b::/96`) are not in the public block.
        IpAddr::V6(address) => {
            is_within(address, &PUBLIC_6) && !NOT_PUBLIC_6.iter().any(|block| is_within(address, block))
        }
    }
}

fn is_within(address: Ipv6Addr, &(block, length): &(u128, u32)) -> bool {
    (address.to_bits() ^ block) >> (128 - length) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(addresses: &[&str], public: bool) {
        for address in addresses {
            assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
        }
    }

    #[test]
    fn r43_inner_networks_are_not_public() {
        check(
            &[
                "0.0.0.0",
                "0.1.2.3",
                "10.0.0.1",
                "10.255.255.255",
                "100.64.0.1",
                "100.100.100.200",
                "100.127.255.255",
                "127.0.0.1",
                "127.255.255.254",
                "169.254.169.254",
                "169.254.170.2",
                "172.16.0.1",
                "172.31.255.255",
                "192.0.0.192",
                "192.0.2.1",
                "192.88.99.1",
                "192.168.1.1",
                "198.18.0.1",
                "198.19.255.255",
                "198.51.100.7",
                "203.0.113.9",
                "168.63.129.16",
                "224.0.0.1",
                "239.255.255.255",
                "240.0.0.1",
                "255.255.255.255",
            ],
            false,
        );
        check(
            &[
                "::",
                "::1",
                "::127.0.0.1",
                "::ffff:127.0.0.1",
                "::ffff:8.8.8.8",
                "64:ff9b::7f00:1",
                "64:ff9b:1::1",
                "100::1",
                "2001::1",
                "2001:db8::1",
                "2001:10::1",
                "2002:7f00:1::",
                "3fff::1",
                "5f00::1",
                "fc00::1",
                "fd00:ec2::254",
                "fe80::1",
                "fec0::1",
                "ff02::1",
            ],
            false,
        );
    }

    #[test]
    fn r43_the_public_internet_is_public() {
        check(&["1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0"], true);
        check(&["126.0.0.1", "128.0.0.1", "172.15.255.255", "172.32.0.0", "192.167.255.255", "223.255.255.255"], true);
        check(&["168.63.129.15", "2606:4700:4700::1111", "2a00:1450:4001::200e", "2001:4860:4860::8888"], true);
    }
}
