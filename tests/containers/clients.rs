//! Who still comes to the old host, and for how long.

use std::collections::BTreeSet;

use filage::{
    history::{Record, Sample, What},
    probe::{Answer, Client},
};
use filage_tests::{rehearsal::play, scenario::Scenario, turn::Turn};

#[test]
fn clients_that_hold_on_to_the_old_host_are_seen_to() {
    let Some(turn) = Turn::of_one() else { return };
    let played = play(Scenario::of_tests("clients"), &[]).with_code(0);
    let history = played.records();
    let found = |step, client| hosts(&history, step, client);

    // The TTL has run out, and both hosts answer.
    for (client, host) in [(Client::Fresh, "new"), (Client::Pinned, "old"), (Client::Late, "old")] {
        assert_eq!(found("watch", client), [(Answer::Up, host.to_owned())].into(), "{client}");
    }
    // On a busy machine it may need a second connection, which is a new one.
    let kept = found("watch", Client::Keepalive);
    assert!(kept.contains(&(Answer::Up, "old".to_owned())), "{kept:?}");
    // The old one is gone, and an hour has passed.
    for (client, answer, host) in [
        (Client::Fresh, Answer::Up, "new"),
        (Client::Keepalive, Answer::Up, "new"),
        (Client::Pinned, Answer::Down, "old"),
        (Client::Late, Answer::Up, "new"),
    ] {
        let expected = [(answer, host.to_owned())].into();
        assert_eq!(found("watch-again", client), expected, "{client}");
    }
    // While it was going, they were asked five times as often, as far as this machine could.
    let mut launched: Vec<u64> = samples(&history, "stop-hello", Client::Fresh)
        .into_iter()
        .map(|sample| sample.launched.0)
        .collect();
    launched.sort_unstable();
    let dense = launched.windows(2).filter(|pair| pair[1] - pair[0] < 50_000).count();
    assert!(dense > launched.len() / 4, "{launched:?}");
    played.assert_gone(&turn.engine);
}

/// What samples launched during the step found, and on which hosts.
fn hosts(history: &[Record], step: &str, client: Client) -> BTreeSet<(Answer, String)> {
    let samples = samples(history, step, client);
    let host =
        |sample: &Sample| sample.host.as_ref().map_or("nobody", |host| host.as_str()).to_owned();
    samples.into_iter().map(|sample| (sample.answer, host(sample))).collect()
}

fn samples<'a>(history: &'a [Record], step: &str, client: Client) -> Vec<&'a Sample> {
    let (from, to) = span(history, step);
    let samples = history.iter().filter_map(|record| match &record.what {
        What::Sample(sample) if sample.client == client => Some(sample),
        _ => None,
    });
    samples.filter(|sample| (from..to).contains(&sample.launched.0)).collect()
}

/// When the step began and ended, in microseconds.
fn span(history: &[Record], wanted: &str) -> (u64, u64) {
    let mut span = (0, 0);
    for record in history {
        match &record.what {
            What::StepStarted { step, .. } if step.as_str() == wanted => span.0 = record.at.0,
            What::StepEnded { step, .. } if step.as_str() == wanted => span.1 = record.at.0,
            _ => {}
        }
    }
    span
}
