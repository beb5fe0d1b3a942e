//! Owns the clock of a rehearsal on real hosts: real time from the beginning on, plus the waits
//! for people, which pass in a moment.
//! Must not know: who waits, and for what.

#![expect(
    clippy::disallowed_methods,
    reason = "the one place that turns real time into story time"
)]

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use crate::base::{Duration, StoryTime};

/// The story time of a rehearsal in real time. Clones are the same clock.
#[derive(Debug, Clone)]
pub struct StoryClock {
    began: Instant,
    jumps: Arc<Mutex<VecDeque<Jump>>>,
}

/// Story time went forward at once.
#[derive(Debug, Clone, Copy)]
struct Jump {
    at: Instant,
    by: Duration,
}

impl StoryClock {
    /// How many jumps are remembered one by one. Beyond it the oldest two become one, so that
    /// only the moments between those two, long past, would be told wrongly.
    const MAX_JUMPS: usize = 1024;

    /// A clock whose story begins now.
    pub fn start() -> Self {
        Self::starting(Instant::now())
    }

    /// The story time now.
    pub fn now(&self) -> StoryTime {
        self.at(Instant::now())
    }

    /// The story time that was in force at `instant`: jumps made later do not move it.
    pub fn at(&self, instant: Instant) -> StoryTime {
        let elapsed = Duration::from(instant.saturating_duration_since(self.began));
        let jumps = self.jumps.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = jumps.iter().take_while(|jump| jump.at <= instant).map(|jump| jump.by).sum();
        StoryTime::default() + elapsed + passed
    }

    /// Lets story time jump forward, from this instant on; gives the time that it jumps to.
    pub fn pass(&self, by: Duration) -> StoryTime {
        let instant = self.jump(Instant::now, by);
        self.at(instant)
    }

    fn starting(began: Instant) -> Self {
        Self { began, jumps: Arc::default() }
    }

    /// The instant is taken under the lock, which keeps the jumps in order.
    fn jump(&self, now: impl FnOnce() -> Instant, by: Duration) -> Instant {
        let mut jumps = self.jumps.lock().unwrap_or_else(PoisonError::into_inner);
        let instant = now();
        jumps.push_back(Jump { at: instant, by });
        if jumps.len() > Self::MAX_JUMPS
            && let Some(oldest) = jumps.pop_front()
            && let Some(next) = jumps.front_mut()
        {
            next.by = next.by + oldest.by;
        }
        instant
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn std_secs(seconds: u64) -> std::time::Duration {
        std::time::Duration::from_secs(seconds)
    }
    const fn at_second(seconds: u64) -> StoryTime {
        StoryTime(seconds * 1_000_000)
    }

    #[test]
    fn without_jumps_story_time_is_real_time() {
        let began = Instant::now();
        let clock = StoryClock::starting(began);
        assert_eq!(clock.at(began), at_second(0));
        assert_eq!(clock.at(began + std_secs(7)), at_second(7));
    }

    #[test]
    fn a_moment_before_the_beginning_is_the_beginning() {
        let began = Instant::now() + std_secs(9);
        assert_eq!(StoryClock::starting(began).at(began - std_secs(5)), at_second(0));
    }

    #[test]
    fn a_jump_moves_what_comes_after_it_only() {
        let began = Instant::now();
        let clock = StoryClock::starting(began);
        clock.jump(|| began + std_secs(10), Duration::from_secs(3600));
        clock.jump(|| began + std_secs(20), Duration::from_secs(60));
        for (second, story) in [(9, 9), (10, 3610), (19, 3619), (20, 3680), (30, 3690)] {
            assert_eq!(clock.at(began + std_secs(second)), at_second(story), "{second}");
        }
    }

    #[test]
    fn a_pass_tells_the_moment_that_it_lands_at() {
        let clock = StoryClock::start();
        let landed = clock.pass(Duration::from_secs(3600));
        assert!(landed >= at_second(3600) && landed <= clock.now());
    }

    #[test]
    fn clones_are_the_same_clock() {
        let clock = StoryClock::start();
        let clone = clock.clone();
        clone.pass(Duration::from_secs(86_400));
        assert!(clock.now() >= at_second(86_400));
    }

    #[test]
    fn jumps_beyond_the_bound_still_count_in_full() {
        let began = Instant::now();
        let clock = StoryClock::starting(began);
        let jumps = 3 * StoryClock::MAX_JUMPS as u64;
        for second in 1..=jumps {
            clock.jump(|| began + std_secs(second), Duration::from_secs(1));
        }
        assert_eq!(clock.jumps.lock().unwrap().len(), StoryClock::MAX_JUMPS);
        assert_eq!(clock.at(began + std_secs(jumps)), at_second(2 * jumps));
        // A launch shortly before the last jump is still told exactly.
        assert_eq!(clock.at(began + std_secs(jumps - 1)), at_second(2 * (jumps - 1)));
    }
}
