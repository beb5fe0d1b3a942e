//! What failed so far, by the kind of failure and by what led to it; and each made small.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Failure, Minimal, Mishap, Outcome, Schedule,
    crew::Crew,
    outcome::{why, worst},
    shrink::shrink,
    slips::People,
};
use crate::{
    base::StepId,
    fault::{Kind, Slip, SlipHow},
    plan::Plan,
};

/// The kinds of mishaps of a schedule, the scenario's own faults left out: two schedules of the same
/// kinds that fail in the same way are taken for one weakness.
type Cause = BTreeSet<String>;

/// What failed, of one plan.
pub(super) struct Found<'a> {
    plan: &'a Plan,
    people: People<'a>,
    /// For each cause, the smallest schedule so far of each kind of failure.
    causes: BTreeMap<Cause, BTreeMap<Failure, Schedule>>,
}

impl<'a> Found<'a> {
    pub(super) fn of(plan: &'a Plan) -> Self {
        Self { plan, people: People::of(plan), causes: BTreeMap::new() }
    }

    pub(super) fn add(&mut self, schedule: &Schedule, failures: &BTreeSet<Failure>) {
        // What nobody could see is no failure of the migration's.
        let mut seen = failures.iter().filter(|it| it.outcome != Outcome::Unknown).peekable();
        if seen.peek().is_none() {
            return;
        }
        let cause = cause(self.plan, schedule);
        for failure in seen {
            let explained = |(smaller, known): (&Cause, &BTreeMap<Failure, Schedule>)| {
                smaller.len() < cause.len()
                    && known.contains_key(failure)
                    && smaller.is_subset(&cause)
            };
            if self.causes.iter().any(explained) {
                continue;
            }
            let known = self.causes.entry(cause.clone()).or_default();
            let kept = known.entry(failure.clone()).or_insert_with(|| schedule.clone());
            if schedule.0.len() < kept.0.len() {
                *kept = schedule.clone();
            }
        }
    }

    /// Each made as small as it gets; those that come to the same are one. The worst first.
    pub(super) fn minimal(self, crew: &Crew<'_>) -> Vec<Minimal> {
        let causes: Vec<_> = self.causes.into_values().collect();
        // All of them, however soon it is to end: what was found is kept.
        let never = || false;
        let people = &self.people;
        let of_cause = |index: usize| small_of_cause(crew, people, &causes[index]);
        let small = crew.each("causes made small", causes.len(), never, of_cause);
        let mut smallest: Vec<Small> = vec![];
        for small in small.into_iter().flatten() {
            match smallest.iter_mut().find(|it| it.schedule == small.schedule) {
                Some(same) => same.shown.extend(small.shown),
                None => smallest.push(small),
            }
        }
        smallest.sort_by_key(|it| std::cmp::Reverse((worst(&it.shown), it.shown.len())));
        let told = |index: usize| smallest[index].told(crew);
        crew.each("schedules with advice", smallest.len(), never, told)
    }
}

/// A schedule for each failure of one cause, the worst first. One that is small already, and shows
/// another failure too, stands for both.
fn small_of_cause(
    crew: &Crew<'_>,
    people: &People<'_>,
    found: &BTreeMap<Failure, Schedule>,
) -> Vec<Small> {
    let mut smallest: Vec<Small> = vec![];
    for (failure, schedule) in found.iter().rev() {
        match smallest.iter_mut().find(|small| small.all.contains(failure)) {
            Some(small) => drop(small.shown.insert(failure.clone())),
            None => smallest.push(Small::of(crew, people, failure, schedule.clone())),
        }
    }
    smallest
}

/// A schedule that was made small.
struct Small {
    schedule: Schedule,
    /// Everything that fails under it.
    all: BTreeSet<Failure>,
    /// What of that it stands for.
    shown: BTreeSet<Failure>,
}

impl Small {
    fn of(crew: &Crew<'_>, people: &People<'_>, failure: &Failure, schedule: Schedule) -> Self {
        let shows = |smaller: &Schedule| {
            !crew.watcher.is_interrupted() && crew.play(smaller).contains(failure)
        };
        let schedule = shrink(people, schedule, shows);
        let all = crew.play(&schedule);
        Self { schedule, all, shown: [failure.clone()].into() }
    }

    fn told(&self, crew: &Crew<'_>) -> Minimal {
        let verdict = crew.verdict(&self.schedule);
        let outcome = worst(&self.shown);
        let first = self.shown.iter().find(|failure| failure.outcome == outcome);
        let reason = first.and_then(|failure| why(&verdict, failure));
        Minimal {
            outcome,
            failures: self.shown.clone(),
            why: reason.map(|reason| reason.text.clone()).unwrap_or_default(),
            advice: crew.advice(&self.schedule),
            schedule: self.schedule.clone(),
            overlay: None,
            confirmed: None,
        }
    }
}

fn cause(plan: &Plan, schedule: &Schedule) -> Cause {
    let kind = |mishap: &Mishap| match mishap {
        Mishap::Own(_) => None,
        Mishap::Fault { kind, .. } => Some(weakness(plan, kind)),
    };
    schedule.0.iter().filter_map(kind).collect()
}

/// The kind, for what a migration must stand at any step. A step that is forgotten is a weakness of its
/// own; a wrong host, a wrong order, and a repetition are one for each kind of step.
fn weakness(plan: &Plan, kind: &Kind) -> String {
    let word = kind.word();
    let verb = |id: &StepId| plan.step(id).map_or("", |step| step.verb.word());
    match kind.slip() {
        Some(Slip { step, how: SlipHow::Skipped }) => format!("{word} {step}"),
        Some(Slip { step, how: SlipHow::Twice | SlipHow::Elsewhere(_) }) => {
            format!("{word} {}", verb(step))
        }
        Some(Slip { step, how: SlipHow::Early(before) }) => {
            format!("{word} {} {}", verb(step), verb(before))
        }
        Some(Slip { how: SlipHow::Late(_) | SlipHow::Fails { .. }, .. }) | None => word.to_owned(),
    }
}
