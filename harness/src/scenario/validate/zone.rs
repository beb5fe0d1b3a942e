//! Owns the zone and the names in it.

use std::collections::BTreeSet;

use super::{At, Context};
use crate::{
    base::DnsName,
    fault::Refers,
    scenario::{Mistake, suggest},
};

pub(super) fn check(cx: &mut Context<'_>) {
    let (scenario, at) = (cx.scenario, cx.at.key("zone"));
    cx.ttl(at.key("ttl"), scenario.zone.ttl);
    for (index, record) in scenario.zone.records.iter().enumerate() {
        let at = at.key("records").item(index);
        if record.trim().is_empty() || record.contains(char::is_control) {
            cx.wrong_but(
                at,
                "a record is one line of a zone file",
                "for example `@ MX 10 mail.asso.example.`",
            );
        }
    }
    if at.is_in_doubt() {
        return;
    }
    services(cx);
    blocklists(cx);
    let zone = &scenario.zone.name;
    if scenario.services.values().all(|service| service.name.is_in(zone)) {
        used(cx);
    }
}

fn services(cx: &mut Context<'_>) {
    let zone = &cx.scenario.zone.name;
    for (id, service) in &cx.scenario.services {
        if !service.name.is_in(zone) {
            let at = cx.service_at(id).key("name");
            let message = format!("`{}` is outside of the zone `{zone}`", service.name);
            let mistake = Mistake::new(at.span(), message);
            let zone = cx.at.key("zone").key("name");
            cx.tell(at, mistake.and(zone.span(), "the zone"));
        }
    }
}

/// The world serves blocklists beside its own zones, not in them.
fn blocklists(cx: &mut Context<'_>) {
    for (id, service) in &cx.scenario.services {
        let at = cx.service_at(id).key("refuses").key("listed");
        for (index, list) in service.refuses.listed.iter().enumerate() {
            blocklist(cx, list, at.item(index));
        }
    }
    for (at, refers) in cx.fault_refers() {
        if let Refers::Blocklist(list) = refers {
            blocklist(cx, list, at);
        }
    }
}

fn blocklist(cx: &mut Context<'_>, list: &DnsName, at: At<'_>) {
    let zone = &cx.scenario.zone.name;
    let help = "name a zone outside of it, such as `blocklist.example`";
    if list.is_in(zone) || zone.is_in(list) {
        let message = format!("the blocklist `{list}` is not outside of the zone `{zone}`");
        let zone = cx.at.key("zone").key("name");
        let mistake = Mistake::new(at.span(), message).and(zone.span(), "the zone");
        cx.tell(at, mistake.help(help));
    } else if list.is_reverse() {
        cx.wrong_but(at, format!("`{list}` is a reverse zone and no blocklist"), help);
    }
}

/// The names that steps and faults speak of.
fn used(cx: &mut Context<'_>) {
    if cx.at.key("services").is_in_doubt() || cx.at.key("hosts").is_in_doubt() {
        return;
    }
    let known = known(cx);
    for (at, step) in cx.all_steps() {
        if let Some(ttl) = &step.ttl {
            cx.ttl(at.key("ttl").key("to"), ttl.to);
            names(cx, &ttl.name, &known, at.key("ttl").key("name"));
        }
        if let Some(point) = &step.point {
            names(cx, &point.name, &known, at.key("point").key("name"));
        }
    }
    for (at, refers) in cx.fault_refers() {
        match refers {
            Refers::Name(name) => a_name(cx, name, &known, at),
            Refers::ServiceName(name) => of_a_service(cx, name, &known, at),
            Refers::Names(all) => names(cx, all, &known, at),
            _ => {}
        }
    }
}

fn names(cx: &mut Context<'_>, names: &[DnsName], known: &BTreeSet<String>, at: At<'_>) {
    for (index, name) in names.iter().enumerate() {
        a_name(cx, name, known, at.item(index));
    }
}

fn a_name(cx: &mut Context<'_>, name: &DnsName, known: &BTreeSet<String>, at: At<'_>) {
    if !known.contains(name.as_str()) {
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let help = suggest::hint(name.as_str(), "names", &known);
        cx.wrong_but(at, format!("unknown name `{name}`"), help);
    }
}

/// A name that nobody's service has leads to no service.
fn of_a_service(cx: &mut Context<'_>, name: &DnsName, known: &BTreeSet<String>, at: At<'_>) {
    let mut names: Vec<&str> =
        cx.scenario.services.values().map(|service| service.name.as_str()).collect();
    if names.contains(&name.as_str()) || !known.contains(name.as_str()) {
        return a_name(cx, name, known, at);
    }
    names.sort_unstable();
    names.dedup();
    let help = suggest::hint(name.as_str(), "names of services", &names);
    cx.wrong_but(at, format!("`{name}` is the name of no service"), help);
}

/// The names of services, of hosts and of further records.
fn known(cx: &Context<'_>) -> BTreeSet<String> {
    let scenario = cx.scenario;
    let zone = &scenario.zone.name;
    let services = scenario.services.values().map(|service| service.name.to_string());
    let hosts = scenario.hosts.keys().map(|host| format!("{host}.{zone}"));
    let owner = |record: &String| match record.split_whitespace().next()? {
        "@" => Some(zone.to_string()),
        absolute if absolute.ends_with('.') => Some(absolute.trim_end_matches('.').to_owned()),
        relative => Some(format!("{relative}.{zone}")),
    };
    services.chain(hosts).chain(scenario.zone.records.iter().filter_map(owner)).collect()
}
