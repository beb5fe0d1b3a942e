//! How often to launch while something changes: as densely as was asked for, as long as that does
//! not become a load of its own. Pure.

use std::time::Duration;

use crate::probe::Probing;

/// How many launches a second all targets together get.
const MOST_PER_SECOND: u64 = 2_000;
/// How many of them dense targets have for themselves, whatever the others take.
const LEFT_PER_SECOND: u64 = 200;
/// How many probes of a service may wait for an answer before it is asked no more densely. Some
/// servers have a queue of five, and what does not fit is lost: an outage of our own making.
const FEW: usize = 3;

/// The time between two launches at each of `dense` targets, beside `others` that are not.
pub(super) fn dense_every(probing: Probing, dense: usize, others: usize) -> Duration {
    let every = probing.every.to_std();
    let by_others = others as u64 * 1_000_000 / probing.every.as_micros().max(1);
    let left = MOST_PER_SECOND.saturating_sub(by_others).max(LEFT_PER_SECOND);
    let apart = Duration::from_micros(dense as u64 * 1_000_000 / left);
    probing.around_changes.to_std().max(apart).min(every)
}

/// Whether to launch at a moment of a dense grid, when so many probes of the service wait for an
/// answer: a service that does not keep up is asked as often as it would be at its base pace.
pub(super) fn is_due(waiting: usize, since_launch: Duration, every: Duration) -> bool {
    waiting < FEW || since_launch >= every
}

/// As many as can wait at once when every one waits for its deadline, and a few more.
pub(super) fn most_waiting(probing: Probing) -> usize {
    let waiting = probing.deadline.as_micros().div_ceil(probing.every.as_micros().max(1));
    usize::try_from(waiting).unwrap_or(usize::MAX).saturating_add(2 * FEW).min(256)
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;
    use crate::base;

    fn probing(every: u64, around_changes: u64) -> Probing {
        let ms = base::Duration::from_millis;
        Probing { every: ms(every), around_changes: ms(around_changes), ..Probing::default() }
    }

    #[test]
    fn many_dense_targets_share_what_a_machine_can_launch() {
        for (every, around, dense, others, expected) in [
            (100, 5, 1, 0, 5_000),
            (100, 5, 8, 10, 5_000),
            // 20 of them would be 4,000 a second.
            (100, 5, 20, 0, 10_000),
            (100, 1, 4, 0, 2_000),
            // Never less often than without any change.
            (10, 5, 100, 0, 10_000),
            // Those that are not dense have filled it.
            (10, 5, 2, 40, 10_000),
            (100, 200, 1, 0, 100_000),
        ] {
            let found = dense_every(probing(every, around), dense, others);
            assert_eq!(found, Duration::from_micros(expected), "{every} {around} {dense} {others}");
        }
    }

    #[test]
    fn the_bound_fits_the_deadline() {
        let most = |every, deadline| {
            let deadline = base::Duration::from_millis(deadline);
            most_waiting(Probing { deadline, ..probing(every, 5) })
        };
        assert_eq!(
            [most(100, 2000), most(1000, 10), most(300, 1000), most(1, 60_000)],
            [26, 7, 10, 256]
        );
    }

    /// The launches within so many milliseconds, when answers take so long each.
    fn launches(within: u64, takes: u64) -> Vec<u64> {
        let (mut launched, mut ends) = (vec![], VecDeque::new());
        for moment in (0..within).step_by(5) {
            while ends.front().is_some_and(|end| *end <= moment) {
                ends.pop_front();
            }
            let since = moment - launched.last().copied().unwrap_or(0);
            let ms = Duration::from_millis;
            if is_due(ends.len(), ms(since), ms(100)) {
                launched.push(moment);
                ends.push_back(moment + takes);
            }
        }
        launched
    }

    #[test]
    fn a_service_is_asked_as_densely_as_it_keeps_up_with() {
        assert_eq!(launches(100, 1).len(), 20);
        assert_eq!(launches(100, 15).len(), 20);
        assert_eq!(launches(100, 50), [0, 5, 10, 50, 55, 60]);
        assert_eq!(launches(320, 60_000), [0, 5, 10, 110, 210, 310]);
    }

    proptest! {
        #[test]
        fn the_world_is_never_asked_more_often_than_the_bound(
            every in 10_u64..1_000, around in 1_u64..100, dense in 1_usize..200,
        ) {
            let probing = probing(every, around);
            let apart = dense_every(probing, dense, 0);
            prop_assert!(apart <= probing.every.to_std());
            if apart < probing.every.to_std() {
                let per_second = dense as f64 / apart.as_secs_f64();
                prop_assert!(per_second <= 2_001.0, "{per_second}");
            }
        }

        #[test]
        fn at_least_as_often_as_otherwise(takes in 1_u64..5_000) {
            let launched = launches(5_000, takes);
            for pair in launched.windows(2) {
                prop_assert!(pair[1] - pair[0] <= 100, "{launched:?}");
            }
        }
    }
}
