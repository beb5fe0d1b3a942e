//! What each kind of fault can strike in a plan. The one place for that.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    base::{Duration, HostId, StepId},
    fault::{
        Bandwidth, Delay, Direction, Kind, MtuBlackHole, NetworkDown, OneWay, PacketLoss,
        Partition, PortFiltered, PortOccupied, Sort, Squatter, SshHostKeyChanged, SshRefused,
    },
    plan::Plan,
    step::Verb,
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
