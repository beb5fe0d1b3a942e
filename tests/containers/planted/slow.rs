//! A service that answers as it should, and late.

use filage::{base::Duration, check::Ruling};
use filage_tests::{rehearsal::play, turn::Turn};

use super::{by_console, shelf_that};

#[test]
fn a_service_that_answers_late_is_slow_and_not_down() {
    let Some(turn) = Turn::of_one() else { return };
    let scenario = shelf_that(&by_console("slow-down", "old"))
        .script("slow-down.sh", "echo 0.7 > /run/slow; sleep 4; rm /run/slow; sleep 2")
        .with("budget: 1m", "budget: 500ms");
    let played = play(scenario, &[]).with_code(0);
    let shelf = played.service("shelf");
    assert_eq!((shelf.verdict, shelf.samples.down, shelf.outages.len()), (Ruling::Pass, 0, 0));
    let [slow] = shelf.slow_times.as_slice() else { panic!("one time: {shelf:#?}") };
    assert!(slow.min_seconds.0 > Duration::from_secs(2), "{slow:#?}");
    assert!(slow.max_seconds.0 < Duration::from_secs(6), "{slow:#?}");
    assert_eq!(shelf.samples.slow, slow.answers);
    let latency = shelf.latency.expect("it answered");
    assert!(latency.max_seconds.0 > Duration::from_millis(650), "{latency:#?}");
    assert!(played.said.stdout.contains("slow"), "{}", played.said.stdout);
    played.assert_gone(&turn.engine);
}
