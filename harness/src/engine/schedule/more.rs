//! One fault more: when it would be noticed, and how it joins those that are there.

use super::{Schedule, Strikes, Track};
use crate::{
    base::{FaultId, StepId},
    fault::{SlipHow, Trigger},
    plan::Fault,
};

impl<'p> Schedule<'p> {
    /// One fault more, of which nothing was to be noticed so far.
    pub(in crate::engine) fn add(&mut self, id: &'p FaultId, fault: &'p Fault) {
        assert!(self.notices(fault).is_none(), "fault `{id}` would have been noticed by now");
        match fault.kind.slip() {
            None => self.track(Track::new(id, fault)),
            Some(slip) => self.slips.add(id, fault, self.place_of(slip.step), slip.how),
        }
    }

    pub(super) fn track(&mut self, track: Track<'p>) {
        let number = self.faults.len();
        let mut strikes = |id, of: fn(&mut Strikes) -> &mut Vec<usize>| {
            let place = self.place_of(id);
            of(&mut self.steps[place].faults).push(number);
        };
        match track.from() {
            Trigger::Before(id) => strikes(id, |it| &mut it.before),
            Trigger::During(id) => strikes(id, |it| &mut it.during),
            Trigger::After(id) => strikes(id, |it| &mut it.after),
            Trigger::Start | Trigger::At(_) => {}
        }
        if let Some(id) = track.healed_by() {
            strikes(id, |it| &mut it.healed);
        }
        self.faults.push(track);
    }

    fn place_of(&self, id: &StepId) -> usize {
        let place = self.steps.iter().position(|place| place.step.id == *id);
        place.unwrap_or_else(|| panic!("the plan has no step `{id}`"))
    }

    /// How often the loop has gone round.
    pub(in crate::engine) fn rounds(&self) -> u64 {
        self.rounds
    }

    /// It goes round once more.
    pub(in crate::engine) fn go_round(&mut self) {
        self.rounds += 1;
    }

    /// In which round a fault would be noticed first, had there been that one too: as far as the migration has come,
    /// and where it is known that it would not have been before the first step.
    pub(in crate::engine) fn notices(&self, fault: &Fault) -> Option<u64> {
        if let Some(SlipHow::Early(_)) = fault.kind.slip().map(|slip| slip.how) {
            return None;
        }
        match &fault.from {
            Trigger::Before(id) | Trigger::During(id) => self.steps[self.place_of(id)].came,
            Trigger::After(id) => self.steps[self.place_of(id)].ended,
            Trigger::Start | Trigger::At(_) => None,
        }
    }
}
