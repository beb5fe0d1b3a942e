//! Outages that are hard to see, and times in which nothing could be seen.

use filage::{base::Duration, check::Ruling};
use filage_tests::{
    rehearsal::{Played, await_history, begin, end, play, run_in},
    turn::Turn,
};

use super::{by_console, shelf_that};

#[test]
fn an_outage_between_two_probes_is_unseen_and_the_blind_spot_is_told() {
    let Some(_turn) = Turn::of_one() else { return };
    let scenario = || {
        shelf_that(&by_console("cut", "old"))
            .script("cut.sh", "python3 /opt/cut.py --after-visit drop:0.04:0")
            .with("budget: 1m", "budget: 0s")
    };
    // On a busy machine a probe may come late, and into the cut. Then the cut is seen, and told.
    let seen = |played: &Played| played.service("shelf").outages.len();
    let played = (0..5)
        .map(|_| play(scenario(), &[]))
        .map(|played| {
            let code = i32::from(seen(&played) > 0);
            played.with_code(code)
        })
        .find(|played| seen(played) == 0)
        .expect("a cut of 40 ms fits between two probes that are 100 ms apart");

    let log = played.log("cut");
    let (at_least, _) = cuts(&log)[0];
    assert!(at_least >= 0.04, "{log}");
    let shelf = played.service("shelf");
    assert_eq!(shelf.verdict, Ruling::Pass);
    let unseen = shelf.unseen_seconds_max.expect("how short an outage could go unseen");
    assert!(unseen.0.as_seconds() >= at_least, "{unseen} is told, {at_least} s went unseen");
    let told = format!("never seen down (an outage under {unseen} could go unseen)");
    assert!(played.said.stdout.contains(&told), "`{told}` is not in\n{}", played.said.stdout);
    let page = std::fs::read_to_string(played.folder.join("report.html")).expect("a report");
    assert!(page.contains("Could go unseen") && page.contains(&format!("<td>{unseen}</td>")));
}

#[test]
fn a_service_that_comes_and_goes_is_flapping_and_its_downtime_bounded() {
    let Some(turn) = Turn::of_one() else { return };
    const CUTS: usize = 8;
    let cut = format!("python3 /opt/cut.py{}", " drop:0.3:0.3".repeat(CUTS));
    let scenario = shelf_that(&by_console("cut", "old"))
        .script("cut.sh", &cut)
        .with("budget: 1m", "budget: 500ms");
    let played = play(scenario, &[]).with_code(1);
    let cuts = cuts(&played.log("cut"));
    let shelf = played.service("shelf");
    assert_eq!((cuts.len(), shelf.outages.len()), (CUTS, CUTS), "{shelf:#?}");
    for ((at_least, at_most), outage) in cuts.iter().zip(&shelf.outages) {
        let (min, max) = (outage.min_seconds.0.as_seconds(), outage.max_seconds.0.as_seconds());
        assert!(min <= *at_most && *at_least <= max, "{at_least} to {at_most}: {outage:#?}");
        assert_eq!(outage.causes[0].id, "cut");
    }
    let [flapping] = shelf.flapping.as_slice() else { panic!("one row: {shelf:#?}") };
    assert_eq!((flapping.outages, flapping.downtime), (CUTS as u64, shelf.downtime));
    let min = shelf.downtime.min_seconds.0.as_seconds();
    let max = shelf.downtime.max_seconds.0.as_seconds();
    assert!(min <= cuts.iter().map(|cut| cut.1).sum(), "{min} is more than all cuts");
    assert!(max >= cuts.iter().map(|cut| cut.0).sum(), "{max} is less than all cuts");
    played.assert_reasons(&["`shelf` was down for", "over the budget of 500ms", "`cut`"]);
    played.assert_gone(&turn.engine);
}

/// What each cut lasted, at least and at most, in seconds.
fn cuts(log: &str) -> Vec<(f64, f64)> {
    let cut = |line: &str| {
        let (at_least, at_most) = line.split_once(' ').expect("two numbers");
        (at_least.parse().expect("a number"), at_most.parse().expect("a number"))
    };
    log.lines().map(cut).collect()
}

#[test]
fn a_client_that_is_cut_off_sees_nothing_be_it_good_or_bad() {
    let Some(turn) = Turn::of_one() else { return };
    // Hosts reach each other again when the machine is on their network again.
    let scenario = shelf_that(&by_console("look-away", "old"))
        .script(
            "look-away.sh",
            "new=$(getent hosts new.shelf.example | cut -d' ' -f1)\n\
             while ping -q -c 1 -W 1 $new; do sleep 0.1; done\n\
             until ping -q -c 1 -W 1 $new; do sleep 0.1; done",
        )
        .with("budget: 1m", "budget: 500ms");
    let mut run = begin(&scenario, "run");
    let folder = scenario.beside("run");
    await_history(&mut run, &folder, "\"step\":\"look-away\"", 1);
    let id = run_in(&folder);
    turn.engine.set_network(&id, false);
    await_history(&mut run, &folder, "\"answer\":\"no-sample\"", 20);
    turn.engine.set_network(&id, true);

    let played = end(scenario, "run", run).with_code(3);
    assert_eq!(played.verdict.verdict, Ruling::Unknown);
    let shelf = played.service("shelf");
    assert_eq!(shelf.verdict, Ruling::Unknown);
    assert_eq!((shelf.samples.down, shelf.outages.len()), (0, 0), "not down: {shelf:#?}");
    assert!(shelf.samples.none >= 20, "{:?}", shelf.samples);
    let unseen = shelf.unseen_seconds_max.expect("how long it was not seen");
    assert!(unseen.0 > Duration::from_secs(1), "not up either: {unseen}");
    let words = format!("`shelf` was not seen for {unseen}: no probe told whether it is up");
    played.assert_reasons(&[&words]);
    let why = "this machine is cut off from the world's network";
    let told = std::fs::read_to_string(folder.join("history.jsonl")).expect("a history");
    assert!(told.contains(why), "`{why}` is nowhere");
    played.assert_gone(&turn.engine);
}
