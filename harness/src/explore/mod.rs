//! Owns exploring: one migration, rehearsed in the simulator with everything that can go wrong at every
//! step, then with two such mishaps, then with as many as chance likes; and for each kind of failure
//! the smallest schedule that still shows it.
//! Must not know: files, terminals, clocks, how findings are shown.
//!
//! In reading order: a [`Schedule`] of `mishap`s lies over a plan; `targets` says what each kind of fault
//! can strike there, `slips` what people can do to each step, `cells` puts that to every step; `outcome`
//! is what a verdict makes of a cell; `crew` plays schedules on all cores, `pairs` (of what `notice` tells
//! apart) and `random` make more of them, `shrink` makes them small, and `search` is the whole way
//! through. `abort` breaks a migration off everywhere, and takes it back. `window` is the downtime to
//! announce, `advice` the one change that would help most.

mod abort;
mod advice;
mod cells;
mod crew;
mod findings;
mod found;
mod mishap;
mod notice;
mod outcome;
mod pairs;
mod random;
mod search;
mod shrink;
mod slips;
mod targets;
#[cfg(test)]
mod tests;
mod window;

pub use self::{
    abort::{Abort, Aborts, PointOfNoReturn, abort},
    advice::{Advice, Saving},
    cells::Moment,
    crew::Watcher,
    findings::{Cell, Confirmed, Coverage, Findings, Minimal},
    mishap::{Mishap, Schedule},
    outcome::{Failure, Outcome, failures},
    search::{Limits, Nobody, explore, smallest},
    window::{Bound, COVERAGES, RealRun, Window, window},
};
