//! How this world looks things up: what is true, in the shape in which real hosts tell it. What the
//! scenario does not say is unseen, never guessed.
//! Must not know: what was expected to be found, beyond the question.

mod files;
mod records;

pub(super) use self::{
    files::{lies_in_data, looked_into},
    records::{Written, written},
};

use super::{
    dns::Resolver,
    facts::{Content, Holder, State},
    hands::{Hands, program},
    probes::{self, Health, Why, account, words},
    route::{Door, Route},
    wrongs::NoName,
};
use crate::{
    base::{DnsName, Duration, HostId, ServiceId},
    expect::{Expectation, Found, Http, Listener, Mail, SameData, ServiceState, Unit},
    plan::ServiceKind,
    probe::Client,
};

/// When a look is given up.
const DEADLINE: Duration = Duration::from_secs(5);

/// Looks.
pub(super) fn observe(hands: &mut Hands<'_>, expectation: &Expectation) -> Found {
    if let Some(why) = unknown(hands, expectation) {
        return Found::Unseen(why);
    }
    match expectation {
        Expectation::Listens(ports) | Expectation::Silent(ports) => listeners(hands, &ports.on),
        Expectation::Running(wanted) | Expectation::Stopped(wanted) => {
            let states = wanted.services.iter().map(|id| service(hands, &wanted.on, id));
            Found::Services(states.collect())
        }
        Expectation::Unit(unit) => unit_state(hands, unit),
        Expectation::File(wanted) => files::look(hands, wanted),
        Expectation::SameData(same) => data(hands, same),
        Expectation::Dns(dns) => records::look(hands, dns),
        Expectation::Http(wanted) => http(hands, wanted),
        Expectation::Mail(wanted) => mail(hands, wanted),
    }
}

/// Why it cannot be looked at, in words: a step did something there that nobody said, or the host has
/// no console now.
fn unknown(hands: &Hands<'_>, expectation: &Expectation) -> Option<String> {
    let at = |id: &HostId| {
        let host = &hands.facts.hosts[hands.host(id)];
        let step = host.unknown_since.map(|step| words(Why::Unknown(step), hands.plan, "", ""));
        step.or_else(|| (!host.power.has_console()).then(|| format!("`{id}` does not run")))
    };
    match expectation {
        Expectation::Listens(it) | Expectation::Silent(it) => at(&it.on),
        Expectation::Running(it) | Expectation::Stopped(it) => at(&it.on),
        Expectation::Unit(it) => at(&it.on),
        Expectation::File(it) => at(&it.on),
        Expectation::SameData(it) => it.on.iter().find_map(at),
        Expectation::Dns(_) | Expectation::Http(_) | Expectation::Mail(_) => {
            let step = hands.dns.unknown_since;
            step.map(|step| words(Why::Unknown(step), hands.plan, "", ""))
        }
    }
}

fn listeners(hands: &Hands<'_>, on: &HostId) -> Found {
    let ports = hands.facts.hosts[hands.host(on)].ports.iter();
    let listener = |(port, holder): (&u16, &Holder)| Listener {
        port: *port,
        program: program(hands.plan, *holder),
    };
    Found::Listeners(ports.map(listener).collect())
}

fn service(hands: &Hands<'_>, on: &HostId, id: &ServiceId) -> ServiceState {
    let service = hands.service(id);
    let instance = hands.facts.instance(hands.host(on), service);
    let running = instance.state != State::Stopped;
    // A container that was stopped by hand is not brought back at boot.
    let at_boot = instance.at_boot && (running || hands.layout.services[service].is_unit);
    ServiceState { service: id.clone(), running, at_boot }
}

fn unit_state(hands: &Hands<'_>, unit: &Unit) -> Found {
    let host = hands.host(&unit.on);
    if unit.name == "ssh.service" {
        return Found::Unit { active: true, enabled: true };
    }
    if unit.name == "docker.service" {
        let docker = hands.plan.hosts[&unit.on].docker;
        return Found::Unit { active: docker, enabled: docker };
    }
    let mut services = hands.plan.services.values().enumerate();
    let named = services.find(|(_, service)| match &service.kind {
        ServiceKind::Unit(it) => it.name == unit.name,
        ServiceKind::Container(_) => false,
    });
    match named {
        Some((service, _)) => {
            let instance = hands.facts.instance(host, service);
            let active = instance.state != State::Stopped;
            Found::Unit { active, enabled: instance.at_boot }
        }
        None => Found::Unseen(format!(
            "the simulator knows no unit `{}`: it is that of no service",
            unit.name
        )),
    }
}

fn data(hands: &mut Hands<'_>, same: &SameData) -> Found {
    hands.settle_writes();
    let service = hands.service(&same.service);
    let mut sums = vec![];
    for on in &same.on {
        match hands.facts.instance(hands.host(on), service).data {
            Some(Content { sum, .. }) => sums.push((on.clone(), format!("{sum:064x}"))),
            None => return Found::Unseen(format!("on `{on}`: no data of `{}`", same.service)),
        }
    }
    Found::Data(sums)
}

fn http(hands: &mut Hands<'_>, wanted: &Http) -> Found {
    let Some((name, port)) = place(&wanted.url) else {
        let example = "https://links.asso.example/";
        let text =
            format!("`{}` cannot be asked for: expected for example `{example}`", wanted.url);
        return Found::Unseen(text);
    };
    let host = match ask(hands, name) {
        Ok(route) => hands.scene().enters(route, Door::Stream(port)).0,
        Err(why) => return unresolved(hands, why, name),
    };
    if let Some(step) = hands.facts.hosts[host].unknown_since {
        return Found::Unseen(words(Why::Unknown(step), hands.plan, "", ""));
    }
    let address = format!("{}:{port}", hands.address(host));
    let service = match hands.facts.hosts[host].ports.get(&port) {
        Some(Holder::Service(service)) => *service,
        _ if !hands.facts.gets_through(host) => {
            return Found::Absent(words(Why::Unreachable, hands.plan, &address, name));
        }
        _ => return Found::Absent(words(Why::Refused, hands.plan, &address, name)),
    };
    let scene = hands.scene();
    match scene.knock(host, service, port, true) {
        Health::Well if wanted.url.starts_with("https:") && scene.is_expired(host, service) => {
            Found::Absent(words(Why::Expired, hands.plan, &address, name))
        }
        Health::Well => {
            let shown = |text: &String| shows(hands, host, service, text) == Health::Well;
            let contains = wanted.contains.as_ref().map(shown);
            Found::Http { status: wanted.status, contains }
        }
        Health::Ill(Why::Lacks(_)) => {
            Found::Http { status: 503, contains: wanted.contains.as_ref().map(|_| false) }
        }
        Health::Ill(why @ Why::Unknown(_)) => Found::Unseen(words(why, hands.plan, "", "")),
        Health::Ill(why) => Found::Absent(words(why, hands.plan, &address, name)),
    }
}

/// A mail that arrives changes the data of the service that takes it.
fn mail(hands: &mut Hands<'_>, wanted: &Mail) -> Found {
    const SMTP: u16 = 25;
    let service = hands.service(&wanted.service);
    let name = hands.layout.services[service].name;
    let host = match ask_for(hands, name) {
        Ok(route) => hands.scene().enters(route, Door::Stream(SMTP)).0,
        Err(NoName::Unknown(step)) => {
            return Found::Unseen(words(Why::Unknown(step), hands.plan, "", ""));
        }
        Err(why) => {
            let why = Why::Unnamed(why);
            let name = &hands.layout.names[name];
            let detail = probes::unresolved(why, hands.plan, DEADLINE, Client::Fresh, name);
            return Found::Mail { accepted: false, readable: false, detail };
        }
    };
    if let Some(step) = hands.facts.hosts[host].unknown_since {
        return Found::Unseen(words(Why::Unknown(step), hands.plan, "", ""));
    }
    let address = format!("{}:{SMTP}", hands.address(host));
    let health = match hands.scene().knock(host, service, SMTP, true) {
        Health::Well => shows(hands, host, service, account(&wanted.to)),
        ill => ill,
    };
    match health {
        Health::Well => {}
        Health::Ill(why @ (Why::Lacks(_) | Why::Mute | Why::Empty)) => {
            let detail = words(why, hands.plan, &address, "");
            return Found::Mail { accepted: false, readable: false, detail };
        }
        Health::Ill(why @ Why::Unknown(_)) => {
            return Found::Unseen(words(why, hands.plan, "", ""));
        }
        Health::Ill(why) => return Found::Absent(words(why, hands.plan, &address, "")),
    }
    hands.facts.rewrite(host, service);
    Found::Mail { accepted: true, readable: true, detail: String::new() }
}

/// Whether a service that answers on a host can show something, a text or an account.
pub(super) fn shows(hands: &Hands<'_>, host: usize, service: usize, what: &str) -> Health {
    let lies_in_data = lies_in_data(&hands.plan.services[service].kind, hands.given, what);
    hands.scene().content(host, service, lies_in_data)
}

/// Where a name leads somebody who asks now.
fn ask(hands: &mut Hands<'_>, name: &str) -> Result<Route, NoName> {
    if let Some(name) = hands.layout.name(name) {
        return ask_for(hands, name);
    }
    let known: Option<DnsName> = name.parse().ok();
    match known.and_then(|name| hands.dns.misses(&name)) {
        Some(why) => Err(why),
        None => records::host(hands.plan, name).map(Route::to).ok_or(NoName::Negative),
    }
}

/// The same, of the name of a service.
fn ask_for(hands: &mut Hands<'_>, name: usize) -> Result<Route, NoName> {
    hands.dns.ask(name, hands.clock)?;
    hands.scene().route_of(Resolver::Prompt, name)
}

/// What is found by who does not get as far as an address: an answer that there is none is a finding,
/// silence is none.
fn unresolved(hands: &Hands<'_>, why: NoName, name: &str) -> Found {
    let words = match name.parse() {
        Ok(name) => {
            let why = Why::Unnamed(why);
            probes::unresolved(why, hands.plan, DEADLINE, Client::Fresh, &name)
        }
        Err(_) => words(Why::Unnamed(why), hands.plan, "", name),
    };
    match why {
        NoName::Negative | NoName::Failed => Found::Absent(words),
        NoName::Silent => Found::Unseen(words),
        NoName::Unknown(step) => Found::Unseen(self::words(Why::Unknown(step), hands.plan, "", "")),
    }
}

/// Name and port of a URL.
fn place(url: &str) -> Option<(&str, u16)> {
    let (scheme, rest) = url.split_once("://")?;
    let default = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return None,
    };
    let authority = rest.split(['/', '?', '#']).next()?;
    let (name, port) = match authority.split_once(':') {
        Some((name, port)) => (name, port.parse().ok()?),
        None => (authority, default),
    };
    (!name.is_empty() && !name.contains('@')).then_some((name, port))
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn urls_have_a_name_and_a_port() {
        for (url, found) in [
            ("http://a.example/x?y", Some(("a.example", 80))),
            ("https://a.example", Some(("a.example", 443))),
            ("http://a.example:8080/", Some(("a.example", 8080))),
            ("ftp://a.example/", None),
            ("http:///x", None),
            ("https://user@a.example/", None),
            ("a.example", None),
        ] {
            assert_eq!(place(url), found, "{url}");
        }
    }
}
