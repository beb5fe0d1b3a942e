//! How often each service is to be asked: densely around what may take it down or bring it back,
//! because there lie the edges of its outages, and not so densely otherwise. Pure.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    jumps::{Due, Jumps},
    pulse::Pulse,
};
use crate::{
    base::{Duration, FaultId, HostId, IndexMap, ServiceId, StepId, StoryTime},
    fault::Kind,
    plan::{Fault, Plan, Step},
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
#[derive(Debug, Clone, Copy)]
pub(super) enum Change<'p> {
    /// An attempt at a step.
    Step(&'p Step),
    /// A fault is injected or healed.
    Fault(&'p FaultId, &'p Fault),
}

/// The paces of all services that are asked.
#[derive(Debug, Clone)]
pub(super) struct Pacer<'p> {
    reach: Arc<Reach<'p>>,
    /// Which services feel the faults of which anything began so far, looked up once.
    felt: IndexMap<&'p FaultId, Arc<[usize]>>,
    /// In the order of their ids.
    services: Vec<Watched<'p>>,
    /// Those around which something goes on, or has lately, in order: no other can change its pace.
    restless: Vec<usize>,
    seen: Seen,
}

/// What the paces hung on when they were looked at last, and until when they stay the same if that does.
#[derive(Debug, Clone, Default)]
struct Seen {
    /// A change began or ended since.
    stirred: bool,
    /// How often something was noted of those that wait until they are steady.
    noted: u64,
    moved: u64,
    /// When one of them may change, or be seen to.
    due: Option<StoryTime>,
    wakes: Option<StoryTime>,
}

/// Which services a change may take down or bring back, looked up once: plans are long. Those that
/// are watched alone, by their places among these.
#[derive(Debug)]
struct Reach<'p> {
    plan: &'p Plan,
    watched: Vec<&'p ServiceId>,
    /// By steps; nothing of those that reach none.
    steps: IndexMap<&'p StepId, Arc<[usize]>>,
    homes: BTreeMap<&'p ServiceId, Vec<&'p HostId>>,
}

#[derive(Debug, Clone)]
struct Watched<'p> {
    id: &'p ServiceId,
    /// The changes that go on.
    changes: Vec<Change<'p>>,
    /// When the last one ended.
    after: Option<After>,
    /// While it is not known to be steady, when that may be.
    steady_at: Option<StoryTime>,
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
        let mut ids: Vec<_> = paced.map(|(id, _)| id).collect();
        ids.sort_unstable();
        let reach = Arc::new(Reach::of(plan, &ids));
        let watched =
            |id| Watched { id, changes: vec![], after: None, steady_at: None, pace: Pace::Base };
        let services = ids.into_iter().map(watched).collect();
        Self { reach, felt: IndexMap::default(), services, restless: vec![], seen: Seen::default() }
    }

    /// A change begins.
    pub(super) fn begin(&mut self, change: Change<'p>) {
        self.seen.stirred = true;
        for &service in &*self.affected(change) {
            let changes = &mut self.services[service].changes;
            if !changes.contains(&change) {
                changes.push(change);
            }
            if let Err(place) = self.restless.binary_search(&service) {
                self.restless.insert(place, service);
            }
        }
    }

    /// A change has ended, be it in failure.
    pub(super) fn end(&mut self, change: Change<'p>, now: StoryTime, jumps: &Jumps) {
        self.seen.stirred = true;
        let (linger, patience) = (jumps.due(now, LINGER), jumps.due(now, PATIENCE));
        for &service in &*self.affected(change) {
            let watched = &mut self.services[service];
            if let Some(place) = watched.changes.iter().position(|it| *it == change) {
                watched.changes.swap_remove(place);
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
    ) -> Vec<(&'p ServiceId, Pace)> {
        if self.seen.holds(now, jumps, || self.noted(pulse)) {
            return vec![];
        }
        let changed = self.look(now, jumps, pulse);
        let sooner = |one: Option<StoryTime>, other: StoryTime| {
            if other <= now { one } else { Some(one.map_or(other, |one| one.min(other))) }
        };
        let (mut due, mut wakes) = (None, None);
        for (watched, after) in self.waiting() {
            let linger = jumps.when(after.linger);
            for end in [linger, jumps.when(after.patience)] {
                (due, wakes) = (sooner(due, end), sooner(wakes, end));
            }
            if let Some(steady) = watched.steady_at {
                (due, wakes) = (sooner(due, steady), sooner(wakes, steady.max(linger)));
            }
        }
        let (noted, moved) = (self.noted(pulse), jumps.moved());
        self.seen = Seen { stirred: false, noted, moved, due, wakes };
        changed
    }

    /// The services that a change may take down or bring back.
    fn affected(&mut self, change: Change<'p>) -> Arc<[usize]> {
        let reach = &self.reach;
        let affected = match change {
            Change::Step(step) => reach.steps.get(&step.id),
            Change::Fault(id, fault) => {
                Some(&*self.felt.entry(id).or_insert_with(|| reach.felt(fault)))
            }
        };
        affected.map(Arc::clone).unwrap_or_default()
    }

    /// How often something was noted of those that wait until they are steady.
    fn noted(&self, pulse: &Pulse) -> u64 {
        self.waiting().map(|(watched, _)| pulse.noted(watched.id)).sum()
    }

    fn look(&mut self, now: StoryTime, jumps: &Jumps, pulse: &Pulse) -> Vec<(&'p ServiceId, Pace)> {
        let mut changed = vec![];
        self.restless.retain(|service| {
            let watched = &mut self.services[*service];
            let steady = |since| pulse.answers(watched.id, STEADY_ANSWERS, since);
            let pace = watched.wanted(now, jumps, steady);
            let is_doubtful = pace == Pace::Dense && watched.changes.is_empty();
            if is_doubtful && watched.steady_at.is_none_or(|at| at <= now) {
                watched.steady_at = pulse.will_answer(watched.id, STEADY_ANSWERS, now);
            }
            if pace != watched.pace {
                watched.pace = pace;
                changed.push((watched.id, pace));
            }
            // It is dense while something goes on, and for a while after.
            pace == Pace::Dense
        });
        changed
    }

    /// When a pace may change, if nothing happens before; as far as was known when it was looked at last.
    pub(super) fn wakes_at(&self) -> Option<StoryTime> {
        self.seen.wakes
    }

    /// The services whose pace depends on whether they are steady.
    pub(super) fn doubtful(&self) -> impl Iterator<Item = &'p ServiceId> {
        self.waiting().map(|(watched, _)| watched.id)
    }

    /// The services that are asked densely after a change.
    fn waiting(&self) -> impl Iterator<Item = (&Watched<'p>, After)> {
        let restless = self.restless.iter().map(|service| &self.services[*service]);
        let dense = restless.filter(|of| of.pace == Pace::Dense && of.changes.is_empty());
        dense.filter_map(|of| Some((of, of.after?)))
    }
}

impl Seen {
    /// Whether what was seen then is still true.
    fn holds(&self, now: StoryTime, jumps: &Jumps, noted: impl Fn() -> u64) -> bool {
        !self.stirred
            && self.noted == noted()
            && self.moved == jumps.moved()
            && self.due.is_none_or(|due| now < due)
    }
}

impl Watched<'_> {
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

impl PartialEq for Change<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Step(one), Self::Step(other)) => one.id == other.id,
            (Self::Fault(one, _), Self::Fault(other, _)) => one == other,
            _ => false,
        }
    }
}

impl<'p> Reach<'p> {
    fn of(plan: &'p Plan, watched: &[&'p ServiceId]) -> Self {
        // The services that need a service, itself among them.
        let mut needing: IndexMap<_, Vec<_>> = IndexMap::default();
        let mut named: IndexMap<_, Vec<_>> = IndexMap::default();
        for (place, id) in watched.iter().enumerate() {
            named.entry(&plan.services[*id].name).or_default().push(place);
            for need in plan.with_needs(id) {
                needing.entry(need).or_default().push(place);
            }
        }
        let of_step = |step: &'p Step| {
            let reached: Vec<_> = match &step.verb {
                Verb::Start(start) => needing.get(&start.service).cloned()?,
                Verb::Stop(stop) => needing.get(&stop.service).cloned()?,
                Verb::Point(point) => {
                    let named = point.name.iter().filter_map(|name| named.get(name));
                    named.flatten().copied().collect()
                }
                _ => return None,
            };
            Some((&step.id, Arc::from(reached)))
        };
        let steps = plan.all_steps().filter_map(of_step).collect();
        Self { plan, watched: watched.to_vec(), steps, homes: plan.homes() }
    }

    /// The services that a fault may take down or bring back.
    fn felt(&self, fault: &Fault) -> Arc<[usize]> {
        let watched = self.watched.iter().zip(0..);
        let can_feel = watched.filter(|(id, _)| self.can_feel(id, &fault.kind));
        can_feel.map(|(_, place)| place).collect()
    }

    /// Whether a fault strikes the service, or something that it needs.
    fn can_feel(&self, service: &'p ServiceId, kind: &Kind) -> bool {
        self.plan.with_needs(service).into_iter().any(|id| {
            let homes = self.homes.get(id).map_or(&[][..], Vec::as_slice);
            self.plan.is_struck(id, homes, kind)
        })
    }
}
