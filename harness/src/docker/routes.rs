//! The machine's own routes, as `/proc/net/route` has them, and its IPv6 addresses. Pure but for [`table`],
//! [`has_ipv6`] and [`lacks_ipv6`].

use std::net::{Ipv4Addr, Ipv6Addr};

/// A route for IPv4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Route {
    to: u32,
    mask: u32,
    /// Whether what it leads to is on a network of this machine, and not behind a gateway.
    is_direct: bool,
}

/// The table as it is now; nothing where there is none.
pub(super) fn table() -> String {
    std::fs::read_to_string("/proc/net/route").unwrap_or_default()
}

/// Whether this machine has an IPv6 address.
pub(super) fn has_ipv6(address: Ipv6Addr) -> bool {
    let table = std::fs::read_to_string("/proc/net/if_inet6").unwrap_or_default();
    is_among(address, &table)
}

/// Why this machine should be given no IPv6 network, if so. When an engine makes its first one, it has the
/// whole machine forward IPv6, and a machine that does so no longer learns its own routes from routers: that is for
/// its owner to decide.
pub(super) fn lacks_ipv6() -> Option<&'static str> {
    let forwarding = std::fs::read_to_string("/proc/sys/net/ipv6/conf/all/forwarding");
    match forwarding.as_deref().map(str::trim) {
        Ok("1") => None,
        Ok(_) => Some("the engine would have all of this machine forward IPv6"),
        Err(_) => Some("its kernel has none"),
    }
}

/// Whether a line of `/proc/net/if_inet6` is about an address.
fn is_among(address: Ipv6Addr, table: &str) -> bool {
    let digits = format!("{:032x}", u128::from(address));
    table.lines().any(|line| line.split_whitespace().next() == Some(digits.as_str()))
}

/// The routes of a table.
pub(super) fn routes(table: &str) -> impl Iterator<Item = Route> + '_ {
    table.lines().skip(1).filter_map(|line| {
        let fields: Vec<_> = line.split_whitespace().collect();
        let number = |at: usize| u32::from_str_radix(fields.get(at)?, 16).ok().map(u32::swap_bytes);
        let (to, gateway, mask) = (number(1)?, number(2)?, number(7)?);
        Some(Route { to, mask, is_direct: gateway == 0 && mask != 0 })
    })
}

impl Route {
    /// Whether it is the default one.
    pub(super) fn is_default(self) -> bool {
        self.mask == 0
    }

    /// Whether it leads to addresses of a network.
    pub(super) fn meets(self, network: Ipv4Addr, mask: u32) -> bool {
        let narrower = self.mask & mask;
        self.to & narrower == u32::from(network) & narrower
    }

    /// Whether the address is on a network of this machine by it.
    pub(super) fn is_direct_to(self, address: Ipv4Addr) -> bool {
        self.is_direct && self.meets(address, u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT
eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
br-1\t00C812C6\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
eth0\t000A12C6\t010200C0\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0
";

    #[test]
    fn an_ipv6_address_is_found_by_its_digits() {
        let table = "fe800000000000000042cdfffe63a0fc 05 40 20 80  docker0\n\
            20010002000012070000000000000001 12 40 00 80 br-1\n";
        let among = |address: &str| is_among(address.parse().unwrap(), table);
        assert!(among("2001:2:0:1207::1") && !among("2001:2:0:1207::2") && !among("::1"));
    }

    #[test]
    fn networks_of_this_machine_are_told_from_those_behind_a_gateway() {
        for (address, direct) in
            [("198.18.200.3", true), ("198.18.201.3", false), ("198.18.10.3", false)]
        {
            let address = address.parse().unwrap();
            assert_eq!(routes(TABLE).any(|it| it.is_direct_to(address)), direct, "{address}");
        }
        assert_eq!(routes(TABLE).filter(|it| it.is_default()).count(), 1);
        assert_eq!(routes("").count(), 0);
    }
}
