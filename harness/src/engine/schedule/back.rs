//! The way back: what is undone, and in which order.

use super::{Act, Schedule};

impl Schedule<'_> {
    /// The rollback begins: what undoes the steps is played in one line, for the step that ended last
    /// first. One that was begun and failed may be half done, so it is undone as well.
    pub(in crate::engine) fn roll_back(&mut self) {
        assert!(self.act.is_none(), "the migration is over");
        self.stirred = true;
        (self.act, self.stopping) = (Some(Act::Rollback), false);
        let mut before: Option<usize> = None;
        for index in self.undos() {
            match before {
                None => drop(self.frontier.insert(index)),
                Some(before) => {
                    self.steps[before].needed_by.push(index);
                    self.steps[index].needs.push(before);
                    self.steps[index].open = 1;
                }
            }
            before = Some(index);
        }
    }

    /// What undoes the steps that were begun, by their places, in the order in which it is played.
    pub(super) fn undos(&self) -> Vec<usize> {
        let mut first = self.migration;
        let of_step = self.steps[..self.migration].iter().map(|place| {
            let range = first..first + place.step.undo.len();
            first = range.end;
            range
        });
        let of_step: Vec<_> = of_step.collect();
        self.done.iter().rev().flat_map(|step| of_step[*step].clone()).collect()
    }
}
