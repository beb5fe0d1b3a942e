//! Command lines with mistakes: exit code 2, and what to do about it.

use std::fs;

use filage_tests::{program, scenario::Scenario};

#[test]
fn wrong_arguments_end_with_2() {
    let scenario = Scenario::of_tests("notes");
    let dir = scenario.dir().display().to_string();
    let cases: [(&[&str], &[&str]); 9] = [
        (&[], &["Usage:", "doctor"]),
        (&["rnu"], &["rnu", "--help"]),
        (&["run"], &["DIR"]),
        (&["run", &dir, "--seed", "x"], &["--seed"]),
        (&["run", &dir, "--fault", "a", "--no-faults"], &["--no-faults"]),
        (&["run", &dir, "--fault", "rain"], &["`rain`", "filage plan DIR"]),
        (&["run", &dir, "--skip", "stop-nots"], &["`stop-nots`", "filage plan DIR"]),
        (&["plan", &dir, "--until", "the-end"], &["`the-end`", "filage plan DIR"]),
        (&["schema", "history"], &["scenario", "verdict"]),
    ];
    for (arguments, words) in cases {
        let said = program::filage(arguments);
        assert_eq!(said.code, 2, "{arguments:?}: {}", said.stderr);
        assert_eq!(said.stdout, "", "{arguments:?}");
        for word in words {
            assert!(said.stderr.contains(word), "{arguments:?}: `{word}` in {}", said.stderr);
        }
    }
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    for command in ["check", "plan", "run"] {
        let said = program::filage([command, "scenarios/nowhere"]).with_code(2);
        assert!(said.stderr.contains("scenarios/nowhere"), "{}", said.stderr);
    }
    let said = program::filage(["replay", "runs/never"]).with_code(2);
    assert!(said.stderr.contains("runs/never"), "{}", said.stderr);
}

#[test]
fn a_run_never_writes_over_another() {
    let scenario = Scenario::of_tests("notes");
    let folder = scenario.beside("run");
    fs::create_dir(&folder).expect("the copy can be written");
    fs::write(folder.join("verdict.json"), "precious").expect("the copy can be written");
    let mut command = program::command();
    let said = program::run(command.arg("run").arg(scenario.dir()).arg("--out").arg(&folder));
    let said = said.with_code(2);
    assert!(said.stderr.contains("exists already"), "{}", said.stderr);
    let kept = fs::read_to_string(folder.join("verdict.json")).expect("it is there");
    assert_eq!(kept, "precious");
}
