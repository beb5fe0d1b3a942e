//! The records of a name: those of services as caches have them, and those that never change.

use crate::{
    base::{DnsName, reversed},
    expect::{Dns, Found, RecordType},
    fault::{LISTED, REASON},
    plan::Plan,
    sim::{hands::Hands, probes::SERVFAIL, wrongs::NoName},
};

/// All records, as text in order. No such name and no such record are an empty list.
pub(super) fn look(hands: &mut Hands<'_>, dns: &Dns) -> Found {
    if dns.is_of_addresses() {
        return names(hands, dns);
    }
    let name = dns.name.as_str();
    let known = hands.layout.name(name);
    let miss = match known {
        Some(known) => hands.dns.ask(known, hands.clock).err(),
        None => hands.dns.misses(&dns.name),
    };
    match miss {
        None => {}
        Some(NoName::Negative) => return Found::Records(vec![]),
        Some(NoName::Failed) => return failed(name),
        Some(why) => return super::unresolved(hands, why, name),
    }
    let written = hands.layout.written.iter();
    let wanted = written.filter(|it| it.owner == name && it.kind == dns.kind);
    let mut texts: Vec<_> = wanted.map(|it| it.text.clone()).collect();
    match dns.kind {
        RecordType::A => {
            let host = known.and_then(|name| hands.dns.ask(name, hands.clock).ok());
            let host = host.or_else(|| self::host(hands.plan, name));
            let listed = || is_listed(hands, &dns.name).then(|| LISTED.to_owned());
            texts.extend(host.map(|host| hands.address(host)).or_else(listed));
        }
        RecordType::Ptr => {
            let host = hands.layout.reversed.iter().position(|reversed| reversed == name);
            texts.extend(host.and_then(|host| reverse_name(hands, host)));
        }
        RecordType::Txt => {
            texts.extend(is_listed(hands, &dns.name).then(|| REASON.to_owned()));
        }
        RecordType::Mx => {}
    }
    texts.sort();
    texts.dedup();
    Found::Records(texts)
}

/// The names of the addresses of a name.
fn names(hands: &mut Hands<'_>, dns: &Dns) -> Found {
    let host = match super::ask(hands, dns.name.as_str()) {
        Ok(route) => route.ipv4(),
        Err(NoName::Negative) => return Found::Records(vec![]),
        Err(NoName::Failed) => return failed(dns.name.as_str()),
        Err(why) => return super::unresolved(hands, why, dns.name.as_str()),
    };
    let name = hands.layout.reversed[host].parse().expect("the name of an address is one");
    look(hands, &Dns { name, ..dns.clone() })
}

fn failed(name: &str) -> Found {
    Found::Absent(format!("the resolver answers `{SERVFAIL}` for `{name}`"))
}

/// What the name servers call the address of a host, if they do.
fn reverse_name(hands: &Hands<'_>, host: usize) -> Option<String> {
    let has_one = hands.facts.hosts[host].nameless_by.is_empty();
    let (id, _) = hands.plan.hosts.get_index(host)?;
    has_one.then(|| format!("{id}.{}", hands.plan.zone.name))
}

/// Whether a name is that by which some blocklist says that an address is on it.
fn is_listed(hands: &Hands<'_>, name: &DnsName) -> bool {
    let (scene, layout) = (hands.scene(), hands.layout);
    let always = LISTED.parse().expect("it is an address");
    hands.plan.blocklists().iter().filter(|list| name.is_in(list)).any(|list| {
        let is = |listed: String| listed == name.as_str();
        is(reversed(always, list.as_str()))
            || (0..hands.plan.hosts.len())
                .any(|host| is(layout.listed(host, list)) && scene.is_listed(host, list))
    })
}

/// The host with this name of its own.
pub(super) fn host(plan: &Plan, name: &str) -> Option<usize> {
    let id = name.strip_suffix(plan.zone.name.as_str())?.strip_suffix('.')?;
    plan.hosts.keys().position(|host| host.as_str() == id)
}

/// A record that the scenario writes into its zone.
#[derive(Debug, PartialEq)]
pub(in crate::sim) struct Written {
    /// Absolute.
    owner: String,
    kind: RecordType,
    /// Its data, as a resolver's answer is told.
    text: String,
}

/// All of them.
pub(in crate::sim) fn written(plan: &Plan) -> Vec<Written> {
    let zone = plan.zone.name.as_str();
    plan.zone.records.iter().filter_map(|line| parse(line, zone)).collect()
}

/// A line `NAME [TTL] [IN] TYPE DATA` of a zone file (RFC 1035).
fn parse(line: &str, zone: &str) -> Option<Written> {
    let (owner, rest) = line.trim().split_once(char::is_whitespace)?;
    let is_noise = |word: &str| word.eq_ignore_ascii_case("IN") || word.parse::<u32>().is_ok();
    let mut rest = rest.trim();
    let kind = loop {
        let (word, more) = rest.split_once(char::is_whitespace)?;
        rest = more.trim();
        if !is_noise(word) {
            break word.to_ascii_uppercase();
        }
    };
    let (kind, text) = match kind.as_str() {
        "A" => (RecordType::A, rest.to_owned()),
        "MX" => {
            let (preference, exchange) = rest.split_once(char::is_whitespace)?;
            (RecordType::Mx, format!("{preference} {}", absolute(exchange.trim(), zone)))
        }
        "PTR" => (RecordType::Ptr, absolute(rest, zone)),
        "TXT" => (RecordType::Txt, rest.split('"').filter(|it| *it != " ").collect()),
        _ => return None,
    };
    Some(Written { owner: absolute(owner, zone), kind, text })
}

/// A name of a zone file as an absolute one, without its final dot.
fn absolute(name: &str, zone: &str) -> String {
    match name.strip_suffix('.') {
        Some(name) => name.to_lowercase(),
        None if name == "@" => zone.to_owned(),
        None => format!("{}.{zone}", name.to_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zone_lines_become_answers() {
        for (line, owner, kind, text) in [
            ("@ MX 10 mail", "asso.example", RecordType::Mx, "10 mail.asso.example"),
            (
                "@ 300 IN MX 10 mx.other.example.",
                "asso.example",
                RecordType::Mx,
                "10 mx.other.example",
            ),
            ("www  A 198.18.0.99", "www.asso.example", RecordType::A, "198.18.0.99"),
            ("@ TXT \"v=spf1 \" \"-all\"", "asso.example", RecordType::Txt, "v=spf1 -all"),
        ] {
            let (owner, text) = (owner.to_owned(), text.to_owned());
            let expected = Some(Written { owner, kind, text });
            assert_eq!(parse(line, "asso.example"), expected, "{line}");
        }
        for line in ["", "x", "www CNAME other", "www A"] {
            assert_eq!(parse(line, "asso.example"), None, "{line}");
        }
    }
}
