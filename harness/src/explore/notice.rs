//! Whether anybody notices a mishap that is survived.

use crate::{
    base::Duration,
    check::{
        EndStateVerdict, GroupVerdict, LedgerVerdict, Seconds, ServiceVerdict, StepVerdict, Verdict,
    },
};

/// What takes so much longer or shorter is noticed.
const NOTICED: Duration = Duration::from_secs(1);

/// Whether a rehearsal came out like another one for all who were there: every step ended in the same
/// way after as many attempts and after the same time, every service was down as often and for as
/// long, and slow as often, as many writes are not where they must be, and the end was the same.
pub(super) fn is_unnoticed(night: &Verdict, usual: &Verdict) -> bool {
    all(&night.steps, &usual.steps, same_step)
        && all(&night.services, &usual.services, same_service)
        && all(&night.groups, &usual.groups, same_group)
        && all(&night.ledger, &usual.ledger, same_ledger)
        && all(&night.end_state, &usual.end_state, same_end)
}

fn all<T>(some: &[T], others: &[T], is_same: impl Fn(&T, &T) -> bool) -> bool {
    some.len() == others.len() && some.iter().zip(others).all(|(one, other)| is_same(one, other))
}

fn same_step(one: &StepVerdict, other: &StepVerdict) -> bool {
    let took = |step: &StepVerdict| {
        let (from, to) = (step.started_at?, step.ended_at?);
        Some(micros(to).saturating_sub(micros(from)))
    };
    let same_time = match (took(one), took(other)) {
        (Some(one), Some(other)) => one.abs_diff(other) < NOTICED.as_micros(),
        (one, other) => one == other,
    };
    same_time && one.outcome == other.outcome && one.attempts == other.attempts
}

fn same_service(one: &ServiceVerdict, other: &ServiceVerdict) -> bool {
    one.outages.len() == other.outages.len()
        && one.slow_times.len() == other.slow_times.len()
        && is_about(one.downtime.max_seconds, other.downtime.max_seconds)
}

fn same_group(one: &GroupVerdict, other: &GroupVerdict) -> bool {
    is_about(one.downtime.max_seconds, other.downtime.max_seconds)
}

fn same_ledger(one: &LedgerVerdict, other: &LedgerVerdict) -> bool {
    let amiss = |it: &LedgerVerdict| {
        let late = it.late_writes.count;
        [
            it.lost,
            it.stranded,
            it.duplicate,
            it.recovered,
            it.unexpected,
            it.unseen,
            it.sent_again,
            late,
        ]
    };
    one.host == other.host && amiss(one) == amiss(other)
}

fn same_end(one: &EndStateVerdict, other: &EndStateVerdict) -> bool {
    one.verdict == other.verdict && one.after_restart.verdict == other.after_restart.verdict
}

fn is_about(one: Seconds, other: Seconds) -> bool {
    micros(one).abs_diff(micros(other)) < NOTICED.as_micros()
}

fn micros(seconds: Seconds) -> u64 {
    seconds.0.as_micros()
}
