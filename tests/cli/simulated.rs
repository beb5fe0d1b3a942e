//! The simulator from the command line: said to be one, the same each time, taught by real runs.

use std::fs;

use filage_tests::{
    program::{self, Said},
    scenario::Scenario,
};

fn simulate(scenario: &Scenario, out: &str, more: &[&str]) -> Said {
    let (dir, out) = (scenario.dir().display().to_string(), scenario.beside(out));
    let out = out.display().to_string();
    let base = ["run", &dir, "--world", "sim", "--out", &out];
    program::filage(base.iter().chain(more))
}

#[test]
fn one_seed_is_one_history() {
    let scenario = Scenario::of_users("proxgroup");
    let said = simulate(&scenario, "one", &["--check-determinism"]).with_code(0);
    assert!(said.stderr.contains("the same history, byte for byte"), "{}", said.stderr);
    simulate(&scenario, "two", &[]).with_code(0);
    simulate(&scenario, "three", &["--seed", "1"]).with_code(0);
    let history = |run: &str| fs::read(scenario.beside(run).join("history.jsonl")).unwrap();
    assert!(history("one") == history("two"), "the same seed");
    assert!(history("one") != history("three"), "another seed");
}

#[test]
fn a_failure_names_how_to_play_it_again() {
    let scenario = Scenario::of_users("proxgroup");
    let said = simulate(&scenario, "run", &["--seed", "3", "--skip", "free-port-25"]).with_code(1);
    assert!(said.stdout.contains("--seed 3 --world sim --skip free-port-25"), "{}", said.stdout);
}

#[test]
fn what_a_simulation_cannot_do_is_bad_input() {
    let scenario = Scenario::of_tests("twins");
    for (more, words) in [
        (&["--keep"][..], "`--keep` means nothing in this world"),
        (&["--seed", "seven"], "invalid value 'seven'"),
    ] {
        let said = simulate(&scenario, "run", more).with_code(2);
        assert!(said.stderr.contains(words), "{}", said.stderr);
        assert!(!scenario.beside("run").exists(), "nothing is left");
    }
}

#[test]
fn runs_on_real_hosts_teach_it_how_long_steps_take() {
    let scenario = Scenario::of_tests("twins");
    let dir = scenario.dir().display().to_string();
    simulate(&scenario, "run", &[]).with_code(0);
    let run = scenario.beside("run").display().to_string();
    let calibrate = || program::filage(["calibrate", &run, "--into", &dir]);
    let refused = calibrate().with_code(2);
    let expected = "line 1: a run in the world `sim`";
    assert!(refused.stderr.replace("\n  │", "").contains(expected), "{}", refused.stderr);

    // As if it had been played on real hosts.
    let file = scenario.beside("run").join("history.jsonl");
    let history = fs::read_to_string(&file).unwrap();
    fs::write(&file, history.replacen(r#""world":"sim""#, r#""world":"docker""#, 1)).unwrap();
    calibrate().with_code(0);
    let timings = scenario.dir().join("timings.yaml");
    let text = fs::read_to_string(&timings).unwrap();
    assert!(text.contains("scenario: twins\nruns: 1\n"), "{text}");
    assert!(text.contains("  start-hello: { least: "), "{text}");
    assert!(!text.contains("  wait"), "the engine's own steps are not measured: {text}");
    simulate(&scenario, "taught", &[]).with_code(0);

    fs::write(&timings, text.replace("scenario: twins", "scenario: others")).unwrap();
    let said = simulate(&scenario, "refused", &[]).with_code(2);
    for words in ["timings of `others`, not of `twins`", "timings.yaml"] {
        assert!(said.stderr.contains(words), "{}", said.stderr);
    }
}
