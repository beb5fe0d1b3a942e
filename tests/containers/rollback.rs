//! Going back on real hosts.

use filage::{check::Ruling, history::StepOutcome};
use filage_tests::{rehearsal::play, scenario::Scenario, turn::Turn};

#[test]
fn a_migration_that_breaks_at_its_last_step_is_taken_back() {
    let Some(turn) = Turn::of_one() else { return };
    let played = play(Scenario::notes_and_back(), &[]).with_code(0);
    played.assert_bit_and_gone("gives-up");
    let rollback = played.verdict.rollback.as_ref().expect("it was rolled back");
    assert_eq!(rollback.verdict, Ruling::Pass);
    assert!(rollback.took.expect("all is back").max_seconds <= rollback.budget_seconds.unwrap());
    for id in ["undo-point-www", "undo-start-notes", "undo-start-notes-2", "undo-stop-notes"] {
        assert_eq!(played.step(id).outcome, Some(StepOutcome::Passed), "{id}");
    }
    assert_eq!(played.verdict.end_state.len(), 2, "{:#?}", played.verdict.end_state);
    played.assert_gone(&turn.engine);
}

#[test]
fn an_undo_that_fails_leaves_the_service_down_and_is_a_failure() {
    let Some(turn) = Turn::of_one() else { return };
    let scenario = Scenario::notes_and_back()
        .script("broken.sh", "echo 'the key is not on this laptop' >&2; exit 1")
        .with("undo: [{ start: notes, on: old }]", "undo: [{ run: scripts/broken.sh, on: old }]");
    let played = play(scenario, &[]).with_code(1);
    let rollback = played.verdict.rollback.as_ref().expect("it was rolled back");
    assert_eq!((rollback.verdict, rollback.undone_at), (Ruling::Fail, None));
    let texts: Vec<_> = played.verdict.reasons.iter().map(|reason| reason.text.as_str()).collect();
    let told = "the rollback after step `point-www` failed at step `undo-stop-notes`";
    assert!(texts.iter().any(|text| text.starts_with(told)), "{texts:#?}");
    assert!(texts.iter().any(|text| text.contains("still down")), "{texts:#?}");
    played.assert_gone(&turn.engine);
}
