//! Which services answer at the moment, by the launch of their probes. Pure.

use std::collections::VecDeque;

use crate::{
    base::{Duration, IndexMap, ServiceId, StoryTime},
    history::Sample,
    probe::Client,
};

/// The last samples of each service.
#[derive(Debug, Clone)]
pub(super) struct Pulse {
    every: Duration,
    services: IndexMap<ServiceId, Recent>,
}

#[derive(Debug, Clone, Default)]
struct Recent {
    /// By launch, the latest last; as many as anybody asks for in a row, over as long a time.
    samples: VecDeque<Row>,
    /// From launch to answer, the last time.
    took: Duration,
    complaint: String,
    /// How often something was noted of it.
    noted: u64,
}

/// Launches that were told in one. No other lies between them.
#[derive(Debug, Clone, Copy)]
struct Row {
    first: StoryTime,
    count: u64,
    every_micros: u64,
    is_good: bool,
}

/// As many as anybody asks for in a row.
const KEPT: usize = super::SETTLE_ANSWERS;
/// No more than this, however densely a service is asked.
const MOST_KEPT: usize = 1024;

impl Row {
    fn of(sample: &Sample) -> Self {
        let Sample { launched: first, count, every_micros, .. } = *sample;
        Self { first, count, every_micros, is_good: sample.answer.is_good() }
    }

    fn nth(&self, number: u64) -> StoryTime {
        StoryTime(self.first.0.saturating_add(self.every_micros.saturating_mul(number)))
    }

    fn last(&self) -> StoryTime {
        self.nth(self.count.saturating_sub(1))
    }

    /// How many of the launches come before a moment.
    fn before(&self, moment: StoryTime) -> u64 {
        let early = moment.since(self.first).as_micros();
        early.div_ceil(self.every_micros.max(1)).min(self.count)
    }
}

impl Pulse {
    /// Nothing is known yet. `every` is the time from launch to launch while nothing changes.
    pub(super) fn new(every: Duration) -> Self {
        Self { every, services: IndexMap::default() }
    }

    /// Takes note of a sample of a `fresh` client; they come in the order of their answers, not of
    /// their launches.
    pub(super) fn note(&mut self, sample: &Sample) {
        if sample.client != Client::Fresh {
            return;
        }
        let reach = self.lasts(KEPT);
        let recent = match self.services.get_mut(&sample.service) {
            Some(recent) => recent,
            None => self.services.entry(sample.service.clone()).or_default(),
        };
        recent.noted += 1;
        let (samples, row) = (&mut recent.samples, Row::of(sample));
        let place = samples.partition_point(|other| other.first <= row.first);
        samples.insert(place, row);
        let latest = samples.back().map_or(row.last(), Row::last);
        // The second one still reaches back as far as is needed.
        while samples.len() > KEPT
            && (samples.len() > MOST_KEPT || latest.since(samples[1].first) >= reach)
        {
            samples.pop_front();
        }
        recent.took = Duration::from_micros(sample.took_micros);
        if !row.is_good {
            recent.complaint.clone_from(&sample.detail);
        }
    }

    /// How often something was noted of a service: while that stays the same, so does all the rest.
    pub(super) fn noted(&self, service: &ServiceId) -> u64 {
        self.services.get(service).map_or(0, |recent| recent.noted)
    }

    /// Whether its latest probes, that many at least and over the time that so many take while
    /// nothing changes, were launched at `since` or later and answered.
    pub(super) fn answers(&self, service: &ServiceId, times: usize, since: StoryTime) -> bool {
        let Some(recent) = self.services.get(service) else { return false };
        let (mut launches, mut first) = (0, None);
        for row in recent.samples.iter().rev().take_while(|row| row.is_good) {
            let early = row.before(since);
            if early < row.count {
                launches += row.count - early;
                first = Some(row.nth(early));
            }
            if early > 0 {
                break;
            }
        }
        let (Some(last), Some(first)) = (recent.samples.back(), first) else { return false };
        // A launch may come a little early after a late one.
        let lasted = last.last().since(first) + Duration::from_micros(self.every.as_micros() / 2);
        launches >= times as u64 && lasted >= self.lasts(times)
    }

    /// The time from the first to the last of so many launches.
    fn lasts(&self, times: usize) -> Duration {
        Duration::from_micros(self.every.as_micros().saturating_mul(times.saturating_sub(1) as u64))
    }

    /// When its next `times` probes will have been answered, if it stays up; none while it is down:
    /// that it comes back is told by itself.
    pub(super) fn will_answer(
        &self,
        service: &ServiceId,
        times: usize,
        now: StoryTime,
    ) -> Option<StoryTime> {
        let soon = now + self.lasts(times + 1);
        match self.services.get(service) {
            None => Some(soon),
            Some(recent) if recent.samples.back().is_some_and(|row| row.is_good) => {
                Some(soon + recent.took)
            }
            Some(_) => None,
        }
    }

    /// Whether its latest probe was answered.
    pub(super) fn is_up(&self, service: &ServiceId) -> bool {
        self.answers(service, 1, StoryTime(0))
    }

    /// Why its latest bad sample was bad.
    pub(super) fn last_complaint(&self, service: &ServiceId) -> String {
        match self.services.get(service) {
            None => "no probe came back".to_owned(),
            Some(recent) if recent.complaint.is_empty() => "it does not stay up".to_owned(),
            Some(recent) => recent.complaint.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::Answer;

    /// What is told of `web`, asked every so many microseconds.
    fn pulse(every: u64, samples: &[(u64, Answer)]) -> Pulse {
        let mut pulse = Pulse::new(Duration::from_micros(every));
        for (launched, answer) in samples {
            pulse.note(&Sample {
                service: "web".parse().unwrap(),
                client: Client::Fresh,
                launched: StoryTime(*launched),
                count: 1,
                every_micros: 0,
                answer: *answer,
                host: None,
                took_micros: 1,
                detail: format!("{answer:?} at {launched}"),
            });
        }
        pulse
    }

    #[test]
    fn answers_in_a_row_are_counted_by_launch() {
        use Answer::{Down, NoSample, Up};
        let web = "web".parse().unwrap();
        for (samples, since, expected) in [
            (&[][..], 0, false),
            (&[(1, Up)], 0, false),
            (&[(1, Up), (2, Up)], 0, true),
            (&[(1, Up), (2, Up)], 2, false),
            (&[(1, Up), (3, Up), (2, Down)], 0, false),
            (&[(2, Up), (3, Up), (1, Down)], 0, true),
            (&[(1, Up), (2, Up), (3, NoSample)], 0, false),
            (&[(1, Down), (2, Up), (3, Up), (4, Up), (5, Up), (6, Up), (7, Up)], 0, true),
        ] {
            let pulse = pulse(1, samples);
            assert_eq!(pulse.answers(&web, 2, StoryTime(since)), expected, "{samples:?}");
        }
    }

    #[test]
    fn answers_of_dense_probes_have_to_go_on_for_as_long() {
        let web = "web".parse().unwrap();
        // The last launch, the only one that is down, how many in a row, and whether that is seen.
        for (last, down, times, expected) in [
            (50, 999, 2, true),
            (45, 999, 2, false),
            (350, 999, 5, true),
            (345, 999, 5, false),
            (400, 45, 5, true),
            (400, 50, 5, false),
        ] {
            let answer = |at| if at == down { Answer::Down } else { Answer::Up };
            let samples: Vec<_> = (0..=last).step_by(5).map(|at| (at, answer(at))).collect();
            let found = pulse(100, &samples).answers(&web, times, StoryTime(0));
            assert_eq!(found, expected, "until {last}, down at {down}, {times} in a row");
        }
    }

    #[test]
    fn no_more_is_kept_than_anybody_asks_for() {
        let samples: Vec<_> = (0..10_000).map(|at| (at, Answer::Up)).collect();
        let kept = |every| {
            pulse(every, &samples).services[&"web".parse::<ServiceId>().unwrap()].samples.len()
        };
        assert_eq!([kept(1), kept(100), kept(1_000)], [KEPT, 401, MOST_KEPT]);
    }

    #[test]
    fn the_latest_complaint_is_kept() {
        let web = "web".parse().unwrap();
        assert_eq!(pulse(1, &[]).last_complaint(&web), "no probe came back");
        let pulse = pulse(1, &[(1, Answer::Down), (2, Answer::Wrong), (3, Answer::Up)]);
        assert_eq!(pulse.last_complaint(&web), "Wrong at 2");
        assert!(pulse.is_up(&web));
    }
}
