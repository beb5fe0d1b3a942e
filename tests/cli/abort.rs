//! Breaking a migration off at each step: what is said of it, kept, and played again.

use std::fs;

use filage_tests::{
    program::{self, Said},
    scenario::Scenario,
};
use serde_json::Value;

/// A migration that is watched for a while when all is done, and can be taken back.
fn watched() -> Scenario {
    let point = "undo: [{ point: { name: www.notes.example, to: old } }]\n";
    let watch = "  - id: watch\n    wait: { for: 20s, why: whether all is well }\n";
    Scenario::notes_and_back()
        .with("{ stop: notes, on: new }", "{ stop: notes, on: new, on_failure: continue }")
        .with(point, &format!("{point}{watch}"))
}

fn abort(scenario: &Scenario, more: &[&str]) -> Said {
    let (dir, out) = (scenario.dir().display().to_string(), scenario.beside("found"));
    let out = out.display().to_string();
    program::filage(["explore", &dir, "--abort", "--out", &out].iter().chain(more))
}

#[test]
fn a_way_back_from_every_step_is_a_pass() {
    let scenario = watched();
    let said = abort(&scenario, &["--no-faults"]).with_code(0);
    for words in [
        "notes, broken off at each step and rolled back",
        "before  during  after  back after at most",
        "there is a way back from every step\n",
        "within the budget of 1m\n",
    ] {
        assert!(said.stdout.contains(words), "{words}:\n{}", said.stdout);
    }
    let page = fs::read_to_string(scenario.beside("found").join("findings.html")).unwrap();
    assert!(page.contains("there is a way back from every step"), "{page}");
    assert!(!page.contains("http://") && !page.contains("https://"), "it needs nothing else");
}

#[test]
fn the_point_of_no_return_is_named_and_played_again() {
    let scenario = watched().with("    undo: [{ start: notes, on: old }]\n", "");
    let said = abort(&scenario, &["--no-faults", "--format", "json"]).with_code(1);
    let found: Value = serde_json::from_str(&said.stdout).expect("JSON and nothing else");
    assert_eq!(found["point_of_no_return"]["step"], "stop-notes", "{found:#}");
    assert_eq!(found["budget_seconds"], 60.0);
    for cell in found["cells"].as_array().expect("a list") {
        for key in ["fault", "target", "step", "moment", "outcome"] {
            assert!(cell[key].is_string(), "`{key}` of {cell}");
        }
    }
    let worst = &found["minimal"][0];
    assert_eq!(worst["outcome"], "budget-broken", "{worst:#}");
    let dir = scenario.dir().display().to_string();
    let (with, out) = (worst["overlay"].as_str().expect("a path"), scenario.beside("again"));
    let out = out.display().to_string();
    let run = ["run", &dir, "--world", "sim", "--with", with, "--out", &out];
    let said = program::filage(run).with_code(1);
    assert!(said.stdout.contains(worst["why"].as_str().expect("a text")), "{}", said.stdout);

    fs::remove_dir_all(scenario.beside("found")).unwrap();
    let said = abort(&scenario, &["--no-faults"]).with_code(1);
    for words in [
        "POINT OF NO RETURN: once step `stop-notes` has begun",
        "budget broken: all, notes",
        "--with",
    ] {
        assert!(said.stdout.contains(words), "{words}:\n{}", said.stdout);
    }
    let page = fs::read_to_string(scenario.beside("found").join("findings.html")).unwrap();
    assert!(page.contains("<h2>Point of no return</h2>"), "{page}");
}

#[test]
fn what_nothing_undoes_cannot_be_aborted() {
    let scenario = Scenario::of_tests("notes");
    let said = abort(&scenario, &[]).with_code(2);
    for words in ["scenario.yaml:", "no step has an `undo`", "give the steps"] {
        assert!(said.stderr.contains(words), "{words}: {}", said.stderr);
    }
    assert!(!scenario.beside("found").exists(), "nothing is left");
    let said = abort(&Scenario::notes_and_back(), &["--pairs", "3"]).with_code(2);
    assert!(said.stderr.contains("--pairs"), "{}", said.stderr);
}
