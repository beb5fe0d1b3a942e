//! Outages, and what they are said to have been spent with.

use proptest::prelude::*;

use super::*;
use crate::{
    check::testing::{Story, millis},
    history::{
        Phase,
        StepOutcome::{Failed, Passed},
    },
    probe::Client,
};

/// The phases of the only outage of `links`, as `phase milliseconds step`.
fn told(story: &Story) -> Vec<String> {
    let history = story.history();
    let scene = Scene::of(&history);
    let links = "links".parse().unwrap();
    let seen = Seen::of(&history, &links, Client::Fresh, scene.window());
    let [outage] = &seen.outages[..] else { panic!("{:?}", seen.outages) };
    let phases = of(&scene, &seen, outage);
    let all: Duration = phases.iter().map(|phase| phase.seconds.0).sum();
    assert_eq!(all, outage.max());
    let told = phases.iter().map(|phase| {
        let step = phase.step.as_ref().map(|step| format!(" {step}")).unwrap_or_default();
        format!("{} {}{step}", phase.phase, phase.seconds.0.as_micros() / 1_000)
    });
    told.collect()
}

/// Down from 1 s until 9 s, seen every 100 ms by a client that asks so.
fn story(asks: &[(u64, &str)]) -> Story {
    let story = Story::new()
        .service("links", None)
        .service("db", None)
        .stop_step("stop", "links", "old")
        .transfer_step("copy", "links", "old", "new")
        .wait_step("people")
        .run_step("script", "new")
        .start_step("start", "links", "new")
        .point_step("point", "links", "new")
        .begin_migrate();
    let asked =
        |at: u64| asks.iter().rfind(|(from, _)| *from <= at).map(|(_, host)| (*host).to_owned());
    (0..100).fold(story, |story, n| {
        let at = n * 100;
        story.asked("links", at, asked(at).as_deref(), !(1_000..9_000).contains(&at))
    })
}

#[test]
fn a_whole_move_is_told_apart() {
    let story = story(&[(0, "old"), (8_500, "new")])
        .played("stop", 1_000, 1_500, Passed, "")
        .played("copy", 2_000, 4_000, Passed, "")
        .played("people", 4_000, 4_500, Passed, "")
        .played("script", 4_500, 5_000, Passed, "")
        .played("start", 5_000, 6_000, Passed, "")
        .played("point", 6_500, 7_000, Passed, "");
    insta::assert_snapshot!(told(&story).join("\n"), @"
    stopping 600 stop
    idle 500
    transferring 2000 copy
    idle 500 people
    another step 500 script
    starting 1500 start
    waiting for DNS 1000 point
    waiting for DNS 1500
    ");
}

#[test]
fn started_in_place_and_not_answering_yet_is_starting() {
    let mut story = story(&[]).start_step("again", "links", "old");
    story =
        story.played("stop", 1_000, 1_500, Passed, "").played("again", 1_500, 2_000, Passed, "");
    insta::assert_snapshot!(told(&story).join("\n"), @"
    stopping 600 stop
    starting 7500 again
    ");
}

#[test]
fn a_taken_port_is_named_by_the_fault_or_by_what_the_start_said() {
    let stopped = || story(&[(0, "old")]).played("stop", 1_000, 2_000, Passed, "");
    let fault = stopped()
        .port_fault("exim", "new", 80, None)
        .fault_bites("exim", 0)
        .fault_gone("exim", 6_000)
        .played("start", 2_000, 3_000, Failed, "exit code 1")
        .attempted("start", 2, 7_000, 8_000, Passed, "");
    insta::assert_snapshot!(told(&fault).join("\n"), @"
    stopping 1100 stop
    a taken port 4000 start
    a failed start 1000 start
    starting 1000 start
    waiting for DNS 1000 point
    ");
    let said = stopped().played("start", 2_000, 3_000, Failed, "bind: Address already in use");
    insta::assert_snapshot!(told(&said).join("\n"), @"
    stopping 1100 stop
    starting 1000 start
    a taken port 6000 start
    ");
    let other = stopped().played("start", 2_000, 3_000, Failed, "no image `links`");
    insta::assert_snapshot!(told(&other).join("\n"), @"
    stopping 1100 stop
    starting 1000 start
    a failed start 6000 start
    ");
    let elsewhere = stopped().port_fault("exim", "old", 80, None).fault_bites("exim", 0);
    insta::assert_snapshot!(told(&elsewhere).join("\n"), @"
    stopping 1100 stop
    idle 7000
    ");
}

#[test]
fn a_dead_network_counts_where_the_service_is_or_is_brought_to() {
    let copying = || {
        story(&[(0, "old")])
            .played("stop", 1_000, 2_000, Passed, "")
            .played("copy", 3_000, 6_000, Passed, "")
    };
    let on_new =
        copying().network_fault("net", "new").fault_bites("net", 0).fault_gone("net", 5_000);
    insta::assert_snapshot!(told(&on_new).join("\n"), @"
    stopping 1100 stop
    idle 4000
    a dead network 2000 copy
    transferring 1000 copy
    ");
    let on_old = story(&[(0, "old")])
        .network_fault("net", "old")
        .fault_bites("net", 500)
        .fault_gone("net", 7_900);
    insta::assert_snapshot!(told(&on_old).join("\n"), @"
    a dead network 7000
    unexplained 1100
    ");
    let no_matter = story(&[(0, "old")]).network_fault("net", "new").fault_bites("net", 500);
    insta::assert_snapshot!(told(&no_matter).join("\n"), @"unexplained 8100");
}

#[test]
fn what_the_service_needs_counts_as_itself() {
    let story = story(&[(0, "old")])
        .needs("links", "db")
        .stop_step("stop-db", "db", "old")
        .start_step("start-db", "db", "old")
        .played("stop-db", 1_000, 2_000, Passed, "")
        .played("start-db", 3_000, 5_000, Passed, "");
    insta::assert_snapshot!(told(&story).join("\n"), @"
    stopping 1100 stop-db
    idle 1000
    starting 6000 start-db
    ");
}

#[test]
fn clients_that_go_on_asking_the_old_host_wait_for_dns_to_the_end() {
    let story = story(&[(0, "old")])
        .played("start", 100, 500, Passed, "")
        .played("point", 500, 600, Passed, "")
        .played("stop", 900, 1_100, Passed, "");
    insta::assert_snapshot!(told(&story).join("\n"), @"waiting for DNS 8100");
}

#[test]
fn what_no_step_explains_is_said_to_be_so() {
    assert_eq!(told(&story(&[(0, "old")])), ["unexplained 8100"]);
    let script = story(&[(0, "old")]).played("script", 2_000, 3_000, Passed, "");
    assert_eq!(told(&script), ["unexplained 7100", "another step 1000 script"]);
}

proptest! {
    #[test]
    fn phases_fill_each_outage_exactly(
        samples in "[.xw?]{1,40}",
        steps in prop::collection::vec((0usize..6, 0u64..40_000, 0u64..9_000, any::<bool>()), 0..12),
        fault in prop::option::of((0u64..40_000, 0u64..9_000)),
    ) {
        const STEPS: [&str; 6] = ["stop", "copy", "people", "script", "start", "point"];
        let end = samples.len() as u64 * 1_000;
        let mut story = story(&[]).without_records().begin_migrate();
        story = story.sampled("links", 0..end, &samples).phase_at(end, Phase::Restart);
        for (which, at, took, passed) in steps {
            let outcome = if passed { Passed } else { Failed };
            story = story.played(STEPS[which], at, at + took, outcome, "");
        }
        if let Some((at, took)) = fault {
            story = story.port_fault("exim", "new", 80, None).fault_bites("exim", at);
            story = story.fault_gone("exim", at + took);
        }
        let history = story.history();
        let scene = Scene::of(&history);
        let links = "links".parse().unwrap();
        let seen = Seen::of(&history, &links, Client::Fresh, scene.window());
        for outage in &seen.outages {
            let phases = of(&scene, &seen, outage);
            let all: Duration = phases.iter().map(|phase| phase.seconds.0).sum();
            prop_assert_eq!(all, outage.max());
            let thousandths: f64 = phases.iter().map(|it| (it.share * 1_000.0).round()).sum();
            prop_assert!((thousandths - 1_000.0).abs() < 1e-9, "{phases:?}");
        }
        prop_assert!(millis(0) <= history.last);
    }

    #[test]
    fn shares_are_thousandths_of_the_whole(parts in prop::collection::vec(0..u64::MAX / 64, 1..40)) {
        let found = shares(&parts);
        prop_assert_eq!(found.iter().map(|share| u32::from(*share)).sum::<u32>(), 1_000);
        let whole = parts.iter().map(|part| u128::from(*part)).sum::<u128>().max(1);
        for (part, share) in parts.iter().zip(&found) {
            let exact = u128::from(*part) as f64 * 1_000.0 / whole as f64;
            let is_nothing = whole == 1;
            prop_assert!(is_nothing || (exact - f64::from(*share)).abs() <= 1.0, "{exact} {share}");
        }
    }
}
