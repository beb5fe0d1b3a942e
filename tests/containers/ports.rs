//! `port-occupied`: somebody else holds the port that a container wants.

use filage::{check::Ruling, history::StepOutcome};
use filage_tests::{rehearsal::play, scenario::Scenario, turn::Turn};

/// Tiny, whose port on the new host is held by a listener until a script ends that.
fn squatted() -> Scenario {
    Scenario::of_tests("tiny")
        .script(
            "free-port.sh",
            "pid=$(sudo ss -Hltnp 'sport = :8080' | sed 's/.*pid=\\([0-9]*\\).*/\\1/')\n\
             unit=$(ps -o unit= -p \"$pid\")\n\
             sudo systemctl disable --now \"$unit\"\n\
             echo \"ended $unit\"",
        )
        .with(
            "  - start: tiny",
            "  - id: first-try\n    start: tiny\n    on: new\n    on_failure: continue\n\
             \x20 - id: free-port\n    run: scripts/free-port.sh\n    on: new\n\
             \x20 - start: tiny",
        )
        .and(
            "faults:\n\
             \x20 squatter: { port-occupied: { on: new, port: 8080 }, from: start, healed_by: free-port }\n",
        )
}

#[test]
fn a_step_that_frees_the_port_heals_the_fault() {
    let Some(_turn) = Turn::of_one() else { return };
    let played = play(squatted(), &[]).with_code(0);
    played.assert_bit_and_gone("squatter");
    let first = played.step("first-try");
    assert_eq!(first.outcome, Some(StepOutcome::Failed));
    for words in ["port 8080 of `new` is held by `python3`", "address already in use"] {
        assert!(first.detail.contains(words), "`{words}` is not in {}", first.detail);
    }
    assert_eq!(played.step("start-tiny").outcome, Some(StepOutcome::Passed));
}

#[test]
fn a_forgotten_step_leaves_the_port_held_and_the_reason_says_by_whom() {
    let Some(turn) = Turn::of_one() else { return };
    let played = play(squatted(), &["--skip", "free-port"]).with_code(1);
    assert_eq!(played.step("free-port").outcome, Some(StepOutcome::Skipped));
    assert_eq!(played.step("start-tiny").outcome, Some(StepOutcome::Failed));
    assert_eq!(played.service("tiny").verdict, Ruling::Fail);
    played.assert_reasons(&["`start-tiny`", "python3", "8080", "`new`", "`free-port`"]);
    played.assert_gone(&turn.engine);
}
