//! Steps and faults, each read out of the records as one span of story time.

use super::ties::Ties;
use crate::{
    base::{FaultId, StoryTime},
    history::{FaultStage, History, StepOutcome, What},
    plan::{Fault, Step},
};

/// From the first attempt at a step to the end of the last.
#[derive(Debug, Clone)]
pub(super) struct StepSpan<'a> {
    pub(super) step: &'a Step,
    /// Whether it undoes another.
    pub(super) undoes: bool,
    pub(super) started: Option<StoryTime>,
    pub(super) ended: Option<StoryTime>,
    pub(super) outcome: Option<StepOutcome>,
    pub(super) attempts: u32,
    pub(super) detail: &'a str,
}

impl<'a> StepSpan<'a> {
    /// Those of all steps, in the order of the plan; what undoes them comes last.
    pub(super) fn all(history: &'a History, ties: &Ties) -> Vec<Self> {
        let plan = &history.begin.plan;
        let mut spans: Vec<Self> = plan.all_steps().map(Self::new).collect();
        spans.iter_mut().skip(plan.steps.len()).for_each(|span| span.undoes = true);
        for record in &history.records {
            match &record.what {
                What::StepStarted { step, attempt } => {
                    let Some(place) = ties.place(step) else { continue };
                    let span = &mut spans[place];
                    span.started.get_or_insert(record.at);
                    span.attempts = *attempt;
                    (span.ended, span.outcome) = (None, None);
                }
                What::StepEnded { step, outcome, detail } => {
                    let Some(place) = ties.place(step) else { continue };
                    let span = &mut spans[place];
                    (span.ended, span.outcome) = (Some(record.at), Some(*outcome));
                    span.detail = detail;
                }
                _ => {}
            }
        }
        spans
    }

    fn new(step: &'a Step) -> Self {
        Self {
            step,
            undoes: false,
            started: None,
            ended: None,
            outcome: None,
            attempts: 0,
            detail: "",
        }
    }

    /// Whether it was tried to no avail.
    pub(super) fn failed(&self) -> bool {
        matches!(self.outcome, Some(StepOutcome::Failed | StepOutcome::TimedOut))
    }
}

/// One attempt at a step.
#[derive(Debug, Clone)]
pub(super) struct Attempt<'a> {
    pub(super) step: &'a Step,
    /// Where that is in the plan.
    pub(super) place: usize,
    /// Which of all attempts it is.
    pub(super) number: usize,
    pub(super) started: StoryTime,
    /// The last moment of the history, if it did not end.
    pub(super) ended: StoryTime,
    pub(super) outcome: Option<StepOutcome>,
    pub(super) detail: &'a str,
}

impl<'a> Attempt<'a> {
    /// All attempts, in the order in which they began.
    pub(super) fn all(history: &'a History, ties: &Ties) -> Vec<Self> {
        let steps: Vec<_> = history.begin.plan.all_steps().collect();
        let mut attempts: Vec<Self> = vec![];
        for record in &history.records {
            match &record.what {
                What::StepStarted { step, .. } => {
                    let Some(place) = ties.place(step) else { continue };
                    let (started, ended) = (record.at, history.last);
                    attempts.push(Self {
                        step: steps[place],
                        place,
                        number: attempts.len(),
                        started,
                        ended,
                        outcome: None,
                        detail: "",
                    });
                }
                What::StepEnded { step, outcome, detail } => {
                    let place = ties.place(step);
                    let running = |it: &&mut Self| Some(it.place) == place && it.outcome.is_none();
                    if let Some(attempt) = attempts.iter_mut().rfind(running) {
                        (attempt.ended, attempt.outcome) = (record.at, Some(*outcome));
                        attempt.detail = detail;
                    }
                }
                _ => {}
            }
        }
        attempts
    }
}

/// From the injection of a fault to the moment when it was gone.
#[derive(Debug, Clone)]
pub(super) struct FaultSpan<'a> {
    pub(super) id: &'a FaultId,
    pub(super) fault: &'a Fault,
    pub(super) injected: Option<StoryTime>,
    pub(super) bite_verified: bool,
    pub(super) healed: Option<StoryTime>,
    pub(super) gone: Option<StoryTime>,
    /// Whether it was looked for after the step that ends it, and seen to be there still.
    pub(super) outlived_its_end: bool,
    /// The last thing told of it.
    pub(super) last: Option<FaultStage>,
    pub(super) detail: &'a str,
}

impl<'a> FaultSpan<'a> {
    pub(super) fn of(history: &'a History, id: &'a FaultId, fault: &'a Fault) -> Self {
        let mut span = Self {
            id,
            fault,
            injected: None,
            bite_verified: false,
            healed: None,
            gone: None,
            outlived_its_end: false,
            last: None,
            detail: "",
        };
        for record in &history.records {
            let What::Fault { fault, stage, detail } = &record.what else { continue };
            if fault == id {
                span.take(record.at, *stage);
                span.detail = detail;
            }
        }
        span
    }

    fn take(&mut self, at: StoryTime, stage: FaultStage) {
        self.last = Some(stage);
        match stage {
            FaultStage::Injected => self.injected = Some(at),
            FaultStage::BiteVerified => self.bite_verified = true,
            FaultStage::Healed => self.healed = Some(at),
            FaultStage::GoneVerified => self.gone = Some(at),
            FaultStage::GoneNotSeen => self.outlived_its_end |= self.healed.is_none(),
            FaultStage::Armed
            | FaultStage::InjectFailed
            | FaultStage::BiteNotSeen
            | FaultStage::HealFailed => {}
        }
    }

    /// Whether it was there at some time between the two.
    pub(super) fn overlaps(&self, from: StoryTime, to: StoryTime) -> bool {
        self.injected.is_some_and(|injected| injected <= to)
            && self.gone.is_none_or(|gone| gone >= from)
    }
}
