//! The way back: which steps are undone, in which order, and what follows.

use insta::assert_snapshot;

use super::{
    Play, Script,
    plans::{plan, port_occupied, seconds, step},
    play,
};
use crate::{
    fault::Trigger,
    history::StepOutcome::{self, *},
    plan::{Fate, Plan},
    scenario::{OnFailure, Retry, Then},
};

/// Three steps, one after the other; the third may fail.
fn moved() -> [crate::plan::Step; 3] {
    [
        step("stop", &[]).undone_by(&["undo-stop"]),
        step("copy", &["stop"]),
        step("start", &["copy"]).rolls_back().undone_by(&["undo-start", "undo-start-2"]),
    ]
}

/// What was asked of the world in the rollback, and how each step ended at last.
fn undone(plan: &Plan, script: Script) -> (Vec<String>, Vec<(String, StepOutcome)>) {
    let played = play(plan, script);
    let steps = played.log.iter().filter_map(|line| line.strip_prefix("step "));
    let steps = steps.filter(|step| step.starts_with("undo")).map(str::to_owned).collect();
    (steps, played.outcomes())
}

#[test]
fn what_was_done_is_undone_the_last_first() {
    let script = Script::default().with("step start", &[Play::Fails(1_000)]);
    assert_snapshot!(play(&plan(moved()), script).migration(), @"
    2.0 phase Migrate
    2.0 start stop 1
    3.0 Passed stop: step stop done
    3.0 start copy 1
    4.0 Passed copy: step copy done
    4.0 start start 1
    5.0 Failed start: step start failed
    5.0 phase Rollback
    5.0 start undo-start 1
    6.0 Passed undo-start: step undo-start done
    6.0 start undo-start-2 1
    7.0 Passed undo-start-2: step undo-start-2 done
    7.0 start undo-stop 1
    8.0 Passed undo-stop: step undo-stop done
    8.0 phase Heal
    ");
}

#[test]
fn after_a_rollback_its_own_end_state_is_looked_at() {
    let script = Script::default().with("step start", &[Play::Fails(1_000)]);
    let played = play(&plan(moved()), script);
    assert!(played.has("First port-80"), "{}", played.told());
    assert!(!played.has("First port-443"), "{}", played.told());
    assert!(played.has("AfterRestart port-80"), "{}", played.told());
}

#[test]
fn only_what_was_begun_is_undone() {
    let steps = |failing: &str| {
        let script = Script::default().with(&format!("step {failing}"), &[Play::Fails(1_000)]);
        let steps = [
            step("forgotten", &[]).fated(Fate::Skip).undone_by(&["undo-forgotten"]),
            step("first", &["forgotten"]).rolls_back().undone_by(&["undo-first"]),
            step("shaky", &["first"]).goes_on().undone_by(&["undo-shaky"]),
            step("last", &["shaky"]).rolls_back().undone_by(&["undo-last"]),
        ];
        undone(&plan(steps), script).0.join(", ")
    };
    assert_eq!(steps("first"), "undo-first");
    assert_eq!(steps("last"), "undo-last, undo-shaky, undo-first");
    assert_eq!(steps("shaky"), "", "that may fail");
}

#[test]
fn steps_beside_each_other_are_undone_in_the_reverse_order_of_their_ends() {
    let steps = [
        step("slow", &[]).undone_by(&["undo-slow"]),
        step("quick", &[]).undone_by(&["undo-quick"]),
        step("fails", &["slow", "quick"]).rolls_back(),
    ];
    let script = Script::default()
        .with("step slow", &[Play::Done(5_000)])
        .with("step quick", &[Play::Done(1_000)])
        .with("step fails", &[Play::Fails(1_000)]);
    assert_eq!(undone(&plan(steps), script).0, ["undo-slow", "undo-quick"]);
}

#[test]
fn what_still_runs_when_a_step_fails_comes_to_its_end_and_is_undone() {
    let steps = [
        step("slow", &[]).undone_by(&["undo-slow"]),
        step("fails", &[]).rolls_back(),
        step("never", &["slow"]).undone_by(&["undo-never"]),
    ];
    let script = Script::default()
        .with("step slow", &[Play::Done(5_000)])
        .with("step fails", &[Play::Fails(1_000)]);
    let (undone, outcomes) = undone(&plan(steps), script);
    assert_eq!(undone, ["undo-slow"]);
    assert!(outcomes.contains(&("never".to_owned(), NotReached)), "{outcomes:?}");
}

#[test]
fn an_undo_that_fails_ends_the_rollback_unless_it_may() {
    let fails = |plan: &Plan| {
        let script = Script::default()
            .with("step start", &[Play::Fails(1_000)])
            .with("step undo-start", &[Play::Fails(1_000)]);
        undone(plan, script)
    };
    let (played, outcomes) = fails(&plan(moved()));
    assert_eq!(played, ["undo-start"]);
    assert_eq!(
        outcomes[3..],
        [
            ("undo-start".to_owned(), Failed),
            ("undo-start-2".to_owned(), NotReached),
            ("undo-stop".to_owned(), NotReached),
        ]
    );
    let mut lenient = plan(moved());
    lenient.steps[2].undo[0].on_failure = OnFailure::Continue;
    assert_eq!(fails(&lenient).0, ["undo-start", "undo-start-2", "undo-stop"]);
}

#[test]
fn an_undo_is_tried_again_where_that_is_asked_for() {
    let mut plan = plan(moved());
    plan.steps[0].undo = vec![step("undo-stop", &[]).again(2, 5)];
    let script = Script::default()
        .with("step start", &[Play::Fails(1_000)])
        .with("step undo-stop", &[Play::Fails(1_000), Play::Done(1_000)]);
    let (_, outcomes) = undone(&plan, script);
    assert_eq!(outcomes.last(), Some(&("undo-stop".to_owned(), Passed)));
}

#[test]
fn a_step_is_tried_again_before_it_leads_to_a_rollback() {
    let mut plan = plan(moved());
    let retry = Retry { times: 1, every: seconds(1), then: Then::Rollback };
    plan.steps[2].on_failure = OnFailure::Retry(retry);
    let script = Script::default().with("step start", &[Play::Fails(1_000), Play::Fails(1_000)]);
    assert_eq!(undone(&plan, script).0, ["undo-start", "undo-start-2", "undo-stop"]);
}

#[test]
fn a_step_that_only_stops_the_migration_undoes_nothing() {
    let mut plan = plan(moved());
    plan.steps[2].on_failure = OnFailure::Stop;
    let script = Script::default().with("step start", &[Play::Fails(1_000)]);
    let played = play(&plan, script);
    assert!(!played.has("phase Rollback"), "{}", played.told());
}

#[test]
fn a_fault_that_waits_for_its_time_does_not_come_in_the_rollback() {
    let at = Trigger::At(seconds(4));
    let plan = plan(moved()).fault("late", port_occupied(at));
    let script = Script::default().with("step start", &[Play::Fails(500)]);
    let played = play(&plan, script);
    assert_eq!(played.about("late").len(), 1, "{}", played.told());
}
