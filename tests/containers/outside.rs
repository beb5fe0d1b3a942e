//! Nothing leaves the world.

use filage::history::StepOutcome;
use filage_tests::{rehearsal::play, scenario::Scenario, turn::Turn};

#[test]
fn what_a_script_looks_for_outside_is_refused_and_listed() {
    let Some(_turn) = Turn::of_one() else { return };
    let scenario = Scenario::of_tests("notes")
        .script(
            "phone-home.sh",
            "getent hosts telemetry.outside-name.org && exit 1\n\
             curl -s -m 2 http://192.0.2.1/ && exit 1\n\
             curl -s -m 2 http://telemetry.outside-name.org/ && exit 1\n\
             echo 'no way out'",
        )
        .with(
            "steps:\n",
            "steps:\n  - id: from-new\n    run: scripts/phone-home.sh\n    on: new\n\
             \x20 - id: from-the-operator\n    run: scripts/phone-home.sh\n",
        );
    let played = play(scenario, &["--until", "from-the-operator"]).with_code(3);
    for id in ["from-new", "from-the-operator"] {
        assert_eq!(played.step(id).outcome, Some(StepOutcome::Passed), "{:#?}", played.step(id));
        assert_eq!(played.log(id), "no way out\n");
    }
    let refused: Vec<(&str, &str)> = played
        .verdict
        .egress_refused
        .iter()
        .map(|refused| (refused.who.as_str(), refused.name.as_str()))
        .collect();
    for who in ["new", "operator"] {
        assert!(refused.contains(&(who, "telemetry.outside-name.org")), "{who}: {refused:?}");
    }
    assert!(played.said.stdout.contains("telemetry.outside-name.org"), "{}", played.said.stdout);
}
