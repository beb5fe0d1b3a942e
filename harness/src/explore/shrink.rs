//! The smallest schedule that still shows a failure: mishaps are taken out, the rest is made simpler.

use super::{Mishap, Schedule};
use crate::{base::Duration, fault::Trigger};

/// Lengths that are tried for a fault, the shortest first.
const LENGTHS: [Duration; 4] = [
    Duration::from_secs(10),
    Duration::from_secs(30),
    Duration::from_secs(60),
    Duration::from_secs(180),
];

/// Makes a schedule small. `shows` says whether a smaller one still shows what it is about. Nothing can
/// be taken out of what is returned, and no mishap of it can be made simpler by one step.
pub(super) fn shrink(schedule: Schedule, mut shows: impl FnMut(&Schedule) -> bool) -> Schedule {
    let mut smallest = schedule;
    loop {
        let before = smallest.clone();
        smallest = without(smallest, &mut shows);
        smallest = simpler(smallest, &mut shows);
        if smallest == before {
            return smallest;
        }
    }
}

/// Takes out halves, then quarters, down to single mishaps, until no single one can go.
fn without(mut schedule: Schedule, shows: &mut impl FnMut(&Schedule) -> bool) -> Schedule {
    let mut size = schedule.0.len().div_ceil(2).max(1);
    loop {
        let mut from = 0;
        let mut found = false;
        while from < schedule.0.len() {
            let mut rest = schedule.clone();
            rest.0.drain(from..(from + size).min(schedule.0.len()));
            if shows(&rest) {
                schedule = rest;
                found = true;
            } else {
                from += size;
            }
        }
        match (size, found) {
            (1, false) => return schedule,
            (1, true) => {}
            _ => size = size.div_ceil(2),
        }
    }
}

/// Puts the first simpler mishap that still shows it in the place of each.
fn simpler(mut schedule: Schedule, shows: &mut impl FnMut(&Schedule) -> bool) -> Schedule {
    for place in 0..schedule.0.len() {
        for mishap in simpler_than(&schedule.0[place]) {
            let mut other = schedule.clone();
            other.0[place] = mishap;
            if shows(&other) {
                schedule = other;
                break;
            }
        }
    }
    schedule
}

/// The same mishap, easier to tell, the easiest first: there from the start; shorter.
fn simpler_than(mishap: &Mishap) -> Vec<Mishap> {
    let Mishap::Fault { kind, from, lasts } = mishap else { return vec![] };
    let with =
        |from: &Trigger, lasts| Mishap::Fault { kind: kind.clone(), from: from.clone(), lasts };
    let mut all = vec![];
    if *from != Trigger::Start {
        all.push(with(&Trigger::Start, *lasts));
    }
    let shorter = LENGTHS.into_iter().filter(|length| lasts.is_none_or(|lasts| *length < lasts));
    all.extend(shorter.map(|length| with(from, Some(length))));
    all
}
