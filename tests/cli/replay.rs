//! Old runs, judged again: from the history alone, byte for byte; and what is left of a run whose disk
//! was full.

use std::{
    fs,
    path::{Path, PathBuf},
};

use filage::{
    check,
    history::{Begin, Fold, History, Record, Sink},
    report::{html, json, junit},
};
use filage_tests::{
    program::{self, Said},
    scenario::Scenario,
};

const REPORTS: [&str; 3] = ["verdict.json", "report.html", "junit.xml"];

/// A run of the scenario `notes` on real hosts, as an earlier version wrote it.
fn recorded() -> String {
    let path = filage_tests::top().join("tests/recorded/notes.jsonl");
    fs::read_to_string(path).expect("it lies in the repository")
}

/// A folder that holds a history and nothing else.
fn run_of(history: &str) -> (tempfile::TempDir, PathBuf) {
    let scratch = tempfile::tempdir().expect("there is room");
    let run = scratch.path().join("run");
    fs::create_dir(&run).expect("there is room");
    fs::write(run.join("history.jsonl"), history).expect("there is room");
    (scratch, run)
}

fn replay(run: &Path) -> Said {
    program::filage([Path::new("replay"), run])
}

fn reports(run: &Path) -> [String; 3] {
    REPORTS.map(|name| {
        fs::read_to_string(run.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    })
}

/// The records one after the other, as a rehearsal tells them while it goes on.
fn followed_live(history: &str) -> History {
    let mut lines = history.lines();
    let begin: Begin = serde_json::from_str(lines.next().expect("a first line")).expect("a begin");
    let mut fold = Fold::default();
    fold.begin(&begin).expect("there is room");
    for line in lines {
        let record: Record = serde_json::from_str(line).expect("a record");
        fold.record(&record).expect("there is room");
    }
    fold.finish().expect("it has begun")
}

#[test]
fn a_history_of_an_earlier_version_is_judged_the_same_each_time_and_as_it_was_live() {
    let (_scratch, run) = run_of(&recorded());
    let said = replay(&run).with_code(0);
    let said = said.stdout.replace(&run.display().to_string(), "RUN");
    insta::assert_snapshot!(said, @"
    PASS notes in 21.5s of story time (world docker, seed 0, run 20261122-142155-c210)
    Downtime
      pass     notes: down 10s to 10.2s of 1m (64% starting, 31% transferring), by transfer-notes, start-notes, point-www, stop-notes
      pass     together (all): down 10s to 10.2s of 1m
    Advice    notes: 6.6s of 10.2s is starting: start it before the stop if it can run twice, or see in its log what it waits for (step `start-notes`)
    Steps     4 passed
    End state 7 of 7 hold, also after a restart
    Report    RUN/report.html
    ");
    let first = reports(&run);
    replay(&run).with_code(0);
    assert!(reports(&run) == first, "a second time it is another one");

    let history = followed_live(&recorded());
    let verdict = check::verdict(&history);
    let live = [json::render(&verdict), html::render(&history, &verdict), junit::render(&verdict)];
    assert!(live == first, "live it was another one");
}

#[test]
fn a_simulated_run_is_judged_again_byte_for_byte() {
    let scenario = Scenario::of_users("proxgroup");
    let run = scenario.beside("run");
    let dir = scenario.dir().display().to_string();
    let out = run.display().to_string();
    program::filage(["run", &dir, "--world", "sim", "--out", &out]).with_code(0);
    let live = reports(&run);
    REPORTS.into_iter().for_each(|name| fs::remove_file(run.join(name)).expect("it was there"));
    replay(&run).with_code(0);
    for ((name, live), again) in REPORTS.into_iter().zip(live).zip(reports(&run)) {
        assert!(again == live, "{name} is another one");
    }
}

#[test]
fn a_damaged_history_is_refused_with_the_line_and_a_way_on() {
    let history = recorded();
    let mut lines: Vec<_> = history.lines().collect();
    lines[99] = &lines[99][..20];
    let (_scratch, run) = run_of(&(lines.join("\n") + "\n"));
    let said = replay(&run).with_code(2);
    // The program breaks lines where the terminal ends.
    let text = said.stderr.replace("\n  │ ", " ").replace("\n        ", " ");
    for words in ["line 100 is no record of a history", "head -n 99"] {
        assert!(text.contains(words), "{words}: {}", said.stderr);
    }
    assert!(!run.join("verdict.json").exists(), "nothing is judged");
}

#[test]
fn a_disk_that_is_full_ends_a_run_and_leaves_a_history_that_can_be_judged() {
    let scenario = Scenario::of_users("proxgroup");
    let run = scenario.beside("run");
    let dir = scenario.dir().display().to_string();
    let out = run.display().to_string();
    // No file may be larger than so many blocks of 512 bytes, and to try is an error like any other.
    let mut command = assert_cmd::Command::new("sh");
    let limited = r#"trap "" XFSZ; ulimit -f 100; exec "$0" "$@""#;
    command.args(["-c", limited]).arg(program::path());
    command.args(["run", &dir, "--world", "sim", "--out", &out]).current_dir(filage_tests::top());
    let said = program::run(&mut command).with_code(3);
    assert!(said.stderr.contains("the history cannot be written"), "{}", said.stderr);

    let history = fs::read(run.join("history.jsonl")).expect("it was begun");
    assert_eq!(history.len() % 512, 0, "it is full to the last byte");
    let said = replay(&run).with_code(3);
    assert!(said.stdout.contains("the history breaks off before its end"), "{}", said.stdout);
}
