//! Whether anybody notices that a mishap begins sooner or later.

use crate::{
    base::Duration,
    check::{
        EndStateVerdict, GroupVerdict, LedgerVerdict, Outage, Seconds, ServiceVerdict, StepVerdict,
        Verdict,
    },
};

/// What takes so much longer or shorter is noticed.
const NOTICED: Duration = Duration::from_secs(1);

/// Whether two nights were the same for all who were there: every step ended in the same way after as
/// many attempts and after the same time, every service was down at the same times, and slow as often,
/// as many writes are not where they must be, and the end was the same.
pub(super) fn are_alike(one: &Verdict, other: &Verdict) -> bool {
    all(&one.steps, &other.steps, same_step)
        && all(&one.services, &other.services, same_service)
        && all(&one.groups, &other.groups, same_group)
        && all(&one.ledger, &other.ledger, same_ledger)
        && all(&one.end_state, &other.end_state, same_end)
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
    all(&one.outages, &other.outages, same_outage)
        && one.slow_times.len() == other.slow_times.len()
        && is_about(one.downtime.max_seconds, other.downtime.max_seconds)
}

fn same_outage(one: &Outage, other: &Outage) -> bool {
    is_about(one.from, other.from) && is_about(one.max_seconds, other.max_seconds)
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
