//! How long it takes to make a schedule of twelve mishaps as small as it gets.

use std::{error::Error, path::Path, time::Instant};

use filage::{
    base::StepId,
    explore::{Failure, Mishap, Outcome, Schedule, smallest},
    fault::{Kind, NetworkDown, StepTwice, Trigger},
};

use crate::{measure::figure, rehearse::read};

/// How often the figure is taken.
const TIMES: usize = 9;
/// How many mishaps there are beside the scenario's own faults.
const MISHAPS: usize = 12;

pub(crate) fn all(scenario: &Path) -> Result<(), Box<dyn Error>> {
    let (plan, given) = read(scenario)?;
    // One that breaks a budget, among others that do no harm: what is done twice, and a host that is cut
    // off when nothing runs there any more.
    let twice = |step: &StepId| Mishap::slip(Kind::StepTwice(StepTwice { step: step.clone() }));
    let can_be_again = |word| matches!(word, "install" | "volume" | "image" | "ttl" | "start");
    let again = plan.steps.iter().filter(|step| can_be_again(step.verb.word()));
    let last = plan.steps.last().ok_or("the story has steps")?.id.clone();
    let cut_off = Mishap::Fault {
        kind: Kind::NetworkDown(NetworkDown { on: "old".parse()? }),
        from: Trigger::After(last),
        lasts: None,
    };
    let harmless = again.map(|step| twice(&step.id)).take(MISHAPS - 2);
    let harmful = Mishap::skipped("free-port-25".parse()?);
    let own = Schedule::of(&plan);
    let schedule = own.and(harmless.chain([cut_off, harmful]));
    assert_eq!(schedule.0.len(), own.0.len() + MISHAPS, "{schedule}");
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
