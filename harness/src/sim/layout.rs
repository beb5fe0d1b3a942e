//! Owns the plan as numbers: hosts, services, names and who asks for what, each by its place, so
//! that nothing is looked up by its words while a rehearsal is played.
//! Must not know: what is true at any moment.

use std::{collections::BTreeMap, net::Ipv4Addr, ops::Range};

use super::{
    Given,
    observe::{Written, lies_in_data, written},
    probes::{account, expects},
};
use crate::{
    base::{DnsName, Duration, HostId, IndexSet, REVERSE, ServiceId, StepId, reversed},
    plan::{Plan, ServiceKind},
    probe::Client,
    writer::Writing,
};

/// The first address of the network that addresses are taken from, as on real hosts.
const NETWORK: u32 = u32::from_be_bytes([198, 18, 0, 0]);
/// Where the name servers are in it.
const AUTHORITY: u32 = 2;
const RESOLVER: u32 = 3;
const LATE_RESOLVER: u32 = 6;
/// Where hosts begin in it.
const FIRST_HOST: u32 = 10;

/// A plan as numbers.
#[derive(Debug)]
pub struct Layout {
    pub(super) addresses: Vec<String>,
    /// The names that lead back from them.
    pub(super) reversed: Vec<String>,
    /// What the scenario writes into its zone.
    pub(super) written: Vec<Written>,
    pub(super) services: Vec<Service>,
    pub(super) names: IndexSet<DnsName>,
    /// The services of each name.
    pub(super) of_name: Vec<Vec<usize>>,
    pub(super) targets: Vec<Target>,
    pub(super) writers: Vec<Writer>,
    steps: IndexSet<StepId>,
}

/// A service as numbers.
#[derive(Debug)]
pub(super) struct Service {
    /// Where it is at first.
    pub(super) on: usize,
    pub(super) name: usize,
    pub(super) ports: Vec<u16>,
    /// All that it needs, directly or not.
    pub(super) needs: Vec<usize>,
    /// Its own targets.
    pub(super) targets: Range<usize>,
    /// What writes to it.
    pub(super) writer: Option<usize>,
    /// The targets that see a change of it: its own, and those of what needs it.
    pub(super) felt_by: Vec<usize>,
    /// The writers that see one.
    pub(super) felt_by_writers: Vec<usize>,
    /// The hosts that it may be on; an answer from elsewhere is wrong.
    pub(super) homes: Vec<usize>,
    pub(super) is_unit: bool,
    pub(super) has_data: bool,
    /// Whether what its probe expects lies in its data.
    pub(super) shows_data: bool,
}

/// What is asked again and again.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) service: usize,
    pub(super) client: Client,
}

/// What is written to again and again.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) service: usize,
    pub(super) client: Client,
    /// Who keeps what is written.
    pub(super) of: usize,
    /// Whether the service itself keeps it as long as that one is not there.
    pub(super) relays: bool,
    pub(super) port: u16,
    pub(super) way: Way,
    /// Whether nothing is taken where the data of who keeps it began as nothing: a database then has no
    /// table, a mail server no mailbox.
    pub(super) needs_data: bool,
    /// How many writes are under way at most.
    pub(super) most: u64,
    pub(super) every: Duration,
    pub(super) deadline: Duration,
}

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Http,
    Https,
    Sql,
    Smtp,
}

/// How many mails may wait in a sender's queue.
const MOST_QUEUED: u64 = 10_000;

impl Layout {
    /// Of what a rehearsal chooses (its seed, its faults, what is left out) it knows nothing.
    pub fn of(plan: &Plan, given: &Given) -> Self {
        let mut names = IndexSet::default();
        for service in plan.services.values() {
            names.insert(service.name.clone());
        }
        let homes = plan.homes();
        let mut services: Vec<_> = plan
            .services
            .iter()
            .map(|(id, it)| service(plan, given, &names, &homes, id, it))
            .collect();
        let targets = targets(plan);
        for (number, target) in targets.iter().enumerate() {
            // They come one after the other, the first of them as the first of its service.
            let own = &mut services[target.service].targets;
            let first = if own.end == 0 { number } else { own.start };
            *own = first..number + 1;
            for need in services[target.service].needs.clone().into_iter().chain([target.service]) {
                services[need].felt_by.push(number);
            }
        }
        let writers = writers(plan, given);
        for (number, writer) in writers.iter().enumerate() {
            services[writer.service].writer = Some(number);
            let needs = services[writer.service].needs.clone();
            let others = needs.into_iter().chain([writer.of]).filter(|it| *it != writer.service);
            for service in others.chain([writer.service]) {
                services[service].felt_by_writers.push(number);
            }
        }
        for service in &mut services {
            // They come in order; who needs a service and writes to it comes twice.
            service.felt_by.dedup();
            service.felt_by_writers.dedup();
        }
        let addresses: Vec<_> = (FIRST_HOST..).take(plan.hosts.len()).map(address).collect();
        let mut of_name = vec![vec![]; names.len()];
        for (number, service) in services.iter().enumerate() {
            of_name[service.name].push(number);
        }
        Self {
            addresses: addresses.iter().map(ToString::to_string).collect(),
            reversed: addresses.iter().map(|address| reversed(*address, REVERSE)).collect(),
            written: written(plan),
            services,
            names,
            of_name,
            targets,
            writers,
            steps: plan.all_steps().map(|step| step.id.clone()).collect(),
        }
    }

    /// The place of a step.
    pub(super) fn step(&self, id: &StepId) -> usize {
        self.steps.get_index_of(id).expect("the engine speaks of steps of its own plan")
    }

    /// The name by which a blocklist speaks of a host.
    pub(super) fn listed(&self, host: usize, list: &DnsName) -> String {
        reversed(self.ipv4(host), list.as_str())
    }

    /// The address of a host.
    pub(super) fn ipv4(&self, host: usize) -> Ipv4Addr {
        address(FIRST_HOST + u32::try_from(host).expect("there are few hosts"))
    }

    /// The place of a name, if it is that of a service.
    pub(super) fn name(&self, name: &str) -> Option<usize> {
        self.names.get_index_of(name)
    }
}

/// The place of a host.
pub(super) fn host(plan: &Plan, id: &HostId) -> usize {
    plan.hosts.get_index_of(id).unwrap_or_else(|| panic!("the plan has no host `{id}`"))
}

/// The place of a service.
pub(super) fn place(plan: &Plan, id: &ServiceId) -> usize {
    plan.services.get_index_of(id).unwrap_or_else(|| panic!("the plan has no service `{id}`"))
}

/// The address of the resolver that a client asks.
pub(super) fn resolver(client: Client) -> Ipv4Addr {
    match client {
        Client::Late => address(LATE_RESOLVER),
        Client::Fresh | Client::Keepalive | Client::Pinned => address(RESOLVER),
    }
}

/// The address of the authoritative server.
pub(super) fn authority() -> Ipv4Addr {
    address(AUTHORITY)
}

fn address(number: u32) -> Ipv4Addr {
    Ipv4Addr::from(NETWORK + number)
}

fn service(
    plan: &Plan,
    given: &Given,
    names: &IndexSet<DnsName>,
    homes: &BTreeMap<&ServiceId, Vec<&HostId>>,
    id: &ServiceId,
    service: &crate::plan::Service,
) -> Service {
    let needs = plan.with_needs(id).into_iter().skip(1);
    let expected = service.probe.as_ref().and_then(expects);
    Service {
        on: host(plan, &service.on),
        name: names.get_index_of(&service.name).expect("all names are in it"),
        ports: service.kind.ports(),
        needs: needs.map(|need| place(plan, need)).collect(),
        targets: 0..0,
        writer: None,
        felt_by: vec![],
        felt_by_writers: vec![],
        homes: homes[id].iter().map(|home| host(plan, home)).collect(),
        is_unit: matches!(service.kind, ServiceKind::Unit(_)),
        has_data: service.kind.has_data(),
        shows_data: expected.is_some_and(|text| lies_in_data(&service.kind, given, text)),
    }
}

fn targets(plan: &Plan) -> Vec<Target> {
    let probed = plan.services.values().enumerate().filter(|(_, it)| it.probe.is_some());
    probed
        .flat_map(|(service, it)| it.clients.iter().map(move |client| (service, *client)))
        .map(|(service, client)| Target { service, client })
        .collect()
}

fn writers(plan: &Plan, given: &Given) -> Vec<Writer> {
    let written = plan.services.values().enumerate();
    let written = written.filter_map(|(number, it)| Some((number, it, it.writer.as_ref()?)));
    written
        .map(|(service, it, writer)| {
            let of = place(plan, &writer.read.of);
            let kind = &plan.services[&writer.read.of].kind;
            let (way, needs_data) = match &writer.writing {
                Writing::Http(_) => (Way::Http, false),
                Writing::Https(_) => (Way::Https, false),
                Writing::Sql(_) => (Way::Sql, true),
                Writing::Smtp(smtp) => (Way::Smtp, lies_in_data(kind, given, account(&smtp.to))),
            };
            Writer {
                service,
                client: writer.client,
                of,
                relays: way == Way::Smtp && of != service && it.kind.has_data(),
                port: writer.writing.port(),
                way,
                needs_data,
                most: if way == Way::Smtp { MOST_QUEUED } else { writer.lanes.into() },
                every: writer.every(),
                deadline: writer.deadline,
            }
        })
        .collect()
}
