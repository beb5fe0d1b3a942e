//! Owns whether a scenario makes sense: what only a look at the whole can tell. One file for each
//! thing that is looked at.
//! Must not know: YAML, files other than by name.

mod budgets;
mod expectations;
mod faults;
mod files;
mod graph;
mod listeners;
mod probes;
mod references;
mod services;
mod slips;
mod steps;
mod undo;
mod words;
mod writers;
mod zone;

use std::{collections::BTreeMap, fmt::Display, ops::RangeInclusive};

use super::{Fault, Files, Scenario, Service, Step, mistake::Mistake, naming, tree::At};
use crate::{
    base::{Duration, FaultId, HostId, ServiceId, StepId},
    expect::Expectation,
    fault::Refers,
};

/// Tells all that makes no sense, but for what only follows from a mistake that was told before.
pub(super) fn validate(
    scenario: &Scenario,
    at: At<'_>,
    files: &dyn Files,
    mistakes: &mut Vec<Mistake>,
) {
    let mut context = Context::new(scenario, at, files);
    for check in [
        words::check,
        references::check,
        services::check,
        probes::check,
        writers::check,
        zone::check,
        steps::check,
        undo::check,
        listeners::check,
        faults::check,
        budgets::check,
        expectations::check,
        files::check,
    ] {
        check(&mut context);
    }
    mistakes.append(&mut context.mistakes);
}

/// What every check looks at, and where it tells what it found.
struct Context<'a> {
    scenario: &'a Scenario,
    /// The root of the scenario.
    at: At<'a>,
    files: &'a dyn Files,
    /// The ids of the steps, as in the text.
    steps: Vec<StepId>,
    /// The ids of what undoes each.
    undos: Vec<Vec<StepId>>,
    /// The first step of each id.
    step_of: BTreeMap<StepId, usize>,
    mistakes: Vec<Mistake>,
}

impl<'a> Context<'a> {
    fn new(scenario: &'a Scenario, at: At<'a>, files: &'a dyn Files) -> Self {
        let steps = naming::step_ids(scenario);
        let undos = naming::undo_ids(scenario, &steps);
        let mut step_of = BTreeMap::new();
        for (index, id) in steps.iter().enumerate() {
            step_of.entry(id.clone()).or_insert(index);
        }
        Self { scenario, at, files, steps, undos, step_of, mistakes: vec![] }
    }

    /// What faults speak of, and where.
    fn fault_refers(&self) -> Vec<(At<'a>, Refers<'a>)> {
        let (scenario, faults) = (self.scenario, self.at.key("faults"));
        let refers = |(id, fault): (&FaultId, &'a Fault)| {
            let at = faults.key(id.as_str());
            let place = move |(word, key, refers)| (at.key(word).key(key), refers);
            fault.refers().into_iter().map(place).collect::<Vec<_>>()
        };
        scenario.faults.iter().flat_map(refers).collect()
    }

    /// Tells a mistake, unless it is about something that the user did not write.
    fn tell(&mut self, at: At<'_>, mistake: Mistake) {
        if !at.is_made_up() {
            self.mistakes.push(mistake);
        }
    }

    fn wrong(&mut self, at: At<'_>, message: impl Into<String>) {
        self.tell(at, Mistake::new(at.span(), message));
    }

    fn wrong_but(&mut self, at: At<'_>, message: impl Into<String>, help: impl Into<String>) {
        self.tell(at, Mistake::new(at.span(), message).help(help));
    }

    /// Tells a key.
    fn wrong_key(&mut self, at: At<'_>, message: impl Into<String>, help: impl Into<String>) {
        self.tell(at, Mistake::new(at.key_span(), message).help(help));
    }

    /// Tells a value that lies outside of a range.
    fn in_range<T: PartialOrd + Display>(
        &mut self,
        at: At<'_>,
        value: &T,
        range: RangeInclusive<T>,
    ) {
        if !range.contains(value) {
            let (min, max) = range.into_inner();
            let found = at.text().map_or_else(|| value.to_string(), str::to_owned);
            self.wrong(at, format!("`{found}` is out of range: expected {min} to {max}"));
        }
    }

    /// Tells port 0, which nobody can listen on.
    fn port(&mut self, at: At<'_>, port: u16) {
        self.in_range(at, &port, 1..=u16::MAX);
    }

    /// Tells a TTL that DNS cannot express.
    fn ttl(&mut self, at: At<'_>, ttl: Duration) {
        if ttl == Duration::ZERO || !ttl.as_micros().is_multiple_of(1_000_000) {
            let found = at.text().map_or_else(|| ttl.to_string(), str::to_owned);
            let message = format!("`{found}` is no TTL: expected whole seconds, at least 1s");
            self.wrong(at, message);
        }
    }

    fn host_at(&self, id: &HostId) -> At<'a> {
        self.at.key("hosts").key(id.as_str())
    }

    fn service_at(&self, id: &ServiceId) -> At<'a> {
        self.at.key("services").key(id.as_str())
    }

    fn step_at(&self, index: usize) -> At<'a> {
        self.at.key("steps").item(index)
    }

    /// All steps with their places: those of the migration, each followed by what undoes it.
    fn all_steps(&self) -> Vec<(At<'a>, &'a Step)> {
        let steps = self.scenario.steps.iter().enumerate();
        let steps_at = self.at.key("steps");
        let with_undos = steps.flat_map(|(index, step)| {
            let at = steps_at.item(index);
            let undos = step.undo.iter().flatten().enumerate();
            let undos = undos.map(move |(item, undo)| (at.key("undo").item(item), undo));
            [(at, step)].into_iter().chain(undos)
        });
        with_undos.collect()
    }

    /// Their ids.
    fn all_ids(&self) -> Vec<StepId> {
        let with_undos = self.steps.iter().zip(&self.undos);
        with_undos.flat_map(|(id, undos)| [id].into_iter().chain(undos)).cloned().collect()
    }

    /// A service about which no mistake leaves anything in doubt.
    fn service(&self, id: &ServiceId) -> Option<&'a Service> {
        let service = self.scenario.services.get(id)?;
        let one_kind = service.container.is_some() != service.unit.is_some();
        (one_kind && !self.service_at(id).is_in_doubt()).then_some(service)
    }

    /// Whether a container can run on a host, as far as that is known.
    fn lacks_docker(&self, id: &HostId) -> bool {
        self.scenario.hosts.get(id).is_some_and(|host| !host.docker)
            && !self.host_at(id).is_in_doubt()
    }

    /// All expectations, with their places.
    fn expectations(&self) -> Vec<(At<'a>, &'a Expectation)> {
        let steps = self.all_steps().into_iter().flat_map(|(at, step)| {
            let at = at.key("check");
            let expectations = step.check.iter().flatten().enumerate();
            expectations.map(move |(item, expectation)| (at.item(item), expectation))
        });
        let at = self.at.key("end_state");
        let end = self.scenario.end_state.iter();
        steps.chain(end.map(|(id, expectation)| (at.key(id.as_str()), expectation))).collect()
    }

    /// For each step, the steps that must have passed before, as indices.
    fn step_needs(&self) -> Vec<Vec<usize>> {
        let needs = |(index, step): (usize, &Step)| match &step.needs {
            None => index.checked_sub(1).into_iter().collect(),
            Some(needs) => needs.iter().filter_map(|id| self.step_of.get(id).copied()).collect(),
        };
        self.scenario.steps.iter().enumerate().map(needs).collect()
    }
}
