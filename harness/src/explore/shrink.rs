//! The smallest schedule that still shows a failure: mishaps are taken out, the rest is made simpler.

use super::{Mishap, Schedule, slips::People};
use crate::{
    base::Duration,
    fault::{BrokenOff, Kind, StepFails, StepLate, Trigger},
};

/// Lengths that are tried for a fault, and for what is late, the shortest first. None is shorter: what hangs on seconds would
/// not come out the same on real hosts.
const LENGTHS: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(180)];

/// Makes a schedule small. `shows` says whether a smaller one still shows what it is about. Nothing can
/// be taken out of what is returned, and no mishap of it can be made simpler by one step. `people` are
/// those of its plan.
pub(super) fn shrink(
    people: &People<'_>,
    schedule: Schedule,
    mut shows: impl FnMut(&Schedule) -> bool,
) -> Schedule {
    let mut smallest = schedule;
    loop {
        let before = smallest.clone();
        smallest = without(smallest, &mut shows);
        smallest = simpler(people, smallest, &mut shows);
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
fn simpler(
    people: &People<'_>,
    mut schedule: Schedule,
    shows: &mut impl FnMut(&Schedule) -> bool,
) -> Schedule {
    for place in 0..schedule.0.len() {
        for mishap in simpler_than(people, &schedule.0[place]) {
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
fn simpler_than(people: &People<'_>, mishap: &Mishap) -> Vec<Mishap> {
    let Mishap::Fault { kind, from, lasts } = mishap else { return vec![] };
    if kind.slip().is_some() {
        return simpler_slips(people, kind).into_iter().map(Mishap::slip).collect();
    }
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

/// The same slip: less late; less early; broken off when nothing is half done.
fn simpler_slips(people: &People<'_>, kind: &Kind) -> Vec<Kind> {
    match kind {
        Kind::StepLate(late) => {
            let sooner = LENGTHS.into_iter().filter(|length| *length < late.by);
            sooner.map(|by| Kind::StepLate(StepLate { by, ..late.clone() })).collect()
        }
        Kind::StepEarly(early) => {
            people.less_early(early).into_iter().map(Kind::StepEarly).collect()
        }
        Kind::StepFails(fails) => {
            let earlier = [BrokenOff::Before, BrokenOff::After].into_iter();
            let cleaner = earlier.filter(|at| fails.at == BrokenOff::During || *at < fails.at);
            cleaner.map(|at| Kind::StepFails(StepFails { at, ..fails.clone() })).collect()
        }
        _ => vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        explore::tests::{SMALL, plan},
        fault::{NetworkDown, StepEarly},
        plan::Plan,
    };

    /// Made small in a migration that has nothing to do with it.
    fn shrink(schedule: Schedule, shows: impl FnMut(&Schedule) -> bool) -> Schedule {
        shrink_in(&plan(SMALL), schedule, shows)
    }

    fn shrink_in(
        plan: &Plan,
        schedule: Schedule,
        shows: impl FnMut(&Schedule) -> bool,
    ) -> Schedule {
        super::shrink(&People::of(plan), schedule, shows)
    }

    fn forgotten(id: &str) -> Mishap {
        Mishap::skipped(id.parse().expect("it is an id"))
    }

    fn cut(from: Trigger, lasts: Option<Duration>) -> Mishap {
        let on = "new".parse().expect("it is an id");
        Mishap::Fault { kind: Kind::NetworkDown(NetworkDown { on }), from, lasts }
    }

    fn before(id: &str) -> Trigger {
        Trigger::Before(id.parse().expect("it is an id"))
    }

    #[test]
    fn what_matters_is_left() {
        let letters: Vec<String> = ('a'..='l').map(String::from).collect();
        let all = Schedule(letters.iter().map(|id| forgotten(id)).collect());
        for wanted in
            [&["a"][..], &["l"], &["a", "l"], &["c", "f", "g"], &[], &["f", "g", "h", "i"]]
        {
            let wanted: Vec<Mishap> = wanted.iter().map(|id| forgotten(id)).collect();
            let mut tries = 0;
            let small = shrink(all.clone(), |schedule| {
                tries += 1;
                wanted.iter().all(|mishap| schedule.0.contains(mishap))
            });
            assert_eq!(small, Schedule(wanted));
            assert!(tries < 150, "{tries} tries");
        }
    }

    #[test]
    fn what_matters_is_made_simple() {
        let minute = Duration::from_secs(60);
        let long = cut(before("stop"), Some(Duration::from_secs(300)));
        let lasts = |schedule: &Schedule, at_least: Duration| match schedule.0.as_slice() {
            [Mishap::Fault { lasts, .. }] => lasts.is_none_or(|lasts| lasts >= at_least),
            _ => false,
        };
        let small = shrink(Schedule(vec![long.clone()]), |schedule| lasts(schedule, minute));
        assert_eq!(small, Schedule(vec![cut(Trigger::Start, Some(minute))]));
        let starts = |schedule: &Schedule| schedule.0.first() == Some(&long);
        assert_eq!(shrink(Schedule(vec![long.clone()]), starts), Schedule(vec![long.clone()]));
        let late = |by| {
            let step = "stop".parse().expect("it is an id");
            Mishap::slip(Kind::StepLate(StepLate { step, by: Duration::from_secs(by) }))
        };
        let small = shrink(Schedule(vec![late(1800)]), |schedule| {
            [late(180), late(1800)].iter().any(|it| schedule.0.contains(it))
        });
        assert_eq!(small, Schedule(vec![late(180)]), "it keeps its step");
        let endless = Schedule(vec![cut(Trigger::Start, None)]);
        let small = shrink(endless, |schedule| lasts(schedule, Duration::ZERO));
        assert_eq!(small, Schedule(vec![cut(Trigger::Start, Some(LENGTHS[0]))]));
    }

    #[test]
    fn what_comes_too_early_comes_as_late_as_it_can() {
        let early = |before: &str| {
            let (step, before) = ("point-links".parse(), before.parse());
            let early = StepEarly { step: step.expect("an id"), before: before.expect("an id") };
            Mishap::slip(Kind::StepEarly(early))
        };
        for (shown_by, expected) in [
            (&["stop-links", "transfer-links", "start-links"][..], "start-links"),
            (&["stop-links", "transfer-links"], "transfer-links"),
            (&["stop-links"], "stop-links"),
        ] {
            let shown_by: Vec<_> = shown_by.iter().map(|before| early(before)).collect();
            let small = shrink_in(&plan(SMALL), Schedule(vec![early("stop-links")]), |schedule| {
                shown_by.iter().any(|mishap| schedule.0.contains(mishap))
            });
            assert_eq!(small, Schedule(vec![early(expected)]));
        }
    }
}
