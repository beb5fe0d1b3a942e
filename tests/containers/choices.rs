//! What of a scenario is played: `--skip`, `--until`, `--fault`, `--no-faults`, `--keep`.

use filage::{check::Ruling, history::StepOutcome};
use filage_tests::{program, rehearsal::play, scenario::Scenario, turn::Turn};

use super::links::without_network_twice;

#[test]
fn a_skipped_step_is_forgotten_and_its_absence_told() {
    let Some(_turn) = Turn::of_one() else { return };
    let arguments = ["--skip", "transfer-notes", "--until", "start-notes"];
    let played = play(Scenario::of_tests("notes"), &arguments);
    assert_eq!(played.step("transfer-notes").outcome, Some(StepOutcome::Skipped));
    assert_eq!(played.step("start-notes").outcome, Some(StepOutcome::Passed));
    assert_eq!(played.step("point-www").outcome, Some(StepOutcome::NotReached));
    assert!(played.said.stdout.contains("--skip transfer-notes"), "{}", played.said.stdout);
}

#[test]
fn without_faults_nothing_goes_wrong() {
    let Some(_turn) = Turn::of_one() else { return };
    let played = play(without_network_twice(), &["--no-faults", "--until", "ssh-1"]).with_code(3);
    assert_eq!(played.step("ssh-1").outcome, Some(StepOutcome::Passed));
    assert_eq!(played.verdict.faults, []);
    assert!(played.said.stdout.contains("--no-faults"), "{}", played.said.stdout);
}

#[test]
fn one_fault_of_two_can_be_chosen() {
    let Some(_turn) = Turn::of_one() else { return };
    let arguments = ["--fault", "cable", "--until", "ssh-2"];
    let played = play(without_network_twice(), &arguments).with_code(3);
    let faults: Vec<&str> = played.verdict.faults.iter().map(|fault| fault.id.as_str()).collect();
    assert_eq!(faults, ["cable"]);
    played.assert_bit_and_gone("cable");
    // The other one would still be there.
    assert_eq!(played.step("ssh-2").outcome, Some(StepOutcome::Passed));
}

#[test]
fn a_rehearsal_that_ends_early_is_unknown_and_what_it_keeps_stays() {
    let Some(turn) = Turn::of_one() else { return };
    let played = play(Scenario::of_tests("notes"), &["--until", "stop-notes", "--keep"]);
    let left = turn.engine.of_run(&played.verdict.run);
    let liberties = turn.engine.liberties(&left.containers);
    program::filage(["clean"]).with_code(0);
    let after_clean = turn.engine.of_run(&played.verdict.run);
    // Not by `clean --all`: that would remove what others keep on the same engine.
    turn.engine.remove(&after_clean);

    let played = played.with_code(3);
    assert_eq!(played.verdict.verdict, Ruling::Unknown);
    assert_eq!(played.step("transfer-notes").outcome, Some(StepOutcome::NotReached));
    assert_eq!(left, after_clean, "`clean` leaves what is kept");
    assert_eq!(left.containers.len(), 6, "{left:#?}");
    for (container, taken) in liberties {
        assert!(taken.is_empty(), "`{container}` has {taken:?}");
    }
    played.assert_gone(&turn.engine);
}
