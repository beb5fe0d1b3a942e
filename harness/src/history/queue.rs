//! Samples come in the order of their answers; here they wait until they can be taken in the order
//! of their launches.

use std::{collections::VecDeque, sync::Arc};

use crate::{
    base::{Duration, HostId, StoryTime},
    probe::{Answer, Probing},
};

/// How much later than at its deadline an answer may be told.
const SLACK: Duration = Duration::from_secs(30);
/// The fewest and the most samples that wait.
const BOUNDS: (u64, u64) = (64, 65_536);

/// A launch and what came of it, or several that found the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Launch {
    /// The first.
    pub(super) at: StoryTime,
    /// How many; at least one.
    pub(super) count: u64,
    /// From one to the next.
    pub(super) every: Duration,
    pub(super) answer: Answer,
    pub(super) host: Option<HostId>,
    pub(super) took_micros: u64,
    pub(super) detail: Arc<str>,
}

impl Launch {
    /// The last of them.
    pub(super) fn last(&self) -> StoryTime {
        self.nth(self.count - 1)
    }

    /// Those before a moment, though at least one, and those from it on, if there are any.
    pub(super) fn split(mut self, moment: Option<StoryTime>) -> (Self, Option<Self>) {
        let Some(moment) = moment.filter(|moment| *moment <= self.last() && self.count > 1) else {
            return (self, None);
        };
        let every = self.every.as_micros().max(1);
        let early = moment.since(self.at).as_micros().div_ceil(every).clamp(1, self.count);
        if early == self.count {
            return (self, None);
        }
        let late = Self { at: self.nth(early), count: self.count - early, ..self.clone() };
        self.count = early;
        (self, Some(late))
    }

    fn nth(&self, number: u64) -> StoryTime {
        StoryTime(self.at.0.saturating_add(self.every.as_micros().saturating_mul(number)))
    }

    /// Of two launches at the same moment, either may come first, but always the same.
    fn key(&self) -> (StoryTime, u8, u64, &str, Option<&HostId>) {
        (self.at, self.answer as u8, self.took_micros, &self.detail, self.host.as_ref())
    }
}

/// How many samples of a track can be told between a launch and its own answer. Counted in samples,
/// not in time: story time jumps, launches do not.
pub(super) fn room(probing: &Probing) -> usize {
    let longest = probing.deadline.as_micros().saturating_add(SLACK.as_micros());
    let densest = probing.every.min(probing.around_changes).as_micros().max(1);
    usize::try_from((longest / densest).clamp(BOUNDS.0, BOUNDS.1)).expect("the bound is small")
}

/// Samples that wait, the earliest launch first.
#[derive(Debug, Clone)]
pub(super) struct Queue(VecDeque<Launch>);

/// There is room for so many from the start: most simulated tracks have no more of them.
const USUAL: usize = 32;

impl Default for Queue {
    fn default() -> Self {
        Self(VecDeque::with_capacity(USUAL))
    }
}

impl Queue {
    pub(super) fn push(&mut self, launch: Launch) {
        // Most answers come in order.
        if self.0.back().is_none_or(|last| last.key() <= launch.key()) {
            return self.0.push_back(launch);
        }
        let place = self.0.partition_point(|other| other.key() <= launch.key());
        self.0.insert(place, launch);
    }

    /// The earliest, if more than `room` wait.
    pub(super) fn pop(&mut self, room: usize) -> Option<Launch> {
        if self.0.len() <= room {
            return None;
        }
        let first = self.0.pop_front()?;
        let (first, late) = first.split(self.0.front().map(|next| next.at));
        if let Some(late) = late {
            self.push(late);
        }
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_every_launch_that_an_answer_can_wait_for() {
        for (every, around, deadline, expected) in [
            ("100ms", "5ms", "2s", 6_400),
            ("100ms", "100ms", "2s", 320),
            ("10s", "10s", "1s", 64),
            ("1ms", "5ms", "10m", 65_536),
            ("0", "0", "0", 65_536),
        ] {
            let probing = Probing {
                every: every.parse().unwrap(),
                around_changes: around.parse().unwrap(),
                deadline: deadline.parse().unwrap(),
                ..Probing::default()
            };
            assert_eq!(room(&probing), expected, "{every} {around} {deadline}");
        }
    }
}
