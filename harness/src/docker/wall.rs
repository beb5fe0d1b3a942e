//! The wall around hosts and operator: nothing in a rehearsal begins a talk with the machine that
//! it runs on, nor with anything outside. The engine's internal networks have no way out, but the
//! machine itself is on them, with all that it serves. Pure.
//!
//! The rules lie inside the members, whose root may take them away: they keep from accidents, not
//! from attacks.

use std::{
    collections::BTreeSet,
    fmt,
    net::{IpAddr, SocketAddr},
};

use super::{Error, network::Net};
use crate::history::Refused;

/// Where a member has the rules; a host's entry point loads them at each boot.
pub(super) const FILE: &str = "/etc/filage/wall.nft";
/// The most addresses of one member that a report lists.
const MAX_REFUSED: usize = 50;

/// A command that prints what was refused so far, and passes where the rules are in force.
pub(super) fn look(net: &Net) -> &'static str {
    match net.has_ipv6 {
        true => "{ nft list set ip filage refused && nft list set ip6 filage refused; }",
        false => "nft list set ip filage refused",
    }
}

/// The rules for a member of the network, for `nft -f`. Answers to who asked from the machine, as
/// probes do, pass, also late ones that the kernel has no connection for any more. What an inner
/// Docker forwards is held back as well.
pub(super) fn rules(net: &Net) -> String {
    let ipv4 = table(["ip", "ipv4_addr", "icmp"], "", &net.cidr(), &net.gateway());
    let ipv6 = net.ipv6_cidr().zip(net.ipv6_gateway());
    let ipv6 = ipv6
        .map(|(cidr, gateway)| table(["ip6", "ipv6_addr", "icmpv6"], NEIGHBOURS, &cidr, &gateway));
    ipv4 + &ipv6.unwrap_or_default()
}

/// In IPv6, who has an address is found out by ICMPv6 (RFC 4861), and the machine is among them.
const NEIGHBOURS: &str = "
		icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } accept
		icmpv6 type { mld-listener-report, mld2-listener-report } accept";

/// The rules of a family of addresses.
fn table(
    [family, address, icmp]: [&str; 3],
    besides: &str,
    cidr: &str,
    gateway: &dyn fmt::Display,
) -> String {
    format!(
        r#"table {family} filage {{
	set refused {{ type {address} . inet_proto . inet_service; flags dynamic; size 1024; }}
	chain wall {{
		oifname != "eth0" accept
		ct state established,related accept
		meta l4proto tcp tcp flags & (fin | syn | rst | ack) != syn accept{besides}
		{family} daddr {cidr} {family} daddr != {gateway} accept
		meta l4proto {{ tcp, udp }} add @refused {{ {family} daddr . meta l4proto . th dport }}
		reject with {icmp} type admin-prohibited
	}}
	chain output {{ type filter hook output priority 0; policy accept; jump wall; }}
	chain forward {{ type filter hook forward priority 0; policy accept; jump wall; }}
}}
"#
    )
}

/// Why nobody can say what was refused to a member.
pub(super) fn gone(who: &str) -> Error {
    Error::Said(format!("the wall of `{who}` is gone"))
}

/// What [`look`] printed, as addresses that `who` asked for.
pub(super) fn refused(who: &str, printed: &str) -> BTreeSet<Refused> {
    // A set of each family.
    let sets = printed.split("elements = {").skip(1);
    sets.flat_map(|elements| elements.split(['}', ',', '\n']))
        .filter_map(|element| {
            let mut fields = element.trim().split(" . ");
            let address: IpAddr = fields.next()?.parse().ok()?;
            // A member without /etc/protocols knows their numbers only.
            let protocol = match fields.next()? {
                "6" => "tcp",
                "17" => "udp",
                named => named,
            };
            let place = SocketAddr::new(address, fields.next()?.parse().ok()?);
            Some(Refused { who: who.to_owned(), name: format!("{place}/{protocol}") })
        })
        .take(MAX_REFUSED)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn the_machine_is_behind_the_wall_and_members_are_not() {
        let subnet = Ipv4Addr::new(198, 18, 7, 0);
        let rules = |has_ipv6| rules(&Net { name: "n".to_owned(), subnet, has_ipv6 });
        let (without, with) = (rules(false), rules(true));
        assert!(without.contains("ip daddr 198.18.7.0/24 ip daddr != 198.18.7.1 accept\n"));
        let ipv6 = with.strip_prefix(&without).expect("IPv4 has the same wall");
        let inside = "ip6 daddr 2001:2:0:1207::/64 ip6 daddr != 2001:2:0:1207::1 accept\n";
        assert!(ipv6.contains(inside), "{ipv6}");
    }

    #[test]
    fn refused_addresses_are_read_from_the_set() {
        let printed = "table ip filage {\n\tset refused {\n\
            \t\ttype ipv4_addr . inet_proto . inet_service\n\t\tsize 1024\n\t\tflags dynamic\n\
            \t\telements = { 192.0.2.9 . udp . 53,\n\t\t\t     192.0.2.1 . 6 . 80 }\n\t}\n}\n";
        let found: Vec<_> =
            refused("new", printed).into_iter().map(|it| (it.who, it.name)).collect();
        let new = |name: &str| ("new".to_owned(), name.to_owned());
        assert_eq!(found, [new("192.0.2.1:80/tcp"), new("192.0.2.9:53/udp")]);
        assert!(refused("new", "table ip filage {\n\tset refused {\n\t}\n}\n").is_empty());
        let both = format!(
            "{printed}table ip6 filage {{\n\tset refused {{\n\t\telements = {{ 2001:db8::9 . udp . 53 }}\n\t}}\n}}\n"
        );
        let found: Vec<_> = refused("new", &both).into_iter().map(|it| it.name).collect();
        assert_eq!(found, ["192.0.2.1:80/tcp", "192.0.2.9:53/udp", "[2001:db8::9]:53/udp"]);
    }
}
