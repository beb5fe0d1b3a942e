//! How often each service is to be asked: densely around what may take it down or bring it back,
//! because there lie the edges of its outages, and not so densely otherwise. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    jumps::{Due, Jumps},
    pulse::Pulse,
};
use crate::{
    base::{Duration, FaultId, ServiceId, StepId, StoryTime},
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
    plan: &'p Plan,
    services: BTreeMap<&'p ServiceId, Watched>,
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
        Self { plan, services: paced.map(|(id, _)| (id, watched())).collect() }
    }

    /// A change begins.
    pub(super) fn begin(&mut self, change: &Change) {
        for service in affected(self.plan, change) {
            if let Some(watched) = self.services.get_mut(service) {
                watched.changes.insert(change.clone());
            }
        }
    }

    /// A change has ended, be it in failure.
    pub(super) fn end(&mut self, change: &Change, now: StoryTime, jumps: &Jumps) {
        let (linger, patience) = (jumps.due(now, LINGER), jumps.due(now, PATIENCE));
        for watched in self.services.values_mut() {
            if watched.changes.remove(change) {
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
        for (service, watched) in &mut self.services {
            let steady = |since| pulse.answers(service, STEADY_ANSWERS, since);
            let pace = watched.wanted(now, jumps, steady);
            if pace != watched.pace {
                watched.pace = pace;
                changed.push(((*service).clone(), pace));
            }
        }
        changed
    }

    /// When a pace may change, if nothing happens before.
    pub(super) fn wakes_at(&self, now: StoryTime, jumps: &Jumps) -> Option<StoryTime> {
        let dense = self.services.values().filter(|of| of.pace == Pace::Dense);
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

/// The services that a change may take down or bring back.
fn affected<'p>(plan: &'p Plan, change: &Change) -> Vec<&'p ServiceId> {
    let needing = |service: &ServiceId| {
        let needs = |id: &&'p ServiceId| plan.with_needs(id).contains(&service);
        plan.services.keys().filter(needs).collect()
    };
    match change {
        Change::Step(step) => match plan.step(step).map(|step| &step.verb) {
            Some(Verb::Start(start)) => needing(&start.service),
            Some(Verb::Stop(stop)) => needing(&stop.service),
            Some(Verb::Point(point)) => {
                let pointed = plan.services.iter().filter(|(_, of)| point.name.contains(&of.name));
                pointed.map(|(id, _)| id).collect()
            }
            _ => vec![],
        },
        Change::Fault(fault) => {
            let Some(fault) = plan.faults.get(fault) else { return vec![] };
            plan.services.keys().filter(|id| can_feel(plan, id, &fault.kind)).collect()
        }
    }
}

/// Whether a fault is on a host of the service or of what it needs and, where it takes a port, on
/// one of theirs.
fn can_feel(plan: &Plan, service: &ServiceId, kind: &Kind) -> bool {
    plan.with_needs(service).into_iter().any(|id| {
        let its_port = match kind {
            Kind::NetworkDown(_) => true,
            Kind::PortOccupied(taken) => plan.services[id].kind.ports().contains(&taken.port),
        };
        its_port && plan.may_run_on(id).contains(&kind.on())
    })
}
