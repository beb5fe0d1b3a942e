//! The one change of a migration that would help most, found by trying: each change that could help is
//! rehearsed in the simulator over several nights, with all that goes wrong, and what is advised is the one
//! that came out best. Nothing is advised that did not help.

mod changes;

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

/// How many nights each change is rehearsed.
const NIGHTS: u64 = 5;
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
    /// The downtime of each service for which that changes, the longest of all nights.
    pub saves: Vec<Saving>,
    /// How many nights each change was rehearsed.
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

/// What would help a plan most, if anything that is known here does.
pub(super) fn advice(plan: &Plan, rehearsals: &Rehearsals) -> Option<Advice> {
    let before = tried(plan, rehearsals);
    let all = changes(plan).into_iter().map(|change| (tried(&change.plan, rehearsals), change));
    // What nobody could see the end of is no help.
    let seen = all.filter(|(tried, _)| tried.outcome != Outcome::Unknown);
    let (after, Change { text, edit, .. }) = seen.min_by_key(|(tried, _)| tried.cost())?;
    if !after.helps(&before) {
        return None;
    }
    let saves = before
        .down
        .iter()
        .zip(&after.down)
        .filter(|((_, before), (_, after))| before != after)
        .map(|((what, before), (_, after))| Saving {
            what: what.clone(),
            before: bounded(*before),
            after: bounded(*after),
        })
        .collect();
    let (before, after) = (before.outcome, after.outcome);
    Some(Advice { text, edit, before, after, saves, nights: NIGHTS })
}

fn tried(plan: &Plan, rehearsals: &Rehearsals) -> Tried {
    let plan = measuring(plan);
    let seed = plan.seed;
    let mut rehearsals = rehearsals.of(plan);
    let verdicts: Vec<Verdict> =
        (0..NIGHTS).map(|night| rehearsals.verdict(seed.wrapping_add(night))).collect();
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
