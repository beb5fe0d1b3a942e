//! The smallest migration, as it should be and with a step too few.

use filage::check::{CauseKind, Ruling};
use filage_tests::{rehearsal::play, scenario::Scenario, turn::Turn};

#[test]
fn a_good_migration_passes_and_leaves_nothing() {
    let Some(turn) = Turn::of_one() else { return };
    let played = play(Scenario::of_tests("notes"), &["--format", "json"]).with_code(0);

    assert_eq!(played.verdict.verdict, Ruling::Pass);
    assert_eq!(played.verdict.reasons, []);
    assert!(played.verdict.steps.iter().all(|step| step.verdict == Ruling::Pass));
    assert_eq!(played.verdict.end_state.len(), 7);
    assert!(played.verdict.end_state.iter().all(|line| line.verdict == Ruling::Pass));

    let [outage] = played.service("notes").outages.as_slice() else {
        panic!("one outage, not {:#?}", played.service("notes").outages);
    };
    assert!(outage.min_seconds <= outage.max_seconds && outage.to.is_some(), "{outage:#?}");
    let causes: Vec<&str> = outage.causes.iter().map(|cause| cause.id.as_str()).collect();
    for step in ["stop-notes", "transfer-notes", "start-notes", "point-www"] {
        assert!(causes.contains(&step), "{step} is not in {causes:?}");
    }
    assert!(outage.causes.iter().all(|cause| cause.kind == CauseKind::Step));

    let read = |name: &str| {
        let path = played.folder.join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    assert_eq!(played.said.stdout, read("verdict.json"), "`--format json` prints that, no more");
    assert!(read("report.html").contains("transfer-notes"));
    assert!(read("junit.xml").contains("<testsuites"));
    assert!(read("logs/old.log").contains("Notes over HTTP"));
    for member in ["old-journal", "new", "operator", "resolver", "authority", "packages"] {
        read(&format!("logs/{member}.log"));
    }
    let history = played.history();
    assert_eq!(history.begin.run, played.verdict.run);
    assert!(!history.cut);
    played.assert_gone(&turn.engine);
}

#[test]
fn a_forgotten_change_of_dns_fails_for_that_reason() {
    let Some(turn) = Turn::of_one() else { return };
    let scenario =
        Scenario::of_tests("notes").with("  - point: { name: www.notes.example, to: new }\n", "");
    let played = play(scenario, &[]).with_code(1);
    played.assert_reasons(&["`notes` was still down at the end", "name-points-to-new"]);
    assert_eq!(played.service("notes").verdict, Ruling::Fail);
    assert_eq!(played.line("name-points-to-new").verdict, Ruling::Fail);
    assert_eq!(played.line("notes-run-on-new").verdict, Ruling::Pass);
    assert!(played.said.stdout.starts_with("FAIL notes"), "{}", played.said.stdout);
    assert!(played.said.stdout.contains("Again     filage run"), "{}", played.said.stdout);
    played.assert_gone(&turn.engine);
}

#[test]
fn two_runs_at_once_do_not_disturb_each_other() {
    let Some(turn) = Turn::of_two() else { return };
    let runs = [(); 2]
        .map(|()| std::thread::spawn(|| play(Scenario::of_tests("notes"), &[]).with_code(0)));
    let played = runs.map(|run| run.join().expect("it passes"));
    let addresses = played.each_ref().map(|played| played.history().begin.addresses);
    assert_ne!(addresses[0], addresses[1]);
    played.iter().for_each(|played| played.assert_gone(&turn.engine));
}
