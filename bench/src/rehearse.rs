//! How many rehearsals of scenarios/proxgroup there are in a second: probes, writers, checks and verdict,
//! all of it, each with a seed of its own.

use std::{
    collections::BTreeMap,
    error::Error,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use filage::{
    Rehearsals,
    check::Ruling,
    plan::{Choices, Plan, resolve},
    scenario::load,
    sim::{Given, files_looked_into},
};

use crate::measure::figure;

/// How often the figure is taken.
const TIMES: u64 = 7;
/// How many threads rehearse.
const THREADS: u64 = 2;
/// How many rehearsals there are in one sample, of each thread.
const EACH: u64 = 5_000;

pub(crate) fn all(scenario: &Path) -> Result<(), Box<dyn Error>> {
    let (plan, given) = read(scenario)?;
    night(&mut Rehearsals::new(plan.clone(), given.clone()), 0..EACH / 10);
    let samples = (0..TIMES).map(|time| {
        let took = both(&plan, &given, time * THREADS * EACH);
        (THREADS * EACH) as f64 / took.as_secs_f64()
    });
    figure("sim_rehearsals_per_second", "1/s", ">= 10000", samples.collect());
    Ok(())
}

pub(crate) fn read(scenario: &Path) -> Result<(Plan, Given), Box<dyn Error>> {
    let loaded = load(scenario).map_err(|mistakes| format!("{mistakes:?}"))?;
    let plan = resolve(&loaded, &Choices::default()).map_err(|error| format!("{error:?}"))?;
    let mut files = BTreeMap::new();
    for path in files_looked_into(&plan) {
        files.insert(path.to_owned(), std::fs::read(scenario.join(path))?);
    }
    Ok((plan, Given { files, ..Given::default() }))
}

/// All threads rehearse at once; how long that takes.
fn both(plan: &Plan, given: &Given, first: u64) -> Duration {
    #[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
    let now = Instant::now;
    let began = now();
    thread::scope(|scope| {
        for number in 0..THREADS {
            let mut rehearsals = Rehearsals::new(plan.clone(), given.clone());
            let first = first + number * EACH;
            scope.spawn(move || night(&mut rehearsals, first..first + EACH));
        }
    });
    now() - began
}

fn night(rehearsals: &mut Rehearsals, seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let verdict = rehearsals.verdict(seed);
        assert_eq!(verdict.verdict, Ruling::Pass, "seed {seed}: {:#?}", verdict.reasons);
    }
}
