//! What people do to steps: each is seen to happen, and is over with its moment.

use super::{
    Play, Script,
    plans::{id, network_down, plan, step},
    play,
};
use crate::{
    base::Duration,
    fault::{
        BrokenOff, Kind, StepEarly, StepElsewhere, StepFails, StepLate, StepSkipped, StepTwice,
        Trigger,
    },
    plan::{Fault, Plan},
};

fn three() -> Plan {
    plan([step("stop", &[]), step("copy", &["stop"]), step("start", &["copy"])])
}

fn slip(kind: Kind) -> Fault {
    let step = kind.slip().expect("it is one").step.clone();
    Fault { kind, ..network_down(Trigger::Before(step)) }
}

/// What happens between the phases, without the words of the stages after the bite.
fn migration(plan: &Plan, script: Script) -> String {
    let played = play(plan, script);
    let over = ["Healed slip", "GoneVerified slip"];
    let told = played.migration();
    let lines = told.lines().filter(|line| !over.iter().any(|word| line.contains(word)));
    assert!(
        !told.contains("BiteVerified") || over.iter().all(|word| told.contains(word)),
        "what bit is over: {told}"
    );
    lines.map(str::trim).collect::<Vec<_>>().join("\n")
}

fn with(kind: Kind) -> Plan {
    three().fault("slip", slip(kind))
}

#[test]
fn a_step_that_is_forgotten() {
    let plan = with(Kind::StepSkipped(StepSkipped { step: id("copy") }));
    insta::assert_snapshot!(migration(&plan, Script::default()), @"
    2.0 phase Migrate
    2.0 start stop 1
    3.0 Passed stop: step stop done
    3.0 Injected slip: its turn came
    3.0 BiteVerified slip: it was left out, and what follows goes on
    3.0 Skipped copy: left out, as asked
    3.0 start start 1
    4.0 Passed start: step start done
    4.0 phase Heal
    ");
}

#[test]
fn a_step_that_is_late() {
    let by = Duration::from_secs(600);
    let plan = with(Kind::StepLate(StepLate { step: id("copy"), by }));
    insta::assert_snapshot!(migration(&plan, Script::default()), @"
    2.0 phase Migrate
    2.0 start stop 1
    3.0 Passed stop: step stop done
    3.0 Injected slip: its turn came, and nobody begins it
    603.0 passed 600
    603.0 BiteVerified slip: nobody began it for 10m
    603.0 start copy 1
    604.0 Passed copy: step copy done
    604.0 start start 1
    605.0 Passed start: step start done
    605.0 phase Heal
    ");
}

#[test]
fn a_step_that_is_done_twice() {
    let plan = with(Kind::StepTwice(StepTwice { step: id("copy") }));
    insta::assert_snapshot!(migration(&plan, Script::default()), @"
    2.0 phase Migrate
    2.0 start stop 1
    3.0 Passed stop: step stop done
    3.0 start copy 1
    4.0 Passed copy: step copy done
    4.0 Injected slip: it has passed, and is done again
    4.0 start copy 2
    5.0 Passed copy: step copy done
    5.0 BiteVerified slip: it was done again, and passed
    5.0 start start 1
    6.0 Passed start: step start done
    6.0 phase Heal
    ");
    let script = Script::default().with("step copy", &[Play::Done(1_000), Play::Fails(1_000)]);
    let told = migration(&plan, script);
    assert!(told.contains("BiteVerified slip: it was done again, and failed"), "{told}");
    assert!(told.contains("NotReached start"), "the second time counts: {told}");
    let script = Script::default().with("step copy", &[Play::Fails(1_000)]);
    let told = migration(&plan, script);
    assert!(!told.contains("slip"), "what has not passed is not done again: {told}");
}

#[test]
fn a_step_that_is_done_elsewhere() {
    let plan = with(Kind::StepElsewhere(StepElsewhere { step: id("start"), on: id("old") }));
    let played = play(&plan, Script::default());
    assert!(played.log.contains(&"step start on old".to_owned()), "{:?}", played.log);
    let about = played.about("slip").join("\n");
    insta::assert_snapshot!(about, @"
    Armed slip: before step `start`
    Injected slip: it begins on `old`
    BiteVerified slip: it passed on `old`
    Healed slip: its moment is over; nobody makes up for it
    GoneVerified slip: it passed on `old`
    ");
}

#[test]
fn a_step_that_is_done_too_early() {
    let plan = with(Kind::StepEarly(StepEarly { step: id("copy"), before: id("stop") }));
    insta::assert_snapshot!(migration(&plan, Script::default()), @"
    2.0 phase Migrate
    2.0 Injected slip: it begins, and `stop` is still to come
    2.0 BiteVerified slip: `stop` had not begun
    2.0 start copy 1
    3.0 Passed copy: step copy done
    3.0 start stop 1
    4.0 Passed stop: step stop done
    4.0 start start 1
    5.0 Passed start: step start done
    5.0 phase Heal
    ");
}

#[test]
fn what_follows_a_step_that_comes_too_early_still_waits_for_all_before() {
    let plan = with(Kind::StepEarly(StepEarly { step: id("copy"), before: id("stop") }));
    let script = Script::default().with("step stop", &[Play::Done(9_000)]);
    let played = play(&plan, script);
    assert!(played.at("start start") >= played.at("Passed stop"), "{}", played.told());
}

#[test]
fn a_step_that_is_broken_off() {
    let at = |at| with(Kind::StepFails(StepFails { step: id("copy"), at, roll_back: false }));
    let told = |moment| migration(&at(moment), Script::default());
    insta::assert_snapshot!(told(BrokenOff::Before), @"
    2.0 phase Migrate
    2.0 start stop 1
    3.0 Passed stop: step stop done
    3.0 Injected slip: its turn came
    3.0 start copy 1
    3.0 Failed copy: broken off before anything is done, as the fault has it
    3.0 BiteVerified slip: broken off before anything is done, as the fault has it
    3.0 NotReached start:
    3.0 phase Heal
    ");
    insta::assert_snapshot!(told(BrokenOff::After), @"
    2.0 phase Migrate
    2.0 start stop 1
    3.0 Passed stop: step stop done
    3.0 Injected slip: it begins
    3.0 start copy 1
    4.0 Failed copy: broken off after all is done, as the fault has it (step copy done)
    4.0 BiteVerified slip: broken off after all is done, as the fault has it (step copy done)
    4.0 NotReached start:
    4.0 phase Heal
    ");
    let hangs = Script::default().with("step copy", &[Play::Hangs(0)]);
    insta::assert_snapshot!(migration(&at(BrokenOff::During), hangs), @"
    2.0 phase Migrate
    2.0 start stop 1
    3.0 Passed stop: step stop done
    3.0 Injected slip: it begins
    3.0 start copy 1
    3.5 Failed copy: broken off half a second after it began, as the fault has it (not done within 500ms: cancelled)
    3.5 BiteVerified slip: broken off half a second after it began, as the fault has it (not done within 500ms: cancelled)
    3.5 NotReached start:
    3.5 phase Heal
    ");
    let quick = Script::default().with("step copy", &[Play::Done(100)]);
    let told = migration(&at(BrokenOff::During), quick);
    assert!(told.contains("BiteNotSeen slip: the step came to another end before"), "{told}");
    assert!(told.contains("Passed start"), "{told}");
}

#[test]
fn what_is_broken_off_before_it_began_is_not_undone() {
    for (at, undone) in
        [(BrokenOff::Before, "undo-stop"), (BrokenOff::After, "undo-copy, undo-stop")]
    {
        let mut plan = with(Kind::StepFails(StepFails { step: id("copy"), at, roll_back: false }));
        plan.steps[0] = step("stop", &[]).undone_by(&["undo-stop"]);
        plan.steps[1] = step("copy", &["stop"]).rolls_back().undone_by(&["undo-copy"]);
        let log = play(&plan, Script::default()).log;
        let steps = log.iter().filter_map(|line| line.strip_prefix("step "));
        let steps: Vec<_> = steps.filter(|step| step.starts_with("undo")).collect();
        assert_eq!(steps.join(", "), undone, "{at:?}");
    }
}
