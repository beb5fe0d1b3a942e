//! What goes wrong with names and packages, several at once: each is seen to bite and to be gone, and
//! none takes another one along.

use filage::history::StepOutcome;
use filage_tests::{rehearsal::play, scenario::Scenario, turn::Turn};

/// All faults that a migration gets over.
const PASSING: [&str; 8] = [
    "no-mirror",
    "killed-by-hand",
    "authority-dies",
    "key-revoked",
    "resolver-dies",
    "all-fail",
    "asked-too-early",
    "overstays",
];

#[test]
fn faults_of_names_bite_together_and_are_healed_one_by_one() {
    let Some(turn) = Turn::of_one() else { return };
    let arguments: Vec<&str> = PASSING.iter().flat_map(|id| ["--fault", *id]).collect();
    let played = play(Scenario::of_tests("names"), &arguments);
    for id in PASSING {
        played.assert_bit_and_gone(id);
    }
    let history =
        std::fs::read_to_string(played.folder.join("history.jsonl")).expect("there is a history");
    // The first line is the plan, which names everything.
    let told = |words: &str| history.lines().skip(1).any(|line| line.contains(words));
    for (step, words) in [
        ("install-ncdu", "E: Unable to locate package ncdu"),
        ("lower-ttl", "the authoritative server does not answer"),
        ("point-hello", "the update of `hello.names.example` was refused: BADKEY"),
    ] {
        assert_eq!(played.step(step).outcome, Some(StepOutcome::Passed), "{step}");
        assert!(told(words), "no attempt at `{step}` failed with {words}");
    }
    assert!(!played.service("hello").outages.is_empty(), "nobody noticed that names were away");
    played.assert_gone(&turn.engine);
}

#[test]
fn a_ttl_that_is_not_lowered_strands_clients_at_the_old_host() {
    let Some(turn) = Turn::of_one() else { return };
    let arguments = ["--fault", "panel-knows-better"];
    let played = play(Scenario::of_tests("names"), &arguments).with_code(1);
    played.assert_bit_and_gone("panel-knows-better");
    played.assert_reasons(&["`hello` was still down at the end"]);
    played.assert_gone(&turn.engine);
}
