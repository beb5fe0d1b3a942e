//! Old runs, judged again without any world.

use std::{fs, path::PathBuf};

use filage_tests::{
    program::{self, Said},
    rehearsal::{Played, play},
    scenario::Scenario,
    turn::Turn,
};

#[test]
fn an_old_run_is_judged_again_to_the_same_verdict() {
    let Some(turn) = Turn::of_one() else { return };
    let played = play(Scenario::of_tests("notes"), &[]).with_code(0);
    drop(turn);
    let reports = ["verdict.json", "junit.xml", "report.html"];
    let before = reports.map(|report| bytes(&played, report));
    for report in reports {
        fs::remove_file(played.folder.join(report)).expect("it was there");
    }
    let said = replay(&played.folder).with_code(0);
    assert!(said.stdout.starts_with("PASS notes"), "{}", said.stdout);
    for (report, before) in reports.into_iter().zip(before) {
        assert!(bytes(&played, report) == before, "{report} is another one, byte for byte");
    }

    cut_in_the_middle_of_a_line(&played);
    with_a_damaged_line(&played);
}

fn cut_in_the_middle_of_a_line(played: &Played) {
    let history = bytes(played, "history.jsonl");
    let lines: Vec<&[u8]> = history.split_inclusive(|byte| *byte == b'\n').collect();
    let (whole, rest) = lines.split_at(lines.len() / 2);
    let cut = [whole.concat(), rest[0][..rest[0].len() / 2].to_vec()].concat();
    let folder = copy(played, "cut", &cut);
    let said = replay(&folder).with_code(3);
    assert!(said.stdout.starts_with("UNKNOWN notes"), "{}", said.stdout);
    assert!(said.stdout.contains("breaks off"), "{}", said.stdout);
}

fn with_a_damaged_line(played: &Played) {
    let history = bytes(played, "history.jsonl");
    let mut lines: Vec<&[u8]> = history.split_inclusive(|byte| *byte == b'\n').collect();
    lines[16] = b"{\"at_micros\":12,\"event\":\n";
    let folder = copy(played, "damaged", &lines.concat());
    let said = replay(&folder).with_code(2);
    assert!(said.stderr.contains("line 17"), "{}", said.stderr);
    assert!(!folder.join("verdict.json").exists(), "nothing is judged");
}

fn copy(played: &Played, name: &str, history: &[u8]) -> PathBuf {
    let folder = played.scenario.beside(name);
    fs::create_dir(&folder).expect("there is room");
    fs::write(folder.join("history.jsonl"), history).expect("there is room");
    folder
}

fn bytes(played: &Played, name: &str) -> Vec<u8> {
    fs::read(played.folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn replay(folder: &PathBuf) -> Said {
    let mut command = program::command();
    command.env("DOCKER_HOST", "unix:///nonexistent/docker.sock");
    program::run(command.arg("replay").arg(folder))
}
