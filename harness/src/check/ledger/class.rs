//! What a single write is, by what was said of it and by where it is. Pure.

use super::LedgerClass;
use crate::{base::HostId, history::Write, writer::Told};

/// What became of a write. Each is of exactly one class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    /// Acknowledged, and there.
    Present,
    /// Acknowledged or not, and there more than once, which the sender's own attempts explain.
    SentAgain,
    /// Acknowledged, and nobody could look where it must be.
    Unseen,
    /// Neither acknowledged nor refused, and there.
    Recovered,
    /// Not acknowledged, and not where it would count: nothing was promised.
    Unpromised,
    /// Something is wrong.
    Wrong(LedgerClass),
}

/// Where one write was found.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sight<'a> {
    /// How often where the service ended up; none where that could not be read.
    pub(super) here: Option<u64>,
    /// How often on the other hosts, those where it is.
    pub(super) elsewhere: Vec<(&'a HostId, u64)>,
}

impl Sight<'_> {
    /// Whether it was found anywhere.
    pub(super) fn is_somewhere(&self) -> bool {
        self.here.is_some_and(|times| times > 0) || !self.elsewhere.is_empty()
    }
}

/// The class of a write of which this was recorded, or nothing.
pub(super) fn class(write: Option<&Write>, sight: &Sight<'_>) -> Class {
    use Class::{Present, Recovered, SentAgain, Unpromised, Unseen, Wrong};
    let somewhere = sight.is_somewhere();
    let Some(write) = write else {
        return if somewhere { Wrong(LedgerClass::Unexpected) } else { Unpromised };
    };
    let once = if write.told == Told::Acknowledged { Present } else { Recovered };
    match (write.told, sight.here) {
        (Told::Failed, _) if somewhere => Wrong(LedgerClass::Unexpected),
        (Told::Failed, _) => Unpromised,
        (Told::Acknowledged, None) => Unseen,
        (Told::Acknowledged, Some(0)) if somewhere => Wrong(LedgerClass::Stranded),
        (Told::Acknowledged, Some(0)) => Wrong(LedgerClass::Lost),
        (Told::Indeterminate, None | Some(0)) => Unpromised,
        (_, Some(1)) => once,
        (_, Some(times)) if times <= may_be_there(write) => SentAgain,
        (_, Some(_)) => Wrong(LedgerClass::Duplicate),
    }
}

/// How often a write may be there: once for each attempt that may have been taken.
fn may_be_there(write: &Write) -> u64 {
    write.unanswered + u64::from(write.told == Told::Acknowledged)
}
