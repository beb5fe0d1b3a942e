//! Owns what real runs teach: how long each step took, as timings of the scenario.
//! Must not know: where runs are kept.

use std::collections::BTreeMap;

use crate::{
    base::{Duration, StepId, StoryTime},
    history::{History, StepOutcome, What},
    plan::Plan,
    scenario::{Spread, Timings},
    step::Verb,
};

/// The timings that a scenario's runs show; attempts that failed teach nothing.
pub fn timings(scenario: &str, runs: &[History]) -> Timings {
    let mut taken: BTreeMap<StepId, Vec<Duration>> = BTreeMap::new();
    for history in runs {
        let mut begun: BTreeMap<&StepId, StoryTime> = BTreeMap::new();
        for record in &history.records {
            match &record.what {
                What::StepStarted { step, .. } => {
                    begun.insert(step, record.at);
                }
                What::StepEnded { step, outcome: StepOutcome::Passed, .. } => {
                    let began = begun.get(step).filter(|_| is_played(&history.begin.plan, step));
                    if let Some(began) = began {
                        taken.entry(step.clone()).or_default().push(record.at.since(*began));
                    }
                }
                _ => {}
            }
        }
    }
    let order = runs.iter().take(1).flat_map(|history| history.begin.plan.all_steps());
    let steps = order.filter_map(|step| Some((step.id.clone(), spread(taken.get(&step.id)?)?)));
    let count = u32::try_from(runs.len()).unwrap_or(u32::MAX);
    Timings { scenario: scenario.to_owned(), runs: count, steps: steps.collect() }
}

/// Whether the world plays it: the engine's own steps take as long as they take.
fn is_played(plan: &Plan, step: &StepId) -> bool {
    let verb = plan.step(step).map(|step| &step.verb);
    verb.is_some_and(|verb| !matches!(verb, Verb::Wait(_) | Verb::Check(_)))
}

/// Least, median and most, to a millisecond. A median says more of a few runs than any mode.
fn spread(taken: &[Duration]) -> Option<Spread> {
    let mut taken: Vec<u64> = taken.iter().map(|it| it.as_micros() / 1_000).collect();
    taken.sort_unstable();
    let at = |index: usize| taken.get(index).map(|ms| Duration::from_millis(*ms));
    Some(Spread { least: at(0)?, usual: at(taken.len() / 2)?, most: at(taken.len() - 1)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_least_median_and_most() {
        let ms = Duration::from_millis;
        assert_eq!(spread(&[]), None);
        let one = Spread { least: ms(5), usual: ms(5), most: ms(5) };
        assert_eq!(spread(&[ms(5)]), Some(one));
        let three = Spread { least: ms(2), usual: ms(3), most: ms(9) };
        assert_eq!(spread(&[ms(9), ms(2), ms(3)]), Some(three));
    }
}
