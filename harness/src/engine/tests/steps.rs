//! Order, deadlines, retries, and what a failure means.

use super::{
    Play, Script, StepOutcome as O,
    fake::Jumps,
    plans::{id, plan, seconds, step},
    play,
};
use crate::{
    expect::{Found, Listener},
    history::{Ending, What},
    plan::Fate,
};

#[test]
fn a_plain_rehearsal_goes_through_all_phases() {
    let plan = plan([
        step("a", &[]),
        step("pause", &["a"]).waits(3600),
        step("look", &["pause"]).checks(&[443]),
    ]);
    let played = play(&plan, Script::default());
    assert_eq!(played.ending.as_ref().unwrap(), &Ending::Complete);
    insta::assert_snapshot!(played.told(), @r"
       0.0 phase Up
       1.0 phase Baseline
       2.0 phase Migrate
       2.0 start a 1
       3.0 Passed a: step a done
       3.0 start pause 1
    3603.0 passed 3600
    3603.0 Passed pause:
    3603.0 start look 1
    3603.1 Passed look: `new` listens on 443
    3603.1 phase Heal
    3603.1 phase Settle
    3608.0 phase Check
    3608.1 First port-443: listeners: 443 (nginx)
    3608.1 phase Restart
    3611.0 phase Recheck
    3611.1 AfterRestart port-443: listeners: 443 (nginx)
    3611.1 phase Down
    3611.1 refused new example.org
    3611.1 end Complete:
    ");
}

#[test]
fn what_needs_nothing_of_each_other_runs_at_once() {
    let plan = plan([
        step("a", &[]),
        step("b", &["a"]),
        step("c", &["a"]),
        step("d", &["b", "c"]),
        step("e", &[]),
    ]);
    let played = play(&plan, Script::default().with("step c", &[Play::Done(3_000)]));
    insta::assert_snapshot!(played.migration(), @r"
    2.0 phase Migrate
    2.0 start a 1
    2.0 start e 1
    3.0 Passed a: step a done
    3.0 start b 1
    3.0 start c 1
    3.0 Passed e: step e done
    4.0 Passed b: step b done
    6.0 Passed c: step c done
    6.0 start d 1
    7.0 Passed d: step d done
    7.0 phase Heal
    ");
}

#[test]
fn at_most_eight_steps_run_at_once() {
    let names: Vec<String> = (0..20).map(|n| format!("s{n}")).collect();
    let played = play(&plan(names.iter().map(|name| step(name, &[]))), Script::default());
    assert_eq!(played.most_steps, 8);
    assert_eq!(played.outcomes().len(), 20);
    assert!(played.outcomes().iter().all(|(_, outcome)| *outcome == O::Passed));
}

#[test]
fn a_step_is_given_up_at_its_deadline() {
    // It ends when cancelled; late; so late that nobody waits for it any more; a retry is due then.
    for (after, seconds) in [(0, 5.0), (4_000, 9.0), (12_000, 15.0), (700_000, 15.0)] {
        let plan = plan([step("a", &[]).within(5).goes_on(), step("b", &["a"])]);
        let script = Script::default().with("step a", &[Play::Hangs(after)]);
        let script = script.with("step b", &[Play::Done(20_000)]);
        let played = play(&plan, script);
        assert_eq!(played.outcomes(), [("a".into(), O::TimedOut), ("b".into(), O::Passed)]);
        let took = played.at("TimedOut a").since(played.at("start a 1")).as_seconds();
        assert!((took - seconds).abs() < 0.1, "{took} for {after}");
        assert_eq!(played.log.iter().filter(|what| *what == "cancel step a").count(), 1);
        assert!(played.has("TimedOut a: not done within 5s"));
    }
}

#[test]
fn an_hour_beside_a_minute_of_work_is_an_hour() {
    for jumps in [Jumps::WhenAsked, Jumps::WhenItEnds] {
        for waits in ["a-wait", "z-wait"] {
            // The wait begins before or after the work beside it, and is longer than its own deadline.
            let mut steps = vec![
                step(waits, &[]).waits(3600).within(10),
                step("slow", &[]).within(100),
                step("check", &["slow"]).within(10).checks(&[25]),
            ];
            steps.sort_by(|one, other| one.id.cmp(&other.id));
            let open = Found::Listeners(vec![Listener { port: 25, program: "exim4".to_owned() }]);
            let mut script = Script { jumps, ..Script::default() };
            script = script.with("step slow", &[Play::Done(60_000)]);
            let closed = Found::Listeners(vec![]);
            let findings = vec![closed.clone(), closed, open];
            script.findings.insert("`new` listens on 25".to_owned(), findings);
            let played = play(&plan(steps), script);
            let outcomes = played.outcomes();
            assert!(outcomes.iter().all(|(_, outcome)| *outcome == O::Passed), "{outcomes:?}");
            // Time jumps when all the work is done, and by what is left.
            assert!(played.at("passed") > played.at("Passed check"));
            let ended = played.at(&format!("Passed {waits}"));
            let waited = ended.since(played.at(&format!("start {waits}")));
            assert!(waited >= seconds(3600) && waited < seconds(3601), "{waited}");
        }
    }
}

#[test]
fn what_waits_side_by_side_waits_together_and_ends_in_the_order_of_the_ends() {
    let waits = (1..=20).map(|n| step(&format!("w{n:02}"), &[]).waits(3600 * (n % 3 + 1)));
    let played = play(&plan(waits), Script::default());
    let jumps = played.log.iter().filter(|what| what.starts_with("pass ")).count();
    assert_eq!(jumps, 3, "one to each end, however many wait for it, and nobody waits for hands");
    let ends: Vec<_> = played.outcomes().into_iter().map(|(name, _)| name).collect();
    assert_eq!(ends[..7], ["w03", "w06", "w09", "w12", "w15", "w18", "w01"]);
    let whole = played.at("Passed w20").since(played.at("start w01"));
    assert!(whole >= seconds(3 * 3600) && whole < seconds(3 * 3600 + 1), "{whole}");
}

#[test]
fn time_does_not_jump_by_less_than_a_second() {
    let played = play(&plan([step("a", &[]).waits(0), step("b", &["a"])]), Script::default());
    assert_eq!(played.outcomes(), [("a".into(), O::Passed), ("b".into(), O::Passed)]);
    assert!(!played.has("passed"));
}

#[test]
fn where_time_cannot_be_let_pass_nobody_has_waited() {
    let steps = [step("a", &[]).waits(60), step("b", &[]).waits(90), step("c", &["a"])];
    let script = Script { jumps: Jumps::Never, ..Script::default() };
    let played = play(&plan(steps), script);
    assert_eq!(
        played.outcomes(),
        [("a".into(), O::Failed), ("b".into(), O::Failed), ("c".into(), O::NotReached)]
    );
}

/// A sample may be launched between the jump and the report of it: it must lie behind the jump.
#[test]
fn a_jump_is_recorded_at_the_moment_it_landed_and_not_when_it_was_reported() {
    let played = play(&plan([step("wait", &[]).waits(3600)]), Script::default());
    let at = |wanted: fn(&What) -> bool| {
        played.records.iter().find(|record| wanted(&record.what)).expect("it was recorded").at
    };
    let started = at(|what| matches!(what, What::StepStarted { .. }));
    let passed = at(|what| matches!(what, What::Passed { .. }));
    let ended = at(|what| matches!(what, What::StepEnded { .. }));
    assert_eq!(passed, started + crate::base::Duration::from_secs(3600));
    assert!(ended > passed, "the fake world reports it 5 ms later");
}

#[test]
fn a_deadline_still_holds_after_a_jump() {
    for jumps in [Jumps::WhenAsked, Jumps::WhenItEnds] {
        let plan = plan([
            step("hang", &[]).within(10).goes_on(),
            step("wait", &[]).waits(3600),
            step("hang-too", &["wait"]).within(10).goes_on(),
        ]);
        let script = Script { jumps, ..Script::default() };
        let script = script.with("step hang", &[Play::Hangs(0)]);
        let played = play(&plan, script.with("step hang-too", &[Play::Hangs(0)]));
        for name in ["hang", "hang-too"] {
            let began = played.at(&format!("start {name} 1"));
            let took = played.at(&format!("TimedOut {name}")).since(began).as_seconds();
            assert!((took - 10.0).abs() < 0.1, "{name} took {took}");
        }
    }
}

#[test]
fn a_retry_tries_again_after_its_pause() {
    let plan = plan([step("a", &[]).again(2, 30), step("b", &["a"])]);
    let script = Script::default();
    let played = play(&plan, script.with("step a", &[Play::Fails(1_000), Play::Done(500)]));
    insta::assert_snapshot!(played.migration(), @r"
     2.0 phase Migrate
     2.0 start a 1
     3.0 Failed a: step a failed
    33.0 start a 2
    33.5 Passed a: step a done
    33.5 start b 1
    34.5 Passed b: step b done
    34.5 phase Heal
    ");
}

#[test]
fn retries_come_to_an_end() {
    let plan = plan([step("a", &[]).again(2, 1).within(5), step("b", &["a"])]);
    let played = play(&plan, Script::default().with("step a", &[Play::Fails(1), Play::Hangs(0)]));
    assert_eq!(
        played.about("a"),
        [
            "start a 1",
            "Failed a: step a failed",
            "start a 2",
            "TimedOut a: not done within 5s: cancelled",
            "start a 3",
            "TimedOut a: not done within 5s: cancelled",
        ]
    );
    assert_eq!(played.about("b"), ["NotReached b:"]);
    assert_eq!(played.ending.unwrap(), Ending::Complete, "the end state is looked at all the same");
}

#[test]
fn a_failure_stops_what_has_not_begun_and_awaits_what_has() {
    let plan = plan([
        step("bad", &[]),
        step("long", &[]),
        step("again", &[]).again(5, 60),
        step("after-long", &["long"]),
    ]);
    let script = Script::default().with("step bad", &[Play::Fails(2_000)]);
    let script = script.with("step again", &[Play::Fails(1_000)]);
    let played = play(&plan, script.with("step long", &[Play::Done(30_000)]));
    insta::assert_snapshot!(played.migration(), @r"
     2.0 phase Migrate
     2.0 start bad 1
     2.0 start long 1
     2.0 start again 1
     3.0 Failed again: step again failed
     4.0 Failed bad: step bad failed
    32.0 Passed long: step long done
    32.0 NotReached after-long:
    32.0 phase Heal
    ");
}

#[test]
fn a_failure_may_be_passed_over() {
    let plan = plan([step("bad", &[]).goes_on(), step("b", &["bad"])]);
    let played = play(&plan, Script::default().with("step bad", &[Play::Fails(1)]));
    assert_eq!(played.outcomes(), [("bad".into(), O::Failed), ("b".into(), O::Passed)]);
}

#[test]
fn a_step_that_is_left_out_is_skipped_at_its_turn() {
    let plan = plan([
        step("a", &[]),
        step("forgotten", &["a"]).fated(Fate::Skip),
        step("forgotten-too", &["forgotten"]).fated(Fate::Skip),
        step("b", &["forgotten-too"]),
    ]);
    let played = play(&plan, Script::default());
    insta::assert_snapshot!(played.migration(), @r"
    2.0 phase Migrate
    2.0 start a 1
    3.0 Passed a: step a done
    3.0 Skipped forgotten: left out, as asked
    3.0 Skipped forgotten-too: left out, as asked
    3.0 start b 1
    4.0 Passed b: step b done
    4.0 phase Heal
    ");
}

#[test]
fn a_rehearsal_that_ends_early_looks_at_no_end_state() {
    let mut plan = plan([step("a", &[]), step("b", &["a"]).fated(Fate::Beyond)]);
    plan.until = Some(id("a"));
    let played = play(&plan, Script::default());
    insta::assert_snapshot!(played.told(), @r"
    0.0 phase Up
    1.0 phase Baseline
    2.0 phase Migrate
    2.0 start a 1
    3.0 Passed a: step a done
    3.0 NotReached b:
    3.0 phase Heal
    3.0 phase Down
    3.0 refused new example.org
    3.0 end Complete:
    ");
}

#[test]
fn a_check_waits_a_moment_for_what_it_expects() {
    let plan = plan([step("check", &[]).checks(&[25, 443]), step("b", &["check"])]);
    let words = "`new` listens on 25".to_owned();
    let open = Found::Listeners(vec![Listener { port: 25, program: "master".to_owned() }]);
    let mut script = Script::default();
    script.findings.insert(words.clone(), vec![Found::Listeners(vec![]), open]);
    let played = play(&plan, script.clone());
    assert_eq!(
        played.about("check"),
        ["start check 1", "Passed check: `new` listens on 25; `new` listens on 443"]
    );

    script.findings.insert(words, vec![Found::Listeners(vec![])]);
    let played = play(&plan, script);
    assert_eq!(
        played.about("check"),
        ["start check 1", "Failed check: expected `new` listens on 25, found no listener"]
    );
    let took = played.at("Failed check").since(played.at("start check 1"));
    assert!((seconds(10)..=seconds(11)).contains(&took), "{took}");
    assert_eq!(played.about("b"), ["NotReached b:"]);
}
