//! Owns the two times of a simulated rehearsal: *work*, in which things take as long as they take,
//! and *story*, which is ahead of it by all the waits for people that have passed. Both virtual.
//! Must not know: what happens in them.

use crate::base::{Duration, StoryTime};

/// A moment of work, in microseconds since the beginning. Jumps of story time do not touch it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Work(pub(super) u64);

impl std::ops::Add<Duration> for Work {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration.as_micros()))
    }
}

/// The time now.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Clock {
    work: Work,
    /// How far story time is ahead.
    jumped: Duration,
    /// Where the last jump landed.
    landed: Work,
}

impl Clock {
    pub(super) fn work(&self) -> Work {
        self.work
    }

    pub(super) fn story(&self) -> StoryTime {
        self.story_at(self.work)
    }

    /// The story time of a moment since the last jump.
    pub(super) fn story_at(&self, work: Work) -> StoryTime {
        StoryTime(work.0) + self.jumped
    }

    /// The work time of a story time. What story time jumped over happens where it landed.
    pub(super) fn work_at(&self, story: StoryTime) -> Work {
        Work(story.0.saturating_sub(self.jumped.as_micros())).max(self.landed)
    }

    /// Goes on to `work`, never back.
    pub(super) fn advance(&mut self, work: Work) {
        self.work = self.work.max(work);
    }

    /// Story time jumps forward.
    pub(super) fn jump(&mut self, by: Duration) {
        self.jumped = self.jumped + by;
        self.landed = self.work;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn story_time_is_ahead_by_its_jumps() {
        let mut clock = Clock::default();
        clock.advance(Work(10));
        clock.jump(Duration::from_micros(1_000));
        clock.advance(Work(5));
        assert_eq!((clock.work(), clock.story()), (Work(10), StoryTime(1_010)));
        for (story, work) in [(0, 10), (500, 10), (1_010, 10), (1_011, 11)] {
            assert_eq!(clock.work_at(StoryTime(story)), Work(work), "{story}");
        }
    }
}
