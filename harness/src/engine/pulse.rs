//! Which services answer at the moment, by the launch of their probes. Pure.

use std::collections::BTreeMap;

use crate::{
    base::{ServiceId, StoryTime},
    history::Sample,
    probe::Answer,
};

/// The last samples of each service.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    services: BTreeMap<ServiceId, Recent>,
}

#[derive(Debug, Default)]
struct Recent {
    /// By launch, the latest last, [`KEPT`] at most.
    samples: Vec<(StoryTime, bool)>,
    complaint: String,
}

/// As many as anybody asks for in a row.
const KEPT: usize = super::SETTLE_ANSWERS;

impl Pulse {
    /// Takes note of a sample; they come in the order of their answers, not of their launches.
    pub(super) fn note(&mut self, sample: &Sample) {
        let recent = self.services.entry(sample.service.clone()).or_default();
        let place = recent.samples.partition_point(|(launched, _)| *launched <= sample.launched);
        recent.samples.insert(place, (sample.launched, sample.answer == Answer::Up));
        if recent.samples.len() > KEPT {
            recent.samples.remove(0);
        }
        if sample.answer != Answer::Up {
            recent.complaint.clone_from(&sample.detail);
        }
    }

    /// Whether its latest `times` probes were launched at `since` or later and answered.
    pub(super) fn answers(&self, service: &ServiceId, times: usize, since: StoryTime) -> bool {
        let Some(recent) = self.services.get(service) else { return false };
        let latest = recent.samples.iter().rev().take(times);
        latest.filter(|(launched, up)| *up && *launched >= since).count() == times
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
    use crate::probe::Client;

    fn pulse(samples: &[(u64, Answer)]) -> Pulse {
        let mut pulse = Pulse::default();
        for (launched, answer) in samples {
            pulse.note(&Sample {
                service: "web".parse().unwrap(),
                client: Client::Fresh,
                launched: StoryTime(*launched),
                answer: *answer,
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
            let pulse = pulse(samples);
            assert_eq!(pulse.answers(&web, 2, StoryTime(since)), expected, "{samples:?}");
        }
    }

    #[test]
    fn the_latest_complaint_is_kept() {
        let web = "web".parse().unwrap();
        assert_eq!(pulse(&[]).last_complaint(&web), "no probe came back");
        let pulse = pulse(&[(1, Answer::Down), (2, Answer::Wrong), (3, Answer::Up)]);
        assert_eq!(pulse.last_complaint(&web), "Wrong at 2");
        assert!(pulse.is_up(&web));
    }
}
