//! The whole way: singles, pairs, random schedules; then each kind of failure made small.

use std::{collections::BTreeSet, sync::atomic::Ordering};

use super::{
    Cell, Coverage, Failure, Findings, Outcome, Schedule, Watcher,
    cells::{OPERATOR, Single, singles},
    crew::{Bough, Crew},
    failures,
    found::Found,
    outcome::worst,
    pairs::{Pair, Pairs, pairs},
    random::Swarm,
    shrink::shrink,
    slips::People,
};
use crate::{
    check::{Judge, Verdict},
    history::History,
    plan::Plan,
    rehearsals::Rehearsals,
    sim::Given,
};

/// How much is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most pairs; of more, evenly many are left out.
    pub pairs: usize,
    /// How many random schedules.
    pub random: usize,
    /// On how many threads.
    pub threads: usize,
}

/// Explores a migration. Of one plan, seed and limits the findings are the same on any number of
/// threads, unless the watcher ends it early.
pub fn explore(plan: &Plan, given: Given, limits: Limits, watcher: &dyn Watcher) -> Findings {
    let rehearsals = Rehearsals::new(plan.clone(), given);
    let crew = Crew::new(plan, &rehearsals, watcher, limits.threads).giving_advice();
    let own = Schedule::of(plan);
    let usual = crew.verdict(&own);
    let base = Base { singles: &singles(plan), own: &own, usual: &usual };
    let as_it_is = failures(&usual);
    let mut found = Found::of(plan);
    found.add(&own, &as_it_is);
    let mut coverage = vec![];
    let (mut cells, alone) = play_singles(&crew, &base, &mut found, &mut coverage);
    let pairs = play_pairs(&crew, &base, &alone, limits.pairs, &mut found, &mut coverage);
    play_random(&crew, &base, limits.random, &mut found, &mut coverage);
    let partial = watcher.is_interrupted() || cells.len() < base.singles.len() || !pairs;
    cells.retain(|cell| !never_was(cell));
    let minimal = found.minimal(&crew);
    let advice = crew.advice(&own);
    Findings {
        scenario: plan.scenario.clone(),
        seed: plan.seed,
        rehearsals: crew.played.load(Ordering::Relaxed),
        wall_seconds: 0.0,
        partial: watcher.is_interrupted() || partial,
        as_it_is,
        advice,
        cells,
        minimal,
        coverage,
    }
}

/// The smallest schedule within one that still shows a failure.
pub fn smallest(plan: &Plan, given: Given, schedule: Schedule, failure: &Failure) -> Schedule {
    let rehearsals = Rehearsals::new(plan.clone(), given);
    let crew = Crew::new(plan, &rehearsals, &Nobody, 1);
    shrink(&People::of(plan), schedule, |smaller| crew.play(smaller).contains(failure))
}

/// Nobody follows, and nobody ends it.
#[derive(Debug)]
pub struct Nobody;

impl Watcher for Nobody {
    fn begins(&self, _: &str, _: usize) {}
    fn played(&self) {}
    fn is_over(&self) -> bool {
        false
    }
    fn is_interrupted(&self) -> bool {
        false
    }
}

/// A migration as it is, and what can go wrong with it.
struct Base<'a> {
    singles: &'a [Single],
    /// What goes wrong in any case.
    own: &'a Schedule,
    /// What becomes of it if nothing else does.
    usual: &'a Verdict,
}

fn play_singles(
    crew: &Crew<'_>,
    base: &Base<'_>,
    found: &mut Found<'_>,
    coverage: &mut Vec<Coverage>,
) -> (Vec<Cell>, Vec<Option<Verdict>>) {
    let Base { singles, own, .. } = base;
    let schedule = |index: usize| own.and([singles[index].mishap.clone()]);
    let seen = |judge: &Judge, history: &History| {
        let failures = failures(&judge.ruling(history));
        let survived = failures.is_empty().then(|| judge.verdict(history));
        (failures, survived)
    };
    let nights: Vec<_> = (0..singles.len()).map(|single| ((), single)).collect();
    let boughs = Bough::all(&nights, |()| Schedule::clone(own));
    let played = crew.play_boughs("single mishaps", &boughs, |at| &singles[at].mishap, seen);
    let (played, alone): (Vec<_>, Vec<_>) = played.into_iter().unzip();
    let (played_count, of) = (played.len(), singles.len());
    let cell = |(index, failures): (usize, BTreeSet<Failure>)| {
        found.add(&schedule(index), &failures);
        let Single { fault, target, step, moment, variant, .. } = &singles[index];
        Cell {
            fault,
            target: target.clone(),
            step: step.clone(),
            moment: *moment,
            variant: variant.clone(),
            outcome: worst(&failures),
            failures,
        }
    };
    let cells: Vec<Cell> = played.into_iter().enumerate().map(cell).collect();
    let mut left_out =
        "nothing goes wrong during a `wait` or a `check`, and a port is occupied only \
                        until a service listens on it"
            .to_owned();
    match cells.iter().filter(|cell| never_was(cell)).count() {
        0 => {}
        never => {
            left_out += &format!(
                "; {never} slips cannot be: the step is over in a moment, or never passes"
            );
        }
    }
    coverage.push(covered("single mishaps", played_count, of, left_out));
    (cells, alone)
}

/// Whether somebody was to slip at a step, and could not: it was over before, or failed by itself.
fn never_was(cell: &Cell) -> bool {
    let only_that = cell.failures.iter().all(Failure::is_unseen_fault);
    cell.target == OPERATOR && cell.outcome == Outcome::Unknown && only_that
}

/// Returns whether all were played that were to be.
fn play_pairs(
    crew: &Crew<'_>,
    base: &Base<'_>,
    alone: &[Option<Verdict>],
    most: usize,
    found: &mut Found<'_>,
    coverage: &mut Vec<Coverage>,
) -> bool {
    let Base { singles, own, usual } = base;
    let Pairs { worth, strangers, unnoticed } = pairs(crew.plan, singles, alone, usual);
    let all = worth.len() + strangers + unnoticed;
    let count = worth.len().min(most);
    // Evenly spread, where there are more than may be played.
    let place = |index: usize| (index as u128 * worth.len() as u128 / count as u128) as usize;
    let chosen: Vec<Pair> = (0..count).map(|index| worth[place(index)]).collect();
    let with = |place: usize| [singles[place].mishap.clone()];
    let boughs = Bough::all(&chosen, |one| own.and(with(one)));
    let seen = |judge: &Judge, history: &History| failures(&judge.ruling(history));
    let played = crew.play_boughs("pairs", &boughs, |at| &singles[at].mishap, seen);
    let mut left_out = format!(
        "{strangers} of them cannot touch each other and are harmless alone; {unnoticed} begin with a \
         fault of which nobody notices until the other begins whether it is there yet, and are played at a \
         nearer step"
    );
    if count < worth.len() {
        left_out += &format!(", {} are beyond the limit of {most}", worth.len() - count);
    }
    coverage.push(covered("pairs of mishaps that are survived alone", played.len(), all, left_out));
    for ((one, other), failures) in chosen.into_iter().zip(&played) {
        found.add(&own.and(with(one)).and(with(other)), failures);
    }
    played.len() == count
}

fn play_random(
    crew: &Crew<'_>,
    base: &Base<'_>,
    count: usize,
    found: &mut Found<'_>,
    coverage: &mut Vec<Coverage>,
) {
    let swarm = Swarm::new(base.singles, crew.plan.seed);
    let schedule = |number: usize| swarm.schedule(base.own, number);
    let played = crew.play_all("random schedules", count, schedule);
    coverage.push(covered("random schedules", played.len(), count, String::new()));
    for (number, failures) in played.iter().enumerate() {
        found.add(&schedule(number), failures);
    }
}

fn covered(what: &'static str, played: usize, of: usize, left_out: String) -> Coverage {
    Coverage { what, played, of, left_out }
}
