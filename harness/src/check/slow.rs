//! Times in which a service answered as expected, and late: neither up nor down.

use super::{SlowTime, outages::Window};
use crate::{history::Run, probe::Answer};

/// The slow times that begin in the window. Like an outage, each is only known to lie between two
/// bounds.
pub(super) fn times(runs: &[Run], (from, to): Window) -> Vec<SlowTime> {
    let mut times: Vec<SlowTime> = vec![];
    let mut open = None;
    let mut before = from;
    let known = runs.iter().filter(|run| run.answer != Answer::NoSample);
    for run in known.take_while(|run| run.first < to) {
        match (run.answer, open) {
            (Answer::Slow, None) if run.first < from => before = run.last,
            (Answer::Slow, began) => {
                let (first, before) = began.unwrap_or((run.first, before));
                if began.is_none() {
                    times.push(SlowTime {
                        from: first.into(),
                        to: None,
                        min_seconds: Default::default(),
                        max_seconds: to.since(before).into(),
                        answers: 0,
                    });
                    open = Some((first, before));
                }
                let time = times.last_mut().expect("it is open");
                time.min_seconds = run.last.since(first).into();
                time.answers += run.count;
            }
            (_, began) => {
                if let Some((_, before)) = began {
                    let time = times.last_mut().expect("it is open");
                    time.to = Some(run.first.into());
                    time.max_seconds = run.first.since(before).into();
                    open = None;
                }
                before = run.last;
            }
        }
    }
    times
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        check::testing::{Story, millis},
        probe::Client,
    };

    #[test]
    fn slow_answers_in_a_row_are_one_time() {
        // A launch a second; (from, to, min, max, answers).
        for (samples, window, expected) in [
            ("......", (0, 6), &[][..]),
            ("..sss..", (0, 7), &["2s to 5s: 2s to 4s, 3"]),
            ("..s?s..", (0, 7), &["2s to 5s: 2s to 4s, 2"]),
            ("..s.s..", (0, 7), &["2s to 3s: 0s to 2s, 1", "4s to 5s: 0s to 2s, 1"]),
            // Down is not slow.
            ("..sxxs.", (0, 7), &["2s to 3s: 0s to 2s, 1", "5s to 6s: 0s to 2s, 1"]),
            ("..ss", (0, 9), &["2s to the end: 1s to 8s, 2"]),
            ("sss...", (2, 6), &["2s to 3s: 0s to 2s, 1"]),
            ("ssss..", (5, 6), &[]),
            ("...sss", (0, 3), &[]),
        ] {
            let story = Story::new().service("links", None);
            let story = story.sampled("links", 0..samples.len() as u64 * 1_000, samples);
            let history =
                story.phase_at(window.0 * 1_000, crate::history::Phase::Migrate).history();
            let track = history.track(&"links".parse().unwrap(), Client::Fresh).unwrap();
            let found = times(&track.runs, (millis(window.0 * 1_000), millis(window.1 * 1_000)));
            let told: Vec<_> = found
                .iter()
                .map(|it| {
                    let to = it.to.map_or("the end".to_owned(), |to| to.to_string());
                    let (min, max) = (it.min_seconds, it.max_seconds);
                    format!("{} to {to}: {min} to {max}, {}", it.from, it.answers)
                })
                .collect();
            assert_eq!(told, expected, "{samples}");
        }
    }
}
