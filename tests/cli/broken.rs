//! Broken scenarios: a table of edits of a good one, and what must be said of each.

use filage_tests::{
    program::{self, Said},
    scenario::Scenario,
};

/// One mistake: what of `notes` is replaced, by what, and the words that must be told, its place
/// first.
struct Mistake {
    from: &'static str,
    to: &'static str,
    told: &'static [&'static str],
}

const fn mistake(from: &'static str, to: &'static str, told: &'static [&'static str]) -> Mistake {
    Mistake { from, to, told }
}

const MISTAKES: [Mistake; 26] = [
    // Keys and words that the format does not have.
    mistake("about: One", "abuot: One", &["scenario.yaml:4:1", "unknown key `abuot`", "`about`"]),
    mistake("filage: 1", "filage: 7", &["scenario.yaml:2:9", "`7`", "version 1"]),
    mistake("ttl: 5s", "ttl: soon", &["scenario.yaml:10:35", "`soon` is no duration"]),
    mistake("ttl: 5s", "ttl: 1500ms", &["scenario.yaml:10:35", "whole seconds"]),
    mistake("listens: [8080]\n", "listens: 8080\n", &["scenario.yaml:22:16", "expected a list"]),
    mistake("http: { port", "htttp: { port", &["scenario.yaml:23:14", "did you mean `http`"]),
    mistake("http: { port: 8080,", "http: { port: 80800,", &["scenario.yaml:23:28", "65535"]),
    mistake("  old: { user", "  Old: { user", &["scenario.yaml:7:3", "`Old`", "lower-case"]),
    mistake("scenario: notes\n", "", &["scenario.yaml:2:1", "the key `scenario` is missing"]),
    // Things that are not there.
    mistake("  - stop: notes", "  - stop: nots", &["scenario.yaml:29:11", "did you mean `notes`"]),
    mistake("from: old, to: new", "from: old, to: nwe", &["scenario.yaml:31:48", "`nwe`", "`new`"]),
    mistake(
        "point: { name: www.notes",
        "point: { name: ww.notes",
        &["scenario.yaml:34:20", "`ww.notes.example`", "`www.notes.example`"],
    ),
    mistake(
        "file: files/notes.service",
        "file: files/note.service",
        &["scenario.yaml:18:13", "`files/note.service` is missing"],
    ),
    mistake(
        "file: files/notes.service",
        "file: ../notes.service",
        &["scenario.yaml:18:13", "leaves the scenario's folder"],
    ),
    // Things that are there twice, or go round in circles.
    mistake(
        "    on: old\n    name",
        "    on: old\n    on: new\n    name",
        &["scenario.yaml:15:5", "the key `on` is there twice"],
    ),
    mistake(
        "  - point:",
        "  - id: stop-notes\n    point:",
        &["scenario.yaml:34:9", "two steps have the id `stop-notes`"],
    ),
    mistake(
        "    name: www",
        "    needs: [notes]\n    name: www",
        &["scenario.yaml:15:12", "circle"],
    ),
    mistake(
        "budgets:",
        concat!(
            "  twin:\n    on: old\n    name: twin.notes.example\n",
            "    unit: { name: twin.service, listens: [8080] }\nbudgets:"
        ),
        &["scenario.yaml:29:43", "port 8080 of `old` has two listeners"],
    ),
    // Things that make no sense.
    mistake("from: old, to: new", "from: new, to: new", &["scenario.yaml:31:48", "the same host"]),
    mistake("      data: [/srv/notes]\n", "", &["scenario.yaml:30:26", "no data to transfer"]),
    mistake(
        "data: [/srv/notes]",
        "data: [srv/notes]",
        &["scenario.yaml:20:14", "no absolute path"],
    ),
    mistake(
        "    on: new\n  - point",
        "  - point",
        &["scenario.yaml:32:5", "`start` lacks its host"],
    ),
    mistake(
        "  - stop: notes\n",
        "  - stop: notes\n    deadline: 2d\n",
        &["scenario.yaml:30:15", "24h"],
    ),
    mistake(
        "budgets:",
        "faults: { f: { from: { during: point-www }, network-down: { on: new }, healed_by: stop-notes } }\nbudgets:",
        &["scenario.yaml:26:83", "`stop-notes` is over when the fault begins"],
    ),
    mistake(
        "budgets:",
        "faults: { f: { from: { after: stop-nots }, network-down: { on: new } } }\nbudgets:",
        &["scenario.yaml:26:31", "unknown step `stop-nots`", "`stop-notes`"],
    ),
    mistake(
        "    file: { on: new, path: /srv/notes/first.txt, contains: acknowledged }",
        "    file: { on: new, path: first.txt }",
        &["scenario.yaml:46:28", "no absolute path"],
    ),
];

#[test]
fn each_mistake_is_told_with_its_place_and_a_hint() {
    let mut untold = vec![];
    for mistake in &MISTAKES {
        let said = check(&Scenario::of_tests("notes").with(mistake.from, mistake.to));
        let told = one_line(&said.stderr);
        let missing: Vec<_> = mistake.told.iter().filter(|words| !told.contains(**words)).collect();
        if said.code != 2 || !said.stdout.is_empty() || !missing.is_empty() {
            let Said { code, stdout, stderr } = said;
            untold.push(format!("`{}`: {code}, no {missing:?}\n{stdout}{stderr}", mistake.to));
        }
    }
    assert!(untold.is_empty(), "{}", untold.join("\n"));
}

#[test]
fn a_run_of_a_broken_scenario_starts_nothing_and_leaves_no_folder() {
    let scenario = Scenario::of_tests("notes").with("ttl: 5s", "ttl: soon");
    let folder = scenario.beside("run");
    let mut command = program::command();
    // No engine is there: it would be said, with another exit code, if anything were to start.
    command.env("DOCKER_HOST", "unix:///nonexistent/docker.sock");
    let said = program::run(command.arg("run").arg(scenario.dir()).arg("--out").arg(&folder));
    let said = said.with_code(2);
    assert!(said.stderr.contains("`soon` is no duration"), "{}", said.stderr);
    assert!(!folder.exists());
}

#[test]
fn all_mistakes_are_told_at_once() {
    let scenario = Scenario::of_tests("notes")
        .with("about: One", "abuot: One")
        .with("ttl: 5s", "ttl: soon")
        .with("  - stop: notes", "  - stop: nots");
    let said = check(&scenario).with_code(2);
    for place in ["scenario.yaml:4:1", "scenario.yaml:10:35", "scenario.yaml:29:11"] {
        assert!(said.stderr.contains(place), "`{place}` is not in\n{}", said.stderr);
    }
    assert!(said.stderr.contains("3 mistakes"), "{}", said.stderr);
}

#[test]
fn text_that_is_no_scenario_is_refused_with_its_place() {
    let deep = format!("filage: {}", "[".repeat(100_000)).into_bytes();
    let large = "#".repeat(9 << 20).into_bytes();
    let texts: [(&[u8], &str); 5] = [
        (b"", "empty"),
        (b"filage: \xff\n", "not UTF-8"),
        (b"hosts: {\n", "not YAML"),
        (&deep, "too deep"),
        (&large, "8388608"),
    ];
    for (text, words) in texts {
        let said = check(&Scenario::of_tests("notes").with_text(text)).with_code(2);
        let told = one_line(&said.stderr);
        assert!(told.contains(words), "`{words}` is not in\n{}", said.stderr);
        assert!(told.contains("scenario.yaml:"), "{}", said.stderr);
    }
}

#[test]
fn a_good_scenario_has_no_mistake() {
    let said = check(&Scenario::of_tests("notes")).with_code(0);
    assert!(said.stdout.contains("`notes` is well formed"), "{}", said.stdout);
    for name in ["twins", "tiny"] {
        check(&Scenario::of_tests(name)).with_code(0);
    }
}

fn check(scenario: &Scenario) -> Said {
    program::filage(["check".as_ref(), scenario.dir().as_os_str()])
}

/// Without the frames and line ends of a person's view.
fn one_line(text: &str) -> String {
    let plain = text.replace(['│', '·', '×', '╭', '╰', '─'], " ");
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}
