//! The loop: carries out what the schedule orders, and tells it what came of that.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::{
    RETRY_LOOKS, Stop,
    crew::{Asker, Crew, How, NotDone, Task},
    look::Inspection,
    pace::{Change, Pacer},
    schedule::{Order, Schedule},
};
use crate::{
    base::{Duration, HostId, ServiceId, StoryTime},
    expect::{Expectation, Found, Judgement},
    history::{FaultStage, Round, Sink, StepOutcome, What},
    plan::Plan,
    step::Verb,
    world::{Action, FaultAct, Outcome, World},
};

/// How long anything may take that is done about a fault.
const FAULT_BOUND: Duration = Duration::from_secs(120);
/// How long one look may take.
const LOOK_BOUND: Duration = Duration::from_secs(30);

/// A rehearsal that goes on.
pub(super) struct Rehearsal<'a> {
    /// What is played.
    pub(super) plan: &'a Plan,
    /// Who plays.
    pub(super) crew: Crew<'a>,
    schedule: Schedule<'a>,
    looks: BTreeMap<Asker, Inspection>,
    addresses: IndexMap<HostId, String>,
    /// While services are asked, how often.
    pacer: Option<Pacer<'a>>,
}

impl<'a> Rehearsal<'a> {
    pub(super) fn new(
        plan: &'a Plan,
        addresses: IndexMap<HostId, String>,
        world: &'a mut dyn World,
        sink: &'a mut dyn Sink,
    ) -> Self {
        let crew = Crew::new(world, sink, plan.probing.every);
        let (schedule, looks) = (Schedule::new(plan), BTreeMap::new());
        Self { plan, crew, schedule, looks, addresses, pacer: None }
    }

    /// Does one thing, and waits for its end.
    pub(super) fn perform(&mut self, action: Action, bound: Duration) -> Result<How, Stop> {
        let due = self.crew.due(bound);
        self.crew.submit(Task::Solo, action, Some(due));
        loop {
            self.carry_out_orders()?;
            if let Some(how) = self.turn(None)? {
                return Ok(how);
            }
        }
    }

    /// Asks the services from now on until the end.
    pub(super) fn begin_probing(&mut self) {
        self.crew.submit(Task::Probing, Action::Probe, None);
        self.pacer = Some(Pacer::new(self.plan));
    }

    /// Waits until each service has answered so many times in a row from now on, at most for
    /// `bound`. Returns the services that have not.
    pub(super) fn await_answers(
        &mut self,
        services: &[ServiceId],
        times: usize,
        bound: Duration,
    ) -> Result<Vec<ServiceId>, Stop> {
        let since = self.crew.now();
        self.await_until(since + bound, |crew| {
            let mut silent = services.to_vec();
            silent.retain(|service| !crew.pulse.answers(service, times, since));
            // A world may tell of many equal answers at once, and does so when it is looked for.
            let answers = |service| crew.pulse.will_answer(service, times, crew.now());
            let all = silent.iter().map(answers).collect::<Option<Vec<_>>>();
            let soon = all.and_then(|all| all.into_iter().max());
            (silent, soon)
        })
    }

    /// Waits until nobody is left to be waited for, at most until `end`. Returns who is. `left`
    /// tells who that is, and when to look again at the latest.
    pub(super) fn await_until(
        &mut self,
        end: StoryTime,
        left: impl Fn(&Crew<'_>) -> (Vec<ServiceId>, Option<StoryTime>),
    ) -> Result<Vec<ServiceId>, Stop> {
        loop {
            self.carry_out_orders()?;
            let (left, soon) = left(&self.crew);
            if left.is_empty() || self.crew.now() >= end {
                return Ok(left);
            }
            self.turn(Some(soon.unwrap_or(end).min(end)))?;
        }
    }

    /// Injects the faults that are there from the start.
    pub(super) fn inject_start_faults(&mut self) -> Result<(), Stop> {
        let armed: Vec<_> = self.schedule.faults().collect();
        for (fault, from) in armed {
            self.crew.record(What::Fault {
                fault: fault.clone(),
                stage: FaultStage::Armed,
                detail: from.to_string(),
            })?;
        }
        self.schedule.hand_over();
        self.drive()
    }

    /// Plays the steps.
    pub(super) fn migrate(&mut self) -> Result<(), Stop> {
        self.schedule.begin(self.crew.now());
        let driven = self.drive();
        if !matches!(driven, Err(Stop::Sink(_))) {
            for (step, was_running) in self.schedule.finish() {
                let detail = if was_running { "broken off while it ran" } else { "" };
                self.crew.record(What::StepEnded {
                    step: step.clone(),
                    outcome: StepOutcome::NotReached,
                    detail: detail.to_owned(),
                })?;
            }
        }
        driven
    }

    /// Heals what is still broken, but for what shows only when the hosts are restarted.
    pub(super) fn heal(&mut self) -> Result<(), Stop> {
        self.schedule.heal_all();
        self.drive()
    }

    /// Heals that.
    pub(super) fn heal_late(&mut self) -> Result<(), Stop> {
        self.schedule.heal_late();
        self.drive()
    }

    /// Looks at the end state. What does not hold is tried again for the time of `retry`.
    pub(super) fn look_at_end_state(
        &mut self,
        round: Round,
        retry: Duration,
        bound: Duration,
    ) -> Result<(), Stop> {
        let expectations = self.plan.end_state.values().cloned();
        let look = Inspection::new(expectations, self.crew.due(retry), self.crew.due(bound));
        self.looks.insert(Asker::EndState, look);
        loop {
            self.look(Asker::EndState);
            if let Some(look) = self.finished(Asker::EndState) {
                let checks: Vec<_> = self.plan.end_state.keys().cloned().collect();
                for (check, (found, _)) in checks.into_iter().zip(look.findings()) {
                    self.crew.record(What::Observed { check, round, found })?;
                }
                return Ok(());
            }
            self.turn(None)?;
        }
    }

    /// Until the schedule has nothing more to do.
    fn drive(&mut self) -> Result<(), Stop> {
        loop {
            self.carry_out_orders()?;
            if self.schedule.is_over() {
                return Ok(());
            }
            self.turn(None)?;
        }
    }

    fn carry_out_orders(&mut self) -> Result<(), Stop> {
        loop {
            let orders = self.schedule.next(self.crew.now());
            if orders.is_empty() {
                return Ok(());
            }
            for order in orders {
                match order {
                    Order::Skip(index) => self.crew.record(What::StepEnded {
                        step: self.schedule.step(index).id.clone(),
                        outcome: StepOutcome::Skipped,
                        detail: "left out, as asked".to_owned(),
                    })?,
                    Order::Start { step, attempt } => self.start(step, attempt)?,
                    Order::Act(fault, act) => self.act(fault, act),
                }
            }
        }
    }

    fn start(&mut self, index: usize, attempt: u32) -> Result<(), Stop> {
        let step = self.schedule.step(index);
        self.crew.record(What::StepStarted { step: step.id.clone(), attempt })?;
        // Before it begins: what it does shows at once.
        self.change_begins(&Change::Step(step.id.clone()));
        let due = self.crew.due(step.deadline);
        let action = match &step.verb {
            Verb::Check(check) => {
                let retry = self.crew.due(RETRY_LOOKS.min(step.deadline));
                let look = Inspection::new(check.expectations.iter().cloned(), retry, due);
                self.looks.insert(Asker::Step(index), look);
                self.look(Asker::Step(index));
                return self.end_check(index);
            }
            Verb::Wait(wait) => Action::Pass(wait.duration),
            _ => Action::Step(step.id.clone()),
        };
        self.crew.submit(Task::Step(index), action, Some(due));
        Ok(())
    }

    fn act(&mut self, index: usize, act: FaultAct) {
        let fault = self.schedule.fault(index).clone();
        if matches!(act, FaultAct::Inject | FaultAct::Heal) {
            self.change_begins(&Change::Fault(fault.clone()));
        }
        let action = Action::Fault(fault, act);
        let due = self.crew.due(FAULT_BOUND);
        self.crew.submit(Task::Fault(index), action, Some(due));
    }

    fn change_begins(&mut self, change: &Change) {
        if let Some(pacer) = &mut self.pacer {
            pacer.begin(change);
        }
        self.set_paces();
    }

    fn change_ends(&mut self, change: &Change) {
        if let Some(pacer) = &mut self.pacer {
            pacer.end(change, self.crew.now(), &self.crew.jumps);
        }
    }

    /// Has services asked as often as is worth it now.
    fn set_paces(&mut self) {
        let now = self.crew.now();
        let Some(pacer) = &mut self.pacer else { return };
        for (service, pace) in pacer.next(now, &self.crew.jumps, &self.crew.pulse) {
            self.crew.submit(Task::Pace, Action::Pace(service, pace), None);
        }
    }

    /// Begins the looks that are due.
    fn look(&mut self, asker: Asker) {
        let now = self.crew.now();
        let Some(look) = self.looks.get_mut(&asker) else { return };
        let due = look.next(now, &self.crew.jumps);
        let end = look.end();
        for (item, expectation) in due {
            let one = self.crew.due(LOOK_BOUND);
            let sooner = self.crew.jumps.when(end) < self.crew.jumps.when(one);
            let due = if sooner { end } else { one };
            let action = Action::Observe(Box::new(expectation));
            self.crew.submit(Task::Look(asker, item), action, Some(due));
        }
    }

    /// Lets one thing happen, at the latest at `until`. Returns how a solo action ended.
    fn turn(&mut self, until: Option<StoryTime>) -> Result<Option<How>, Stop> {
        self.set_paces();
        let looks = self.looks.values().filter_map(Inspection::wakes_at);
        let now = self.crew.now();
        let pacer = self.pacer.as_ref();
        let pace = pacer.and_then(|pacer| pacer.wakes_at(now, &self.crew.jumps));
        let wake = looks.chain(until).chain(self.schedule.wakes_at()).chain(pace).min();
        let happened = self.crew.next(wake)?;
        let solo = match happened {
            None => None,
            Some((Task::Solo | Task::Probing | Task::Pace | Task::Writing, how)) => Some(how),
            Some((Task::Step(index), how)) => self.step_ended(index, how).map(|()| None)?,
            Some((Task::Fault(index), how)) => self.fault_ended(index, how).map(|()| None)?,
            Some((Task::Look(asker, item), how)) => {
                self.looked(asker, item, how);
                None
            }
        };
        let askers: Vec<_> = self.looks.keys().copied().collect();
        for asker in askers {
            self.look(asker);
            if let Asker::Step(index) = asker {
                self.end_check(index)?;
            }
        }
        Ok(solo)
    }

    fn step_ended(&mut self, index: usize, how: How) -> Result<(), Stop> {
        let deadline = self.schedule.step(index).deadline;
        let (outcome, detail) = match how.done(deadline) {
            Ok(text) => (StepOutcome::Passed, text),
            Err(NotDone { is_late: false, why }) => (StepOutcome::Failed, why),
            Err(NotDone { is_late: true, why }) => (StepOutcome::TimedOut, why),
        };
        self.end_step(index, outcome, detail)
    }

    /// Ends a `check` step, if all of it has been looked at.
    fn end_check(&mut self, index: usize) -> Result<(), Stop> {
        let Some(look) = self.finished(Asker::Step(index)) else { return Ok(()) };
        let is_late = self.crew.now() >= self.crew.jumps.when(look.end());
        let (hold, unmet): (Vec<_>, Vec<_>) = look
            .findings()
            .into_iter()
            .map(|(_, judgement)| judgement)
            .partition(|judgement| judgement.holds == Some(true));
        if unmet.is_empty() {
            let seen: Vec<_> = hold.into_iter().map(|judgement| judgement.expected).collect();
            return self.end_step(index, StepOutcome::Passed, seen.join("; "));
        }
        let reasons: Vec<_> = unmet
            .iter()
            .map(|it| format!("expected {}, found {}", it.expected, it.found))
            .collect();
        let outcome = if is_late { StepOutcome::TimedOut } else { StepOutcome::Failed };
        self.end_step(index, outcome, reasons.join("; "))
    }

    fn end_step(&mut self, index: usize, outcome: StepOutcome, detail: String) -> Result<(), Stop> {
        let step = self.schedule.step(index).id.clone();
        self.change_ends(&Change::Step(step.clone()));
        self.crew.record(What::StepEnded { step, outcome, detail })?;
        self.schedule.step_ended(index, outcome, self.crew.now());
        Ok(())
    }

    fn fault_ended(&mut self, index: usize, how: How) -> Result<(), Stop> {
        let result = how.done(FAULT_BOUND).map_err(|it| it.why);
        let now = self.crew.now();
        let fault = self.schedule.fault(index).clone();
        self.change_ends(&Change::Fault(fault.clone()));
        for (stage, detail) in self.schedule.fault_ended(index, result, now) {
            let fault = fault.clone();
            self.crew.record(What::Fault { fault, stage, detail })?;
        }
        Ok(())
    }

    fn looked(&mut self, asker: Asker, item: usize, how: How) {
        let found = match how {
            How::Ended(Outcome::Found(found)) => found,
            How::Ended(Outcome::Failed(reason)) => Found::Unseen(reason),
            How::Ended(other @ (Outcome::Done(_) | Outcome::Landed(_) | Outcome::Read(_))) => {
                panic!("{other:?} where a look was asked for")
            }
            How::TooLate(text) if text.is_empty() => Found::Unseen("no answer in time".to_owned()),
            How::TooLate(text) => Found::Unseen(format!("no answer in time: {text}")),
        };
        let now = self.crew.now();
        let look = self.looks.get_mut(&asker).expect("a look belongs to an inspection");
        let judgement = judge(look.expectation(item), &found, &self.addresses);
        look.found(item, (found, judgement), now, &self.crew.jumps);
    }

    fn finished(&mut self, asker: Asker) -> Option<Inspection> {
        let is_finished = self.looks.get(&asker).is_some_and(Inspection::is_finished);
        is_finished.then(|| self.looks.remove(&asker)).flatten()
    }
}

fn judge(
    expectation: &Expectation,
    found: &Found,
    addresses: &IndexMap<HostId, String>,
) -> Judgement {
    expectation.judge(found, |host| addresses.get(host).cloned())
}
