//! Outages as intervals, never points: what launched probes prove about the time between them.

use super::{Samples, blind};
use crate::{
    base::{Duration, ServiceId, StoryTime},
    history::{History, Run, Track},
    probe::{Answer, Client},
};

/// All that the probes of one service tell from one client.
#[derive(Debug, Clone)]
pub(super) struct Seen<'a> {
    pub(super) service: &'a ServiceId,
    pub(super) client: Client,
    /// The time during which downtime counts.
    pub(super) window: Option<Window>,
    pub(super) track: Option<&'a Track>,
    /// Those of the track, before and after the window too.
    pub(super) runs: &'a [Run],
    pub(super) samples: Samples,
    pub(super) outages: Vec<Outage>,
    /// The longest time without an answer while it seemed up.
    pub(super) unseen: Option<Duration>,
    pub(super) last_error: Option<&'a str>,
    /// Why the rest may be wrong, if it may.
    pub(super) doubt: Option<Doubt>,
}

/// Why what was seen may be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// So much was told too late to be put in its place.
    Misplaced(u64),
    /// So many samples came after the last change that could be kept.
    LeftOut(u64),
}

/// A time without a good answer. It began after `good_before` and no later than `first_bad`; it
/// ended no earlier than `last_bad` and before `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outage {
    pub(super) good_before: StoryTime,
    pub(super) first_bad: StoryTime,
    pub(super) last_bad: StoryTime,
    /// The launch of the good probe after it, or the end of the window where there is none.
    pub(super) end: StoryTime,
    /// Whether there is no good probe after it.
    pub(super) open: bool,
}

impl Outage {
    pub(super) fn min(&self) -> Duration {
        self.last_bad.since(self.first_bad)
    }
    pub(super) fn max(&self) -> Duration {
        self.end.since(self.good_before)
    }
}

/// How long nothing was known in the end of any of those that did not come back.
pub(super) fn lost<'a>(outages: impl IntoIterator<Item = &'a Outage>) -> Duration {
    let open = outages.into_iter().filter(|outage| outage.open);
    open.map(|outage| outage.end.since(outage.last_bad)).min().unwrap_or_default()
}

/// The time during which downtime counts.
pub(super) type Window = (StoryTime, StoryTime);

impl<'a> Seen<'a> {
    pub(super) fn of(
        history: &'a History,
        service: &'a ServiceId,
        client: Client,
        window: Option<Window>,
    ) -> Self {
        let track = history.track(service, client);
        let nothing = Self {
            service,
            client,
            window,
            track,
            runs: track.map_or(&[][..], |track| &track.runs),
            samples: Samples::default(),
            outages: vec![],
            unseen: None,
            last_error: None,
            doubt: None,
        };
        let Some((track, window)) = track.zip(window) else {
            return nothing;
        };
        let counted: Vec<_> = track.runs.iter().filter(|run| is_within(run, window)).collect();
        let last_bad = counted.iter().rfind(|run| run.answer.is_bad());
        Self {
            samples: count(&counted),
            outages: outages(&track.runs, window),
            unseen: blind::longest(&track.runs, window, &history.jumps),
            last_error: last_bad.map(|run| &*run.last_detail),
            doubt: Doubt::of(track),
            ..nothing
        }
    }

    /// Whether a probe told anything at all.
    pub(super) fn any(&self) -> bool {
        self.samples.up + self.samples.slow + self.samples.wrong + self.samples.down > 0
    }
}

impl Doubt {
    fn of(track: &Track) -> Option<Self> {
        match (track.misplaced, track.left_out) {
            (0, 0) => None,
            (0, left_out) => Some(Self::LeftOut(left_out)),
            (misplaced, _) => Some(Self::Misplaced(misplaced)),
        }
    }
}

/// No run reaches over the beginning or the end of the window.
fn is_within(run: &Run, (from, to): Window) -> bool {
    from <= run.first && run.first < to
}

/// The outages of a window. Good answers before the window are used too.
fn outages(runs: &[Run], (from, to): Window) -> Vec<Outage> {
    let mut outages: Vec<Outage> = vec![];
    let mut last_good = None;
    for run in runs.iter().take_while(|run| run.first < to) {
        let running = outages.last_mut().filter(|outage| outage.open);
        match (run.answer, running) {
            (Answer::NoSample, _) => {}
            (Answer::Up | Answer::Slow, running) => {
                if let Some(outage) = running {
                    (outage.end, outage.open) = (run.first, false);
                }
                last_good = Some(run.last);
            }
            (Answer::Wrong | Answer::Down, Some(outage)) => outage.last_bad = run.last,
            (Answer::Wrong | Answer::Down, None) if run.first < from => {}
            (Answer::Wrong | Answer::Down, None) => outages.push(Outage {
                good_before: last_good.unwrap_or(from),
                first_bad: run.first,
                last_bad: run.last,
                end: to,
                open: true,
            }),
        }
    }
    outages
}

fn count(runs: &[&Run]) -> Samples {
    let mut counts = Samples::default();
    for run in runs {
        *match run.answer {
            Answer::Up => &mut counts.up,
            Answer::Slow => &mut counts.slow,
            Answer::Wrong => &mut counts.wrong,
            Answer::Down => &mut counts.down,
            Answer::NoSample => &mut counts.none,
        } += run.count;
    }
    counts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        check::testing::{Story, folded, millis, phase, sample},
        history::Phase,
    };

    /// One launch per character, a second apart, and a window that begins and ends at a second.
    fn story(samples: &str, (from, to): (u64, u64)) -> Story {
        Story::new()
            .service("links", None)
            .sampled("links", 0..samples.len() as u64 * 1_000, samples)
            .phase_at(from * 1_000, Phase::Migrate)
            .phase_at(to * 1_000, Phase::Restart)
    }

    fn links() -> ServiceId {
        "links".parse().unwrap()
    }

    #[test]
    fn runs_of_bad_answers_are_outages() {
        // (samples, window, [(min, max, open)]) in seconds.
        for (samples, window, expected) in [
            ("......", (0, 9), vec![]),
            ("..xxx..", (0, 9), vec![(2, 4, false)]),
            ("..xwx..", (0, 9), vec![(2, 4, false)]),
            ("..x..", (0, 9), vec![(0, 2, false)]),
            ("..x?x?.", (0, 9), vec![(2, 5, false)]),
            (".?x?.", (0, 9), vec![(0, 4, false)]),
            (".x.x.", (0, 9), vec![(0, 2, false), (0, 2, false)]),
            ("..xx", (0, 9), vec![(1, 8, true)]),
            // The good answer may lie before the window, the bad one not.
            (".xxx.", (2, 9), vec![(1, 4, false)]),
            ("xxxx.", (2, 9), vec![(1, 2, false)]),
            // What comes back only after the window never came back.
            ("..xx..", (0, 4), vec![(1, 3, true)]),
            ("....xx", (0, 4), vec![]),
            ("?????", (0, 9), vec![]),
        ] {
            let history = story(samples, window).history();
            let window = (millis(window.0 * 1_000), millis(window.1 * 1_000));
            let links = links();
            let found: Vec<_> = Seen::of(&history, &links, Client::Fresh, Some(window))
                .outages
                .iter()
                .map(|o| (o.min().as_secs_ceil(), o.max().as_secs_ceil(), o.open))
                .collect();
            assert_eq!(found, expected, "{samples}");
        }
    }

    /// The true state of a service: how long it stays up and down in turn, in milliseconds.
    type Truth = Vec<u64>;

    /// A launch: how long after the one before, how long the answer takes, and whether it was sent.
    type Launch = (u64, u64, bool);

    fn truth() -> impl Strategy<Value = Truth> {
        prop::collection::vec(prop_oneof![1u64..50, 50u64..5_000], 1..30)
    }

    /// Dense and sparse, and answers that overtake each other.
    fn sampling() -> impl Strategy<Value = Vec<Launch>> {
        let gap = prop_oneof![Just(5u64), 80u64..120, 1u64..3_000];
        let took = prop_oneof![1u64..20, 1u64..2_000];
        prop::collection::vec((gap, took, prop::bool::weighted(0.9)), 1..200)
    }

    /// The times when it is truly down.
    fn true_outages(truth: &[u64]) -> Vec<(u64, u64)> {
        let mut now = 0;
        let spans = truth.iter().map(|length| {
            now += length;
            (now - length, now)
        });
        // It begins up; what it is at the end, it stays.
        spans.skip(1).step_by(2).collect()
    }

    proptest! {
        #[test]
        fn the_interval_contains_the_truth(truth in truth(), sampling in sampling()) {
            let down = true_outages(&truth);
            let is_up = |at: u64| !down.iter().any(|(from, to)| (*from..*to).contains(&at));
            let mut launches = vec![(0, Answer::Up)];
            let mut arrivals = vec![(1, 0)];
            let mut now = 0;
            for (gap, took, is_sent) in sampling.into_iter().chain([(1, 1, true)]) {
                now += gap;
                let answer = match (is_sent, is_up(now)) {
                    (false, _) => Answer::NoSample,
                    (true, true) => Answer::Up,
                    (true, false) => Answer::Down,
                };
                arrivals.push((now + took, launches.len()));
                launches.push((now, answer));
            }
            arrivals.sort_unstable();
            let end = now + 1;
            let mut records = vec![phase(0, Phase::Migrate)];
            records.extend(arrivals.iter().map(|(_, index)| {
                let (at, answer) = launches[*index];
                sample("links", at, answer)
            }));
            records.push(phase(end, Phase::Restart));
            let history = folded(&Story::new().service("links", None).begin(), records);
            let window = Some((millis(0), millis(end)));
            let links = links();
            let seen = Seen::of(&history, &links, Client::Fresh, window);

            // Each true outage that a launch met lies inside an outage that was found; each other one
            // does too, or is short enough to go unseen.
            for (from, to) in down.iter().filter(|(from, _)| *from < end) {
                let (from, to) = (millis(*from), millis((*to).min(end)));
                let met = launches.iter().any(|(at, answer)| {
                    *answer != Answer::NoSample && (from..to).contains(&millis(*at))
                });
                let mut found = seen.outages.iter();
                let inside = found.any(|found| found.good_before <= from && to <= found.end);
                let hidden = !met && seen.unseen.is_some_and(|unseen| to.since(from) < unseen);
                prop_assert!(inside || hidden, "{from:?} to {to:?}: {seen:?}");
            }
            // From its true beginning to its true end, each outage took a time between its bounds. What
            // came back in between for so short that no launch met it is nobody's to know.
            let around = |moment: StoryTime| {
                let all = down.iter().map(|(from, to)| (millis(*from), millis((*to).min(end))));
                all.clone().find(|(from, to)| (*from..*to).contains(&moment))
            };
            for found in &seen.outages {
                let (began, _) = around(found.first_bad).expect("it was down");
                let (_, ended) = around(found.last_bad).expect("it was down");
                prop_assert!(found.good_before <= began && ended <= found.end, "{found:?}");
                let took = ended.since(began);
                prop_assert!(found.min() <= took && took <= found.max(), "{found:?}: {took}");
            }
        }
    }
}
