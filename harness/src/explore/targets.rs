//! What each kind of fault can strike in a plan. The one place for that.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    base::{DnsName, Duration, HostId, ServiceId, StepId},
    fault::{
        AddressBlacklisted, Bandwidth, BootFails, CertificateExpired, CertificateNotIssued,
        ClockSkew, Delay, Direction, DiskFull, DiskSlow, DnsServfail, DnsSilent, DnsUpdateRefused,
        HostCrash, HostPause, Kind, LeaseEnded, MtuBlackHole, NameServer, NegativeAnswerCached,
        NetworkDown, OldAaaa, OneWay, PackagesUnreachable, PacketLoss, Partition, PortFiltered,
        PortOccupied, ReverseDnsMissing, ServiceDies, ServiceDoesNotStart, ServiceStartsSlowly,
        Skew, Sort, Squatter, SshHostKeyChanged, SshRefused, StaleResolver, TransferCorrupted,
        TransferInterrupted, TransferOlderCopy, TtlNotLowered,
    },
    plan::{Plan, ServiceKind, Step},
    step::{Start, Transfer, Verb},
};

/// A fault without its time.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Target {
    pub(super) kind: Kind,
    /// What it strikes, in short words.
    pub(super) words: String,
    /// The step during which it can begin at the latest; any where it says nothing.
    pub(super) until: Option<StepId>,
}

/// Every kind, at everything that it can strike.
pub(super) fn of(plan: &Plan) -> Vec<Target> {
    let strikes = |sort: &Sort| match sort {
        Sort::NetworkDown => each_host(plan, |on| Kind::NetworkDown(NetworkDown { on })),
        Sort::OneWay => {
            each_host(plan, |on| Kind::OneWay(OneWay { on, drops: Direction::Incoming }))
        }
        Sort::Partition => partition(plan),
        Sort::PacketLoss => each_host(plan, |on| Kind::PacketLoss(PacketLoss { on, percent: 20 })),
        Sort::Delay => each_host(plan, |on| {
            Kind::Delay(Delay { on, by: Duration::from_millis(300), jitter: Duration::ZERO })
        }),
        Sort::Bandwidth => {
            each_host(plan, |on| Kind::Bandwidth(Bandwidth { on, bytes_per_second: 100_000 }))
        }
        Sort::MtuBlackHole => {
            each_host(plan, |on| Kind::MtuBlackHole(MtuBlackHole { on, mtu: 1_400 }))
        }
        Sort::PortFiltered => port_filtered(plan),
        Sort::SshRefused => each_host(plan, |on| Kind::SshRefused(SshRefused { on })),
        Sort::SshHostKeyChanged => {
            each_host(plan, |on| Kind::SshHostKeyChanged(SshHostKeyChanged { on }))
        }
        Sort::PortOccupied => port_occupied(plan),
        Sort::HostCrash => each_host(plan, |on| Kind::HostCrash(HostCrash { on })),
        Sort::HostPause => each_host(plan, |on| Kind::HostPause(HostPause { on })),
        Sort::BootFails => each_host(plan, |on| Kind::BootFails(BootFails { on })),
        Sort::LeaseEnded => lease_ended(plan),
        Sort::ClockSkew => clock_skew(plan),
        Sort::DiskFull => disk_full(plan),
        Sort::DiskSlow => {
            each_host(plan, |on| Kind::DiskSlow(DiskSlow { on, by: Duration::from_millis(500) }))
        }
        Sort::ServiceDoesNotStart => each_start(plan, |service, on| {
            Kind::ServiceDoesNotStart(ServiceDoesNotStart { service, on })
        }),
        Sort::ServiceStartsSlowly => each_start(plan, |service, on| {
            let by = Duration::from_secs(30);
            Kind::ServiceStartsSlowly(ServiceStartsSlowly { service, on, by })
        }),
        Sort::ServiceDies => each_start(plan, |service, on| {
            Kind::ServiceDies(ServiceDies { service, on, after: Duration::from_secs(2) })
        }),
        // It shows only when the hosts are restarted, and would be over by then.
        Sort::ServiceNotEnabled => vec![],
        Sort::CertificateExpired => each_certified_start(plan, |service, on| {
            Kind::CertificateExpired(CertificateExpired { service, on })
        }),
        Sort::CertificateNotIssued => each_certified_start(plan, |service, on| {
            Kind::CertificateNotIssued(CertificateNotIssued { service, on })
        }),
        Sort::TransferInterrupted => each_transfer(plan, |service| {
            Kind::TransferInterrupted(TransferInterrupted { service })
        }),
        Sort::TransferCorrupted => {
            each_transfer(plan, |service| Kind::TransferCorrupted(TransferCorrupted { service }))
        }
        Sort::TransferOlderCopy => transfer_older_copy(plan),
        Sort::DnsSilent => dns_silent(plan),
        Sort::DnsServfail => everywhere(plan, Kind::DnsServfail(DnsServfail { names: vec![] })),
        Sort::DnsUpdateRefused => dns_update_refused(plan),
        Sort::StaleResolver => stale_resolver(plan),
        Sort::TtlNotLowered => ttl_not_lowered(plan),
        Sort::NegativeAnswerCached => negative_answer_cached(plan),
        Sort::ReverseDnsMissing => reverse_dns_missing(plan),
        Sort::AddressBlacklisted => address_blacklisted(plan),
        Sort::OldAaaa => old_aaaa(plan),
        Sort::PackagesUnreachable => packages_unreachable(plan),
        // Nobody but the user knows what such a one would be.
        Sort::Custom => vec![],
        // What people do strikes a step, and comes with it: see `slips`.
        Sort::StepEarly
        | Sort::StepElsewhere
        | Sort::StepFails
        | Sort::StepLate
        | Sort::StepSkipped
        | Sort::StepTwice => vec![],
    };
    Sort::ALL.iter().flat_map(strikes).collect()
}

fn each_host(plan: &Plan, kind: impl Fn(HostId) -> Kind) -> Vec<Target> {
    let target =
        |on: &HostId| Target { kind: kind(on.clone()), words: on.to_string(), until: None };
    plan.hosts.keys().map(target).collect()
}

/// Each two hosts.
fn partition(plan: &Plan) -> Vec<Target> {
    let hosts: Vec<&HostId> = plan.hosts.keys().collect();
    let pairs = hosts.iter().enumerate().flat_map(|(place, one)| {
        hosts[place + 1..].iter().map(move |other| [(*one).clone(), (*other).clone()])
    });
    let target = |[one, other]: [HostId; 2]| Target {
        words: format!("{one}, {other}"),
        kind: Kind::Partition(Partition { between: vec![one, other] }),
        until: None,
    };
    pairs.map(target).collect()
}

/// Only who installs something is known to feel it: with a clock that is so far behind that lists of
/// packages seem to be from the future.
fn clock_skew(plan: &Plan) -> Vec<Target> {
    let target = |on: &HostId| {
        let installs = |verb: &Verb| matches!(verb, Verb::Install(install) if install.on == *on);
        let (by, direction) = (Duration::MAX, Skew::Behind);
        let kind = Kind::ClockSkew(ClockSkew { on: on.clone(), by, direction });
        once(last(plan, installs), kind, on.as_str())
    };
    plan.hosts.keys().flat_map(target).collect()
}

/// The hosts with Docker.
fn disk_full(plan: &Plan) -> Vec<Target> {
    let target = |on: &HostId| Target {
        kind: Kind::DiskFull(DiskFull { on: on.clone() }),
        words: on.to_string(),
        until: None,
    };
    let with_docker = plan.hosts.iter().filter(|(_, host)| host.docker);
    with_docker.map(|(on, _)| target(on)).collect()
}

/// The ports of what others need, seen from each host.
fn port_filtered(plan: &Plan) -> Vec<Target> {
    let needs = plan.services.values().flat_map(|service| &service.needs);
    let needed = needs.filter_map(|need| plan.services.get(need));
    let ports: BTreeSet<u16> = needed.flat_map(|service| service.kind.ports()).collect();
    let places = plan.hosts.keys().flat_map(|on| ports.iter().map(move |port| (on, *port)));
    let target = |(on, port): (&HostId, u16)| Target {
        kind: Kind::PortFiltered(PortFiltered { on: on.clone(), port }),
        words: format!("{on} to port {port}"),
        until: None,
    };
    places.map(target).collect()
}

/// The ports that services come to listen on, on the hosts that they come to: until one does, and where
/// no fault of the scenario's own holds it already.
fn port_occupied(plan: &Plan) -> Vec<Target> {
    let own: BTreeSet<(&HostId, u16)> = plan
        .active_faults()
        .filter_map(|(_, fault)| match &fault.kind {
            Kind::PortOccupied(it) => Some((&it.on, it.port)),
            _ => None,
        })
        .collect();
    let mut places: BTreeMap<(&HostId, u16), &StepId> = BTreeMap::new();
    for step in &plan.steps {
        let Verb::Start(start) = &step.verb else { continue };
        let Some(service) = plan.services.get(&start.service) else { continue };
        let comes = start.on != service.on;
        for port in service.kind.ports().into_iter().filter(|_| comes) {
            places.entry((&start.on, port)).or_insert(&step.id);
        }
    }
    let free = places.into_iter().filter(|(place, _)| !own.contains(place));
    let target = |((on, port), until): ((&HostId, u16), &StepId)| Target {
        kind: Kind::PortOccupied(PortOccupied { on: on.clone(), port, by: Squatter::Listener }),
        words: format!("{on}:{port}"),
        until: Some(until.clone()),
    };
    free.map(target).collect()
}

/// Both name servers, where somebody asks them.
fn dns_silent(plan: &Plan) -> Vec<Target> {
    let servers = [(NameServer::Authority, "authority"), (NameServer::Resolver, "resolver")];
    let target = |(server, words): (NameServer, &str)| Target {
        kind: Kind::DnsSilent(DnsSilent { server }),
        words: words.to_owned(),
        until: None,
    };
    let asked = !plan.services.is_empty();
    servers.into_iter().filter(|_| asked).map(target).collect()
}

/// Only steps that change records can feel it.
fn dns_update_refused(plan: &Plan) -> Vec<Target> {
    let changes = |verb: &Verb| matches!(verb, Verb::Point(_) | Verb::Ttl(_));
    once(last(plan, changes), Kind::DnsUpdateRefused(DnsUpdateRefused {}), "updates")
}

/// For longer than any record says: only who is to come to another address can feel it.
fn stale_resolver(plan: &Plan) -> Vec<Target> {
    const WEEK: u64 = 7 * 24 * 3600;
    let by = Duration::from_secs((2 * plan.zone.ttl.as_secs_ceil()).clamp(2, WEEK));
    let points = |verb: &Verb| matches!(verb, Verb::Point(_));
    let kind = Kind::StaleResolver(StaleResolver { by });
    match last(plan, points) {
        Some(_) => everywhere(plan, kind),
        None => vec![],
    }
}

/// The names of which a step lowers the TTL.
fn ttl_not_lowered(plan: &Plan) -> Vec<Target> {
    let target = |name: &DnsName, until: &StepId| Target {
        kind: Kind::TtlNotLowered(TtlNotLowered { name: name.clone() }),
        words: name.to_string(),
        until: Some(until.clone()),
    };
    let mut names: BTreeMap<&DnsName, &StepId> = BTreeMap::new();
    for step in &plan.steps {
        if let Verb::Ttl(ttl) = &step.verb {
            names.extend(ttl.name.iter().map(|name| (name, &step.id)));
        }
    }
    names.into_iter().map(|(name, until)| target(name, until)).collect()
}

/// The names of services.
fn negative_answer_cached(plan: &Plan) -> Vec<Target> {
    let names: BTreeSet<&DnsName> = plan.services.values().map(|service| &service.name).collect();
    let target = |name: &DnsName| Target {
        kind: Kind::NegativeAnswerCached(NegativeAnswerCached { name: name.clone() }),
        words: name.to_string(),
        until: None,
    };
    names.into_iter().map(target).collect()
}

/// The hosts from which mail goes to somebody who refuses that of hosts without a name.
fn reverse_dns_missing(plan: &Plan) -> Vec<Target> {
    let strict = plan.senders().into_iter().filter(|(_, refuses)| refuses.nameless);
    let hosts: BTreeSet<&HostId> = strict.map(|(on, _)| on).collect();
    let target = |on: &HostId| Target {
        kind: Kind::ReverseDnsMissing(ReverseDnsMissing { on: on.clone() }),
        words: on.to_string(),
        until: None,
    };
    hosts.into_iter().map(target).collect()
}

/// The hosts from which mail goes to somebody who goes by a blocklist, and that list.
fn address_blacklisted(plan: &Plan) -> Vec<Target> {
    let mut places: BTreeSet<(&HostId, &DnsName)> = BTreeSet::new();
    for (on, refuses) in plan.senders() {
        places.extend(refuses.listed.iter().map(|list| (on, list)));
    }
    let target = |(on, list): (&HostId, &DnsName)| Target {
        kind: Kind::AddressBlacklisted(AddressBlacklisted { on: on.clone(), list: list.clone() }),
        words: format!("{on} on {list}"),
        until: None,
    };
    places.into_iter().map(target).collect()
}

/// The names that steps point to another host than their first: until the last of them does, since nobody
/// forgets a record later.
fn old_aaaa(plan: &Plan) -> Vec<Target> {
    let mut names: BTreeMap<&DnsName, &StepId> = BTreeMap::new();
    for step in &plan.steps {
        let Verb::Point(point) = &step.verb else { continue };
        let moves = plan
            .services
            .values()
            .filter(|service| point.name.contains(&service.name) && service.on != point.to);
        names.extend(moves.map(|service| (&service.name, &step.id)));
    }
    let target = |(name, until): (&DnsName, &StepId)| Target {
        kind: Kind::OldAaaa(OldAaaa { name: name.clone() }),
        words: name.to_string(),
        until: Some(until.clone()),
    };
    names.into_iter().map(target).collect()
}

/// Only who installs something can feel it.
fn packages_unreachable(plan: &Plan) -> Vec<Target> {
    let installs = |verb: &Verb| matches!(verb, Verb::Install(_));
    let kind = Kind::PackagesUnreachable(PackagesUnreachable {});
    once(last(plan, installs), kind, "mirror")
}

/// The last step of some sort.
fn last(plan: &Plan, is_meant: impl Fn(&Verb) -> bool) -> Option<&StepId> {
    plan.steps.iter().rev().find(|step| is_meant(&step.verb)).map(|step| &step.id)
}

/// What is there once, until a step has passed.
fn once(until: Option<&StepId>, kind: Kind, words: &str) -> Vec<Target> {
    let target =
        |until: &StepId| Target { kind, words: words.to_owned(), until: Some(until.clone()) };
    until.map(target).into_iter().collect()
}

/// What everybody feels who asks for a name.
fn everywhere(plan: &Plan, kind: Kind) -> Vec<Target> {
    let target = Target { kind, words: "all names".to_owned(), until: None };
    [target].into_iter().filter(|_| !plan.services.is_empty()).collect()
}

/// The hosts that services leave: a lease that has only begun does not end.
fn lease_ended(plan: &Plan) -> Vec<Target> {
    let left: BTreeSet<&HostId> = plan.services.values().map(|service| &service.on).collect();
    let all = each_host(plan, |on| Kind::LeaseEnded(LeaseEnded { on }));
    let is_left = |target: &Target| left.iter().any(|on| on.as_str() == target.words);
    all.into_iter().filter(is_left).collect()
}

/// Each start of a service, in which a trap is laid.
fn each_start(plan: &Plan, kind: impl Fn(ServiceId, HostId) -> Kind) -> Vec<Target> {
    each_start_where(plan, |service, on| Some(kind(service, on)))
}

/// Each start for which there is such a fault.
fn each_start_where(plan: &Plan, kind: impl Fn(ServiceId, HostId) -> Option<Kind>) -> Vec<Target> {
    let target = |step: &Step| {
        let Verb::Start(Start { service, on, .. }) = &step.verb else { return None };
        Some(Target {
            kind: kind(service.clone(), on.clone())?,
            words: format!("{service} on {on}"),
            until: Some(step.id.clone()),
        })
    };
    plan.steps.iter().filter_map(target).collect()
}

/// Each start of a service that has a certificate.
fn each_certified_start(plan: &Plan, kind: impl Fn(ServiceId, HostId) -> Kind) -> Vec<Target> {
    let kind = |service: ServiceId, on| {
        let is_certified = match &plan.services.get(&service)?.kind {
            ServiceKind::Container(container) => container.tls.is_some(),
            ServiceKind::Unit(_) => false,
        };
        is_certified.then(|| kind(service, on))
    };
    each_start_where(plan, kind)
}

/// Each copy of a service's data, in which a trap is laid.
fn each_transfer(plan: &Plan, kind: impl Fn(ServiceId) -> Kind) -> Vec<Target> {
    let target = |step: &Step| {
        let Verb::Transfer(Transfer { service, .. }) = &step.verb else { return None };
        Some(Target {
            kind: kind(service.clone()),
            words: service.to_string(),
            until: Some(step.id.clone()),
        })
    };
    plan.steps.iter().filter_map(target).collect()
}

/// A copy that is older than what there was: taken before the service is stopped for the transfer.
fn transfer_older_copy(plan: &Plan) -> Vec<Target> {
    let target = |(index, step): (usize, &Step)| {
        let Verb::Transfer(Transfer { service, .. }) = &step.verb else { return None };
        let stops =
            |step: &&Step| matches!(&step.verb, Verb::Stop(stop) if stop.service == *service);
        let until = plan.steps[..index].iter().rfind(stops).unwrap_or(step);
        Some(Target {
            kind: Kind::TransferOlderCopy(TransferOlderCopy { service: service.clone() }),
            words: service.to_string(),
            until: Some(until.id.clone()),
        })
    };
    plan.steps.iter().enumerate().filter_map(target).collect()
}

#[cfg(test)]
mod tests {
    use super::{super::tests::plan, of};

    const STRICT: &str = r#"
filage: 1
scenario: strict
hosts: { old: {}, new: {}, hub: {} }
zone: { name: asso.example }
services:
  relay:
    on: old
    name: relay.asso.example
    unit: { name: relay.service, data: [/var/spool/postfix], listens: [25] }
    writer:
      smtp: { to: me@asso.example }
      read: { of: box, command: scripts/mails.sh }
  box:
    on: hub
    name: box.asso.example
    unit: { name: box.service, data: [/srv/box], listens: [25] }
    refuses: { nameless: true, listed: [a.example, b.example] }
steps:
  - start: relay
    on: new
  - start: box
    on: hub
"#;

    fn of_mail(text: &str) -> String {
        let targets = of(&plan(text)).into_iter().filter(|target| target.kind.shows_in_mail());
        let words = targets.map(|it| format!("{}: {}", it.kind.word(), it.words));
        words.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_strict_servers_do_not_like_strikes_hosts_from_which_they_get_mail() {
        insta::assert_snapshot!(of_mail(STRICT), @"
        reverse-dns-missing: new
        reverse-dns-missing: old
        address-blacklisted: new on a.example
        address-blacklisted: new on b.example
        address-blacklisted: old on a.example
        address-blacklisted: old on b.example
        ");
        let refuses = "    refuses: { nameless: true, listed: [a.example, b.example] }\n";
        assert_eq!(of_mail(&STRICT.replace(refuses, "")), "");
    }
}
