//! The downtime to announce, from rehearsals: an order statistic with a guarantee, and nothing where there
//! are too few of them.
//!
//! Split conformal prediction (Vovk, Gammerman and Shafer, *Algorithmic Learning in a Random World*, 2005;
//! Lei, G'Sell, Rinaldo, Tibshirani and Wasserman, *Distribution-Free Predictive Inference for
//! Regression*, 2018): of N exchangeable downtimes, the next one is at most the k-th smallest with a
//! probability of at least the coverage, where k = ceil((N + 1) * coverage). Where k > N there is no such
//! bound, whatever the downtimes are: 4 are needed for 80 %, 9 for 90 %, 19 for 95 %.
//!
//! What the simulator says is about the simulator. So its prediction is corrected by how far it was off
//! for real runs: the k-th smallest of their residuals (what was measured, less what is predicted for the
//! plan of that run) is added to it, and the guarantee is that of so many real runs. It holds only for
//! runs that the simulator did not learn its durations from.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde::Serialize;

use crate::{
    base::Duration,
    check::{Ruling, Seconds, ServiceVerdict, Verdict, verdict},
    history::History,
    plan::{Group, Plan},
    probe::Client,
    rehearsals::Rehearsals,
    sim::Given,
};

/// How sure a window is to hold, in percent.
pub const COVERAGES: [u32; 3] = [80, 90, 95];

/// The longest downtime that there can be: it was not seen, or did not end.
const ENDLESS: Duration = Duration::from_micros(u64::MAX);
/// The name of all services together.
const WHOLE: &str = "all of it";

/// How many downtimes there must be at least.
fn needed(coverage_percent: u32) -> usize {
    (1..).find(|count| rank(*count, coverage_percent).is_some()).expect("99 % need 99")
}

/// Which of so many downtimes, in order and counted from 1, is the bound; none where there are too few.
fn rank(count: usize, coverage_percent: u32) -> Option<usize> {
    assert!((1..100).contains(&coverage_percent), "nothing is certain, and something is wanted");
    let rank = ((count + 1) * coverage_percent as usize).div_ceil(100);
    (rank <= count).then_some(rank)
}

/// The value that the next one will not be above, with this probability at least.
fn bound<T: Ord + Copy>(values: &[T], coverage_percent: u32) -> Option<T> {
    let rank = rank(values.len(), coverage_percent)?;
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    Some(sorted[rank - 1])
}

/// What to announce.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Window {
    /// How many rehearsals in the simulator it rests on.
    pub simulated: usize,
    /// How many of those did not pass.
    pub failed: usize,
    /// How many real runs corrected it; none where it is the simulator's word alone.
    pub real: usize,
    /// Each service, and all of it together.
    pub rows: Vec<Row>,
}

/// The downtime of one service to announce.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// The service; `all of it` is the time during which at least one is down.
    pub what: String,
    /// For each of [`COVERAGES`].
    pub bounds: Vec<Bound>,
}

/// A downtime, and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// It will be at most this.
    AtMost(Seconds),
    /// It has no bound: too many rehearsals ended with the service down, or did not see it.
    Endless,
    /// There are too few runs to say; so many are needed.
    TooFew {
        /// How many.
        needed: usize,
    },
}

/// What was measured of each service, and of all together, in one run: the upper bounds.
pub(super) type Downtimes = BTreeMap<String, Duration>;

/// A run on real hosts, and its plan.
#[derive(Debug, Clone)]
pub struct RealRun {
    plan: Plan,
    measured: Downtimes,
}

impl RealRun {
    /// Of this history.
    pub fn of(mut history: History) -> Self {
        let plan = measuring(&history.begin.plan);
        history.begin.plan = Arc::new(plan.clone());
        Self { measured: downtimes(&verdict(&history)), plan }
    }
}

/// Rehearses so many nights in the simulator, and makes of them and of real runs what to announce.
pub fn window(plan: &Plan, given: Given, nights: u64, real: &[RealRun]) -> Window {
    let plan = measuring(plan);
    let rehearsals = Rehearsals::new(plan.clone(), given);
    let simulated = simulate(&plan, &rehearsals, nights);
    let off: Vec<_> = real.iter().map(|run| residuals(run, &rehearsals, nights)).collect();
    let row = |what: &String| {
        let said = values(&simulated, what);
        let corrected: Vec<i128> = match off.is_empty() {
            true => said.iter().map(|value| micros(*value)).collect(),
            false => {
                let predicted = micros(median(said.clone()));
                off.iter().filter_map(|run| Some(predicted + run.get(what)?)).collect()
            }
        };
        let bounds = COVERAGES.iter().map(|coverage| announced(&corrected, *coverage)).collect();
        Row { what: what.clone(), bounds }
    };
    let whats: BTreeSet<&String> = simulated.iter().flat_map(|(_, night)| night.keys()).collect();
    let failed = simulated.iter().filter(|(ruling, _)| *ruling != Ruling::Pass).count();
    let rows = whats.into_iter().map(row).collect();
    Window { simulated: simulated.len(), failed, real: real.len(), rows }
}

/// The plan with a group of all that is measured, so that the whole has its downtime too.
pub(super) fn measuring(plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    let measured = plan.services.iter().filter(|(_, service)| service.probe.is_some());
    let services = measured.map(|(id, _)| id.clone()).collect();
    plan.budgets.insert(WHOLE.to_owned(), Group { services, max: Duration::MAX });
    plan
}

/// How the nights from the plan's own seed on go.
fn simulate(plan: &Plan, rehearsals: &Rehearsals, nights: u64) -> Vec<(Ruling, Downtimes)> {
    let mut rehearsals = rehearsals.of(plan.clone());
    let seeds = (0..nights).map(|night| plan.seed.wrapping_add(night));
    seeds
        .map(|seed| {
            let verdict = rehearsals.verdict(seed);
            (verdict.verdict, downtimes(&verdict))
        })
        .collect()
}

/// How much longer everything was down in a real run than the simulator says of its plan.
fn residuals(run: &RealRun, rehearsals: &Rehearsals, nights: u64) -> BTreeMap<String, i128> {
    let said = simulate(&run.plan, rehearsals, nights);
    let off = |(what, measured): (&String, &Duration)| {
        let said = values(&said, what);
        (!said.is_empty()).then(|| (what.clone(), micros(*measured) - micros(median(said))))
    };
    run.measured.iter().filter_map(off).collect()
}

/// As fresh clients saw it. What was down to the end, and what nobody saw, has no bound.
pub(super) fn downtimes(verdict: &Verdict) -> Downtimes {
    let fresh = verdict.services.iter().filter(|service| service.client == Client::Fresh);
    let is_endless = |service: &ServiceVerdict| {
        service.unseen_seconds_max.is_none()
            || service.outages.iter().any(|outage| outage.to.is_none())
    };
    let mut all = Downtimes::new();
    let mut whole = verdict
        .groups
        .iter()
        .find(|group| group.name == WHOLE)
        .map_or(ENDLESS, |group| group.downtime.max_seconds.0);
    for service in fresh {
        let endless = is_endless(service);
        let down = if endless { ENDLESS } else { service.downtime.max_seconds.0 };
        whole = if endless { ENDLESS } else { whole };
        all.insert(service.name.to_string(), down);
    }
    all.insert(WHOLE.to_owned(), whole);
    all
}

fn values(nights: &[(Ruling, Downtimes)], what: &str) -> Vec<Duration> {
    nights.iter().filter_map(|(_, night)| night.get(what).copied()).collect()
}

fn median(mut values: Vec<Duration>) -> Duration {
    values.sort_unstable();
    values[values.len() / 2]
}

fn micros(duration: Duration) -> i128 {
    i128::from(duration.as_micros())
}

/// The bound in words' reach: never below nothing, and none at all where a run had no end.
fn announced(values: &[i128], coverage_percent: u32) -> Bound {
    /// A day more than whatever a scenario may speak of: it comes from what has no end.
    const BEYOND: i128 = 2 * Duration::MAX.as_micros() as i128;
    match bound(values, coverage_percent) {
        None => Bound::TooFew { needed: needed(coverage_percent) },
        Some(micros) if micros > BEYOND => Bound::Endless,
        Some(micros) => {
            let micros = u64::try_from(micros.max(0)).expect("it is below twice a year");
            Bound::AtMost(Duration::from_micros(micros).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn too_few_runs_say_nothing() {
        let cases = [(80, 4), (90, 9), (95, 19), (50, 1), (99, 99)];
        for (coverage, expected) in cases {
            assert_eq!(needed(coverage), expected, "{coverage} %");
            assert_eq!(rank(expected - 1, coverage), None);
            assert_eq!(rank(expected, coverage), Some(expected), "the longest of so few");
        }
    }

    #[test]
    fn the_rank_is_that_of_the_literature() {
        // ceil((N + 1) * coverage)
        let cases = [(9, 80, 8), (19, 80, 16), (19, 90, 18), (99, 95, 95), (100, 90, 91)];
        for (count, coverage, expected) in cases {
            assert_eq!(rank(count, coverage), Some(expected), "{count} at {coverage} %");
        }
        assert_eq!(bound(&[5, 1, 4, 2, 3, 9, 8, 7, 6], 80), Some(8));
        assert_eq!(bound(&[1, 2, 3], 80), None);
    }

    #[test]
    fn what_has_no_end_has_no_bound() {
        let endless = micros(ENDLESS);
        let second = micros(Duration::from_secs(1));
        let at_most = |seconds| Bound::AtMost(Duration::from_secs(seconds).into());
        for (values, expected) in [
            (vec![second; 4], at_most(1)),
            (vec![second, second, second, endless], Bound::Endless),
            // Nine, of which the eighth counts: one may be as it likes.
            ([vec![second; 8], vec![endless]].concat(), at_most(1)),
            (vec![-second; 4], at_most(0)),
            (vec![second; 3], Bound::TooFew { needed: 4 }),
        ] {
            assert_eq!(announced(&values, 80), expected, "{values:?}");
        }
    }

    proptest! {
        /// The guarantee itself: of N + 1 exchangeable values each is the last with the same
        /// probability, so of all choices of the last at least the coverage must lie within the bound
        /// of the others.
        #[test]
        fn the_bound_holds_as_often_as_it_says(
            values in proptest::collection::vec(0_u32..50, 5..120),
            coverage in 50_u32..99,
        ) {
            let held = (0..values.len()).filter(|last| {
                let mut others = values.clone();
                let last = others.remove(*last);
                // Too few to say: no claim, and so none that fails.
                bound(&others, coverage).is_none_or(|most| last <= most)
            });
            let held = held.count();
            prop_assert!(held * 100 >= values.len() * coverage as usize, "{held} of {}", values.len());
        }
    }
}
