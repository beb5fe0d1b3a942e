//! Jumps of story time: stretches that passed in a moment.

use crate::base::{Duration, StoryTime};

/// All jumps of a history.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Jumps(Vec<(StoryTime, Duration)>);

impl Jumps {
    /// How long it took from one moment to another, jumps left out.
    pub fn played(&self, from: StoryTime, to: StoryTime) -> Duration {
        let later = self.0.partition_point(|(landed, _)| *landed <= from);
        let between = self.0[later..].iter().take_while(|(landed, _)| *landed <= to);
        let jumped: Duration = between.map(|(_, by)| *by).sum();
        Duration::from_micros(to.since(from).as_micros().saturating_sub(jumped.as_micros()))
    }

    /// Story time jumped by so much and landed there.
    pub(super) fn add(&mut self, landed: StoryTime, by: Duration) {
        let place = self.0.partition_point(|(at, _)| *at <= landed);
        self.0.insert(place, (landed, by));
    }
}
