//! How long it takes to make a schedule of twelve mishaps as small as it gets.

use std::{error::Error, path::Path, time::Instant};

use filage::{
    explore::{Failure, Mishap, Outcome, Schedule, smallest},
    fault::{Kind, NetworkDown, Trigger},
};

use crate::{measure::figure, rehearse::read};

/// How often the figure is taken.
const TIMES: usize = 9;
/// How many mishaps there are beside the scenario's own faults.
const MISHAPS: usize = 12;

pub(crate) fn all(scenario: &Path) -> Result<(), Box<dyn Error>> {
    let (plan, given) = read(scenario)?;
    // One that breaks a budget, among others that strike the old host when nothing runs there any more.
    let late = plan.steps.iter().rev().take(MISHAPS - 1);
    let down = |from| Mishap::Fault {
        kind: Kind::NetworkDown(NetworkDown { on: "old".parse().expect("it is an id") }),
        from,
        lasts: None,
    };
    let harmless = late.map(|step| down(Trigger::After(step.id.clone())));
    let harmful = Mishap::skipped("free-port-25".parse()?);
    let schedule = Schedule::of(&plan).and(harmless.chain([harmful]));
    let failure = Failure { outcome: Outcome::BudgetBroken, what: "mail".to_owned() };
    let mut samples = vec![];
    for _ in 0..TIMES {
        #[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
        let began = Instant::now();
        let small = smallest(&plan, given.clone(), schedule.clone(), &failure);
        samples.push(began.elapsed().as_secs_f64());
        assert!(small.0.len() < 4, "{small}");
    }
    figure("explore_shrink_twelve", "s", "<= 1", samples);
    Ok(())
}
