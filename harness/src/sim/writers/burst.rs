//! Owns writes in a row that share their fate, each a fixed time after the one before: however many
//! they are, what happens to them is worked out once.
//! Must not know: services, hosts, what is told of them.

use super::fate::{Fate, Outcome};
use crate::{
    base::{Duration, StoryTime},
    sim::clock::Work,
};

/// Writes in a row.
#[derive(Debug, Clone)]
pub(super) struct Burst {
    /// The number of the first.
    pub(super) number: u64,
    pub(super) count: u64,
    /// From one to the next.
    pub(super) every: Duration,
    /// When the first was begun.
    pub(super) launched: StoryTime,
    pub(super) stage: Stage,
    /// How often each was tried.
    pub(super) attempts: u64,
    /// How many of those attempts nobody answered.
    pub(super) unanswered: u64,
    /// How many writes were left out before the first.
    pub(super) skipped: u64,
}

/// How far each of them is; the times are those of the first.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stage {
    /// Tried, from that moment on.
    Sent { at: Work, fate: Fate, kept: u64 },
    /// Mail that is tried again at that moment.
    Rests { until: Work, last: Fate },
}

impl Burst {
    /// When the first has its answer, or is tried again.
    pub(super) fn turns_at(&self) -> Work {
        match self.stage {
            Stage::Sent { at, fate, .. } => at + fate.took,
            Stage::Rests { until, .. } => until,
        }
    }

    /// How many of them have by then.
    pub(super) fn turned(&self, by: Work) -> u64 {
        self.reached(self.turns_at(), by)
    }

    /// How many of them somebody still has in hand then.
    pub(super) fn under_way(&self, at: Work) -> u64 {
        match self.stage {
            Stage::Sent { .. } => self.count - self.turned(at),
            Stage::Rests { .. } => self.count,
        }
    }

    /// How many of them are in the data of whoever took them by then.
    pub(super) fn written(&self, by: Work) -> u64 {
        match self.stage {
            Stage::Sent { at, fate, .. } if matches!(fate.outcome, Outcome::Taken(_)) => {
                self.reached(at + Duration::from_micros(fate.took.as_micros() / 2), by)
            }
            _ => 0,
        }
    }

    /// When the first of those turns that have not by then.
    pub(super) fn next_turn(&self, by: Work) -> Option<Work> {
        let turned = self.turned(by);
        (turned < self.count).then(|| self.turns_at() + self.later(turned))
    }

    /// Takes so many off its front; none where nothing would be taken.
    pub(super) fn take(&mut self, count: u64) -> Option<Self> {
        if count == 0 {
            return None;
        }
        let mut front = self.clone();
        front.count = count;
        if let Stage::Sent { kept, .. } = &mut front.stage {
            *kept = (*kept).min(count);
        }
        let later = self.later(count);
        self.number += count;
        self.count -= count;
        self.launched = self.launched + later;
        self.skipped = 0;
        match &mut self.stage {
            Stage::Sent { at, kept, .. } => {
                (*at, *kept) = (*at + later, kept.saturating_sub(count));
            }
            Stage::Rests { until, .. } => *until = *until + later,
        }
        Some(front)
    }

    /// Takes in what follows on it, if it does.
    pub(super) fn join(&mut self, next: &Self) -> bool {
        let after = self.later(self.count);
        let goes_on = match (self.stage, next.stage) {
            (Stage::Sent { at, fate, .. }, Stage::Sent { at: to, fate: other, kept: 0 }) => {
                at + after == to && fate == other
            }
            (Stage::Rests { until, last }, Stage::Rests { until: to, last: other }) => {
                until + after == to && last == other
            }
            _ => false,
        };
        let story = (self.attempts, self.unanswered, 0);
        let follows = self.number + self.count == next.number
            && self.launched + after == next.launched
            && story == (next.attempts, next.unanswered, next.skipped);
        if goes_on && follows {
            self.count += next.count;
        }
        goes_on && follows
    }

    /// When the last of them turns.
    pub(super) fn last_turn(&self) -> Work {
        self.turns_at() + self.later(self.count.saturating_sub(1))
    }

    /// How many of them have come by then to what the first comes to at `first`.
    fn reached(&self, first: Work, by: Work) -> u64 {
        match by.0.checked_sub(first.0) {
            None => 0,
            Some(since) => (since / self.every.as_micros() + 1).min(self.count),
        }
    }

    fn later(&self, number: u64) -> Duration {
        Duration::from_micros(self.every.as_micros() * number)
    }
}
