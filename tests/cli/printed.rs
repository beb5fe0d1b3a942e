//! What the program prints: schemas, plans, help.

use std::fs;

use filage_tests::{program, scenario::Scenario};

#[test]
fn the_schemas_are_those_in_the_repository() {
    for name in ["scenario", "overlay", "verdict"] {
        let file = format!("{name}-1.json");
        let path = filage_tests::top().join("harness/schema").join(&file);
        let committed = fs::read_to_string(&path).unwrap_or_default();
        let printed = program::filage(["schema", name]).with_code(0).stdout;
        assert!(
            committed == printed,
            "harness/schema/{file} is not what `filage schema {name}` prints: \
             run `cargo xtask schema` and look at what changed; a change that an old reader would \
             misread needs a new version"
        );
    }
}

#[test]
fn plans_tell_what_each_step_needs_touches_and_may_break() {
    let notes = Scenario::of_tests("notes");
    let printed = program::filage(["plan".as_ref(), notes.dir().as_os_str()]).with_code(0);
    insta::assert_snapshot!("plan-of-notes", printed.stdout);
    let printed = program::filage(["plan", "scenarios/proxgroup"]).with_code(0);
    insta::assert_snapshot!("plan-of-proxgroup", printed.stdout);
}

#[test]
fn a_plan_for_programs_has_every_default_written_out() {
    let printed = program::filage(["plan", "scenarios/proxgroup", "--format", "json"]).with_code(0);
    let plan: serde_json::Value = serde_json::from_str(&printed.stdout).expect("JSON");
    let steps = plan["steps"].as_array().expect("a list");
    assert_eq!(plan["scenario"], "proxgroup");
    for step in steps {
        for key in ["id", "needs", "deadline", "on_failure"] {
            assert!(step.get(key).is_some(), "`{key}` of {step:#}");
        }
    }
}

#[test]
fn the_story_is_well_formed() {
    let said = program::filage(["check", "scenarios/proxgroup"]).with_code(0);
    let told = "`proxgroup` is well formed: \
                2 hosts, 6 services, 31 steps, 2 faults, 15 lines of end state\n";
    assert_eq!(said.stdout, told);
}

#[test]
fn help_teaches_by_examples_and_names_the_exit_codes() {
    let help = program::filage(["--help"]).with_code(0).stdout;
    let codes = ["0  pass", "1  fail", "2  bad input", "3  unknown", "4  a bug"];
    for words in codes.iter().chain(&["A first rehearsal:", "filage run   scenarios/proxgroup"]) {
        assert!(help.contains(words), "`{words}` is not in\n{help}");
    }
    for command in [
        "check",
        "plan",
        "run",
        "explore",
        "replay",
        "calibrate",
        "clean",
        "doctor",
        "schema",
        "completions",
    ] {
        assert!(help.contains(command), "`{command}` is not in\n{help}");
        let help = program::filage([command, "--help"]).with_code(0).stdout;
        for words in ["Examples:", &format!("filage {command}"), "Exit codes:"] {
            assert!(help.contains(words), "`{words}` is not in `{command} --help`:\n{help}");
        }
    }
}

#[test]
fn shells_complete_commands_and_options() {
    for shell in ["bash", "zsh", "fish"] {
        let script = program::filage(["completions", shell]).with_code(0).stdout;
        for word in ["doctor", "no-faults"] {
            assert!(script.contains(word), "{shell}: no `{word}`");
        }
    }
}
