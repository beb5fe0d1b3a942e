//! When probes are launched: on a fixed grid, whatever becomes of earlier ones. Pure.

use std::time::{Duration, Instant};

/// Evenly spaced moments.
#[derive(Debug)]
pub(crate) struct Grid {
    begin: Instant,
    /// The place among the targets, and their number.
    place: (u32, u32),
    next: Instant,
    every: Duration,
}

impl Grid {
    /// The grid of target number `index` of `of`: the targets share out the time between two
    /// launches, so that they do not burst.
    pub(crate) fn staggered(begin: Instant, every: Duration, index: usize, of: usize) -> Self {
        assert!(!every.is_zero(), "probes without time between them would never let go");
        let share = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let place = (share(index), share(of).max(1));
        Self { begin, place, next: begin + every / place.1 * place.0, every }
    }

    /// The next moment to launch.
    pub(crate) fn next(&self) -> Instant {
        self.next
    }

    /// The time from moment to moment.
    pub(super) fn every(&self) -> Duration {
        self.every
    }

    /// Goes on to the first moment after `now`. Moments that were missed stay missed: to make up
    /// for them would be a burst, and a probe now tells nothing about then.
    pub(crate) fn advance(&mut self, now: Instant) {
        let behind = now.saturating_duration_since(self.next).as_nanos();
        let steps = behind / self.every.as_nanos() + 1;
        self.next += self.every.saturating_mul(u32::try_from(steps).unwrap_or(u32::MAX));
    }

    /// Goes over to a denser or wider grid, from `now` on.
    pub(super) fn repace(&mut self, every: Duration, now: Instant) {
        if every == self.every {
            return;
        }
        let (index, of) = self.place;
        *self = Self::staggered(self.begin, every, index as usize, of as usize);
        if self.next <= now {
            self.advance(now);
        }
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

    #[test]
    fn a_denser_grid_begins_at_once_and_stays_staggered() {
        let begin = some_instant();
        let next = |index, every, now| {
            let mut grid = Grid::staggered(begin, millis(100), index, 2);
            grid.advance(begin + millis(1_000));
            grid.repace(millis(every), begin + millis(now));
            (grid.next() - begin).as_millis()
        };
        assert_eq!([next(0, 10, 1_001), next(1, 10, 1_001)], [1_010, 1_005]);
        assert_eq!([next(0, 200, 1_010), next(1, 200, 1_010)], [1_200, 1_100]);
        assert_eq!(next(1, 100, 1_001), 1_050, "nothing has changed");
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
