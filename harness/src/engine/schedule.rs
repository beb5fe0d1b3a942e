//! What may be done next, given how far steps and faults have come. Pure: it is told what ended
//! and what time it is, and answers with orders.

use super::faults::Track;
use crate::{
    base::{FaultId, StepId, StoryTime},
    fault::Trigger,
    history::{FaultStage, StepOutcome},
    plan::{Fate, Plan, Step},
    scenario::OnFailure,
    world::FaultAct,
};

/// How many steps may run at once.
const AT_ONCE: usize = 8;

/// Where steps and faults are.
#[derive(Debug)]
pub(super) struct Schedule<'p> {
    steps: Vec<Place<'p>>,
    faults: Vec<Track<'p>>,
    /// When the migration began, while it goes on.
    migrating_since: Option<StoryTime>,
    /// A step failed for good: nothing new begins.
    stopping: bool,
}

#[derive(Debug)]
struct Place<'p> {
    step: &'p Step,
    needs: Vec<usize>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    Waiting,
    Running { attempt: u32 },
    Pausing { until: StoryTime, attempt: u32 },
    Ended(StepOutcome),
}

/// What is to be done. Steps and faults are named by their place in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// The step's turn came, and it is left out.
    Skip(usize),
    /// Begin an attempt at a step, counted from 1.
    Start {
        /// Which.
        step: usize,
        /// Which attempt.
        attempt: u32,
    },
    /// Do something about a fault.
    Act(usize, FaultAct),
}

impl<'p> Schedule<'p> {
    pub(super) fn new(plan: &'p Plan) -> Self {
        let index_of = |id: &StepId| {
            let index = plan.steps.iter().position(|step| step.id == *id);
            index.unwrap_or_else(|| panic!("the plan has no step `{id}`"))
        };
        let place = |step: &'p Step| Place {
            step,
            needs: step.needs.iter().map(index_of).collect(),
            state: State::Waiting,
        };
        Self {
            steps: plan.steps.iter().map(place).collect(),
            faults: plan.active_faults().map(|(id, fault)| Track::new(id, fault)).collect(),
            migrating_since: None,
            stopping: false,
        }
    }

    /// The faults of this rehearsal, with what each waits for.
    pub(super) fn faults(&self) -> impl Iterator<Item = (&'p FaultId, &'p Trigger)> {
        self.faults.iter().map(|track| (track.id, track.from()))
    }

    /// The step at this place.
    pub(super) fn step(&self, index: usize) -> &'p Step {
        self.steps[index].step
    }

    /// The fault at this place.
    pub(super) fn fault(&self, index: usize) -> &'p FaultId {
        self.faults[index].id
    }

    /// The hosts are handed over, with the faults that are there from the start.
    pub(super) fn hand_over(&mut self) {
        self.trigger(|from| *from == Trigger::Start);
    }

    /// The migration begins.
    pub(super) fn begin(&mut self, now: StoryTime) {
        self.migrating_since = Some(now);
    }

    /// The migration is over. Returns the steps that have not ended, and whether each was running.
    pub(super) fn finish(&mut self) -> Vec<(&'p StepId, bool)> {
        self.migrating_since = None;
        let mut left = vec![];
        for place in &mut self.steps {
            let running = matches!(place.state, State::Running { .. });
            if running || place.state == State::Waiting {
                place.state = State::Ended(StepOutcome::NotReached);
                left.push((&place.step.id, running));
            }
        }
        left
    }

    /// Every fault that is still there is to be healed.
    pub(super) fn heal_all(&mut self) {
        self.faults.iter_mut().for_each(Track::heal);
    }

    /// What is to be done now, in this order, and counts as begun.
    pub(super) fn next(&mut self, now: StoryTime) -> Vec<Order> {
        let mut orders = vec![];
        self.faults.iter_mut().for_each(|track| track.tick(now));
        if let Some(since) = self.migrating_since.filter(|_| !self.stopping) {
            self.trigger(|from| matches!(from, Trigger::At(after) if since + *after <= now));
            self.act(&mut orders);
            for index in 0..self.steps.len() {
                orders.extend(self.turn_of(index, now));
            }
        }
        // After the steps: a fault that strikes during a step follows its start.
        self.act(&mut orders);
        orders
    }

    /// An attempt at a step has ended.
    pub(super) fn step_ended(&mut self, index: usize, outcome: StepOutcome, now: StoryTime) {
        let place = &mut self.steps[index];
        let State::Running { attempt } = place.state else {
            panic!("step `{}` ended without running", place.step.id)
        };
        if outcome == StepOutcome::Passed {
            return self.step_is_over(index, outcome);
        }
        match &place.step.on_failure {
            OnFailure::Retry(retry) if attempt <= retry.times => {
                let (until, attempt) = (now + retry.every, attempt + 1);
                place.state = State::Pausing { until, attempt };
            }
            OnFailure::Continue => self.step_is_over(index, outcome),
            OnFailure::Stop | OnFailure::Retry(_) => {
                self.stopping = true;
                self.step_is_over(index, outcome);
            }
        }
    }

    /// What was done about a fault has ended. Returns how far that brings it.
    pub(super) fn fault_ended(
        &mut self,
        index: usize,
        result: Result<String, String>,
        now: StoryTime,
    ) -> Vec<(FaultStage, String)> {
        self.faults[index].ended(result, now)
    }

    /// When there is something to do next, if nothing ends before.
    pub(super) fn wakes_at(&self) -> Option<StoryTime> {
        let heals = self.faults.iter().filter_map(Track::heals_at);
        let Some(since) = self.migrating_since.filter(|_| !self.stopping) else {
            return heals.min();
        };
        let strikes = self.faults.iter().filter_map(|track| match track.from() {
            Trigger::At(after) if track.is_armed() => Some(since + *after),
            _ => None,
        });
        let retries = self.steps.iter().filter_map(|place| match place.state {
            State::Pausing { until, .. } if self.running() < AT_ONCE => Some(until),
            _ => None,
        });
        heals.chain(strikes).chain(retries).min()
    }

    /// Whether nothing goes on, and nothing will, given that there are no orders left.
    pub(super) fn is_over(&self) -> bool {
        let goes_on = |place: &Place<'_>| match place.state {
            State::Running { .. } => true,
            State::Pausing { .. } => !self.stopping && self.migrating_since.is_some(),
            State::Waiting | State::Ended(_) => false,
        };
        !self.steps.iter().any(goes_on) && !self.faults.iter().any(Track::is_busy)
    }

    /// Begins the step if it is its turn.
    fn turn_of(&mut self, index: usize, now: StoryTime) -> Option<Order> {
        let Place { step, state, .. } = self.steps[index];
        let full = self.running() >= AT_ONCE;
        let attempt = match state {
            State::Pausing { until, attempt } if until <= now && !full => attempt,
            State::Waiting if self.is_ready(index) && !full => {
                self.trigger(|from| matches!(from, Trigger::Before(before) if *before == step.id));
                let waits = |from: &Trigger| matches!(from, Trigger::Before(s) if *s == step.id);
                if self.faults.iter().any(|track| track.is_busy() && waits(track.from())) {
                    return None;
                }
                if step.fate == Fate::Skip {
                    self.step_is_over(index, StepOutcome::Skipped);
                    return Some(Order::Skip(index));
                }
                1
            }
            _ => return None,
        };
        self.steps[index].state = State::Running { attempt };
        self.trigger(|from| matches!(from, Trigger::During(during) if *during == step.id));
        Some(Order::Start { step: index, attempt })
    }

    fn step_is_over(&mut self, index: usize, outcome: StepOutcome) {
        let id = &self.steps[index].step.id;
        self.steps[index].state = State::Ended(outcome);
        if outcome == StepOutcome::Passed {
            for track in &mut self.faults {
                if track.healed_by() == Some(id) {
                    track.healer_passed();
                }
            }
        }
        if !self.stopping {
            self.trigger(|from| matches!(from, Trigger::After(after) if after == id));
        }
    }

    fn is_ready(&self, index: usize) -> bool {
        let place = &self.steps[index];
        place.step.fate != Fate::Beyond && place.needs.iter().all(|need| self.is_settled(*need))
    }

    /// Whether what needs this step may begin.
    fn is_settled(&self, index: usize) -> bool {
        let Place { step, state, .. } = &self.steps[index];
        let goes_on = match state {
            State::Ended(StepOutcome::Passed | StepOutcome::Skipped) => true,
            State::Ended(StepOutcome::Failed | StepOutcome::TimedOut) => {
                step.on_failure == OnFailure::Continue
            }
            _ => false,
        };
        let concerns = |track: &Track<'_>| {
            let strikes = match track.from() {
                Trigger::During(id) | Trigger::After(id) => *id == step.id,
                Trigger::Start | Trigger::Before(_) | Trigger::At(_) => false,
            };
            strikes || track.healed_by() == Some(&step.id)
        };
        goes_on && !self.faults.iter().any(|track| track.is_busy() && concerns(track))
    }

    fn running(&self) -> usize {
        self.steps.iter().filter(|place| matches!(place.state, State::Running { .. })).count()
    }

    fn trigger(&mut self, has_come: impl Fn(&Trigger) -> bool) {
        self.faults.iter_mut().filter(|track| has_come(track.from())).for_each(Track::trigger);
    }

    fn act(&mut self, orders: &mut Vec<Order>) {
        for (index, track) in self.faults.iter_mut().enumerate() {
            orders.extend(track.next().map(|act| Order::Act(index, act)));
        }
    }
}
