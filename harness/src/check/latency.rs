//! How long good answers took. Nothing is corrected, because nothing was left out: probes are launched
//! on time whatever the answers take.

use super::Latency;
use crate::{base::Duration, history::Track};

/// The figures of a track; none without a good answer.
pub(super) fn of(track: &Track) -> Option<Latency> {
    let at = |quantile| {
        let micros = track.latency.at_quantile(quantile);
        // Two digits of each are known; none took longer than the longest.
        Duration::from_micros(micros).min(track.slowest).into()
    };
    (!track.latency.is_empty()).then(|| Latency {
        p50_seconds: at(0.5),
        p90_seconds: at(0.9),
        p99_seconds: at(0.99),
        max_seconds: track.slowest.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::StoryTime,
        check::testing::{Story, folded, phase, sample},
        history::{Phase, What},
        probe::{Answer, Client},
    };

    fn latency(answers: &[(Answer, u64)]) -> Option<Latency> {
        let mut records = vec![phase(0, Phase::Migrate)];
        for ((answer, micros), at) in answers.iter().zip(0..) {
            let mut record = sample("links", at, *answer);
            if let What::Sample(sample) = &mut record.what {
                sample.took_micros = *micros;
            }
            records.push(record);
        }
        let history = folded(&Story::new().service("links", None).begin(), records);
        of(history.track(&"links".parse().unwrap(), Client::Fresh)?)
    }

    #[test]
    fn quantiles_are_of_good_answers_and_within_a_hundredth() {
        let answers: Vec<_> = (1..=1_000).map(|n| (Answer::Up, n * 100)).collect();
        let Latency { p50_seconds, p90_seconds, p99_seconds, max_seconds } =
            latency(&answers).unwrap();
        for (found, micros) in [(p50_seconds, 50_000), (p90_seconds, 90_000), (p99_seconds, 99_000)]
        {
            let found = found.0.as_micros();
            assert!((micros..micros * 101 / 100).contains(&found), "{found} for {micros}");
        }
        assert_eq!(max_seconds.0, Duration::from_micros(100_000));
        assert_eq!(StoryTime(100_000).as_seconds(), max_seconds.0.as_seconds());
    }

    #[test]
    fn one_answer_is_all_of_them_and_bad_ones_do_not_count() {
        let one = latency(&[(Answer::Slow, 1_234_567), (Answer::Down, 9_000_000)]).unwrap();
        let micros = Duration::from_micros(1_234_567).into();
        assert_eq!((one.p50_seconds, one.p99_seconds, one.max_seconds), (micros, micros, micros));
        assert_eq!(latency(&[(Answer::Down, 1), (Answer::NoSample, 1), (Answer::Wrong, 1)]), None);
    }
}
