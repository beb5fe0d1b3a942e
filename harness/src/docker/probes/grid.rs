//! When probes are launched: on a fixed grid, whatever becomes of earlier ones. Pure.

use std::time::{Duration, Instant};

/// Evenly spaced moments.
#[derive(Debug)]
pub(super) struct Grid {
    next: Instant,
    every: Duration,
}

impl Grid {
    /// The grid of target number `index` of `of`: the targets share out the time between two
    /// launches, so that they do not burst.
    pub(super) fn staggered(begin: Instant, every: Duration, index: usize, of: usize) -> Self {
        assert!(!every.is_zero(), "probes without time between them would never let go");
        let share = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Self { next: begin + every / share(of).max(1) * share(index), every }
    }

    /// The next moment to launch.
    pub(super) fn next(&self) -> Instant {
        self.next
    }

    /// Goes on to the first moment after `now`. Moments that were missed stay missed: to make up
    /// for them would be a burst, and a probe now tells nothing about then.
    pub(super) fn advance(&mut self, now: Instant) {
        let behind = now.saturating_duration_since(self.next).as_nanos();
        let steps = behind / self.every.as_nanos() + 1;
        self.next += self.every.saturating_mul(u32::try_from(steps).unwrap_or(u32::MAX));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[expect(clippy::disallowed_methods, reason = "any instant will do")]
    fn some_instant() -> Instant {
        Instant::now()
    }

    #[test]
    fn targets_are_spread_over_the_interval() {
        let begin = some_instant();
        let first = |index| Grid::staggered(begin, millis(100), index, 4).next() - begin;
        assert_eq!([0, 1, 2, 3].map(first), [0, 25, 50, 75].map(millis));
    }

    #[test]
    fn a_late_launch_does_not_move_the_grid() {
        let begin = some_instant();
        let mut grid = Grid::staggered(begin, millis(100), 0, 1);
        let mut launch = |late| {
            grid.advance(begin + millis(late));
            grid.next() - begin
        };
        assert_eq!(launch(0), millis(100));
        assert_eq!(launch(199), millis(200));
        assert_eq!(launch(200), millis(300), "on time");
        assert_eq!(launch(765), millis(800), "300 to 700 are missed, not made up for");
    }

    proptest! {
        #[test]
        fn the_next_launch_is_on_the_grid_and_at_most_one_interval_ahead(
            every in 1_u64..10_000, late in 0_u64..10_000_000,
        ) {
            let begin = some_instant();
            let mut grid = Grid::staggered(begin, millis(every), 0, 1);
            let now = begin + millis(late);
            grid.advance(now);
            prop_assert!(grid.next() > now);
            prop_assert!(grid.next() - now <= millis(every));
            prop_assert_eq!((grid.next() - begin).as_millis() % u128::from(every), 0);
        }
    }
}
