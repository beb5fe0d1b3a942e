//! Where the runs of a service are divided: at the beginning of phases, and where an attempt at a step
//! begins or ends that can change who answers.

use std::collections::BTreeMap;

use super::Phase;
use crate::{
    base::{IndexMap, ServiceId, StepId, StoryTime},
    plan::Plan,
    step::Verb,
};

/// The cuts of one service, in order; the phase, where one began there.
#[derive(Debug, Clone, Default)]
pub(super) struct Cuts(Vec<(StoryTime, Option<Phase>)>);

impl Cuts {
    pub(super) fn add(&mut self, at: StoryTime, phase: Option<Phase>) {
        let place = self.until(at);
        self.0.insert(place, (at, phase));
    }

    /// How many there are until a moment.
    pub(super) fn until(&self, moment: StoryTime) -> usize {
        self.0.partition_point(|(at, _)| *at <= moment)
    }

    /// The one after so many.
    pub(super) fn next(&self, cuts: usize) -> Option<StoryTime> {
        self.0.get(cuts).map(|(at, _)| *at)
    }

    /// Whether downtime counts after so many cuts.
    pub(super) fn counts_after(&self, cuts: usize) -> bool {
        let phase = self.0[..cuts].iter().rev().find_map(|(_, phase)| *phase);
        phase.is_some_and(Phase::counts)
    }
}

/// The services for which a step can change who answers: those that it stops, starts or points, and
/// those that need one of them.
#[derive(Debug, Default)]
pub struct Changes(IndexMap<StepId, Vec<ServiceId>>);

impl Changes {
    /// Those of a plan; whatever a rehearsal chooses changes nothing of them.
    pub fn of(plan: &Plan) -> Self {
        let needing = plan.needing();
        let mut named: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (id, service) in &plan.services {
            named.entry(&service.name).or_default().push(id);
        }
        let changes = plan.steps.iter().filter_map(|step| {
            let changed: Vec<&ServiceId> = match &step.verb {
                Verb::Stop(stop) => vec![&stop.service],
                Verb::Start(start) => vec![&start.service],
                Verb::Point(point) => point
                    .name
                    .iter()
                    .filter_map(|name| named.get(name))
                    .flatten()
                    .copied()
                    .collect(),
                _ => return None,
            };
            let felt_by =
                changed.iter().filter_map(|id| needing.get(*id)).flatten().chain(&changed);
            let mut felt_by: Vec<ServiceId> = felt_by.map(|id| (*id).clone()).collect();
            felt_by.sort_unstable();
            felt_by.dedup();
            Some((step.id.clone(), felt_by))
        });
        Self(changes.collect())
    }

    /// The services for which this step changes something.
    pub(super) fn by(&self, step: &StepId) -> &[ServiceId] {
        self.0.get(step).map_or(&[], Vec::as_slice)
    }
}
