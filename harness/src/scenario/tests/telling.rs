//! What a person sees of mistakes, and of folders without a scenario.

use std::path::{Path, PathBuf};

use super::{
    super::{Folder, LoadError, load},
    *,
};

/// The folder of these tests, which holds a scenario of another name.
fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/scenario/tests")
}

#[cfg(feature = "cli")]
#[test]
fn a_person_sees_excerpts() {
    use miette::{GraphicalReportHandler, GraphicalTheme};

    let text = GOOD
        .replace("about: Everything", "abuot: Everything")
        .replace("relay: {}", "relay: {}\n  old: {}");
    let mistakes = read(&text).expect_err("two mistakes");
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor());
    let mut page = String::new();
    handler.render_report(&mut page, &mistakes).expect("it can be written");
    insta::assert_snapshot!(page, @"
      × 2 mistakes in `scenario.yaml`

    Error: 
      × unknown key `abuot`
       ╭─[scenario.yaml:4:1]
     3 │ scenario: déménagement
     4 │ abuot: Everything that a scenario can say, at least once.
       · ─────
     5 │ providers:
       ╰────
      help: did you mean `about`? known keys: `filage`, `scenario`, `about`, `providers`, `hosts`, `zone`, `services`, `probing`, `steps`, `faults`, `budgets`, `end_state`

    Error: 
      × the key `old` is there twice
        ╭─[scenario.yaml:16:3]
      8 │ hosts:
      9 │   old: { provider: ovh, image: debian-12, docker: true, user: root }
        ·   ─┬─
        ·    ╰── first here
     10 │   new:
     11 │     provider: proxgroup
     12 │     docker: true
     13 │     packages: [exim4-daemon-light]
     14 │     files: { /etc/motd: files/motd }
     15 │   relay: {}
     16 │   old: {}
        ·   ─┬─
        ·    ╰── here again
     17 │ zone:
        ╰────
    ");
}

#[test]
fn the_file_is_named_in_front_of_each_line() {
    let mistakes = parse("some/scenario.yaml", "é: [".as_bytes(), &Fixture).expect_err("not YAML");
    assert!(mistakes.plain().starts_with("some/scenario.yaml:1:"), "{}", mistakes.plain());
    assert_eq!(mistakes.to_string(), "1 mistake in `some/scenario.yaml`");
}

#[test]
fn a_folder_tells_what_is_in_it() {
    let folder = Folder::of(&here().join("good.yaml")).expect("it is there");
    for (path, kind) in [
        ("good.yaml", FileKind::File),
        ("broken", FileKind::Folder),
        ("broken/mod.rs", FileKind::File),
        ("nowhere", FileKind::Missing),
        ("../mod.rs", FileKind::Outside),
        ("/", FileKind::Outside),
    ] {
        assert_eq!(folder.kind(path), kind, "{path}");
    }
}

#[test]
fn scenarios_are_found_or_it_is_told_why_not() {
    assert!(matches!(load(&here()), Err(LoadError::NoScenario { .. })));
    assert!(matches!(load(&here().join("nowhere")), Err(LoadError::NoFolder { .. })));
    let Err(LoadError::Mistakes(mistakes)) = load(&here().join("good.yaml")) else {
        panic!("its files are missing");
    };
    let message = "`files/motd` is missing, expected a file";
    assert_eq!(mistakes.list()[0].message, message);
}
