//! Probes of other kinds than HTTP, each before, while and after something is wrong.

use filage::{history::Sample, probe::Answer};
use filage_tests::{
    rehearsal::{Played, play},
    scenario::Scenario,
    turn::Turn,
};

#[test]
fn another_host_key_is_wrong_and_a_program_says_what_it_finds() {
    let Some(turn) = Turn::of_one() else { return };
    let played = play(Scenario::of_tests("kinds"), &[]).with_code(0);
    assert_seen(&played, "shell", Answer::Wrong, "has another host key: SHA256:");
    assert_seen(&played, "hello", Answer::Down, "scripts/ask.sh");
    for service in ["shell", "hello"] {
        let found = played.service(service);
        let [outage] = found.outages.as_slice() else { panic!("one outage: {found:#?}") };
        assert!(outage.to.is_some() && found.samples.up > 2, "{found:#?}");
    }
    played.assert_gone(&turn.engine);
}

/// A sample of the service is like this, and says so; no sample is amiss in the same way without a
/// word.
#[track_caller]
fn assert_seen(played: &Played, service: &str, answer: Answer, words: &str) {
    let of = |it: &Sample| it.service.as_str() == service && it.answer == answer;
    let found: Vec<String> = played.samples().filter(of).map(|it| it.detail).collect();
    assert!(found.iter().any(|detail| detail.contains(words)), "`{words}` is not in {found:#?}");
    assert!(found.iter().all(|detail| !detail.is_empty()), "{found:#?}");
}
