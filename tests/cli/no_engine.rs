//! Where no engine answers: that is no fault of the scenario, and the user is told what to do.

use filage_tests::{
    program::{self, Said},
    scenario::Scenario,
};

#[test]
fn a_run_that_wants_real_hosts_points_to_doctor() {
    let scenario = Scenario::of_tests("notes");
    let dir = scenario.dir().display().to_string();
    let said = without_engine(&["run", &dir, "--world", "docker"]).with_code(3);
    assert!(said.stderr.contains("filage doctor"), "{}", said.stderr);
    assert!(said.stderr.contains("/nonexistent/docker.sock"), "{}", said.stderr);
    assert_eq!(said.stdout, "");
}

#[test]
fn a_run_is_simulated_and_says_so() {
    let scenario = Scenario::of_tests("twins");
    let out = scenario.dir().join("run").display().to_string();
    let said = without_engine(&["run", &scenario.dir().display().to_string(), "--out", &out]);
    let said = said.with_code(0);
    for words in ["SIMULATED", "proves nothing about kernels", "filage doctor"] {
        assert!(said.stderr.contains(words), "{words}: {}", said.stderr);
    }
    assert!(said.stdout.contains("world sim"), "{}", said.stdout);
}

#[test]
fn the_story_is_simulated_in_a_moment_by_the_program_and_by_the_chore() {
    let words = ["SIMULATED", "proves nothing about kernels", "for real hosts: `filage doctor`"];
    for chore in [false, true] {
        let scenario = Scenario::of_users("proxgroup");
        let out = scenario.beside("run").display().to_string();
        let said = match chore {
            false => without_engine(&["run", "scenarios/proxgroup", "--out", &out]),
            true => program::run(without(program::xtask().args(["rehearse", "--out", &out]))),
        };
        let said = said.with_code(0);
        for words in words {
            assert!(said.stderr.contains(words), "{words}: {}", said.stderr);
        }
        assert!(said.stdout.starts_with("PASS proxgroup"), "{}", said.stdout);
        assert!(said.stdout.contains("world sim"), "{}", said.stdout);
    }
}

#[test]
fn doctor_says_what_is_missing() {
    let said = without_engine(&["doctor"]).with_code(3);
    assert!(said.stdout.contains("✗ engine"), "{}", said.stdout);
    let said = without_engine(&["doctor", "--format", "json"]).with_code(3);
    let findings: serde_json::Value = serde_json::from_str(&said.stdout).expect("JSON");
    let engine = findings.as_array().into_iter().flatten().find(|it| it["name"] == "engine");
    let engine = engine.expect("the engine is looked at");
    assert_eq!(engine["ok"], false);
    assert_ne!(engine["advice"], "");
}

#[test]
fn clean_ends_with_3() {
    let said = without_engine(&["clean"]).with_code(3);
    assert!(said.stderr.contains("filage doctor"), "{}", said.stderr);
}

#[test]
fn all_that_needs_none_works() {
    for arguments in [
        &["check", "scenarios/proxgroup"][..],
        &["plan", "scenarios/proxgroup"],
        &["schema"],
        &["completions", "bash"],
    ] {
        without_engine(arguments).with_code(0);
    }
}

fn without_engine(arguments: &[&str]) -> Said {
    program::run(without(program::command().args(arguments)))
}

/// The same call where no engine answers.
fn without(command: &mut assert_cmd::Command) -> &mut assert_cmd::Command {
    command.env("DOCKER_HOST", "unix:///nonexistent/docker.sock")
}
