//! Outages as intervals, never points: what launched probes prove about the time between them.

use crate::{
    base::{Duration, ServiceId, StoryTime},
    check::Samples,
    history::{History, Sample, What},
    probe::{Answer, Client},
};

/// All that the probes of one service tell from one client.
#[derive(Debug, Clone)]
pub(super) struct Seen<'a> {
    pub(super) service: &'a ServiceId,
    pub(super) client: Client,
    pub(super) samples: Samples,
    pub(super) outages: Vec<Outage>,
    /// The longest time without an answer while it seemed up.
    pub(super) unseen: Option<Duration>,
    pub(super) last_error: Option<&'a str>,
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

/// The time during which downtime counts.
pub(super) type Window = (StoryTime, StoryTime);

impl<'a> Seen<'a> {
    pub(super) fn of(
        history: &'a History,
        service: &'a ServiceId,
        client: Client,
        window: Option<Window>,
    ) -> Self {
        let mut all: Vec<&Sample> = history
            .records
            .iter()
            .filter_map(|record| match &record.what {
                What::Sample(sample) => Some(sample),
                _ => None,
            })
            .filter(|sample| sample.service == *service && sample.client == client)
            .collect();
        all.sort_by_key(|sample| sample.launched);
        let launches: Vec<_> = all.iter().map(|sample| (sample.launched, sample.answer)).collect();
        let counted: Vec<_> = all
            .into_iter()
            .filter(|sample| window.is_some_and(|(from, to)| within(sample.launched, from, to)))
            .collect();
        Self {
            service,
            client,
            samples: count(&counted),
            outages: window.map_or_else(Vec::new, |window| outages(&launches, window)),
            unseen: window.and_then(|window| unseen(&launches, window, &jumps(history))),
            last_error: counted
                .iter()
                .rev()
                .find(|sample| bad(sample.answer))
                .map(|sample| sample.detail.as_str()),
        }
    }

    /// Whether a probe told anything at all.
    pub(super) fn any(&self) -> bool {
        self.samples.up + self.samples.wrong + self.samples.down > 0
    }
}

/// The outages of a window, from launches in order. Good answers before the window are used too.
fn outages(launches: &[(StoryTime, Answer)], (from, to): Window) -> Vec<Outage> {
    let mut outages: Vec<Outage> = vec![];
    let mut last_good = None;
    for &(launched, answer) in launches {
        if launched >= to {
            break;
        }
        let running = outages.last_mut().filter(|outage| outage.open);
        match (answer, running) {
            (Answer::NoSample, _) => {}
            (Answer::Up, running) => {
                if let Some(outage) = running {
                    (outage.end, outage.open) = (launched, false);
                }
                last_good = Some(launched);
            }
            (Answer::Wrong | Answer::Down, Some(outage)) => outage.last_bad = launched,
            (Answer::Wrong | Answer::Down, None) if launched < from => {}
            (Answer::Wrong | Answer::Down, None) => outages.push(Outage {
                good_before: last_good.unwrap_or(from),
                first_bad: launched,
                last_bad: launched,
                end: to,
                open: true,
            }),
        }
    }
    outages
}

/// The longest time from a good launch to the next one, or to the window's end, with nothing
/// known between; jumps of story time left out.
fn unseen(
    launches: &[(StoryTime, Answer)],
    (from, to): Window,
    jumps: &[(StoryTime, Duration)],
) -> Option<Duration> {
    let mut longest = None;
    let mut last_good = None;
    let end = [(to, Answer::Up)];
    let until_end = launches.iter().filter(|(launched, _)| *launched < to);
    for &(launched, answer) in until_end.chain(&end) {
        match answer {
            Answer::NoSample => {}
            Answer::Wrong | Answer::Down => last_good = None,
            Answer::Up => {
                if let Some(before) = last_good.filter(|_| launched >= from) {
                    let jumped: Duration = jumps
                        .iter()
                        .filter(|(at, _)| *at > before && *at <= launched)
                        .map(|(_, by)| *by)
                        .sum();
                    let gap = launched.since(before).as_micros().saturating_sub(jumped.as_micros());
                    longest = longest.max(Some(Duration::from_micros(gap)));
                }
                last_good = Some(launched);
            }
        }
    }
    longest
}

/// When story time jumped, and by how much. The record of a jump is written a moment after it, and
/// probes may have been launched meanwhile: it lies between the last two launches before the record
/// that are far enough apart.
fn jumps(history: &History) -> Vec<(StoryTime, Duration)> {
    let mut launches: Vec<_> = history
        .records
        .iter()
        .filter_map(|record| match &record.what {
            What::Sample(sample) => Some(sample.launched),
            _ => None,
        })
        .collect();
    launches.sort_unstable();
    let landed = |at: StoryTime, by: Duration| {
        let before = launches.windows(2).rev().skip_while(|pair| pair[0] >= at);
        let over = before.map(|pair| (pair[0], pair[1])).find(|(from, to)| to.since(*from) >= by);
        over.map_or(at, |(_, to)| at.min(to))
    };
    history
        .records
        .iter()
        .filter_map(|record| match record.what {
            What::Passed { by_micros } => {
                let by = Duration::from_micros(by_micros);
                Some((landed(record.at, by), by))
            }
            _ => None,
        })
        .collect()
}

fn count(samples: &[&Sample]) -> Samples {
    let mut counts = Samples::default();
    for sample in samples {
        *match sample.answer {
            Answer::Up => &mut counts.up,
            Answer::Wrong => &mut counts.wrong,
            Answer::Down => &mut counts.down,
            Answer::NoSample => &mut counts.none,
        } += 1;
    }
    counts
}

const fn bad(answer: Answer) -> bool {
    matches!(answer, Answer::Wrong | Answer::Down)
}

fn within(moment: StoryTime, from: StoryTime, to: StoryTime) -> bool {
    from <= moment && moment < to
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::check::testing::Story;

    /// One launch per character, a second apart: `.` up, `x` down, `w` wrong, `?` no sample.
    fn launches(text: &str) -> Vec<(StoryTime, Answer)> {
        let answer = |c| match c {
            '.' => Answer::Up,
            'x' => Answer::Down,
            'w' => Answer::Wrong,
            '?' => Answer::NoSample,
            other => panic!("no answer is written `{other}`"),
        };
        text.chars().enumerate().map(|(at, c)| (seconds(at as u64), answer(c))).collect()
    }

    fn seconds(seconds: u64) -> StoryTime {
        StoryTime(seconds * 1_000_000)
    }

    #[test]
    fn a_jump_that_is_recorded_after_the_next_launches_is_no_hole() {
        let hour = 3_600_000;
        let history = Story::new()
            .service("links", Some("5m"))
            .begin_migrate()
            .sampled("links", 0..1_000, "..........")
            .sampled("links", hour + 1_000..hour + 2_000, "..........")
            .passed(hour + 1_550, hour)
            .history();
        let window = Some((StoryTime(0), StoryTime((hour + 2_000) * 1_000)));
        let id = "links".parse().unwrap();
        let seen = Seen::of(&history, &id, Client::Fresh, window);
        assert_eq!(seen.unseen, Some(Duration::from_millis(100)));
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
            let found: Vec<_> = outages(&launches(samples), (seconds(window.0), seconds(window.1)))
                .iter()
                .map(|o| (o.min().as_secs_ceil(), o.max().as_secs_ceil(), o.open))
                .collect();
            assert_eq!(found, expected, "{samples}");
        }
    }

    #[test]
    fn the_longest_time_without_an_answer_while_up() {
        for (samples, window, jumps, expected) in [
            ("......", (0, 6), &[][..], Some(1)),
            (".??...", (0, 6), &[], Some(3)),
            // Between a good and a bad answer nothing is unseen: it counts to the outage.
            (".??x..", (0, 6), &[], Some(1)),
            (".???", (0, 9), &[], Some(9)),
            ("....", (0, 4), &[(2, 1)], Some(1)),
            (".??.", (0, 4), &[(2, 2)], Some(1)),
            ("...", (9, 9), &[], Some(7)),
            ("xxx", (0, 3), &[], None),
        ] {
            let jumps: Vec<_> =
                jumps.iter().map(|&(at, by)| (seconds(at), Duration::from_secs(by))).collect();
            let window = (seconds(window.0), seconds(window.1));
            let found = unseen(&launches(samples), window, &jumps).map(Duration::as_secs_ceil);
            assert_eq!(found, expected, "{samples}");
        }
    }

    /// A launch: whether the service is truly up, how long after the one before it, where between
    /// them the truth changes if it does, and whether a probe that could not be sent lies between.
    type Launch = (bool, u64, f64, bool);

    fn timeline() -> impl Strategy<Value = Vec<Launch>> {
        prop::collection::vec((any::<bool>(), 10u64..5_000, 0.1..0.9, any::<bool>()), 1..60)
    }

    proptest! {
        #[test]
        fn the_interval_contains_the_true_downtime(timeline in timeline()) {
            let mut launches = vec![(StoryTime(0), Answer::Up)];
            let (mut now, mut up, mut downtime, mut down_since) = (0, true, 0, 0);
            for (next, gap, fraction, lost) in timeline.into_iter().chain([(true, 100, 0.5, false)]) {
                let change = now + (gap as f64 * fraction) as u64;
                match (up, next) {
                    (true, false) => down_since = change,
                    (false, true) => downtime += change - down_since,
                    _ => {}
                }
                if lost {
                    launches.push((StoryTime(now + gap / 2), Answer::NoSample));
                }
                (now, up) = (now + gap, next);
                launches.push((StoryTime(now), if up { Answer::Up } else { Answer::Down }));
            }
            let found = outages(&launches, (StoryTime(0), StoryTime(now + 1)));
            let min: Duration = found.iter().map(Outage::min).sum();
            let max: Duration = found.iter().map(Outage::max).sum();
            prop_assert!(found.iter().all(|outage| !outage.open));
            prop_assert!(min.as_micros() <= downtime, "{min} > {downtime}us");
            prop_assert!(downtime <= max.as_micros(), "{max} < {downtime}us");
        }
    }
}
