//! The schedule, without any world.

use super::{
    StepOutcome::{self, Failed, Passed, Skipped, TimedOut},
    plans::{network_down, plan, port_occupied, seconds, step},
};
use crate::{
    base::StoryTime,
    engine::schedule::{
        Order::{self, Act, Skip},
        Schedule,
    },
    fault::Trigger,
    history::FaultStage,
    plan::{Fate, Plan},
    world::FaultAct::{Heal, Inject, VerifyBite, VerifyGone},
};

fn at(second: u64) -> StoryTime {
    StoryTime(second * 1_000_000)
}

fn start(step: usize, attempt: u32) -> Order {
    Order::Start { step, attempt }
}

/// A schedule whose migration began at second 100.
fn begun(plan: &Plan) -> Schedule<'_> {
    let mut schedule = Schedule::new(plan);
    schedule.begin(at(100));
    schedule
}

fn good(schedule: &mut Schedule<'_>, fault: usize) -> Vec<FaultStage> {
    let stages = schedule.fault_ended(fault, Ok(String::new()), at(100));
    stages.into_iter().map(|(stage, _)| stage).collect()
}

fn trigger(of: fn(crate::base::StepId) -> Trigger, step: &str) -> Trigger {
    of(step.parse().unwrap())
}

#[test]
fn nothing_starts_before_the_migration_begins() {
    let plan = plan([step("a", &[])]);
    let mut schedule = Schedule::new(&plan);
    assert_eq!(schedule.next(at(1_000_000)), []);
    assert!(schedule.is_over());
    schedule.begin(at(100));
    assert_eq!(schedule.next(at(100)), [start(0, 1)]);
    assert_eq!(schedule.next(at(100)), [], "an order is given once");
    assert!(!schedule.is_over());
    schedule.step_ended(0, Passed, at(101));
    assert_eq!(schedule.next(at(101)), []);
    assert!(schedule.is_over());
    assert!(schedule.finish().is_empty());
}

#[test]
fn a_step_starts_when_all_that_it_needs_is_settled() {
    let ends: [(StepOutcome, bool); 3] = [(Passed, true), (Failed, false), (TimedOut, false)];
    for (outcome, unless_stopped) in ends {
        for goes_on in [true, false] {
            let first = step("a", &[]);
            let first = if goes_on { first.goes_on() } else { first };
            let plan = plan([first, step("b", &[]), step("c", &["a", "b"])]);
            let mut schedule = begun(&plan);
            assert_eq!(schedule.next(at(100)), [start(0, 1), start(1, 1)]);
            schedule.step_ended(1, Passed, at(101));
            assert_eq!(schedule.next(at(101)), []);
            schedule.step_ended(0, outcome, at(102));
            let expected = if unless_stopped || goes_on { vec![start(2, 1)] } else { vec![] };
            assert_eq!(schedule.next(at(102)), expected, "{outcome:?}, goes on: {goes_on}");
        }
    }
}

#[test]
fn a_free_place_is_taken_by_the_next() {
    let names: Vec<String> = (0..10).map(|n| format!("s{n}")).collect();
    let plan = plan(names.iter().map(|name| step(name, &[]).again(1, 5)));
    let mut schedule = begun(&plan);
    assert_eq!(schedule.next(at(100)).len(), 8);
    schedule.step_ended(3, Failed, at(101));
    assert_eq!(schedule.wakes_at(), Some(at(106)), "one place is free");
    assert_eq!(schedule.next(at(101)), [start(8, 1)]);
    assert_eq!(schedule.wakes_at(), None, "a retry needs a place too");
    assert_eq!(schedule.next(at(106)), []);
    schedule.step_ended(0, Passed, at(107));
    assert_eq!(schedule.next(at(107)), [start(3, 2)], "in the plan's order");
}

#[test]
fn a_retry_has_its_pause_and_its_end() {
    let plan = plan([step("a", &[]).again(1, 30)]);
    let mut schedule = begun(&plan);
    schedule.next(at(100));
    schedule.step_ended(0, TimedOut, at(110));
    assert!(!schedule.is_over());
    assert_eq!(schedule.wakes_at(), Some(at(140)));
    assert_eq!(schedule.next(at(139)), []);
    assert_eq!(schedule.next(at(140)), [start(0, 2)]);
    schedule.step_ended(0, Failed, at(150));
    assert_eq!((schedule.next(at(1_000)), schedule.wakes_at()), (vec![], None));
    assert!(schedule.is_over());
    assert!(schedule.finish().is_empty(), "it has ended");
}

#[test]
fn a_stop_lets_run_what_runs_and_begins_nothing() {
    let plan = plan([
        step("bad", &[]),
        step("long", &[]),
        step("retried", &[]).again(9, 1),
        step("later", &["long"]),
    ])
    .fault("after-bad", network_down(trigger(Trigger::After, "bad")))
    .fault("after-long", network_down(trigger(Trigger::After, "long")))
    .fault("timed", network_down(Trigger::At(seconds(50))));
    let mut schedule = begun(&plan);
    schedule.next(at(100));
    schedule.step_ended(2, Failed, at(101));
    assert_eq!(schedule.wakes_at(), Some(at(102)));
    schedule.step_ended(0, Failed, at(101));
    assert_eq!((schedule.next(at(200)), schedule.wakes_at()), (vec![], None));
    assert!(!schedule.is_over(), "`long` still runs");
    schedule.step_ended(1, Passed, at(201));
    assert_eq!(schedule.next(at(201)), []);
    assert!(schedule.is_over());
    let left: Vec<_> =
        schedule.finish().into_iter().map(|(id, running)| (id.as_str(), running)).collect();
    assert_eq!(left, [("later", false)]);
}

#[test]
fn what_is_left_out_lets_pass_and_what_lies_beyond_does_not() {
    let plan = plan([
        step("a", &[]).fated(Fate::Skip),
        step("b", &["a"]).fated(Fate::Skip),
        step("c", &["b"]),
        step("d", &[]).fated(Fate::Beyond),
    ]);
    let mut schedule = begun(&plan);
    assert_eq!(schedule.next(at(100)), [Skip(0), Skip(1), start(2, 1)]);
    let left = schedule.finish();
    assert_eq!(left, [(&plan.steps[2].id, true), (&plan.steps[3].id, false)]);
}

#[test]
fn faults_of_the_start_come_with_the_hosts() {
    let plan = plan([]).fault("net", network_down(Trigger::Start));
    let mut schedule = Schedule::new(&plan);
    assert_eq!(schedule.next(at(1)), []);
    schedule.hand_over();
    assert_eq!(schedule.next(at(1)), [Act(0, Inject)]);
    assert!(!schedule.is_over());
    assert_eq!(good(&mut schedule, 0), [FaultStage::Injected]);
    assert_eq!(schedule.next(at(2)), [Act(0, VerifyBite)]);
    assert_eq!(good(&mut schedule, 0), [FaultStage::BiteVerified]);
    assert!(schedule.is_over());
}

#[test]
fn a_step_waits_for_the_fault_before_it() {
    let plan = plan([step("a", &[]), step("b", &[])])
        .fault("net", network_down(trigger(Trigger::Before, "a")));
    let mut schedule = begun(&plan);
    assert_eq!(schedule.next(at(100)), [start(1, 1), Act(0, Inject)]);
    good(&mut schedule, 0);
    assert_eq!(schedule.next(at(101)), [Act(0, VerifyBite)]);
    schedule.fault_ended(0, Err("not seen".to_owned()), at(102));
    assert_eq!(schedule.next(at(102)), [start(0, 1)], "it goes on, bite or not");
}

#[test]
fn a_fault_strikes_once_and_right_after_the_start_of_its_step() {
    let plan = plan([step("a", &[]).again(1, 1), step("b", &["a"])])
        .fault("net", network_down(trigger(Trigger::During, "a")));
    let mut schedule = begun(&plan);
    assert_eq!(schedule.next(at(100)), [start(0, 1), Act(0, Inject)]);
    schedule.step_ended(0, Failed, at(101));
    assert_eq!(schedule.next(at(102)), [start(0, 2)]);
    schedule.step_ended(0, Passed, at(103));
    assert_eq!(schedule.next(at(103)), [], "what follows waits for the fault");
    good(&mut schedule, 0);
    assert_eq!(schedule.next(at(104)), [Act(0, VerifyBite)]);
    good(&mut schedule, 0);
    assert_eq!(schedule.next(at(105)), [start(1, 1)]);
}

#[test]
fn what_follows_a_step_waits_for_the_fault_after_it() {
    for outcome in [Passed, Failed] {
        let plan = plan([step("a", &[]).goes_on(), step("b", &["a"])])
            .fault("net", network_down(trigger(Trigger::After, "a")));
        let mut schedule = begun(&plan);
        schedule.next(at(100));
        schedule.step_ended(0, outcome, at(101));
        assert_eq!(schedule.next(at(101)), [Act(0, Inject)]);
        schedule.fault_ended(0, Err("no such host".to_owned()), at(102));
        assert_eq!(schedule.next(at(102)), [start(1, 1)], "a fault that fails stops nothing");
    }
}

#[test]
fn a_fault_of_a_time_comes_at_it_or_right_after_a_jump_past_it() {
    let plan = plan([step("a", &[]), step("b", &["a"])])
        .fault("net", network_down(Trigger::At(seconds(50))));
    let mut schedule = begun(&plan);
    schedule.next(at(100));
    assert_eq!(schedule.wakes_at(), Some(at(150)), "counted from the first step");
    assert_eq!(schedule.next(at(149)), []);
    schedule.step_ended(0, Passed, at(500));
    assert_eq!(schedule.next(at(500)), [Act(0, Inject), start(1, 1)]);
    assert_eq!(schedule.wakes_at(), None);
}

#[test]
fn what_follows_the_healing_step_waits_for_the_healing() {
    for (fault, acts) in [
        (network_down(Trigger::Start), &[Heal, VerifyGone][..]),
        (port_occupied(Trigger::Start), &[VerifyGone]),
    ] {
        let plan = plan([step("mend", &[]), step("b", &["mend"]), step("c", &[])])
            .fault("broken", fault.healed_by("mend"));
        let mut schedule = begun(&plan);
        schedule.hand_over();
        assert_eq!(schedule.next(at(100)), [Act(0, Inject), start(0, 1), start(2, 1)]);
        good(&mut schedule, 0);
        assert_eq!(schedule.next(at(100)), [Act(0, VerifyBite)]);
        good(&mut schedule, 0);
        schedule.step_ended(0, Passed, at(101));
        for act in acts {
            assert_eq!(schedule.next(at(101)), [Act(0, *act)]);
            good(&mut schedule, 0);
        }
        assert_eq!(schedule.next(at(102)), [start(1, 1)]);
    }
}

#[test]
fn only_a_healing_step_that_passed_heals() {
    for (fate, outcome) in [(Fate::Play, Failed), (Fate::Play, TimedOut), (Fate::Skip, Skipped)] {
        let plan = plan([step("mend", &[]).goes_on().fated(fate), step("b", &["mend"])])
            .fault("net", network_down(Trigger::Start).healed_by("mend"));
        let mut schedule = Schedule::new(&plan);
        schedule.hand_over();
        schedule.next(at(1));
        good(&mut schedule, 0);
        schedule.next(at(1));
        good(&mut schedule, 0);
        schedule.begin(at(100));
        let orders = schedule.next(at(100));
        if outcome != Skipped {
            schedule.step_ended(0, outcome, at(101));
            assert_eq!(schedule.next(at(101)), [start(1, 1)], "{outcome:?}");
        } else {
            assert_eq!(orders, [Skip(0), start(1, 1)]);
        }
        schedule.step_ended(1, Passed, at(102));
        schedule.finish();
        schedule.heal_all();
        assert_eq!(schedule.next(at(103)), [Act(0, Heal)], "{outcome:?}");
    }
}

#[test]
fn a_fault_wakes_the_schedule_when_its_time_is_over() {
    let plan = plan([step("a", &[])]).fault("net", network_down(Trigger::Start).lasts(30));
    let mut schedule = Schedule::new(&plan);
    schedule.hand_over();
    schedule.next(at(90));
    good(&mut schedule, 0);
    schedule.next(at(100));
    good(&mut schedule, 0);
    assert_eq!(schedule.wakes_at(), Some(at(130)), "30 s after it was injected");
    assert_eq!(schedule.next(at(129)), []);
    assert_eq!(schedule.next(at(130)), [Act(0, Heal)], "before the migration, too");
    assert_eq!(schedule.wakes_at(), None);
}

#[test]
#[should_panic(expected = "step `b` ended without running")]
fn a_step_that_does_not_run_cannot_end() {
    let plan = plan([step("a", &[]), step("b", &["a"])]);
    let mut schedule = begun(&plan);
    schedule.next(at(100));
    schedule.step_ended(1, Passed, at(101));
}
