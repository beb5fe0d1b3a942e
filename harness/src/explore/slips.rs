//! What people can do to the steps of a plan: for which steps each slip makes sense, and how.

use std::collections::{BTreeMap, BTreeSet};

use super::{Moment, cells::moments};
use crate::{
    base::{Duration, HostId, ServiceId, StepId},
    fault::{
        BrokenOff, Kind, StepEarly, StepElsewhere, StepFails, StepLate, StepSkipped, StepTwice,
    },
    plan::{Fate, Plan, ServiceKind, Step},
    step::Verb,
};

/// How late a step is that is late: longer than any usual budget, as a lunch is.
pub(super) const LATE_BY: Duration = Duration::from_secs(30 * 60);

/// A slip at one step.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Slip {
    pub(super) kind: Kind,
    pub(super) moment: Moment,
    /// How, where there is more than one way.
    pub(super) variant: Option<String>,
}

/// A plan, and what its steps have to do with each other.
#[derive(Debug)]
pub(super) struct People<'a> {
    plan: &'a Plan,
    places: BTreeMap<&'a StepId, usize>,
    /// The services that each step is about, with what they need.
    about: Vec<BTreeSet<&'a ServiceId>>,
}

impl<'a> People<'a> {
    pub(super) fn of(plan: &'a Plan) -> Self {
        let places = plan.steps.iter().map(|step| &step.id).zip(0..).collect();
        Self { plan, places, about: plan.steps.iter().map(|step| about(plan, step)).collect() }
    }

    /// All that they can do to one step, by its place.
    pub(super) fn slips(&self, place: usize) -> Vec<Slip> {
        let step = &self.plan.steps[place];
        let id = || step.id.clone();
        let mut all = vec![slip(Kind::StepSkipped(StepSkipped { step: id() }), None)];
        // Who begins a wait late only waits for longer.
        if !matches!(step.verb, Verb::Wait(_)) {
            let late = Kind::StepLate(StepLate { step: id(), by: LATE_BY });
            all.push(slip(late, Some(format!("by {LATE_BY}"))));
        }
        if !matches!(step.verb, Verb::Wait(_) | Verb::Check(_)) {
            all.push(slip(Kind::StepTwice(StepTwice { step: id() }), None));
        }
        all.extend(self.wrong_hosts(step).map(|on| {
            let elsewhere = StepElsewhere { step: id(), on: on.clone() };
            slip(Kind::StepElsewhere(elsewhere), Some(format!("on {on}")))
        }));
        all.extend(self.should_come_before(place).map(|before| {
            let early = StepEarly { step: id(), before: before.clone() };
            slip(Kind::StepEarly(early), Some(format!("before {before}")))
        }));
        // Nobody can keep time from passing.
        let can_fail = !matches!(step.verb, Verb::Wait(_));
        all.extend(broken_off(step).filter(|_| can_fail).map(|(moment, at)| {
            let kind = Kind::StepFails(StepFails { step: id(), at, roll_back: false });
            Slip { kind, moment, variant: None }
        }));
        all
    }

    /// The hosts where a step could be done by mistake. A container needs a host with Docker.
    fn wrong_hosts(&self, step: &'a Step) -> impl Iterator<Item = &'a HostId> {
        let container = |id: &ServiceId| {
            let service = self.plan.services.get(id);
            service.is_some_and(|service| matches!(service.kind, ServiceKind::Container(_)))
        };
        let needs_docker = match &step.verb {
            Verb::Start(start) => container(&start.service),
            Verb::Stop(stop) => container(&stop.service),
            Verb::Volume(volume) => volume.services.iter().any(container),
            _ => false,
        };
        let hosts = self.plan.hosts.iter().filter(move |(_, host)| host.docker || !needs_docker);
        let is_wrong = |on: &&HostId| step.verb.elsewhere(on).is_some_and(|it| it != step.verb);
        hosts.map(|(id, _)| id).filter(is_wrong)
    }

    /// The same slip, by less: the step comes too early, but after more of those that it needs.
    pub(super) fn less_early(&self, early: &StepEarly) -> Vec<StepEarly> {
        let Some(place) = self.places.get(&early.step) else { return vec![] };
        let nearer = self.should_come_before(*place).take_while(|before| **before != early.before);
        nearer.map(|before| StepEarly { before: before.clone(), ..early.clone() }).collect()
    }

    /// The steps that a step must come after, of those that it follows at once or that are about the
    /// same services; the last comes first.
    fn should_come_before(&self, place: usize) -> impl Iterator<Item = &'a StepId> {
        let step = &self.plan.steps[place];
        let is_meant = move |other: &usize| {
            let before = &self.plan.steps[*other];
            let related = !self.about[place].is_disjoint(&self.about[*other]);
            before.fate == Fate::Play && (related || step.needs.contains(&before.id))
        };
        self.needed(place)
            .into_iter()
            .rev()
            .filter(is_meant)
            .map(|other| &self.plan.steps[other].id)
    }

    /// The steps that a step needs, directly or through others.
    fn needed(&self, place: usize) -> BTreeSet<usize> {
        let (mut needed, mut open) = (BTreeSet::new(), vec![place]);
        while let Some(next) = open.pop() {
            let needs = self.plan.steps[next].needs.iter().map(|id| self.places[id]);
            open.extend(needs.filter(|need| needed.insert(*need)));
        }
        needed
    }
}

fn slip(kind: Kind, variant: Option<String>) -> Slip {
    Slip { kind, moment: Moment::Instead, variant }
}

/// How far a step can come that is broken off.
pub(super) fn broken_off(step: &Step) -> impl Iterator<Item = (Moment, BrokenOff)> {
    moments(step).into_iter().filter_map(|moment| {
        let at = match moment {
            Moment::Before => BrokenOff::Before,
            Moment::During => BrokenOff::During,
            Moment::After => BrokenOff::After,
            Moment::Instead => return None,
        };
        Some((moment, at))
    })
}

/// The services that a step lays hands on, by themselves or by their names, with what they need.
fn about<'a>(plan: &'a Plan, step: &Step) -> BTreeSet<&'a ServiceId> {
    let reach = step.verb.reach();
    let services = plan.services.iter();
    let meant =
        services.filter(|(id, it)| reach.services.contains(id) || reach.names.contains(&it.name));
    meant.flat_map(|(id, _)| plan.with_needs(id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::tests::{SMALL, plan};

    fn told(id: &str) -> Vec<String> {
        let plan = plan(SMALL);
        let people = People::of(&plan);
        let place = plan.steps.iter().position(|step| step.id.as_str() == id).expect("it is there");
        people.slips(place).iter().map(|slip| slip.kind.to_string()).collect()
    }

    #[test]
    fn each_step_has_the_slips_that_make_sense_for_it() {
        assert_eq!(
            told("stop-links"),
            [
                "step `stop-links` is left out",
                "step `stop-links` is begun 30m late",
                "step `stop-links` is done twice",
                "step `stop-links` is done on `new` instead",
                "step `stop-links` is done too early, before `volume-links`",
                "step `stop-links` is broken off before anything is done",
                "step `stop-links` is broken off half a second after it began",
                "step `stop-links` is broken off after all is done",
            ]
        );
        let early: Vec<_> =
            told("point-links").into_iter().filter(|it| it.contains("early")).collect();
        assert_eq!(
            early,
            ["start-links", "transfer-links", "stop-links"]
                .map(|before| format!("step `point-links` is done too early, before `{before}`"))
        );
        assert!(
            !told("transfer-links").iter().any(|it| it.contains("instead")),
            "it has two hosts"
        );
    }

    #[test]
    fn nobody_slips_at_a_wait_but_by_forgetting_or_hurrying_it() {
        let waits = SMALL.replace(
            "  - stop: links",
            "  - id: rest\n    wait: { for: 1h, why: x }\n  - stop: links",
        );
        let plan = plan(&waits);
        let words: Vec<_> =
            People::of(&plan).slips(2).iter().map(|slip| slip.kind.word()).collect();
        assert_eq!(words, ["step-skipped", "step-early"]);
    }
}
