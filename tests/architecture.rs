//! Rules that the source keeps, read from its text: who may import whom, and how files look.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The parts of harness/src in reading order, and what each may import besides itself.
const MAY_IMPORT: [(&str, &[&str]); 19] = [
    ("base", &[]),
    ("expect", &["base"]),
    ("probe", &["base"]),
    ("writer", &["base", "probe"]),
    ("step", &["base", "expect"]),
    ("fault", &["base", "step"]),
    ("scenario", &["base", "expect", "probe", "writer", "fault", "step"]),
    ("plan", &["base", "expect", "probe", "writer", "fault", "step", "scenario"]),
    ("history", &["base", "expect", "probe", "writer", "fault", "step", "plan"]),
    ("world", &["base", "expect", "probe", "writer", "fault", "step", "plan", "history"]),
    (
        "engine",
        &[
            "base", "expect", "probe", "writer", "fault", "step", "scenario", "plan", "history",
            "world",
        ],
    ),
    (
        "sim",
        &[
            "base", "expect", "probe", "writer", "fault", "step", "scenario", "plan", "history",
            "world",
        ],
    ),
    (
        "docker",
        &[
            "base", "expect", "probe", "writer", "fault", "step", "scenario", "plan", "history",
            "world",
        ],
    ),
    (
        "check",
        &["base", "expect", "probe", "writer", "fault", "step", "scenario", "plan", "history"],
    ),
    ("rehearsals", &["base", "plan", "history", "engine", "sim", "check"]),
    (
        "explore",
        &[
            "base",
            "expect",
            "probe",
            "fault",
            "step",
            "scenario",
            "plan",
            "history",
            "check",
            "sim",
            "rehearsals",
        ],
    ),
    ("report", &["base", "expect", "probe", "writer", "plan", "history", "check", "explore"]),
    (
        "cli",
        &[
            "base", "expect", "probe", "writer", "fault", "step", "scenario", "plan", "history",
            "world", "engine", "sim", "docker", "check", "explore", "report",
        ],
    ),
    ("lib", &["cli", "rehearsals"]),
];

/// The most lines that a file of source may have.
const MAX_LINES: usize = 700;

#[test]
fn parts_import_only_what_lies_below_them() {
    let mut violations = vec![];
    for (path, text) in source() {
        let part = part_of(&path);
        for imported in imports(&text) {
            if !may_import(&part, &imported) {
                violations.push(format!("{}: `{part}` imports `{imported}`", path.display()));
            }
        }
    }
    assert!(violations.is_empty(), "{violations:#?}");
}

#[test]
fn an_import_that_is_not_allowed_is_found() {
    let planted = "\
//! Not one: crate::cli.
use std::fmt;
use crate::{
    base::{Duration, HostId},
    engine::rehearse,
};
fn f() -> crate::report::Html { crate::world::x() }
";
    let found = imports(planted);
    assert_eq!(
        found.iter().map(String::as_str).collect::<Vec<_>>(),
        ["base", "engine", "report", "world"]
    );
    let forbidden =
        |part: &str| found.iter().filter(|name| !may_import(part, name)).collect::<Vec<_>>();
    assert_eq!(forbidden("docker"), ["engine", "report"]);
    assert_eq!(forbidden("check"), ["engine", "report", "world"]);
    assert_eq!(forbidden("engine"), ["report"]);
    assert!(forbidden("cli").is_empty());
    assert!(!may_import("engine", "docker") && !may_import("docker", "engine"));
    assert!(["check", "report", "cli"].iter().all(|part| !may_import("docker", part)));
}

#[test]
fn each_part_of_the_source_has_its_rule() {
    let parts: BTreeSet<String> = source().iter().map(|(path, _)| part_of(path)).collect();
    let ruled: BTreeSet<String> = MAY_IMPORT.iter().map(|(part, _)| (*part).to_owned()).collect();
    assert_eq!(parts, ruled);
}

#[test]
fn each_file_opens_with_what_it_owns_and_fits_a_sitting() {
    let sources = source().into_iter().chain(files("tests", ".rs")).chain(files("xtask", ".rs"));
    for (path, text) in sources {
        assert!(text.starts_with("//! "), "{} does not open with `//!`", path.display());
        let lines = text.lines().count();
        assert!(lines <= MAX_LINES, "{} has {lines} lines", path.display());
    }
}

#[test]
fn each_scenario_names_its_schema() {
    let scenarios = [files("scenarios", "scenario.yaml"), files("tests", "scenario.yaml")];
    for (path, text) in scenarios.into_iter().flatten() {
        let folder = path.parent().expect("a scenario lies in a folder");
        let first = text.lines().next().unwrap_or_default();
        let schema = first.strip_prefix("# yaml-language-server: $schema=");
        let schema = schema.unwrap_or_else(|| panic!("{}: {first}", path.display()));
        assert!(top().join(folder).join(schema).is_file(), "{}: no {schema}", path.display());
    }
}

#[test]
fn each_image_says_what_it_is() {
    let folders = ["images", "scenarios", "tests"];
    for (path, text) in folders.into_iter().flat_map(|folder| files(folder, "Dockerfile")) {
        assert!(text.starts_with("# "), "{} does not begin with a comment", path.display());
    }
}

#[test]
fn nothing_is_privileged_and_nothing_sees_the_engines_socket() {
    // Where a client looks for an engine, it has to be named: for this machine's, and in `logs` for
    // the one inside a host.
    let clients =
        ["harness/src/docker/client/mod.rs", "harness/src/docker/logs.rs", "xtask/src/engine.rs"];
    let everything = ["harness/src", "images", "scenarios", "tests/scenarios", "xtask"];
    for (path, text) in everything.into_iter().flat_map(|folder| files(folder, "")) {
        let shown = path.display().to_string();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !is_comment(line)) {
            let place = format!("{shown}:{}: {line}", number + 1);
            let line = line.to_lowercase();
            assert!(!line.contains("privileged: some(true)"), "{place}");
            assert!(!line.contains("--privileged"), "{place}");
            let socket = line.contains("docker.sock") && !line.contains("docker.socket");
            assert!(!socket || clients.contains(&shown.as_str()), "{place}");
        }
    }
}

fn may_import(part: &str, imported: &str) -> bool {
    let rule = MAY_IMPORT.iter().find(|(name, _)| *name == part);
    let (_, allowed) = rule.unwrap_or_else(|| panic!("no rule for `{part}`"));
    part == imported || allowed.contains(&imported)
}

/// The part that a file of harness/src belongs to.
fn part_of(path: &Path) -> String {
    let inside = path.strip_prefix("harness/src").expect("a file of the source");
    let first = inside.iter().next().expect("a file has a name").to_string_lossy();
    match first.as_ref() {
        "main.rs" => "lib".to_owned(),
        first => first.trim_end_matches(".rs").to_owned(),
    }
}

/// The parts that a text names after `crate::`.
fn imports(text: &str) -> BTreeSet<String> {
    let code: Vec<&str> = text.lines().filter(|line| !is_comment(line)).collect();
    let code = code.join("\n");
    code.split("crate::").skip(1).flat_map(names).collect()
}

/// The first words of what follows `crate::`: one, or those of a list in braces.
fn names(rest: &str) -> Vec<String> {
    let Some(list) = rest.strip_prefix('{') else {
        return vec![word(rest)];
    };
    let mut depth = 1;
    let mut names = vec![word(list)];
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => names.push(word(&list[at + 1..])),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn word(text: &str) -> String {
    text.trim_start().chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect()
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//") || line.trim_start().starts_with('#')
}

fn source() -> Vec<(PathBuf, String)> {
    files("harness/src", ".rs")
}

/// The text files below a folder of the repository whose names end like this, by their path in it.
fn files(folder: &str, end: &str) -> Vec<(PathBuf, String)> {
    let mut found = vec![];
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(top().join(&folder)).expect("a folder of the repository") {
            let path = folder.join(entry.expect("it can be listed").file_name());
            if top().join(&path).is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(end) {
                let bytes = fs::read(top().join(&path)).expect("it can be read");
                found.extend(String::from_utf8(bytes).ok().map(|text| (path, text)));
            }
        }
    }
    assert!(!found.is_empty(), "nothing in {folder}");
    found.sort();
    found
}

fn top() -> PathBuf {
    filage_tests::top()
}
