//! Downtime, and what is allowed of it.

use filage::{base::Duration, check::Ruling};
use filage_tests::{redact::redacted, rehearsal::play, scenario::Scenario, turn::Turn};

#[test]
fn a_broken_budget_shows_the_interval_and_its_causes() {
    let Some(_turn) = Turn::of_one() else { return };
    let scenario = Scenario::of_tests("notes").with("budget: 1m", "budget: 1s").with(
        "  - start: notes",
        "  - id: coffee\n    wait: { for: 10s, why: \"the operator has a coffee\" }\n  - start: notes",
    );
    let played = play(scenario, &[]).with_code(1);
    let notes = played.service("notes");
    assert_eq!(notes.verdict, Ruling::Fail);
    let [outage] = notes.outages.as_slice() else { panic!("one outage: {notes:#?}") };
    assert!(outage.min_seconds.0 >= Duration::from_secs(10), "the pause counts: {outage:#?}");
    assert!(outage.min_seconds <= outage.max_seconds, "{outage:#?}");
    let causes: Vec<&str> = outage.causes.iter().map(|cause| cause.id.as_str()).collect();
    for step in ["stop-notes", "transfer-notes", "start-notes", "point-www"] {
        assert!(causes.contains(&step), "{step} is not in {causes:?}");
    }
    let interval = notes.downtime.to_string();
    played.assert_reasons(&["`notes`", "1s", &interval, "`coffee`", "`transfer-notes`"]);
    // The group has a minute, and that is not broken.
    assert_eq!(played.verdict.groups[0].verdict, Ruling::Pass);
}

#[test]
fn a_budget_of_nothing_is_broken_by_any_failed_probe() {
    let Some(_turn) = Turn::of_one() else { return };
    let played = play(Scenario::of_tests("notes").with("budget: 1m", "budget: 0s"), &[]);
    let played = played.with_code(1);
    assert_eq!(played.service("notes").verdict, Ruling::Fail);
    played.assert_reasons(&["`notes`"]);
}

#[test]
fn a_service_that_is_up_before_it_moves_is_never_down() {
    let Some(turn) = Turn::of_one() else { return };
    let played = play(Scenario::of_tests("twins"), &[]).with_code(0);
    let hello = played.service("hello");
    assert_eq!((hello.samples.down, hello.samples.wrong), (0, 0));
    assert!(hello.samples.up > 0);
    assert_eq!(hello.outages, []);
    assert!(hello.unseen_seconds_max.is_some(), "how short an outage could have gone unseen");
    insta::assert_snapshot!(redacted(&played.said.stdout, Some(&played.folder)), @"
    PASS twins in [time] of story time (world docker, seed 0, run [run])
    Downtime
      pass     hello: never seen down (an outage under [time] could go unseen)
    Steps     5 passed
    End state 2 of 2 hold, also after a restart
    Report    [path]/report.html
    ");
    played.assert_gone(&turn.engine);
}
