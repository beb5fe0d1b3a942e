//! Overlays, and exploring in the simulator: what is found, saved, and played again.

use std::fs;

use filage_tests::{
    program::{self, Said},
    scenario::Scenario,
};
use serde_json::Value;

/// An overlay beside a scenario.
fn overlay(scenario: &Scenario, text: &str) -> String {
    let path = scenario.beside("worst.yaml");
    fs::write(&path, text).expect("the copy can be written");
    path.display().to_string()
}

fn explore(scenario: &Scenario, more: &[&str]) -> Said {
    let (dir, out) = (scenario.dir().display().to_string(), scenario.beside("found"));
    let out = out.display().to_string();
    let base = ["explore", &dir, "--out", &out, "--pairs", "10", "--random", "5"];
    program::filage(base.iter().chain(more))
}

#[test]
fn an_overlay_adds_faults_and_forgets_steps() {
    let scenario = Scenario::of_tests("notes");
    let dir = scenario.dir().display().to_string();
    let with = overlay(
        &scenario,
        "filage-overlay: 1\nscenario: notes\nseed: 7\nskip: [point-www]\nfaults:\n  \
         cut: { network-down: { on: new }, from: { after: point-www }, for: 10s }\n",
    );
    program::filage(["check", &dir, "--with", &with]).with_code(0);
    let plan = program::filage(["plan", &dir, "--with", &with, "--rehearsals", "0"]).with_code(0);
    for words in ["seed 7", "`new` is without network", "after step `point-www`", "(skipped)"] {
        assert!(plan.stdout.contains(words), "`{words}` in {}", plan.stdout);
    }
    let out = scenario.beside("run").display().to_string();
    let run = ["run", &dir, "--world", "sim", "--with", &with, "--out", &out];
    let said = program::filage(run).with_code(1);
    let again = format!("--seed 7 --with {with} --world sim --skip point-www");
    assert!(said.stdout.contains(&again), "`{again}` in {}", said.stdout);
    assert!(said.stdout.contains("cut"), "{}", said.stdout);
}

#[test]
fn mistakes_in_an_overlay_are_told_with_their_places() {
    let scenario = Scenario::of_tests("notes");
    let dir = scenario.dir().display().to_string();
    let head = "filage-overlay: 1\nscenario: notes\n";
    let fault = |text: &str| format!("{head}faults:\n  f: {text}\n");
    let cases: [(String, &[&str]); 9] = [
        (head.replace("notes", "nodes"), &["worst.yaml:2:11", "an overlay for `nodes`"]),
        (head.replace('1', "2"), &["worst.yaml:1:17", "version `2`"]),
        (head.replace("scenario", "scenaro"), &["worst.yaml:2:1", "did you mean `scenario`"]),
        (format!("{head}skip: [stop-nots]\n"), &["worst.yaml:3:8", "did you mean `stop-notes`"]),
        (format!("{head}own_faults: [f]\n"), &["worst.yaml:3:14", "unknown fault `f`"]),
        (
            fault("{ network-dwon: { on: new }, from: start }"),
            &["worst.yaml:4:8", "did you mean `network-down`"],
        ),
        (
            fault("{ network-down: { on: nwe }, from: start }"),
            &["worst.yaml:4:28", "did you mean `new`"],
        ),
        (
            fault("{ network-down: { on: new }, from: { during: stop-note } }"),
            &["worst.yaml:4:51", "unknown step `stop-note`"],
        ),
        (
            format!(
                "{}skip: [stop-notes]\n",
                fault("{ network-down: { on: new }, from: { during: stop-notes } }")
            ),
            &["worst.yaml:4:51", "`stop-notes` is skipped"],
        ),
    ];
    for (text, words) in cases {
        let with = overlay(&scenario, &text);
        for command in [&["check"][..], &["plan"], &["run", "--world", "sim"], &["explore"]] {
            let arguments = command.iter().copied().chain([dir.as_str(), "--with", &with]);
            let said = program::filage(arguments).with_code(2);
            for word in words {
                assert!(said.stderr.contains(word), "{text}: `{word}` in {}", said.stderr);
            }
        }
    }
    let said = program::filage(["check", &dir, "--with", "nowhere.yaml"]).with_code(2);
    assert!(said.stderr.contains("cannot read `nowhere.yaml`"), "{}", said.stderr);
}

#[test]
fn exploring_names_the_smallest_schedules_and_saves_them() {
    let scenario = Scenario::of_tests("notes");
    let said = explore(&scenario, &["--format", "json"]).with_code(1);
    let found: Value = serde_json::from_str(&said.stdout).expect("JSON and nothing else");
    let saved = fs::read_to_string(scenario.beside("found").join("findings.json")).unwrap();
    assert_eq!(said.stdout, saved);
    assert!(found["rehearsals"].as_u64() > Some(10), "{}", found["rehearsals"]);
    assert!(found["wall_seconds"].as_f64() > Some(0.0));
    for cell in found["cells"].as_array().expect("a list") {
        for key in ["fault", "target", "step", "moment", "outcome"] {
            assert!(cell[key].is_string(), "`{key}` of {cell}");
        }
    }
    let minimal = found["minimal"].as_array().expect("a list");
    assert!(!minimal.is_empty());
    let dir = scenario.dir().display().to_string();
    for (minimal, number) in minimal.iter().zip(0..) {
        assert!(!minimal["schedule"].as_array().expect("a list").is_empty(), "{minimal}");
        let with = minimal["overlay"].as_str().expect("a path");
        let out = scenario.beside(&format!("again-{number}")).display().to_string();
        let run = ["run", &dir, "--world", "sim", "--with", with, "--out", &out];
        let said = program::filage(run).with_code(1);
        let why = minimal["why"].as_str().expect("a text");
        let verdict = fs::read_to_string(scenario.beside(&format!("again-{number}/verdict.json")));
        let verdict: Value = serde_json::from_str(&verdict.unwrap()).unwrap();
        let reasons = verdict["reasons"].as_array().expect("a list");
        assert!(reasons.iter().any(|reason| reason["text"] == why), "{why}: {}", said.stdout);
    }
}

#[test]
fn exploring_is_seen_at_a_glance_and_in_a_page() {
    let scenario = Scenario::of_tests("notes");
    let said = explore(&scenario, &[]).with_code(1);
    for words in ["network-down", "step-skipped operator", "D data lost", "played", "--with"] {
        assert!(said.stdout.contains(words), "`{words}` in {}", said.stdout);
    }
    let page = fs::read_to_string(scenario.beside("found").join("findings.html")).unwrap();
    assert!(page.contains("<table class=\"matrix\">"), "{page}");
    assert!(!page.contains("http://") && !page.contains("https://"), "it needs nothing else");
    explore(&scenario, &[]).with_code(2);
}

#[test]
fn an_exploration_that_cannot_be_is_bad_input() {
    let scenario = Scenario::of_tests("notes");
    for (more, words) in [
        (&["--seconds", "0"][..], "--seconds"),
        (&["--threads", "0"], "--threads"),
        (&["--seed", "x"], "--seed"),
        (&["--skip", "stop-nots"], "`stop-nots`"),
    ] {
        let said = explore(&scenario, more).with_code(2);
        assert!(said.stderr.contains(words), "{}", said.stderr);
        assert!(!scenario.beside("found").exists(), "nothing is left");
    }
}

#[test]
fn what_to_announce_is_said_with_its_guarantee() {
    let scenario = Scenario::of_tests("notes");
    let dir = scenario.dir().display().to_string();
    let plan = |nights: &str| program::filage(["plan", &dir, "--rehearsals", nights]).with_code(0);
    let said = plan("9").stdout;
    for words in [
        "downtime to announce (9 rehearsals, SIMULATED, and corrected by no real run)",
        "95 %: needs 19 runs",
        "all of it",
    ] {
        assert!(said.contains(words), "`{words}` in {said}");
    }
    assert!(!plan("0").stdout.contains("downtime to announce"));

    // Four runs, as if they had been played on real hosts.
    let runs: Vec<String> = (0..4)
        .map(|seed: u64| {
            let out = scenario.beside(&format!("real-{seed}")).display().to_string();
            let seed = seed.to_string();
            program::filage(["run", &dir, "--world", "sim", "--seed", &seed, "--out", &out])
                .with_code(0);
            let file = format!("{out}/history.jsonl");
            let history = fs::read_to_string(&file).unwrap();
            fs::write(&file, history.replacen(r#""world":"sim""#, r#""world":"docker""#, 1))
                .unwrap();
            out
        })
        .collect();
    let base = ["plan", &dir, "--rehearsals", "19", "--runs"].map(str::to_owned);
    let said = program::filage(base.iter().chain(&runs)).with_code(0).stdout;
    for words in ["simulated, corrected by 4 real runs", "90 %: needs 9 runs", "80 %: "] {
        assert!(said.contains(words), "`{words}` in {said}");
    }
    assert!(!said.contains("80 %: needs"), "{said}");
    let twins = Scenario::of_tests("twins");
    let dir = twins.dir().display().to_string();
    let said = program::filage(["plan", &dir, "--runs", &runs[0]]).with_code(2);
    // The lines break where the path lets them.
    for words in ["a run of `notes`", "not of `twins`"] {
        assert!(said.stderr.contains(words), "{}", said.stderr);
    }
}

#[test]
fn what_is_found_under_an_overlay_stands_alone() {
    let scenario = Scenario::of_tests("notes");
    let with = overlay(
        &scenario,
        "filage-overlay: 1\nscenario: notes\nfaults:\n  \
         cut: { network-down: { on: new }, from: start }\n",
    );
    let said = explore(&scenario, &["--with", &with]);
    assert!(said.with_code(1).stdout.contains("fails as it is"));
    let first = fs::read_dir(scenario.beside("found"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "yaml"))
        .find(|path| fs::read_to_string(path).unwrap().contains("cut: {"));
    let first = first.expect("one of them has the fault of the overlay").display().to_string();
    let dir = scenario.dir().display().to_string();
    program::filage(["check", &dir, "--with", &first]).with_code(0);
}
