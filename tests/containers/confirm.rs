//! What exploring finds in the simulator, played on real containers as well.

use std::{
    fs,
    os::unix::process::CommandExt,
    process::{Command, Stdio},
};

use filage_tests::{
    program::{self, Said},
    rehearsal::{await_history, run_of},
    scenario::Scenario,
    turn::Turn,
};
use serde_json::Value;

#[test]
fn the_worst_that_was_found_is_confirmed() {
    let Some(_turn) = Turn::of_one() else { return };
    let scenario = Scenario::of_tests("notes");
    let (dir, out) = (scenario.dir().display().to_string(), scenario.beside("found"));
    let arguments = [
        "explore",
        &dir,
        "--pairs",
        "0",
        "--random",
        "0",
        "--confirm",
        "1",
        "--format",
        "json",
        "--out",
        &out.display().to_string(),
    ];
    let said = program::filage(arguments).with_code(1);
    let found: Value = serde_json::from_str(&said.stdout).expect("JSON and nothing else");
    let worst = &found["minimal"][0];
    assert_eq!(worst["confirmed"]["agrees"], true, "{worst:#}");
    let run = worst["confirmed"]["run"].as_str().expect("a path");
    let verdict = fs::read_to_string(format!("{run}/verdict.json")).expect("it was kept");
    let verdict: Value = serde_json::from_str(&verdict).expect("it is JSON");
    assert_eq!(verdict["world"], "docker");
    let others = found["minimal"].as_array().expect("a list").iter().skip(1);
    assert!(others.into_iter().all(|it| it.get("confirmed").is_none()), "one was asked for");
}

#[test]
fn the_way_back_that_takes_longest_is_confirmed() {
    let Some(_turn) = Turn::of_one() else { return };
    let scenario = Scenario::notes_and_back()
        .with("{ stop: notes, on: new }", "{ stop: notes, on: new, on_failure: continue }");
    let (dir, out) = (scenario.dir().display().to_string(), scenario.beside("found"));
    let out = out.display().to_string();
    let arguments = ["explore", &dir, "--abort", "--no-faults", "--confirm", "1", "--out", &out];
    let said = program::filage(arguments).with_code(0);
    for words in ["\non real containers\n", "(survived): confirmed on real containers: "] {
        assert!(said.stdout.contains(words), "{words}:\n{}", said.stdout);
    }
    let found = fs::read_to_string(scenario.beside("found").join("findings.json")).unwrap();
    let found: Value = serde_json::from_str(&found).unwrap();
    let cells = found["cells"].as_array().expect("a list");
    let asked: Vec<_> = cells.iter().filter(|cell| cell.get("confirmed").is_some()).collect();
    assert_eq!((asked.len(), &asked[0]["confirmed"]["agrees"]), (1, &Value::Bool(true)));
    let run = asked[0]["confirmed"]["run"].as_str().expect("a path");
    let verdict = fs::read_to_string(format!("{run}/verdict.json")).expect("it was kept");
    let verdict: Value = serde_json::from_str(&verdict).expect("it is JSON");
    assert_eq!(
        (&verdict["world"], &verdict["rollback"]["verdict"]),
        (&"docker".into(), &"pass".into())
    );
}

#[test]
fn whoever_is_interrupted_keeps_what_was_found_and_confirms_no_more() {
    let Some(turn) = Turn::of_one() else { return };
    let scenario = Scenario::of_tests("notes");
    let out = scenario.beside("found");
    let mut command = program::process();
    command.arg("explore").arg(scenario.dir()).args(["--pairs", "0", "--random", "0"]);
    command.args(["--confirm", "3", "--out"]).arg(&out).process_group(0);
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    await_history(&mut child, &out.join("confirmed/01-budget-broken"), "\"phase\":\"migrate\"", 1);
    // As a terminal does it: all of the group at once.
    let interrupted =
        Command::new("kill").args(["-INT", "--", &format!("-{}", child.id())]).status();
    assert!(interrupted.expect("kill starts").success());
    let said = Said::from(child.wait_with_output().expect("it ends")).with_code(1);

    let begun = said.stderr.lines().filter(|line| line.starts_with("confirm "));
    assert_eq!(begun.count(), 1, "{}", said.stderr);
    let found = fs::read_to_string(out.join("findings.json")).expect("it is kept");
    let found: Value = serde_json::from_str(&found).expect("it is JSON");
    let smallest = found["minimal"].as_array().expect("a list");
    assert!(smallest.len() >= 3 && smallest.iter().all(|it| it.get("confirmed").is_none()));
    let left = turn.engine.of_run(&run_of(&said.stderr));
    assert!(left.is_empty(), "{left:#?}");
}
