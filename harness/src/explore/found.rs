//! What failed so far, by the kind of failure and by what led to it; and each made small.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Failure, Minimal, Mishap, Outcome, Schedule,
    crew::Crew,
    outcome::{why, worst},
    shrink::shrink,
};

/// The kinds of mishaps of a schedule, the scenario's own faults left out: two schedules of the same
/// kinds that fail in the same way are taken for one weakness.
type Cause = BTreeSet<String>;

/// For each cause, the smallest schedule so far of each kind of failure.
#[derive(Default)]
pub(super) struct Found(BTreeMap<Cause, BTreeMap<Failure, Schedule>>);

impl Found {
    pub(super) fn add(&mut self, schedule: &Schedule, failures: &BTreeSet<Failure>) {
        let cause = cause(schedule);
        // What nobody could see is no failure of the migration's.
        for failure in failures.iter().filter(|failure| failure.outcome != Outcome::Unknown) {
            let explained = |(smaller, known): (&Cause, &BTreeMap<Failure, Schedule>)| {
                smaller.len() < cause.len()
                    && known.contains_key(failure)
                    && smaller.is_subset(&cause)
            };
            if self.0.iter().any(explained) {
                continue;
            }
            let known = self.0.entry(cause.clone()).or_default();
            let kept = known.entry(failure.clone()).or_insert_with(|| schedule.clone());
            if schedule.0.len() < kept.0.len() {
                *kept = schedule.clone();
            }
        }
    }

    /// Each made as small as it gets; those that come to the same are one. The worst first.
    pub(super) fn minimal(self, crew: &Crew<'_>) -> Vec<Minimal> {
        let causes: Vec<_> = self.0.into_values().collect();
        // All of them, however soon it is to end: what was found is kept.
        let never = || false;
        let of_cause = |index: usize| small_of_cause(crew, &causes[index]);
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
fn small_of_cause(crew: &Crew<'_>, found: &BTreeMap<Failure, Schedule>) -> Vec<Small> {
    let mut smallest: Vec<Small> = vec![];
    for (failure, schedule) in found.iter().rev() {
        match smallest.iter_mut().find(|small| small.all.contains(failure)) {
            Some(small) => drop(small.shown.insert(failure.clone())),
            None => smallest.push(Small::of(crew, failure, schedule.clone())),
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
    fn of(crew: &Crew<'_>, failure: &Failure, schedule: Schedule) -> Self {
        let shows = |smaller: &Schedule| {
            !crew.watcher.is_interrupted() && crew.play(smaller).contains(failure)
        };
        let schedule = shrink(schedule, shows);
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

fn cause(schedule: &Schedule) -> Cause {
    let kind = |mishap: &Mishap| match mishap {
        Mishap::Own(_) => None,
        Mishap::Fault { kind, .. } => Some(kind.word().to_owned()),
        Mishap::Skipped(step) => Some(format!("without {step}")),
    };
    schedule.0.iter().filter_map(kind).collect()
}
