//! Random plans with random outcomes: what holds for all of them.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{
    Play, Played, Script, StepOutcome,
    fake::Jumps,
    plans::{network_down, plan, port_occupied, seconds, step},
    play,
};
use crate::{
    fault::Trigger,
    history::{Ending, FaultStage, What},
    plan::{Fate, Fault, Plan, Step},
    scenario::OnFailure,
};

fn plays() -> impl Strategy<Value = Play> {
    prop_oneof![
        4 => (0..8_000_u64).prop_map(Play::Done),
        2 => (0..8_000_u64).prop_map(Play::Fails),
        1 => (0..15_000_u64).prop_map(Play::Hangs),
    ]
}

/// A step, with the steps that it needs as bits over those before it.
fn any_step(index: usize) -> impl Strategy<Value = Step> {
    (any::<u16>(), any::<u16>(), 0..4_u8, 0..6_u8, 0..6_u8).prop_map(
        move |(needs, mask, failure, verb, fate)| {
            let needs: Vec<_> = (0..index)
                .filter(|n| (needs & mask) >> n & 1 == 1)
                .map(|n| format!("s{n}"))
                .collect();
            let needs: Vec<_> = needs.iter().map(String::as_str).collect();
            let step = step(&format!("s{index}"), &needs).within(5);
            let step = match failure {
                0 => step,
                1 => step.again(2, 3),
                _ => step.goes_on(),
            };
            let step = match verb {
                0 => step.waits(1_000),
                1 => step.checks(&[25]),
                _ => step,
            };
            if fate == 0 { step.fated(Fate::Skip) } else { step }
        },
    )
}

fn any_fault(steps: usize) -> impl Strategy<Value = Fault> {
    let name = move || (0..steps).prop_map(|n| format!("s{n}"));
    (name(), name(), 0..5_u8, any::<bool>(), 0..3_u8).prop_map(
        |(step, healer, trigger, provider, end)| {
            let step = step.parse().unwrap();
            let trigger = match trigger {
                0 => Trigger::Start,
                1 => Trigger::Before(step),
                2 => Trigger::During(step),
                3 => Trigger::After(step),
                _ => Trigger::At(seconds(7)),
            };
            let fault = if provider { network_down(trigger) } else { port_occupied(trigger) };
            match end {
                0 => fault,
                1 => fault.lasts(4),
                _ => fault.healed_by(&healer),
            }
        },
    )
}

prop_compose! {
    fn any_plan()(count in 1..14_usize)(
        steps in (0..count).map(any_step).collect::<Vec<_>>(),
        faults in proptest::collection::vec(any_fault(count), 0..4),
    ) -> Plan {
        let plan = plan(steps);
        let faults = faults.into_iter().enumerate();
        faults.fold(plan, |plan, (n, fault)| plan.fault(&format!("f{n}"), fault))
    }
}

prop_compose! {
    fn any_script()(
        steps in proptest::collection::vec(proptest::collection::vec(plays(), 1..4), 14),
        faults in proptest::collection::vec((0..4_usize, 0..4_usize, plays()), 0..6),
        late in any::<bool>(),
    ) -> Script {
        let jumps = if late { Jumps::WhenItEnds } else { Jumps::WhenAsked };
        let mut script = Script { jumps, ..Script::default() };
        for (n, plays) in steps.iter().enumerate() {
            script = script.with(&format!("step s{n}"), plays);
        }
        for (fault, act, play) in faults {
            let what = match act {
                0 => format!("inject f{fault}"),
                1 => format!("verify bite of f{fault}"),
                2 => format!("heal f{fault}"),
                _ => format!("verify f{fault} gone"),
            };
            script = script.with(&what, &[play]);
        }
        script
    }
}

/// Each step ends exactly once for good, and each attempt that began ends before the next begins.
fn each_step_ends_once(plan: &Plan, played: &Played) -> Result<(), TestCaseError> {
    let mut open: BTreeMap<&str, u32> = BTreeMap::new();
    let mut ended: BTreeMap<&str, u32> = BTreeMap::new();
    for record in &played.records {
        match &record.what {
            What::StepStarted { step, attempt } => {
                prop_assert_eq!(open.insert(step.as_str(), *attempt), None);
                prop_assert_eq!(ended.get(step.as_str()).copied().unwrap_or(0) + 1, *attempt);
            }
            What::StepEnded { step, outcome, .. } => {
                let began = open.remove(step.as_str()).is_some();
                let unplayed = [StepOutcome::Skipped, StepOutcome::NotReached].contains(outcome);
                prop_assert_eq!(began, !unplayed);
                *ended.entry(step.as_str()).or_default() += 1;
            }
            _ => {}
        }
    }
    prop_assert!(open.is_empty(), "{:?}", open);
    for step in &plan.steps {
        let attempts = match &step.on_failure {
            OnFailure::Retry(retry) => retry.times + 1,
            _ => 1,
        };
        let times = ended.get(step.id.as_str()).copied().unwrap_or(0);
        prop_assert!((1..=attempts).contains(&times), "{:?} ended {} times", step.id, times);
    }
    Ok(())
}

/// Nothing begins before what it needs has passed, was left out, or failed and may.
fn nothing_begins_too_early(plan: &Plan, played: &Played) -> Result<(), TestCaseError> {
    let mut last: BTreeMap<&str, StepOutcome> = BTreeMap::new();
    for record in &played.records {
        match &record.what {
            What::StepEnded { step, outcome, .. } => {
                last.insert(step.as_str(), *outcome);
            }
            What::StepStarted { step, .. } => {
                for need in &plan.step(step).unwrap().needs {
                    let outcome = last.get(need.as_str()).copied();
                    let may = plan.step(need).unwrap().on_failure == OnFailure::Continue;
                    let settled = match outcome {
                        Some(StepOutcome::Passed | StepOutcome::Skipped) => true,
                        Some(StepOutcome::Failed | StepOutcome::TimedOut) => may,
                        Some(StepOutcome::NotReached) | None => false,
                    };
                    prop_assert!(settled, "{:?} began with {:?} {:?}", step, need, outcome);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// What was injected is verified, and healed or said not to be.
fn every_fault_is_followed_to_its_end(plan: &Plan, played: &Played) -> Result<(), TestCaseError> {
    use FaultStage as S;
    for (id, _) in plan.active_faults() {
        let of = |record: &crate::history::Record| match &record.what {
            What::Fault { fault, stage, .. } if fault == id => Some(*stage),
            _ => None,
        };
        let stages: Vec<_> = played.records.iter().filter_map(of).collect();
        prop_assert_eq!(stages.first(), Some(&S::Armed));
        let rest = &stages[1..];
        match rest {
            [] | [S::InjectFailed] => {}
            [S::Injected, S::BiteVerified | S::BiteNotSeen, ends @ ..] => {
                prop_assert!(!ends.is_empty());
                let last = *ends.last().unwrap();
                let is_end = [S::GoneVerified, S::GoneNotSeen, S::HealFailed].contains(&last);
                prop_assert!(is_end, "{:?}", rest);
                let gone = ends.iter().filter(|stage| **stage == S::GoneVerified).count();
                prop_assert_eq!(gone, usize::from(last == S::GoneVerified));
            }
            _ => prop_assert!(false, "{:?}", rest),
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn whatever_happens_order_holds_and_all_comes_to_an_end(
        plan in any_plan(),
        script in any_script(),
    ) {
        let played = play(&plan, script.clone());
        prop_assert_eq!(played.ending.as_ref().unwrap(), &Ending::Complete);
        prop_assert_eq!(played.torn_down, 1);
        prop_assert!(played.most_steps <= 8);
        each_step_ends_once(&plan, &played)?;
        nothing_begins_too_early(&plan, &played)?;
        every_fault_is_followed_to_its_end(&plan, &played)?;
        prop_assert_eq!(play(&plan, script).records, played.records);
    }

    #[test]
    fn an_interruption_ends_whatever_goes_on(
        plan in any_plan(),
        script in any_script(),
        at in 0..200_usize,
    ) {
        let played = play(&plan, Script { interrupt_at: Some(at), ..script });
        prop_assert_eq!(played.torn_down, 1);
        prop_assert!(played.ending.is_ok());
        if played.has("phase Migrate") {
            prop_assert_eq!(played.outcomes().len(), plan.steps.len());
        }
    }
}
