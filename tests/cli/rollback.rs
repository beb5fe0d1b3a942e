//! Going back, in the simulator: what it comes to, what is said of it, and what cannot be written.

use filage::{check::Ruling, history::StepOutcome};
use filage_tests::{program, rehearsal::play_in, scenario::Scenario};

#[test]
fn a_migration_that_a_fault_breaks_is_taken_back() {
    let played = play_in("sim", Scenario::notes_and_back(), &[]).with_code(0);
    let rollback = played.verdict.rollback.as_ref().expect("it was rolled back");
    assert_eq!((rollback.step.as_str(), rollback.verdict), ("point-www", Ruling::Pass));
    let ended: Vec<_> = played.verdict.steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(
        ended[4..],
        ["undo-stop-notes", "undo-start-notes", "undo-start-notes-2", "undo-point-www"]
    );
    let ids: Vec<_> = played.verdict.end_state.iter().map(|line| line.id.as_str()).collect();
    assert_eq!(ids, ["old-serves", "notes-at-old"]);
    let words = "Rollback  after `point-www` failed: undone, and every service back, in ";
    assert!(played.said.stdout.contains(words), "{}", played.said.stdout);
    for (file, words) in
        [("report.html", "<h2>Rollback</h2>"), ("junit.xml", "<testsuite name=\"rollback\"")]
    {
        let text = std::fs::read_to_string(played.folder.join(file)).unwrap();
        assert!(text.contains(words), "{file}");
    }
}

#[test]
fn a_rollback_that_fails_is_a_failure() {
    let scenario = Scenario::notes_and_back()
        .with("undo: [{ start: notes, on: old }]", "undo: [{ start: notes, on: new }]");
    let played = play_in("sim", scenario, &[]).with_code(1);
    let rollback = played.verdict.rollback.as_ref().expect("it was rolled back");
    assert_eq!(rollback.verdict, Ruling::Fail);
}

#[test]
fn a_migration_that_fails_by_itself_is_no_pass_however_well_it_is_taken_back() {
    let scenario = Scenario::notes_and_back()
        .with("    on_failure: rollback\n", "")
        .with("  - transfer: { service: notes, from: old, to: new }\n  - start: notes\n    on: new\n",
            "  - id: looks\n    check: [{ listens: { on: new, ports: [9] } }]\n    on_failure: rollback\n  \
             - transfer: { service: notes, from: old, to: new }\n  - start: notes\n    on: new\n");
    let played = play_in("sim", scenario, &["--no-faults"]).with_code(1);
    assert_eq!(played.step("looks").outcome, Some(StepOutcome::Failed));
    let rollback = played.verdict.rollback.as_ref().expect("it was rolled back");
    assert_eq!(rollback.verdict, Ruling::Pass);
    let text = &played.verdict.reasons[0].text;
    assert!(
        text.ends_with(
            "no fault of this rehearsal explains that, so the migration itself does not work"
        ),
        "{text}"
    );
}

#[test]
fn an_abort_budget_that_is_broken_is_a_failure() {
    let scenario = Scenario::notes_and_back().with("abort: 1m", "abort: 500ms");
    let played = play_in("sim", scenario, &[]).with_code(1);
    let text = &played.verdict.reasons[0].text;
    assert!(text.contains("over the budget of 500ms"), "{text}");
}

#[test]
fn the_plan_shows_the_way_back() {
    let scenario = Scenario::notes_and_back();
    let said = program::filage(["plan", &scenario.dir().display().to_string()]).with_code(0);
    for words in [
        "undo       start `notes` on `old` (undo-stop-notes, within 2m)",
        "on failure roll back",
        "after a rollback\n",
        "undone, and all services answer, within 1m",
    ] {
        assert!(said.stdout.contains(words), "{words}:\n{}", said.stdout);
    }
}

#[test]
fn slips_that_cannot_be_are_told_with_their_place() {
    for (fault, told) in [
        ("step-skipped: { step: stop-nots }", "unknown step `stop-nots`"),
        ("step-late: { step: stop-notes, by: 0s }", "out of range"),
        (
            "step-elsewhere: { step: stop-notes, on: old }",
            "`old` is where `stop-notes` is to be done",
        ),
        ("step-elsewhere: { step: point-www, on: old }", "is done on no host"),
        ("step-early: { step: stop-notes, before: point-www }", "need not come after `point-www`"),
        (
            "step-twice: { step: stop-notes }, from: start",
            "begins when it is the turn of `stop-notes`",
        ),
        ("step-skipped: { step: stop-notes }, for: 1s", "`for` means nothing to `step-skipped`"),
        ("network-down: { on: new }", "the fault does not say when it begins"),
    ] {
        let scenario = Scenario::of_tests("notes").and(&format!("faults:\n  f: {{ {fault} }}\n"));
        let said = program::filage(["check", &scenario.dir().display().to_string()]).with_code(2);
        assert!(said.stderr.contains(told), "{fault}: {}", said.stderr);
        assert!(said.stderr.contains("scenario.yaml:"), "{}", said.stderr);
    }
}

#[test]
fn a_step_that_is_done_too_early_is_seen_to_be() {
    let scenario = Scenario::of_tests("notes")
        .and("faults:\n  hasty: { step-early: { step: transfer-notes, before: stop-notes } }\n");
    let played = play_in("sim", scenario, &[]);
    let fault = played.fault("hasty");
    assert!(fault.bite_verified && fault.gone_verified, "{fault:#?}");
    let (copied, stopped) = (played.step("transfer-notes"), played.step("stop-notes"));
    assert!(copied.started_at < stopped.started_at, "{copied:#?}");
}
