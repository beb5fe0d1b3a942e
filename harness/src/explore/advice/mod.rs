//! The one change of a migration that would help most, found by trying: each change that could help is
//! rehearsed in the simulator for a night, with all that goes wrong, the best of them over several nights,
//! and what is advised is the one that came out best. Nothing is advised that did not help.

mod changes;

use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Serialize;

use self::changes::{Change, changes};
use super::{
    Outcome, failures,
    outcome::worst,
    window::{downtimes, measuring},
};
use crate::{
    base::Duration,
    check::{Seconds, Verdict},
    plan::Plan,
    rehearsals::Rehearsals,
};

/// How many nights a change is rehearsed that may be the best.
const NIGHTS: u64 = 5;
/// So many of them, by how the first night went.
const BEST: usize = 3;
/// A change that saves less than this on the whole is not worth a word.
const WORTH: Duration = Duration::from_secs(1);

/// The change that helps most.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Advice {
    /// What to change, and why that helps.
    pub text: String,
    /// The same as lines of the scenario.
    pub edit: Vec<String>,
    /// How it comes out without.
    pub before: Outcome,
    /// How it comes out with it.
    pub after: Outcome,
    /// The downtime of each service for which that is less, the longest of all nights.
    pub saves: Vec<Saving>,
    /// How many nights it was rehearsed.
    pub nights: u64,
}

/// A downtime without a change and with it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Saving {
    /// The service; `all of it` is the time during which at least one is down.
    pub what: String,
    /// Without; none where it stays down.
    pub before: Option<Seconds>,
    /// With; none where it stays down.
    pub after: Option<Seconds>,
}

/// How several nights came out, to be compared: fewer promises broken come first, then less downtime.
#[derive(Debug, Clone, PartialEq)]
struct Tried {
    outcome: Outcome,
    /// For each of [`downtimes`]: its name, and the longest.
    down: Vec<(String, Duration)>,
}

/// What would help a plan most, if anything that is known here does. What is rehearsed for it is counted
/// in `played`.
pub(super) fn advice(plan: &Plan, rehearsals: &Rehearsals, played: &AtomicUsize) -> Option<Advice> {
    let tried = |plan: &Plan, nights| {
        played.fetch_add(nights as usize, Ordering::Relaxed);
        tried(plan, rehearsals, nights)
    };
    let before = tried(plan, NIGHTS);
    let over = |nights, changes: Vec<Change>| -> Vec<(Tried, Change)> {
        let all = changes.into_iter().map(|change| (tried(&change.plan, nights), change));
        // What nobody could see the end of is no help.
        let mut seen: Vec<_> = all.filter(|(it, _)| it.outcome != Outcome::Unknown).collect();
        seen.sort_by_key(|(tried, _)| tried.cost());
        seen
    };
    let first = over(1, changes(plan)).into_iter().take(BEST);
    let best = over(NIGHTS, first.map(|(_, change)| change).collect());
    let (after, Change { text, edit, .. }) = best.into_iter().next()?;
    if !after.helps(&before) {
        return None;
    }
    let saves = saves(&before, &after);
    let (before, after) = (before.outcome, after.outcome);
    if saves.is_empty() && before == after {
        return None;
    }
    Some(Advice { text, edit, before, after, saves, nights: NIGHTS })
}

/// What is down for less, as far as one can read that: of ten hours, a second less is none.
fn saves(before: &Tried, after: &Tried) -> Vec<Saving> {
    let saving = |((what, before), (_, after)): (&(String, Duration), &(String, Duration))| {
        let is_less = after < before;
        let (before, after) = (bounded(*before), bounded(*after));
        let shown = |down: Option<Seconds>| down.map(|down| down.to_string());
        let is_seen = is_less && shown(before) != shown(after);
        is_seen.then(|| Saving { what: what.clone(), before, after })
    };
    before.down.iter().zip(&after.down).filter_map(saving).collect()
}

fn tried(plan: &Plan, rehearsals: &Rehearsals, nights: u64) -> Tried {
    let plan = measuring(plan);
    let seed = plan.seed;
    let mut rehearsals = rehearsals.of(plan);
    let verdicts: Vec<Verdict> =
        (0..nights).map(|night| rehearsals.ruling(seed.wrapping_add(night))).collect();
    let outcome = verdicts.iter().map(|verdict| worst(&failures(verdict))).max();
    let mut down: Vec<(String, Duration)> = vec![];
    for (what, lasts) in verdicts.iter().flat_map(downtimes) {
        match down.iter_mut().find(|(known, _)| *known == what) {
            Some((_, longest)) => *longest = lasts.max(*longest),
            None => down.push((what, lasts)),
        }
    }
    Tried { outcome: outcome.expect("there are nights"), down }
}

impl Tried {
    /// The outcome, how many stay down to the end, and for how long the others are down.
    fn cost(&self) -> (Outcome, usize, Duration) {
        let ended = self.down.iter().filter_map(|(_, lasts)| bounded(*lasts));
        let lasting = self.down.len() - ended.clone().count();
        (self.outcome, lasting, ended.map(|lasts| lasts.0).sum())
    }

    fn helps(&self, before: &Self) -> bool {
        let ((outcome, lasting, down), before) = (self.cost(), before.cost());
        (outcome, lasting) < (before.0, before.1)
            || ((outcome, lasting) == (before.0, before.1) && down + WORTH <= before.2)
    }
}

fn bounded(lasts: Duration) -> Option<Seconds> {
    (lasts <= Duration::MAX).then(|| lasts.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_read_as_less_is_told() {
        let tried = |down: &[u64]| Tried {
            outcome: Outcome::Survived,
            down: down
                .iter()
                .map(|millis| match *millis {
                    u64::MAX => Duration::from_micros(u64::MAX),
                    millis => Duration::from_millis(millis),
                })
                .zip(["all", "links", "mail"])
                .map(|(down, what)| (what.to_owned(), down))
                .collect(),
        };
        let hours = 36_000_000;
        let told = |before: &[u64], after: &[u64]| -> Vec<String> {
            saves(&tried(before), &tried(after)).into_iter().map(|saving| saving.what).collect()
        };
        assert_eq!(told(&[hours + 900, 5_000, 0], &[hours, 4_000, 1_000]), ["links"]);
        assert_eq!(told(&[hours + 60_000, 5_000, 0], &[hours, 6_000, 0]), ["all"]);
        assert_eq!(told(&[u64::MAX, 7_040, u64::MAX], &[hours, 7_010, u64::MAX]), ["all"]);
    }
}
