//! What becomes of a step when people slip: instead of its turn, at its start, and at its end.

use super::{Order, Schedule, State};
use crate::{
    base::{Duration, HostId},
    engine::slips::{Told, When},
    fault::{BrokenOff, SlipHow},
    history::StepOutcome,
};

/// When a step is ended that is broken off half-way.
const HALF_WAY: Duration = Duration::from_millis(500);

impl<'p> Schedule<'p> {
    /// What there is to tell of slips since this was asked last.
    pub(in crate::engine) fn take_told(&mut self) -> Vec<Told<'p>> {
        self.slips.take_told()
    }

    /// The wrong host that a step is done on, where it is.
    pub(in crate::engine) fn elsewhere(&self, index: usize) -> Option<&'p HostId> {
        let slip = self.slips.find(index, When::There, |how| matches!(how, SlipHow::Elsewhere(_)));
        slip.and_then(|(_, how)| if let SlipHow::Elsewhere(on) = how { Some(on) } else { None })
    }

    /// How long the attempt that runs may take.
    pub(in crate::engine) fn deadline(&self, index: usize) -> Duration {
        let half_way = |how| matches!(how, SlipHow::Fails { at: BrokenOff::During, .. });
        let deadline = self.steps[index].step.deadline;
        if self.slips.find(index, When::There, half_way).is_some() {
            HALF_WAY.min(deadline)
        } else {
            deadline
        }
    }

    /// The time by which a step is late has passed, or could not.
    pub(in crate::engine) fn has_dallied(&mut self, index: usize, passed: Result<(), String>) {
        self.stirred = true;
        let place = &mut self.steps[index];
        assert_eq!(place.state, State::Dallying, "step `{}` is late", place.step.id);
        place.state = State::Waiting;
        self.running -= 1;
        self.frontier.insert(index);
        if let Some((slip, SlipHow::Late(by))) =
            self.slips.find(index, When::There, |how| matches!(how, SlipHow::Late(_)))
        {
            let bite = passed.map(|()| format!("nobody began it for {by}"));
            self.slips.end(slip, bite.map_err(|why| format!("the time did not pass: {why}")));
        }
    }

    /// How an attempt counts that ended like this: one that is broken off has failed.
    pub(in crate::engine) fn as_it_counts(
        &mut self,
        index: usize,
        outcome: StepOutcome,
        detail: String,
    ) -> (StepOutcome, String) {
        let is_break = |how| matches!(how, SlipHow::Fails { .. });
        let Some((slip, SlipHow::Fails { at, rolls_back })) =
            self.slips.find(index, When::There, is_break)
        else {
            return (outcome, detail);
        };
        let broken = match at {
            BrokenOff::Before => outcome == StepOutcome::Failed,
            BrokenOff::During => outcome == StepOutcome::TimedOut,
            BrokenOff::After => outcome == StepOutcome::Passed,
        };
        if !broken {
            self.slips.end(slip, Err(format!("the step came to another end before: {detail}")));
            return (outcome, detail);
        }
        let said = if detail.is_empty() { detail } else { format!(" ({detail})") };
        let text = format!("broken off {at}, as the fault has it{said}");
        self.slips.end(slip, Ok(text.clone()));
        self.rolls_back |= rolls_back;
        (StepOutcome::Failed, text)
    }

    /// What somebody does instead of beginning the step, whose turn it is.
    pub(super) fn slip_at_turn(&mut self, index: usize) -> Option<Order> {
        let instead = |how| {
            use SlipHow::{Fails, Late, Skipped};
            matches!(how, Skipped | Late(_) | Fails { at: BrokenOff::Before, .. })
        };
        let (slip, how) = self.slips.find(index, When::Coming, instead)?;
        match how {
            SlipHow::Late(by) => {
                self.slips.begin(slip, "its turn came, and nobody begins it");
                self.occupy(index, State::Dallying);
                Some(Order::Dally { step: index, by })
            }
            SlipHow::Skipped => {
                self.slips.begin(slip, "its turn came");
                self.slips.end(slip, Ok("it was left out, and what follows goes on".to_owned()));
                self.step_is_over(index, StepOutcome::Skipped);
                Some(Order::Skip(index))
            }
            _ => {
                self.slips.begin(slip, "its turn came");
                self.occupy(index, State::Running { attempt: 1 });
                Some(Order::Fail(index))
            }
        }
    }

    /// What is wrong about a step that begins.
    pub(super) fn slip_at_start(&mut self, index: usize) {
        let is_wrong = |how| {
            use SlipHow::{Early, Elsewhere, Fails};
            matches!(how, Early(_) | Elsewhere(_) | Fails { .. })
        };
        while let Some((slip, how)) = self.slips.find(index, When::Coming, is_wrong) {
            match how {
                SlipHow::Early(before) => {
                    self.slips.begin(slip, format!("it begins, and `{before}` is still to come"));
                    let other = self.steps.iter().find(|place| place.step.id == *before);
                    let waits = other.is_some_and(|place| place.state == State::Waiting);
                    let seen = format!("`{before}` had {}begun", if waits { "not " } else { "" });
                    self.slips.end(slip, if waits { Ok(seen) } else { Err(seen) });
                }
                SlipHow::Elsewhere(on) => self.slips.begin(slip, format!("it begins on `{on}`")),
                _ => self.slips.begin(slip, "it begins"),
            }
        }
    }

    /// Whether the step, of which an attempt has ended, is done again for no reason.
    pub(super) fn again(&mut self, index: usize, outcome: StepOutcome) -> bool {
        if let Some((slip, SlipHow::Elsewhere(on))) =
            self.slips.find(index, When::There, |how| matches!(how, SlipHow::Elsewhere(_)))
        {
            let how = if outcome == StepOutcome::Passed { "passed" } else { "failed" };
            self.slips.end(slip, Ok(format!("it {how} on `{on}`")));
        }
        let is_twice = |how| how == SlipHow::Twice;
        if let Some((slip, _)) = self.slips.find(index, When::There, is_twice) {
            let how = if outcome == StepOutcome::Passed { "passed" } else { "failed" };
            self.slips.end(slip, Ok(format!("it was done again, and {how}")));
            return false;
        }
        let Some((slip, _)) = self
            .slips
            .find(index, When::Coming, is_twice)
            .filter(|_| outcome == StepOutcome::Passed)
        else {
            return false;
        };
        self.slips.begin(slip, "it has passed, and is done again");
        true
    }

    /// Whether an attempt at the step failed before anything of it was done: nothing can be undone.
    pub(super) fn never_began(&self, index: usize) -> bool {
        self.slips
            .find(index, When::Over, |how| {
                matches!(how, SlipHow::Fails { at: BrokenOff::Before, .. })
            })
            .is_some()
    }
}
