//! The world's zones, as the zone files (RFC 1035) that the authoritative server starts with.
//! Pure.

use std::{fmt::Write, net::Ipv4Addr};

use super::members::{Members, OPERATOR};
use crate::{
    base::{DnsName, REVERSE, reversed},
    fault::{LISTED, REASON},
    plan::Plan,
};

/// How long a missing name is remembered, in seconds: short, as admins set it for a migration.
const NEGATIVE_TTL_SECONDS: u32 = 5;

/// Each zone with its file: the scenario's own, the reverse zone of the network, and the blocklists.
pub(super) fn zones(plan: &Plan, members: &Members) -> Vec<(String, String)> {
    let own = (plan.zone.name.to_string(), forward_file(plan, members));
    let reverse = reverse_zone(members.authority);
    let reverse_file = reverse_file(plan, members, &reverse);
    let lists = plan.blocklists();
    let lists = lists.iter().map(|list| (list.to_string(), list_file(plan, list)));
    [own, (reverse, reverse_file)].into_iter().chain(lists).collect()
}

fn forward_file(plan: &Plan, members: &Members) -> String {
    let Members { addresses, authority, .. } = members;
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

/// Who else sends mail has a name too that leads back: the machine, whose probes and writers do, and the
/// operator. It lies in the reverse zone itself, where nobody else has names.
fn reverse_file(plan: &Plan, members: &Members, zone: &str) -> String {
    let mut file = head(plan);
    let last = |address: &Ipv4Addr| address.octets()[3];
    for (id, address) in &members.addresses {
        let _ = writeln!(file, "{} PTR {id}.{}.", last(address), plan.zone.name);
    }
    for (name, address) in [("machine", members.machine), (OPERATOR, members.operator)] {
        let _ = writeln!(file, "{} PTR {name}.{zone}.", last(&address));
        let _ = writeln!(file, "{name} A {address}");
    }
    file
}

/// An address that is always on the list shows that it is there (RFC 5782, 5).
fn list_file(plan: &Plan, list: &DnsName) -> String {
    let always = LISTED.parse().expect("it is an address");
    let always = reversed(always, list.as_str());
    let mut file = head(plan);
    let _ = writeln!(file, "{always}. A {LISTED}\n{always}. TXT \"{REASON}\"");
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
    let name = reversed(address, REVERSE);
    name.split_once('.').expect("it has many labels").1.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        docker::network::Net,
        plan::{Choices, resolve},
        scenario::testing::scenario,
    };

    const SCENARIO: &str = "\
filage: 1
scenario: small
hosts: { old: {}, new: {} }
zone: { name: asso.example, ttl: 5s }
services:
  mail: { on: old, name: mail.asso.example, unit: { name: mail.service, listens: [25] } }
steps:
  - point: { name: mail.asso.example, to: new }
faults:
  listed: { address-blacklisted: { on: new, list: list.other.example }, from: start }
";

    #[test]
    fn names_lead_to_addresses_and_back_and_each_list_says_that_it_is_there() {
        let scenario = scenario(SCENARIO);
        let plan = resolve(&scenario, &Choices::default()).unwrap();
        let net =
            Net { name: "n".to_owned(), subnet: Ipv4Addr::new(198, 18, 3, 0), has_ipv6: false };
        let members = Members::new("r", &plan, &net).unwrap();
        let zones = zones(&plan, &members);
        let files: Vec<_> = zones.iter().map(|(zone, file)| format!("{zone}\n{file}")).collect();
        insta::assert_snapshot!(files.join("\n"), @r#"
        asso.example
        $TTL 5
        @ SOA ns.asso.example. hostmaster.asso.example. 1 3600 600 86400 5
        @ NS ns.asso.example.
        ns.asso.example. A 198.18.3.2
        old.asso.example. A 198.18.3.10
        new.asso.example. A 198.18.3.11
        mail.asso.example. A 198.18.3.10

        3.18.198.in-addr.arpa
        $TTL 5
        @ SOA ns.asso.example. hostmaster.asso.example. 1 3600 600 86400 5
        @ NS ns.asso.example.
        10 PTR old.asso.example.
        11 PTR new.asso.example.
        1 PTR machine.3.18.198.in-addr.arpa.
        machine A 198.18.3.1
        5 PTR operator.3.18.198.in-addr.arpa.
        operator A 198.18.3.5

        blocklist.example
        $TTL 5
        @ SOA ns.asso.example. hostmaster.asso.example. 1 3600 600 86400 5
        @ NS ns.asso.example.
        2.0.0.127.blocklist.example. A 127.0.0.2
        2.0.0.127.blocklist.example. TXT "on this list for a rehearsal"

        list.other.example
        $TTL 5
        @ SOA ns.asso.example. hostmaster.asso.example. 1 3600 600 86400 5
        @ NS ns.asso.example.
        2.0.0.127.list.other.example. A 127.0.0.2
        2.0.0.127.list.other.example. TXT "on this list for a rehearsal"
        "#);
    }
}
