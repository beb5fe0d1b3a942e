//! The world's zones, as the zone files (RFC 1035) that the authoritative server starts with.
//! Pure.

use std::{fmt::Write, net::Ipv4Addr};

use crate::{
    base::{HostId, IndexMap},
    plan::Plan,
};

/// How long a missing name is remembered, in seconds: short, as admins set it for a migration.
const NEGATIVE_TTL_SECONDS: u32 = 5;

/// Each zone with its file: the scenario's own, and the reverse zone of the network.
pub(super) fn zones(
    plan: &Plan,
    addresses: &IndexMap<HostId, Ipv4Addr>,
    authority: Ipv4Addr,
) -> Vec<(String, String)> {
    let zone = plan.zone.name.as_str();
    let reverse = reverse_zone(authority);
    vec![
        (zone.to_owned(), forward_file(plan, addresses, authority)),
        (reverse, reverse_file(plan, addresses)),
    ]
}

fn forward_file(
    plan: &Plan,
    addresses: &IndexMap<HostId, Ipv4Addr>,
    authority: Ipv4Addr,
) -> String {
    let zone = &plan.zone.name;
    let mut file = head(plan);
    let mut line = |name: &str, data: String| {
        let _ = writeln!(file, "{name} {data}");
    };
    line(&format!("ns.{zone}."), format!("A {authority}"));
    for (id, address) in addresses {
        line(&format!("{id}.{zone}."), format!("A {address}"));
    }
    let mut named = vec![];
    for service in plan.services.values() {
        // Two services may share a name; its address must stand once.
        if !named.contains(&&service.name) {
            named.push(&service.name);
            line(&format!("{}.", service.name), format!("A {}", addresses[&service.on]));
        }
    }
    for record in &plan.zone.records {
        line(record, String::new());
    }
    file
}

fn reverse_file(plan: &Plan, addresses: &IndexMap<HostId, Ipv4Addr>) -> String {
    let mut file = head(plan);
    for (id, address) in addresses {
        let _ = writeln!(file, "{} PTR {id}.{}.", address.octets()[3], plan.zone.name);
    }
    file
}

fn head(plan: &Plan) -> String {
    let zone = &plan.zone.name;
    let ttl = plan.zone.ttl.as_secs_ceil();
    format!(
        "$TTL {ttl}\n\
         @ SOA ns.{zone}. hostmaster.{zone}. 1 3600 600 86400 {NEGATIVE_TTL_SECONDS}\n\
         @ NS ns.{zone}.\n"
    )
}

fn reverse_zone(address: Ipv4Addr) -> String {
    let [a, b, c, _] = address.octets();
    format!("{c}.{b}.{a}.in-addr.arpa")
}
