//! What each kind of fault can strike in a plan. The one place for that.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    base::{HostId, StepId},
    fault::{Kind, NetworkDown, PortOccupied, Sort, Squatter},
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
        Sort::NetworkDown => network_down(plan),
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

fn network_down(plan: &Plan) -> Vec<Target> {
    let target = |on: &HostId| Target {
        kind: Kind::NetworkDown(NetworkDown { on: on.clone() }),
        words: on.to_string(),
        until: None,
    };
    plan.hosts.keys().map(target).collect()
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
