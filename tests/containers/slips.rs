//! What people do to steps, on real hosts.

use filage::history::StepOutcome;
use filage_tests::{rehearsal::play, scenario::Scenario, turn::Turn};

#[test]
fn a_stop_on_the_wrong_host_leaves_the_right_one_running() {
    let Some(turn) = Turn::of_one() else { return };
    let scenario = Scenario::of_tests("notes")
        .and("faults:\n  wrong-window: { step-elsewhere: { step: stop-notes, on: new } }\n");
    let played = play(scenario, &[]).with_code(1);
    played.assert_bit_and_gone("wrong-window");
    assert!(
        played.step("stop-notes").detail.contains("on `new`"),
        "{:#?}",
        played.step("stop-notes")
    );
    played.assert_gone(&turn.engine);
}

#[test]
fn a_step_that_is_late_by_an_hour_costs_a_moment_here_and_an_hour_there() {
    let Some(turn) = Turn::of_one() else { return };
    let scenario = Scenario::of_tests("notes").and(
        "faults:\n  lunch: { step-late: { step: start-notes, by: 1h } }\n  \
         not-noted: { step-twice: { step: transfer-notes } }\n",
    );
    let played = play(scenario, &[]).with_code(1);
    played.assert_bit_and_gone("lunch");
    played.assert_bit_and_gone("not-noted");
    assert_eq!(played.step("start-notes").outcome, Some(StepOutcome::Passed));
    let notes = played.service("notes");
    assert!(notes.downtime.min_seconds.0.as_seconds() > 3_600.0, "{:?}", notes.downtime);
    let causes: Vec<_> = notes.outages[0].causes.iter().map(|cause| cause.id.as_str()).collect();
    assert!(causes.contains(&"lunch"), "{causes:?}");
    played.assert_gone(&turn.engine);
}
