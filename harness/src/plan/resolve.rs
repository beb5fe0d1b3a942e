//! Owns the way from a scenario and the choices of one rehearsal to a plan.
//! Must not know: how a plan is played.

use std::collections::BTreeSet;

use super::{
    model::{Fate, Fault, Group, Host, Plan, Rollback, Service, ServiceKind, Step},
    writers,
};
use crate::{
    base::{CheckId, FaultId, IndexMap, OneOrMany, ServiceId, StepId},
    expect::{Dns, Expectation, RecordType, Services},
    probe::Client,
    scenario::{self, ABORT, OnFailure, Overlay, Scenario},
    step::{Check, Install, Run, Start, Stop, Verb, Volume},
};

/// What is chosen for one rehearsal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices {
    /// The seed of everything that is left to chance.
    pub seed: u64,
    /// Which faults there are.
    pub faults: FaultChoice,
    /// The steps that the operator forgets.
    pub skip: Vec<StepId>,
    /// The step with which the rehearsal ends early.
    pub until: Option<StepId>,
}

/// Which faults a rehearsal has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum FaultChoice {
    /// All that the scenario has.
    #[default]
    All,
    /// None.
    None,
    /// These.
    Only(Vec<FaultId>),
}

impl Choices {
    /// The same with what an overlay says: its steps are forgotten too, and which faults there are is
    /// its word unless these choices say it.
    pub fn under(mut self, overlay: &Overlay) -> Self {
        self.skip.extend(
            overlay.skip.iter().filter(|id| !self.skip.contains(id)).cloned().collect::<Vec<_>>(),
        );
        if let (FaultChoice::All, Some(own)) = (&self.faults, &overlay.own_faults) {
            let all = own.iter().chain(overlay.faults.keys()).cloned();
            self.faults = FaultChoice::Only(all.collect());
        }
        self
    }
}

/// A choice that this scenario does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
pub enum ChoiceError {
    /// There is no such step or fault.
    #[error("unknown {kind} `{found}`")]
    Unknown {
        /// `step` or `fault`.
        kind: &'static str,
        /// What was chosen.
        found: String,
        /// What could have been meant.
        #[help]
        help: String,
    },
    /// The last step is one that is forgotten.
    #[error("the rehearsal cannot end with step `{step}`, which is skipped")]
    #[diagnostic(help("skip another step, or end with another one"))]
    UntilSkipped {
        /// Which step.
        step: StepId,
    },
}

/// Writes out every default of a scenario (one that [`scenario::parse`] found no mistake in) and
/// settles what is played of it.
pub fn resolve(scenario: &Scenario, choices: &Choices) -> Result<Plan, ChoiceError> {
    let ids = scenario::step_ids(scenario);
    known("step", choices.skip.iter().chain(&choices.until), &ids)?;
    let faults: Vec<FaultId> = scenario.faults.keys().cloned().collect();
    if let FaultChoice::Only(only) = &choices.faults {
        known("fault", only, &faults)?;
    }
    if let Some(step) = choices.until.as_ref().filter(|step| choices.skip.contains(step)) {
        return Err(ChoiceError::UntilSkipped { step: step.clone() });
    }
    let mut steps = steps(scenario, ids);
    settle_fates(&mut steps, choices);
    Ok(Plan {
        scenario: scenario.scenario.clone(),
        about: scenario.about.clone(),
        seed: choices.seed,
        zone: scenario.zone.clone(),
        hosts: scenario.hosts.iter().map(|(id, of)| (id.clone(), host(scenario, of))).collect(),
        services: scenario.services.iter().map(|(id, of)| (id.clone(), service(id, of))).collect(),
        probing: scenario.probing,
        steps,
        faults: scenario
            .faults
            .iter()
            .map(|(id, of)| (id.clone(), fault(id, of, choices)))
            .collect(),
        budgets: budgets(scenario),
        end_state: scenario.end_state.clone().into_iter().collect(),
        rollback: rollback(scenario),
        until: choices.until.clone(),
        overlay: None,
    })
}

fn known<'a, T: AsRef<str> + PartialEq + 'a>(
    kind: &'static str,
    chosen: impl IntoIterator<Item = &'a T>,
    known: &[T],
) -> Result<(), ChoiceError> {
    let words: Vec<&str> = known.iter().map(T::as_ref).collect();
    match chosen.into_iter().find(|id| !known.contains(id)) {
        None => Ok(()),
        Some(unknown) => {
            let found = unknown.as_ref().to_owned();
            let help = scenario::hint(&found, &format!("{kind}s"), &words);
            Err(ChoiceError::Unknown { kind, found, help })
        }
    }
}

fn host(scenario: &Scenario, host: &scenario::Host) -> Host {
    let provider = host.provider.as_ref().and_then(|name| scenario.providers.get(name));
    Host {
        virtualization: provider.map(|provider| provider.virtualization).unwrap_or_default(),
        image: host.image,
        docker: host.docker,
        user: host.user.clone(),
        packages: host.packages.clone(),
        files: host.files.clone().into_iter().collect(),
    }
}

fn service(id: &ServiceId, service: &scenario::Service) -> Service {
    let kind = match (&service.container, &service.unit) {
        (Some(container), None) => ServiceKind::Container(container.clone()),
        (None, Some(unit)) => ServiceKind::Unit(unit.clone()),
        _ => panic!("a service is either a container or a unit, or `scenario::parse` complains"),
    };
    Service {
        on: service.on.clone(),
        kind,
        needs: service.needs.clone(),
        name: service.name.clone(),
        probe: service.probe.clone(),
        clients: clients(service),
        budgets: service.budget.clone().unwrap_or_default().0.into_iter().collect(),
        writer: service.writer.as_ref().map(|written| writers::writer(id, written)),
        refuses: service.refuses.clone(),
    }
}

/// Each client once, `fresh` always and first.
fn clients(service: &scenario::Service) -> Vec<Client> {
    let mut clients = vec![Client::Fresh];
    for client in &service.clients {
        if !clients.contains(client) {
            clients.push(*client);
        }
    }
    clients
}

/// The steps, in the order of the text.
fn steps(scenario: &Scenario, ids: Vec<StepId>) -> Vec<Step> {
    let undo_ids = scenario::undo_ids(scenario, &ids);
    let mut steps: Vec<Step> = vec![];
    for ((written, id), undo_ids) in scenario.steps.iter().zip(ids).zip(undo_ids) {
        let before: Vec<_> = steps.last().map(|step| step.id.clone()).into_iter().collect();
        let mut resolved = step(scenario, written, id, before);
        let undos = written.undo.iter().flatten().zip(undo_ids);
        resolved.undo = undos.map(|(undo, id)| step(scenario, undo, id, vec![])).collect();
        steps.push(resolved);
    }
    steps
}

/// A step that needs those of `before` if it says nothing else.
fn step(scenario: &Scenario, step: &scenario::Step, id: StepId, before: Vec<StepId>) -> Step {
    let verb = verb(scenario, step);
    Step {
        id,
        about: step.about.clone(),
        needs: step.needs.clone().unwrap_or(before),
        on_failure: step.on_failure.clone().unwrap_or(OnFailure::Stop),
        deadline: step.deadline.unwrap_or_else(|| verb.default_deadline()),
        verb,
        fate: Fate::Play,
        undo: vec![],
    }
}

fn verb(scenario: &Scenario, step: &scenario::Step) -> Verb {
    let on = || step.on.clone().expect("the verb has a host, or `scenario::parse` complains");
    let first_host = |service: &ServiceId| scenario.services[service].on.clone();
    let mut verbs = vec![
        step.check.clone().map(|expectations| Verb::Check(Check { expectations })),
        step.image.clone().map(Verb::Image),
        step.install.clone().map(|packages| Verb::Install(Install { packages, on: on() })),
        step.point.clone().map(Verb::Point),
        step.run.clone().map(|script| {
            let arguments = step.arguments.clone().unwrap_or_default();
            let via = step.via.unwrap_or_default();
            let (on, simulates) = (step.on.clone(), step.simulates.clone());
            Verb::Run(Run { script, arguments, on, via, simulates })
        }),
        step.start.clone().map(|service| Verb::Start(Start { service, on: on() })),
        step.stop.clone().map(|service| {
            let on = step.on.clone().unwrap_or_else(|| first_host(&service));
            Verb::Stop(Stop { service, on })
        }),
        step.transfer.clone().map(Verb::Transfer),
        step.ttl.clone().map(Verb::Ttl),
        step.volume.clone().map(|services| Verb::Volume(Volume { services, on: on() })),
        step.wait.clone().map(Verb::Wait),
    ];
    verbs.retain(Option::is_some);
    let verb = verbs.pop().flatten();
    assert!(verbs.is_empty(), "a step has one verb, or `scenario::parse` complains");
    verb.expect("a step has a verb, or `scenario::parse` complains")
}

fn settle_fates(steps: &mut [Step], choices: &Choices) {
    let within = choices.until.as_ref().map(|until| with_needs(steps, until));
    for step in steps {
        step.fate = match &within {
            Some(within) if !within.contains(&step.id) => Fate::Beyond,
            _ if choices.skip.contains(&step.id) => Fate::Skip,
            _ => Fate::Play,
        };
    }
}

/// A step and all that must have passed before it.
fn with_needs(steps: &[Step], last: &StepId) -> BTreeSet<StepId> {
    let mut within = BTreeSet::new();
    let mut open = vec![last];
    while let Some(id) = open.pop() {
        if within.insert(id.clone()) {
            open.extend(steps.iter().filter(|step| step.id == *id).flat_map(|step| &step.needs));
        }
    }
    within
}

fn fault(id: &FaultId, fault: &scenario::Fault, choices: &Choices) -> Fault {
    let mut kinds = fault.kinds();
    let kind = kinds.pop().expect("a fault has a kind, or `scenario::parse` complains");
    assert!(kinds.is_empty(), "a fault has one kind, or `scenario::parse` complains");
    Fault {
        about: fault.about.clone(),
        kind,
        from: fault.trigger().expect("a fault begins, or `scenario::parse` complains"),
        healed_by: fault.healed_by.clone(),
        duration: fault.duration,
        active: match &choices.faults {
            FaultChoice::All => true,
            FaultChoice::None => false,
            FaultChoice::Only(only) => only.contains(id),
        },
    }
}

/// A group without a list is one of all services whose downtime is measured.
fn budgets(scenario: &Scenario) -> IndexMap<String, Group> {
    let measured = || {
        let probed = scenario.services.iter().filter(|(_, service)| service.probe.is_some());
        probed.map(|(id, _)| id.clone()).collect()
    };
    let group = |budget: &scenario::GroupBudget| Group {
        services: match budget.services.as_slice() {
            [] => measured(),
            services => services.to_vec(),
        },
        max: budget.max,
    };
    let groups = scenario.budgets.iter().filter(|(name, _)| *name != ABORT);
    groups.map(|(name, budget)| (name.clone(), group(budget))).collect()
}

/// After a rollback, every service runs where it did, and its name leads there.
fn rollback(scenario: &Scenario) -> Option<Rollback> {
    scenario.steps.iter().find(|step| step.undo.is_some())?;
    let mut end_state: IndexMap<CheckId, Expectation> = IndexMap::default();
    let mut expect = |name: String, expectation| {
        let id = scenario::unique(&name, |id| end_state.contains_key(id));
        end_state.insert(id, expectation);
    };
    for on in scenario.hosts.keys() {
        let served = scenario.services.iter().filter(|(_, service)| service.on == *on);
        let services: Vec<_> = served.map(|(id, _)| id.clone()).collect();
        if !services.is_empty() {
            let running = Services { on: on.clone(), services: OneOrMany(services) };
            expect(format!("{on}-serves"), Expectation::Running(running));
        }
    }
    for (id, service) in &scenario.services {
        let (name, is) = (service.name.clone(), Some(service.on.clone()));
        let dns = Dns { name, kind: RecordType::A, is, value: None };
        expect(format!("{id}-at-{}", service.on), Expectation::Dns(dns));
    }
    Some(Rollback { budget: scenario.budgets.get(ABORT).map(|budget| budget.max), end_state })
}
