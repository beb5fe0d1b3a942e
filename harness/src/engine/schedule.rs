//! What may be done next, given how far steps and faults have come. Pure: it is told what ended
//! and what time it is, and answers with orders.

mod back;
mod more;
mod slipping;

use std::collections::BTreeSet;

use super::{
    faults::Track,
    slips::{self, Slips},
};
use crate::{
    base::{Duration, FaultId, IndexMap, StepId, StoryTime},
    fault::Trigger,
    history::{FaultStage, StepOutcome},
    plan::{Fate, Fault, Plan, Step},
    scenario::OnFailure,
    step::Verb,
    world::FaultAct,
};

/// How many steps may be worked on at once.
const AT_ONCE: usize = 8;

/// Where steps and faults are.
#[derive(Debug, Clone)]
pub(super) struct Schedule<'p> {
    steps: Vec<Place<'p>>,
    /// How many of them are the migration's; the others undo those.
    migration: usize,
    faults: Vec<Track<'p>>,
    slips: Slips<'p>,
    /// The steps whose turn may come: all that they need has ended, and they wait or pause. So that
    /// what is done next costs the same however many steps there are.
    frontier: BTreeSet<usize>,
    /// Those of them that pause.
    pausing: BTreeSet<usize>,
    /// How many steps go on.
    running: usize,
    /// How many of them are worked on; the others only wait.
    working: usize,
    /// The steps of the migration that were begun and have ended, in this order.
    done: Vec<usize>,
    /// What is played, if anything is.
    act: Option<Act>,
    /// A step failed for good: nothing new begins.
    stopping: bool,
    /// One of those that failed asks for a rollback.
    rolls_back: bool,
    /// Something has happened since it was asked last what is to be done.
    stirred: bool,
    /// When there is something to do, unless something happens before.
    wakes: Option<StoryTime>,
    /// How often the loop has gone round.
    rounds: u64,
}

/// What steps are played for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    /// The migration, since then.
    Migration(StoryTime),
    /// The way back.
    Rollback,
}

#[derive(Debug, Clone)]
struct Place<'p> {
    step: &'p Step,
    needs: Vec<usize>,
    /// The steps that need it.
    needed_by: Vec<usize>,
    /// How many of its needs have not ended.
    open: usize,
    faults: Strikes,
    state: State,
    /// In which round of the loop its turn came.
    came: Option<u64>,
    /// In which it ended for good.
    ended: Option<u64>,
}

/// The faults that have to do with a step, by their places.
#[derive(Debug, Clone, Default)]
struct Strikes {
    before: Vec<usize>,
    during: Vec<usize>,
    after: Vec<usize>,
    healed: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    Waiting,
    /// Its turn came, and nobody begins it yet.
    Dallying,
    Running {
        attempt: u32,
    },
    Pausing {
        until: StoryTime,
        attempt: u32,
    },
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
    /// Let so much time pass before the step is begun.
    Dally {
        /// Which.
        step: usize,
        /// How much.
        by: Duration,
    },
    /// The step's turn came, and it fails before anything of it is done.
    Fail(usize),
    /// Do something about a fault.
    Act(usize, FaultAct),
}

impl<'p> Schedule<'p> {
    pub(super) fn new(plan: &'p Plan) -> Self {
        let places: IndexMap<&StepId, usize> =
            plan.all_steps().map(|step| &step.id).zip(0..).collect();
        let place_of =
            |id: &StepId| *places.get(id).unwrap_or_else(|| panic!("the plan has no step `{id}`"));
        let slips = Slips::of(plan, place_of);
        let planned: Vec<_> = plan.all_steps().collect();
        let needs = slips::reordered(&planned, &slips.early(), place_of);
        let place = |(step, needs): (&'p Step, Vec<usize>)| Place {
            step,
            open: needs.len(),
            needs,
            needed_by: vec![],
            faults: Strikes::default(),
            state: State::Waiting,
            came: None,
            ended: None,
        };
        let mut steps: Vec<_> = planned.into_iter().zip(needs).map(place).collect();
        for index in 0..steps.len() {
            for need in steps[index].needs.clone() {
                steps[need].needed_by.push(index);
            }
        }
        let migration = plan.steps.len();
        let frontier = (0..migration).filter(|index| steps[*index].open == 0).collect();
        let mut schedule = Self {
            steps,
            migration,
            faults: vec![],
            slips,
            frontier,
            pausing: BTreeSet::new(),
            running: 0,
            working: 0,
            done: vec![],
            act: None,
            stopping: false,
            rolls_back: false,
            stirred: true,
            wakes: None,
            rounds: 0,
        };
        let faults = plan.active_faults().filter(|(_, fault)| fault.kind.slip().is_none());
        faults.for_each(|(id, fault)| schedule.track(Track::new(id, fault)));
        schedule
    }

    /// The faults of this rehearsal, with what each waits for.
    pub(super) fn faults(&self) -> impl Iterator<Item = (&'p FaultId, &'p Trigger)> {
        self.faults.iter().map(|track| (track.id, track.from())).chain(self.slips.faults())
    }

    /// The step at this place.
    pub(super) fn step(&self, index: usize) -> &'p Step {
        self.steps[index].step
    }

    /// The fault at this place.
    pub(super) fn fault(&self, index: usize) -> (&'p FaultId, &'p Fault) {
        (self.faults[index].id, self.faults[index].fault())
    }

    /// The hosts are handed over, with the faults that are there from the start.
    pub(super) fn hand_over(&mut self) {
        self.stirred = true;
        self.trigger(|from| *from == Trigger::Start);
    }

    /// The migration begins.
    pub(super) fn begin(&mut self, now: StoryTime) {
        self.stirred = true;
        self.act = Some(Act::Migration(now));
    }

    /// Whether the migration ended in a way that asks for a rollback.
    pub(super) fn rolls_back(&self) -> bool {
        self.rolls_back
    }

    /// The migration or the rollback is over. Returns its steps that have not ended, and whether each
    /// was running.
    pub(super) fn finish(&mut self) -> Vec<(&'p StepId, bool)> {
        self.stirred = true;
        let due = match self.act.take() {
            Some(Act::Migration(_)) | None => (0..self.migration).collect(),
            Some(Act::Rollback) => self.undos(),
        };
        self.frontier.clear();
        self.pausing.clear();
        (self.running, self.working) = (0, 0);
        let mut left = vec![];
        for index in due {
            let place = &mut self.steps[index];
            let running = matches!(place.state, State::Running { .. });
            if running || matches!(place.state, State::Waiting | State::Dallying) {
                place.state = State::Ended(StepOutcome::NotReached);
                left.push((&place.step.id, running));
            }
        }
        left
    }

    /// Every fault that is still there is to be healed, but for those that show only later.
    pub(super) fn heal_all(&mut self) {
        self.heal_those(|fault| !fault.shows_at_restart() && !fault.shows_in_mail());
    }

    /// The hosts were restarted: those that show only then as well.
    pub(super) fn heal_late(&mut self) {
        self.heal_those(Track::shows_at_restart);
    }

    /// The writes were looked for: those as well that would have let them through.
    pub(super) fn heal_last(&mut self) {
        self.heal_those(Track::shows_in_mail);
    }

    fn heal_those(&mut self, are_due: impl Fn(&Track<'p>) -> bool) {
        self.stirred = true;
        self.faults.iter_mut().filter(|fault| are_due(fault)).for_each(Track::heal);
    }

    /// What is to be done now, in this order, and counts as begun.
    pub(super) fn next(&mut self, now: StoryTime) -> Vec<Order> {
        if !self.stirred && self.wakes.is_none_or(|wakes| now < wakes) {
            return vec![];
        }
        let orders = self.orders(now);
        self.stirred = !orders.is_empty();
        self.wakes = self.wakes();
        orders
    }

    fn orders(&mut self, now: StoryTime) -> Vec<Order> {
        let mut orders = vec![];
        self.faults.iter_mut().for_each(|track| track.tick(now));
        if let Some(act) = self.act.filter(|_| !self.stopping) {
            if let Act::Migration(since) = act {
                self.trigger(|from| matches!(from, Trigger::At(after) if since + *after <= now));
                self.act(&mut orders);
            }
            let mut next = 0;
            while let Some(index) = self.frontier.range(next..).next().copied()
                && self.working < AT_ONCE
            {
                orders.extend(self.turn_of(index, now));
                next = index + 1;
            }
        }
        // After the steps: a fault that strikes during a step follows its start.
        self.act(&mut orders);
        orders
    }

    /// An attempt at a step has ended.
    pub(super) fn step_ended(&mut self, index: usize, outcome: StepOutcome, now: StoryTime) {
        self.stirred = true;
        let place = &mut self.steps[index];
        let State::Running { attempt } = place.state else {
            panic!("step `{}` ended without running", place.step.id)
        };
        self.running -= 1;
        self.working -= usize::from(self.is_worked_on(index));
        if self.again(index, outcome) {
            let (until, attempt) = (now, attempt + 1);
            self.steps[index].state = State::Pausing { until, attempt };
            self.frontier.insert(index);
            self.pausing.insert(index);
            return;
        }
        if outcome == StepOutcome::Passed {
            return self.step_is_over(index, outcome);
        }
        if self.rolls_back && index < self.migration {
            self.stopping = true;
            return self.step_is_over(index, outcome);
        }
        let place = &mut self.steps[index];
        match &place.step.on_failure {
            OnFailure::Retry(retry) if attempt <= retry.times => {
                let (until, attempt) = (now + retry.every, attempt + 1);
                place.state = State::Pausing { until, attempt };
                self.frontier.insert(index);
                self.pausing.insert(index);
            }
            OnFailure::Continue => self.step_is_over(index, outcome),
            failure @ (OnFailure::Stop | OnFailure::Rollback | OnFailure::Retry(_)) => {
                self.stopping = true;
                self.rolls_back |= failure.rolls_back();
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
        self.stirred = true;
        self.faults[index].ended(result, now)
    }

    /// When there is something to do next, if nothing ends before.
    pub(super) fn wakes_at(&self) -> Option<StoryTime> {
        if self.stirred { self.wakes() } else { self.wakes }
    }

    fn wakes(&self) -> Option<StoryTime> {
        let heals = self.faults.iter().filter_map(Track::heals_at);
        let Some(act) = self.act.filter(|_| !self.stopping) else {
            return heals.min();
        };
        let strikes = self.faults.iter().filter_map(|track| match (act, track.from()) {
            (Act::Migration(since), Trigger::At(after)) if track.is_armed() => Some(since + *after),
            _ => None,
        });
        let pausing = self.pausing.iter().filter(|_| self.working < AT_ONCE);
        let retries = pausing.filter_map(|index| match self.steps[*index].state {
            State::Pausing { until, .. } => Some(until),
            _ => None,
        });
        heals.chain(strikes).chain(retries).min()
    }

    /// Whether something is being done about a fault, or will be at once.
    pub(super) fn is_about_a_fault(&self) -> bool {
        self.faults.iter().any(Track::is_busy)
    }

    /// Whether nothing goes on, and nothing will, given that there are no orders left.
    pub(super) fn is_over(&self) -> bool {
        let retries = !self.pausing.is_empty() && !self.stopping && self.act.is_some();
        self.running == 0 && !retries && !self.is_about_a_fault()
    }

    /// Begins the step if it is its turn.
    fn turn_of(&mut self, index: usize, now: StoryTime) -> Option<Order> {
        let ready = self.is_ready(index);
        let Self { steps, faults, rounds, .. } = self;
        let Place { step, state, faults: strikes, came, .. } = &mut steps[index];
        let attempt = match *state {
            State::Pausing { until, attempt } if until <= now => attempt,
            State::Waiting if ready => {
                came.get_or_insert(*rounds);
                trigger(faults, &strikes.before);
                if strikes.before.iter().any(|fault| faults[*fault].is_busy()) {
                    return None;
                }
                if step.fate == Fate::Skip {
                    self.step_is_over(index, StepOutcome::Skipped);
                    return Some(Order::Skip(index));
                }
                if let Some(order) = self.slip_at_turn(index) {
                    return Some(order);
                }
                1
            }
            _ => return None,
        };
        trigger(&mut self.faults, &self.steps[index].faults.during);
        self.occupy(index, State::Running { attempt });
        self.slip_at_start(index);
        Some(Order::Start { step: index, attempt })
    }

    /// The step goes on from now on.
    fn occupy(&mut self, index: usize, state: State) {
        self.steps[index].state = state;
        self.frontier.remove(&index);
        self.pausing.remove(&index);
        self.running += 1;
        self.working += usize::from(self.is_worked_on(index));
    }

    /// Whether somebody has a step in hand: not if it only waits.
    fn is_worked_on(&self, index: usize) -> bool {
        let Place { step, state, .. } = &self.steps[index];
        matches!(state, State::Running { .. }) && !matches!(step.verb, Verb::Wait(_))
    }

    fn step_is_over(&mut self, index: usize, outcome: StepOutcome) {
        let first = self.steps[index].state == State::Running { attempt: 1 };
        let never_began = first && self.never_began(index);
        self.steps[index].state = State::Ended(outcome);
        self.steps[index].ended = Some(self.rounds);
        self.frontier.remove(&index);
        if index < self.migration && outcome != StepOutcome::Skipped && !never_began {
            self.done.push(index);
        }
        for next in self.steps[index].needed_by.clone() {
            let next_place = &mut self.steps[next];
            next_place.open -= 1;
            if next_place.open == 0 {
                self.frontier.insert(next);
            }
        }
        let strikes = &self.steps[index].faults;
        if outcome == StepOutcome::Passed {
            strikes.healed.iter().for_each(|fault| self.faults[*fault].healer_passed());
        }
        if !self.stopping {
            trigger(&mut self.faults, &strikes.after);
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
        let Strikes { during, after, healed, .. } = &self.steps[index].faults;
        let mut concerning = [during, after, healed].into_iter().flatten();
        goes_on && !concerning.any(|fault| self.faults[*fault].is_busy())
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

/// The triggers of these faults have come.
fn trigger(faults: &mut [Track<'_>], which: &[usize]) {
    which.iter().for_each(|fault| faults[*fault].trigger());
}
