//! How often each service is to be asked: densely around what may take it down or bring it back,
//! because there lie the edges of its outages, and not so densely otherwise. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    jumps::{Due, Jumps},
    pulse::Pulse,
};
use crate::{
    base::{DnsName, Duration, FaultId, HostId, ServiceId, StepId, StoryTime},
    fault::Kind,
    plan::Plan,
    probe::Probe,
    step::Verb,
    world::Pace,
};

/// How long after a change it stays dense, at least.
const LINGER: Duration = Duration::from_secs(2);
/// How long after a change it stays dense, at most, because the service does not answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// How many answers in a row make it steady.
const STEADY_ANSWERS: usize = 5;

/// Something that may take services down or bring them back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Change {
    /// An attempt at a step.
    Step(StepId),
    /// A fault is injected or healed.
    Fault(FaultId),
}

/// The paces of all services that are asked.
#[derive(Debug)]
pub(super) struct Pacer<'p> {
    reach: Reach<'p>,
    services: BTreeMap<&'p ServiceId, Watched>,
    /// Those around which something goes on, or has lately: no other can change its pace.
    restless: BTreeSet<&'p ServiceId>,
}

/// Which services a change may take down or bring back, looked up once: plans are long.
#[derive(Debug)]
struct Reach<'p> {
    plan: &'p Plan,
    verbs: BTreeMap<&'p StepId, &'p Verb>,
    /// The services that need a service, itself among them.
    needing: BTreeMap<&'p ServiceId, Vec<&'p ServiceId>>,
    named: BTreeMap<&'p DnsName, Vec<&'p ServiceId>>,
    homes: BTreeMap<&'p ServiceId, Vec<&'p HostId>>,
}

#[derive(Debug)]
struct Watched {
    /// The changes that go on.
    changes: BTreeSet<Change>,
    /// When the last one ended.
    after: Option<After>,
    pace: Pace,
}

#[derive(Debug, Clone, Copy)]
struct After {
    ended: StoryTime,
    linger: Due,
    patience: Due,
}

impl<'p> Pacer<'p> {
    /// Nobody is asked densely where that would not be more often than otherwise, nor what is too
    /// dear to be asked hundreds of times a second.
    pub(super) fn new(plan: &'p Plan) -> Self {
        let denser = plan.probing.around_changes < plan.probing.every;
        let services = plan.services.iter();
        let may_be_dense = |probe: &Probe| denser && probe.may_be_dense();
        let paced = services.filter(|(_, of)| of.probe.as_ref().is_some_and(may_be_dense));
        let watched = || Watched { changes: BTreeSet::new(), after: None, pace: Pace::Base };
        let services = paced.map(|(id, _)| (id, watched())).collect();
        Self { reach: Reach::of(plan), services, restless: BTreeSet::new() }
    }

    /// A change begins.
    pub(super) fn begin(&mut self, change: &Change) {
        for service in self.reach.affected(change) {
            if let Some(watched) = self.services.get_mut(service) {
                watched.changes.insert(change.clone());
                self.restless.insert(service);
            }
        }
    }

    /// A change has ended, be it in failure.
    pub(super) fn end(&mut self, change: &Change, now: StoryTime, jumps: &Jumps) {
        let (linger, patience) = (jumps.due(now, LINGER), jumps.due(now, PATIENCE));
        for service in self.reach.affected(change) {
            let watched = self.services.get_mut(service);
            if let Some(watched) = watched.filter(|of| of.changes.contains(change)) {
                watched.changes.remove(change);
                watched.after = Some(After { ended: now, linger, patience });
            }
        }
    }

    /// The services whose pace is another one from now on.
    pub(super) fn next(
        &mut self,
        now: StoryTime,
        jumps: &Jumps,
        pulse: &Pulse,
    ) -> Vec<(ServiceId, Pace)> {
        let mut changed = vec![];
        self.restless.retain(|service| {
            let watched = self.services.get_mut(service).expect("who is restless is watched");
            let steady = |since| pulse.answers(service, STEADY_ANSWERS, since);
            let pace = watched.wanted(now, jumps, steady);
            if pace != watched.pace {
                watched.pace = pace;
                changed.push(((*service).clone(), pace));
            }
            // It is dense while something goes on, and for a while after.
            pace == Pace::Dense
        });
        changed
    }

    /// When a pace may change, if nothing happens before.
    pub(super) fn wakes_at(&self, now: StoryTime, jumps: &Jumps) -> Option<StoryTime> {
        let restless = self.restless.iter().filter_map(|service| self.services.get(service));
        let dense = restless.filter(|of| of.pace == Pace::Dense);
        let waiting = dense.filter(|of| of.changes.is_empty()).filter_map(|of| of.after);
        waiting
            .flat_map(|after| [jumps.when(after.linger), jumps.when(after.patience)])
            .filter(|wake| *wake > now)
            .min()
    }
}

impl Watched {
    fn wanted(&self, now: StoryTime, jumps: &Jumps, steady: impl Fn(StoryTime) -> bool) -> Pace {
        if !self.changes.is_empty() {
            return Pace::Dense;
        }
        match self.after {
            Some(after) if now < jumps.when(after.linger) => Pace::Dense,
            // Once it is steady it stays at its base: what goes wrong later is no edge of this.
            Some(after)
                if self.pace == Pace::Dense
                    && now < jumps.when(after.patience)
                    && !steady(after.ended) =>
            {
                Pace::Dense
            }
            _ => Pace::Base,
        }
    }
}

impl<'p> Reach<'p> {
    fn of(plan: &'p Plan) -> Self {
        let mut needing: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let mut named: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (id, service) in &plan.services {
            named.entry(&service.name).or_default().push(id);
            for need in plan.with_needs(id) {
                needing.entry(need).or_default().push(id);
            }
        }
        let verbs = plan.all_steps().map(|step| (&step.id, &step.verb)).collect();
        Self { plan, verbs, needing, named, homes: plan.homes() }
    }

    /// The services that a change may take down or bring back.
    fn affected(&self, change: &Change) -> Vec<&'p ServiceId> {
        let needing = |service| self.needing.get(service).cloned().unwrap_or_default();
        match change {
            Change::Step(step) => match self.verbs.get(step) {
                Some(Verb::Start(start)) => needing(&start.service),
                Some(Verb::Stop(stop)) => needing(&stop.service),
                Some(Verb::Point(point)) => {
                    let named = point.name.iter().filter_map(|name| self.named.get(name));
                    named.flatten().copied().collect()
                }
                _ => vec![],
            },
            Change::Fault(fault) => {
                let Some(fault) = self.plan.faults.get(fault) else { return vec![] };
                self.plan.services.keys().filter(|id| self.can_feel(id, &fault.kind)).collect()
            }
        }
    }

    /// Whether a fault strikes the service, or something that it needs.
    fn can_feel(&self, service: &'p ServiceId, kind: &Kind) -> bool {
        self.plan.with_needs(service).into_iter().any(|id| {
            let homes = self.homes.get(id).map_or(&[][..], Vec::as_slice);
            self.plan.is_struck(id, homes, kind)
        })
    }
}
