//! What ties services to each other, to hosts, and to the steps that lay hands on them: all that
//! follows from the plan alone, worked out once for however many outages and rehearsals there are.
//! Whatever a rehearsal chooses (its seed, its faults, what is left out) changes nothing of it. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    base::{DnsName, HostId, IndexSet, ServiceId, StepId},
    plan::{Plan, Step},
    step::{self, Verb},
};

/// The ties of a whole plan. Steps are named by their places in it, those that undo others last.
#[derive(Debug, Clone)]
pub(super) struct Ties {
    services: BTreeMap<ServiceId, Tied>,
    steps: IndexSet<StepId>,
    /// What each step lays hands on.
    reaches: Vec<step::Reach>,
    /// What each step does, in a line.
    summaries: Vec<String>,
    /// The steps that only let time pass.
    waits: Vec<usize>,
    /// What each line of the end state expects, in words: after the migration, and after a rollback.
    expected: [Vec<String>; 2],
}

/// What is tied to one service.
#[derive(Debug, Clone)]
pub(super) struct Tied {
    /// The service itself and, from there on, all that it needs.
    pub(super) needed: Vec<ServiceId>,
    /// Where it and what it needs run or move to.
    pub(super) homes: Vec<HostId>,
    /// The steps that lay hands on it, its name, a host that it runs on or moves to, or on anything
    /// that it needs.
    pub(super) touching: Vec<usize>,
    /// Those, and the ones that bring images and volumes of them.
    pub(super) moving: Vec<usize>,
    /// The steps of the migration that point its name.
    pub(super) pointing: Vec<usize>,
}

impl Ties {
    pub(super) fn of(plan: &Plan) -> Self {
        let steps: Vec<&Step> = plan.all_steps().collect();
        let reaches: Vec<_> = steps.iter().map(|step| step.verb.reach()).collect();
        let mut services = tied(plan, &steps);
        let around = Around::of(plan, &services);
        for (place, step) in steps.iter().enumerate() {
            for service in around.touched(&reaches[place]) {
                let service = services.get_mut(&service).expect("it is of this plan");
                service.touching.push(place);
                service.moving.push(place);
            }
            let brought = match &step.verb {
                Verb::Image(image) => &image.services[..],
                Verb::Volume(volume) => &volume.services[..],
                _ => &[],
            };
            for service in around.needing(brought) {
                let moving = &mut services.get_mut(&service).expect("it is of this plan").moving;
                if moving.last() != Some(&place) {
                    moving.push(place);
                }
            }
            if let Verb::Point(point) = &step.verb
                && place < plan.steps.len()
            {
                for service in point.name.iter().flat_map(|name| around.named(name)) {
                    services.get_mut(service).expect("it is of this plan").pointing.push(place);
                }
            }
        }
        let back = plan.rollback.as_ref().map_or(&plan.end_state, |rollback| &rollback.end_state);
        let waits = (0..steps.len()).filter(|at| matches!(steps[*at].verb, Verb::Wait(_)));
        Self {
            waits: waits.collect(),
            expected: [&plan.end_state, back]
                .map(|lines| lines.values().map(ToString::to_string).collect()),
            steps: steps.iter().map(|step| step.id.clone()).collect(),
            summaries: steps.iter().map(|step| step.verb.describe().summary).collect(),
            services,
            reaches,
        }
    }

    /// What is tied to a service, if the plan has it.
    pub(super) fn find(&self, id: &ServiceId) -> Option<&Tied> {
        self.services.get(id)
    }

    /// What is tied to a service of the plan.
    pub(super) fn service(&self, id: &ServiceId) -> &Tied {
        self.find(id).unwrap_or_else(|| panic!("the plan has no service `{id}`"))
    }

    pub(super) fn reach(&self, step: usize) -> &step::Reach {
        &self.reaches[step]
    }

    pub(super) fn summary(&self, step: usize) -> &str {
        &self.summaries[step]
    }

    /// Where a step is in the plan.
    pub(super) fn place(&self, step: &StepId) -> Option<usize> {
        self.steps.get_index_of(step)
    }

    /// What a line of the end state expects, in words.
    pub(super) fn expected(&self, rolled_back: bool, line: usize) -> &str {
        &self.expected[usize::from(rolled_back)][line]
    }

    pub(super) fn waits(&self) -> &[usize] {
        &self.waits
    }
}

/// What each service needs, and where that is.
fn tied(plan: &Plan, steps: &[&Step]) -> BTreeMap<ServiceId, Tied> {
    let first = plan.services.iter().map(|(id, service)| (id, vec![&service.on]));
    let mut homes: BTreeMap<_, _> = first.collect();
    for step in steps {
        let (service, home) = match &step.verb {
            Verb::Start(start) => (&start.service, &start.on),
            Verb::Transfer(data) => (&data.service, &data.to),
            _ => continue,
        };
        homes.entry(service).and_modify(|homes| homes.push(home));
    }
    let tied = |id: &ServiceId| {
        let needed = plan.with_needs(id);
        let all = needed.iter().filter_map(|id| homes.get(id)).flatten();
        let all: BTreeSet<HostId> = all.map(|home| (*home).clone()).collect();
        Tied {
            homes: all.into_iter().collect(),
            needed: needed.into_iter().cloned().collect(),
            touching: vec![],
            moving: vec![],
            pointing: vec![],
        }
    };
    plan.services.keys().map(|id| (id.clone(), tied(id))).collect()
}

/// The same the other way round: the services around a service, a name or a host.
struct Around<'p> {
    needing: BTreeMap<&'p ServiceId, Vec<&'p ServiceId>>,
    named: BTreeMap<&'p DnsName, Vec<ServiceId>>,
    at_home: BTreeMap<HostId, Vec<ServiceId>>,
}

impl<'p> Around<'p> {
    fn of(plan: &'p Plan, services: &BTreeMap<ServiceId, Tied>) -> Self {
        let (mut named, mut at_home) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::<_, Vec<_>>::new());
        for (id, tied) in services {
            for home in &tied.homes {
                at_home.entry(home.clone()).or_default().push(id.clone());
            }
            named.entry(&plan.services[id].name).or_default().push(id.clone());
        }
        Self { needing: plan.needing(), named, at_home }
    }

    /// The services that need one of these, themselves among them.
    fn needing<'s>(
        &self,
        services: impl IntoIterator<Item = &'s ServiceId>,
    ) -> BTreeSet<ServiceId> {
        let needing = services.into_iter().filter_map(|id| self.needing.get(id));
        needing.flatten().map(|id| (*id).clone()).collect()
    }

    fn named(&self, name: &DnsName) -> &[ServiceId] {
        self.named.get(name).map_or(&[], Vec::as_slice)
    }

    fn touched(&self, reach: &step::Reach) -> BTreeSet<ServiceId> {
        let named = reach.names.iter().flat_map(|name| self.named(name));
        let mut touched = self.needing(reach.services.iter().chain(named));
        let at_home = reach.hosts.iter().filter_map(|host| self.at_home.get(host));
        touched.extend(at_home.flatten().cloned());
        touched
    }
}
