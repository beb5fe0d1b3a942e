//! Deadlines count the time in which work is done. When story time jumps, they move along. Pure.

use crate::base::{Duration, StoryTime};

/// How far story time has jumped so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Jumps {
    /// Jumps that are over, in microseconds.
    landed: u64,
    /// Jumps that were asked for and may have happened already, in microseconds.
    flying: u64,
}

/// A moment that moves along when story time jumps.
#[derive(Debug, Clone, Copy)]
pub(super) struct Due {
    at: StoryTime,
    landed: u64,
}

impl Jumps {
    /// The moment that is `after` more of work away.
    pub(super) fn due(&self, now: StoryTime, after: Duration) -> Due {
        Due { at: now + after, landed: self.landed }
    }

    /// When that is, as far as is known now.
    pub(super) fn when(&self, due: Due) -> StoryTime {
        due.at + Duration::from_micros(self.moved().saturating_sub(due.landed))
    }

    /// By how much deadlines have moved so far, as far as is known now. While it stays the same, so do they.
    pub(super) fn moved(&self) -> u64 {
        self.landed + self.flying
    }

    /// A jump was asked for.
    pub(super) fn take_off(&mut self, by: Duration) {
        self.flying = self.flying.saturating_add(by.as_micros());
    }

    /// A jump that was asked for is over; `done` unless it was given up.
    pub(super) fn land(&mut self, by: Duration, done: bool) {
        assert!(self.flying >= by.as_micros(), "a jump of {by} landed that had not taken off");
        self.flying -= by.as_micros();
        if done {
            self.landed = self.landed.saturating_add(by.as_micros());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);
    const MINUTE: Duration = Duration::from_secs(60);

    fn seconds(seconds: u64) -> StoryTime {
        StoryTime(seconds * 1_000_000)
    }

    #[test]
    fn a_deadline_moves_with_a_jump_that_is_done() {
        let mut jumps = Jumps::default();
        let before = jumps.due(seconds(1), MINUTE);
        jumps.take_off(HOUR);
        let beside = jumps.due(seconds(2), MINUTE);
        assert_eq!(jumps.when(before), seconds(3661), "it may have jumped already");
        jumps.land(HOUR, true);
        let after = jumps.due(seconds(3602), MINUTE);
        assert_eq!(jumps.when(before), seconds(3661));
        assert_eq!(jumps.when(beside), seconds(3662));
        assert_eq!(jumps.when(after), seconds(3662));
    }

    #[test]
    fn a_deadline_stays_when_the_jump_does_not_happen() {
        let mut jumps = Jumps::default();
        let before = jumps.due(seconds(1), MINUTE);
        jumps.take_off(HOUR);
        let beside = jumps.due(seconds(2), MINUTE);
        jumps.land(HOUR, false);
        assert_eq!(jumps.when(before), seconds(61));
        assert_eq!(jumps.when(beside), seconds(62));
    }
}
