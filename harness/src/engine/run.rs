//! The loop: carries out what the schedule orders, and tells it what came of that.

use std::collections::BTreeMap;

use super::{
    RETRY_LOOKS, Stop,
    crew::{Asker, Crew, Desk, How, NotDone, Task},
    look::{Finding, Inspection},
    pace::{Change, Pacer},
    schedule::{Order, Schedule},
};
use crate::{
    base::{Duration, FaultId, HostId, IndexMap, ServiceId, StoryTime},
    expect::Found,
    fault::Trigger,
    history::{FaultStage, Round, Sink, StepOutcome, What},
    plan::Plan,
    step::Verb,
    world::{Action, FaultAct, Outcome, World},
};

/// How long anything may take that is done about a fault.
const FAULT_BOUND: Duration = Duration::from_secs(120);
/// How long a world may take to let time pass.
const PASS_BOUND: Duration = Duration::from_secs(60);
/// What comes sooner than this is waited for: time jumps only where that is worth it.
const SOON: Duration = Duration::from_secs(1);
/// The pause between two looks of a step at what does not hold: the migration waits for it.
const PAUSE: Duration = Duration::from_millis(500);
/// The same at the end state: nobody waits any more, and most of what does not hold then never will.
const END_STATE_PAUSE: Duration = Duration::from_secs(2);
/// How long one look may take.
const LOOK_BOUND: Duration = Duration::from_secs(30);

/// What a step waits for.
#[derive(Debug, Clone, Copy)]
enum Waiting {
    /// Its end: it is a `wait`.
    Out,
    /// Its beginning: it is late.
    Late,
}

/// A rehearsal: who plays it, and how far that has come.
#[derive(Debug, Clone)]
pub(super) struct Rehearsal<'p, C> {
    /// What is played.
    pub(super) plan: &'p Plan,
    /// Who plays; while nobody does, what they knew.
    pub(super) crew: C,
    pub(super) schedule: Schedule<'p>,
    looks: BTreeMap<Asker, Inspection<'p>>,
    /// The steps that wait, by when that is over and by their places.
    waits: BTreeMap<(StoryTime, usize), Waiting>,
    /// Whether the world is letting time pass for them.
    is_passing: bool,
    addresses: IndexMap<HostId, String>,
    /// While services are asked, how often.
    pacer: Option<Pacer<'p>>,
}

/// A rehearsal that goes on.
pub(super) type Playing<'p, 'w> = Rehearsal<'p, Crew<'w>>;

impl<'p> Rehearsal<'p, Desk> {
    /// Nothing has happened yet.
    pub(super) fn new(plan: &'p Plan, addresses: IndexMap<HostId, String>) -> Self {
        let crew = Desk::new(plan.probing.every);
        let (schedule, looks, waits) = (Schedule::new(plan), BTreeMap::new(), BTreeMap::new());
        Self { plan, crew, schedule, looks, waits, is_passing: false, addresses, pacer: None }
    }

    /// Goes on in a world and with a history that have come as far.
    pub(super) fn with<'w>(
        self,
        world: &'w mut dyn World,
        sink: &'w mut dyn Sink,
    ) -> Playing<'p, 'w> {
        self.handed_over(|desk| Crew::new(world, sink, desk))
    }
}

impl<'p, C> Rehearsal<'p, C> {
    /// The same, played by others.
    pub(super) fn handed_over<D>(self, to: impl FnOnce(C) -> D) -> Rehearsal<'p, D> {
        let Self { plan, crew, schedule, looks, waits, is_passing, addresses, pacer } = self;
        let crew = to(crew);
        Rehearsal { plan, crew, schedule, looks, waits, is_passing, addresses, pacer }
    }
}

impl<'p> Playing<'p, '_> {
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
        let answers = |crew: &Crew<'_>, service: &_| crew.desk.pulse.answers(service, times, since);
        let soon =
            |crew: &Crew<'_>, service: &_| crew.desk.pulse.will_answer(service, times, crew.now());
        self.await_all(services, since + bound, answers, soon)
    }

    /// Waits until all services are as they should be, at most until `end`. Returns those that are
    /// not. `soon` tells when one of them will be, if it goes on as it does.
    pub(super) fn await_all(
        &mut self,
        services: &[ServiceId],
        end: StoryTime,
        is_well: impl Fn(&Crew<'_>, &ServiceId) -> bool,
        soon: impl Fn(&Crew<'_>, &ServiceId) -> Option<StoryTime>,
    ) -> Result<Vec<ServiceId>, Stop> {
        // As long as the one is not that was not the last time, there is no need to look at others.
        let mut first = 0;
        loop {
            self.carry_out_orders()?;
            let around = (first..services.len()).chain(0..first);
            let missing = around.into_iter().find(|at| !is_well(&self.crew, &services[*at]));
            let Some(missing) = missing.filter(|_| self.crew.now() < end) else {
                let is_missing = |service: &&ServiceId| !is_well(&self.crew, service);
                return Ok(services.iter().filter(is_missing).cloned().collect());
            };
            first = missing;
            let soon = soon(&self.crew, &services[missing]).unwrap_or(end).min(end);
            self.turn(Some(soon))?;
            if self.crew.now() >= soon {
                for service in services {
                    if !is_well(&self.crew, service) {
                        self.crew.catch_up(service);
                    }
                }
            }
        }
    }

    /// Injects the faults that are there from the start.
    pub(super) fn inject_start_faults(&mut self) -> Result<(), Stop> {
        let armed: Vec<_> = self.schedule.faults().collect();
        for (fault, from) in armed {
            self.arm(fault, from)?;
        }
        self.schedule.hand_over();
        self.drive()
    }

    /// Writes down what a fault waits for.
    pub(super) fn arm(&mut self, fault: &FaultId, from: &Trigger) -> Result<(), Stop> {
        let (fault, detail) = (fault.clone(), from.to_string());
        self.crew.record(What::Fault { fault, stage: FaultStage::Armed, detail })
    }

    /// It is the first step's turn.
    pub(super) fn begin_migration(&mut self) {
        self.schedule.begin(self.crew.now());
    }

    /// Whether what was done is to be undone.
    pub(super) fn rolls_back(&self) -> bool {
        self.schedule.rolls_back()
    }

    /// Undoes what was done.
    pub(super) fn roll_back(&mut self) -> Result<(), Stop> {
        self.schedule.roll_back();
        self.drive_to_the_end()
    }

    /// Until the schedule has nothing more to do; what was not reached by then is told.
    pub(super) fn drive_to_the_end(&mut self) -> Result<(), Stop> {
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

    /// Heals what is still broken, but for what shows only later.
    pub(super) fn heal(&mut self) -> Result<(), Stop> {
        self.schedule.heal_all();
        self.drive()
    }

    /// Heals what shows only when the hosts are restarted.
    pub(super) fn heal_late(&mut self) -> Result<(), Stop> {
        self.schedule.heal_late();
        self.drive()
    }

    /// Heals what shows only in what became of mail.
    pub(super) fn heal_last(&mut self) -> Result<(), Stop> {
        self.schedule.heal_last();
        self.drive()
    }

    /// Looks at the end state. What does not hold is tried again for the time of `retry`.
    pub(super) fn look_at_end_state(
        &mut self,
        round: Round,
        retry: Duration,
        bound: Duration,
    ) -> Result<(), Stop> {
        let plan = self.plan;
        let rollback = plan.rollback.as_ref().filter(|_| self.rolls_back());
        let end_state = rollback.map_or(&plan.end_state, |rollback| &rollback.end_state);
        let (retry, end) = (self.crew.due(retry), self.crew.due(bound));
        let look = Inspection::new(end_state.values(), END_STATE_PAUSE, retry, end);
        self.looks.insert(Asker::EndState, look);
        loop {
            self.look(Asker::EndState);
            if let Some(look) = self.finished(Asker::EndState) {
                for (check, (_, finding)) in end_state.keys().zip(look.findings()) {
                    let (check, found) = (check.clone(), finding.found);
                    self.crew.record(What::Observed { check, round, found })?;
                }
                return Ok(());
            }
            self.turn(None)?;
        }
    }

    /// Until the schedule has nothing more to do.
    fn drive(&mut self) -> Result<(), Stop> {
        self.drive_to(u64::MAX)
    }

    /// The same, but no further than to the end of this round.
    pub(super) fn drive_to(&mut self, round: u64) -> Result<(), Stop> {
        while self.schedule.rounds() < round {
            self.schedule.go_round();
            self.carry_out_orders()?;
            if self.schedule.is_over() {
                break;
            }
            self.turn(None)?;
        }
        Ok(())
    }

    fn carry_out_orders(&mut self) -> Result<(), Stop> {
        loop {
            let orders = self.schedule.next(self.crew.now());
            self.tell_slips()?;
            if orders.is_empty() {
                self.let_time_pass();
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
                    Order::Dally { step, by } => self.wait_for(step, Waiting::Late, by),
                    Order::Fail(step) => self.fail(step)?,
                    Order::Act(fault, act) => self.act(fault, act),
                }
            }
        }
    }

    fn tell_slips(&mut self) -> Result<(), Stop> {
        for (fault, stage, detail) in self.schedule.take_told() {
            let fault = fault.clone();
            self.crew.record(What::Fault { fault, stage, detail })?;
        }
        Ok(())
    }

    /// A step fails before anything of it is done.
    fn fail(&mut self, index: usize) -> Result<(), Stop> {
        let step = self.schedule.step(index).id.clone();
        self.crew.record(What::StepStarted { step, attempt: 1 })?;
        self.end_step(index, StepOutcome::Failed, String::new())
    }

    fn start(&mut self, index: usize, attempt: u32) -> Result<(), Stop> {
        let step = self.schedule.step(index);
        self.crew.record(What::StepStarted { step: step.id.clone(), attempt })?;
        // Before it begins: what it does shows at once.
        self.change_begins(Change::Step(step));
        let due = self.crew.due(self.schedule.deadline(index));
        let action = match &step.verb {
            Verb::Check(check) => {
                let retry = self.crew.due(RETRY_LOOKS.min(step.deadline));
                let look = Inspection::new(&check.expectations, PAUSE, retry, due);
                self.looks.insert(Asker::Step(index), look);
                self.look(Asker::Step(index));
                return self.end_check(index);
            }
            Verb::Wait(wait) => {
                self.wait_for(index, Waiting::Out, wait.duration);
                return Ok(());
            }
            _ => {
                let on = self.schedule.elsewhere(index).cloned();
                Action::Step { step: step.id.clone(), on }
            }
        };
        self.crew.submit(Task::Step(index), action, Some(due));
        Ok(())
    }

    fn wait_for(&mut self, index: usize, waiting: Waiting, time: Duration) {
        self.waits.insert((self.crew.now() + time, index), waiting);
    }

    /// When the first of those who wait has waited long enough.
    fn waited_at(&self) -> Option<StoryTime> {
        self.waits.keys().next().map(|(until, _)| *until)
    }

    /// Has time jump where everybody waits, to the first moment at which somebody has waited long enough or
    /// something is to be done about a fault. While anybody is at work, time passes by itself, for those who
    /// wait too: an hour beside ten minutes of work is an hour.
    fn let_time_pass(&mut self) {
        let Some(until) = self.waited_at().filter(|_| !self.is_passing) else { return };
        let is_at_work =
            self.crew.is_at_work() || !self.looks.is_empty() || self.schedule.is_about_a_fault();
        let now = self.crew.now();
        let wakes = self.schedule.wakes_at().filter(|at| *at > now);
        let jump = wakes.map_or(until, |at| at.min(until)).since(now);
        if is_at_work || jump < SOON {
            return;
        }
        self.is_passing = true;
        let due = self.crew.due(PASS_BOUND);
        self.crew.submit(Task::Passing, Action::Pass(jump), Some(due));
    }

    /// Time has been let pass. If it could not be, nobody who waits can have waited.
    fn has_passed(&mut self, how: How) -> Result<(), Stop> {
        self.is_passing = false;
        let Err(NotDone { is_late, why }) = how.done(PASS_BOUND) else { return Ok(()) };
        while let Some(((_, index), waiting)) = self.waits.pop_first() {
            self.wait_ended(index, waiting, Err(NotDone { is_late, why: why.clone() }))?;
        }
        Ok(())
    }

    /// Ends the waits that are over. While time is let pass none is: what comes next begins where that lands.
    fn end_waits(&mut self) -> Result<(), Stop> {
        let now = self.crew.now();
        while !self.is_passing && self.waited_at().is_some_and(|until| until <= now) {
            let ((_, index), waiting) = self.waits.pop_first().expect("somebody waits");
            self.wait_ended(index, waiting, Ok(String::new()))?;
        }
        Ok(())
    }

    fn wait_ended(
        &mut self,
        index: usize,
        waiting: Waiting,
        result: Result<String, NotDone>,
    ) -> Result<(), Stop> {
        match waiting {
            Waiting::Out => self.step_ended(index, result),
            Waiting::Late => {
                self.schedule.has_dallied(index, result.map(drop).map_err(|it| it.why));
                Ok(())
            }
        }
    }

    fn act(&mut self, index: usize, act: FaultAct) {
        let (id, fault) = self.schedule.fault(index);
        if matches!(act, FaultAct::Inject | FaultAct::Heal) {
            self.change_begins(Change::Fault(id, fault));
        }
        let action = Action::Fault(id.clone(), act);
        let due = self.crew.due(FAULT_BOUND);
        self.crew.submit(Task::Fault(index), action, Some(due));
    }

    fn change_begins(&mut self, change: Change<'p>) {
        if let Some(pacer) = &mut self.pacer {
            pacer.begin(change);
        }
        self.set_paces();
    }

    fn change_ends(&mut self, change: Change<'p>) {
        if let Some(pacer) = &mut self.pacer {
            pacer.end(change, self.crew.now(), &self.crew.desk.jumps);
        }
    }

    /// Has services asked as often as is worth it now.
    fn set_paces(&mut self) {
        let now = self.crew.now();
        let Some(pacer) = &mut self.pacer else { return };
        for (service, pace) in pacer.next(now, &self.crew.desk.jumps, &self.crew.desk.pulse) {
            self.crew.pace(service, pace);
        }
    }

    /// Begins the looks that are due.
    fn look(&mut self, asker: Asker) {
        let now = self.crew.now();
        let Some(look) = self.looks.get_mut(&asker) else { return };
        let due = look.next(now, &self.crew.desk.jumps);
        let end = look.end();
        for (item, expectation) in due {
            let one = self.crew.due(LOOK_BOUND);
            let sooner = self.crew.desk.jumps.when(end) < self.crew.desk.jumps.when(one);
            let due = if sooner { end } else { one };
            let action = Action::Observe(Box::new(expectation.clone()));
            self.crew.submit(Task::Look(asker, item), action, Some(due));
        }
    }

    /// Lets one thing happen, at the latest at `until`. Returns how a solo action ended.
    fn turn(&mut self, until: Option<StoryTime>) -> Result<Option<How>, Stop> {
        self.set_paces();
        let looks = self.looks.values().filter_map(Inspection::wakes_at).min();
        let pacer = self.pacer.as_ref();
        let pace = pacer.and_then(Pacer::wakes_at);
        let waited = self.waited_at().filter(|_| !self.is_passing);
        let wakes = [looks, until, self.schedule.wakes_at(), waited, pace];
        let wake = wakes.into_iter().flatten().min();
        let happened = self.crew.next(wake)?;
        if pace.is_some_and(|pace| pace <= self.crew.now()) {
            // Whether a service is steady is seen by what was heard of it last.
            let pacer = self.pacer.iter();
            pacer.flat_map(Pacer::doubtful).for_each(|service| self.crew.catch_up(service));
        }
        let solo = match happened {
            None => None,
            Some((Task::Solo | Task::Probing | Task::Writing, how)) => Some(how),
            Some((Task::Step(index), how)) => {
                let result = how.done(self.schedule.deadline(index));
                self.step_ended(index, result).map(|()| None)?
            }
            Some((Task::Passing, how)) => self.has_passed(how).map(|()| None)?,
            Some((Task::Fault(index), how)) => self.fault_ended(index, how).map(|()| None)?,
            Some((Task::Look(asker, item), how)) => {
                self.looked(asker, item, how);
                None
            }
        };
        self.end_waits()?;
        let askers: Vec<_> = self.looks.keys().copied().collect();
        for asker in askers {
            self.look(asker);
            if let Asker::Step(index) = asker {
                self.end_check(index)?;
            }
        }
        Ok(solo)
    }

    fn step_ended(&mut self, index: usize, result: Result<String, NotDone>) -> Result<(), Stop> {
        let (outcome, detail) = match result {
            Ok(text) => (StepOutcome::Passed, text),
            Err(NotDone { is_late: false, why }) => (StepOutcome::Failed, why),
            Err(NotDone { is_late: true, why }) => (StepOutcome::TimedOut, why),
        };
        self.end_step(index, outcome, detail)
    }

    /// Ends a `check` step, if all of it has been looked at.
    fn end_check(&mut self, index: usize) -> Result<(), Stop> {
        let Some(look) = self.finished(Asker::Step(index)) else { return Ok(()) };
        let is_late = self.crew.now() >= self.crew.desk.jumps.when(look.end());
        let (hold, unmet): (Vec<_>, Vec<_>) =
            look.findings().partition(|(_, finding)| finding.holds == Some(true));
        if unmet.is_empty() {
            let seen: Vec<_> = hold.iter().map(|(expected, _)| expected.to_string()).collect();
            return self.end_step(index, StepOutcome::Passed, seen.join("; "));
        }
        let reasons: Vec<_> = unmet
            .iter()
            .map(|(expected, it)| format!("expected {expected}, found {}", it.found))
            .collect();
        let outcome = if is_late { StepOutcome::TimedOut } else { StepOutcome::Failed };
        self.end_step(index, outcome, reasons.join("; "))
    }

    fn end_step(&mut self, index: usize, outcome: StepOutcome, detail: String) -> Result<(), Stop> {
        let step = self.schedule.step(index);
        let (outcome, detail) = self.schedule.as_it_counts(index, outcome, detail);
        self.change_ends(Change::Step(step));
        let step = step.id.clone();
        self.crew.record(What::StepEnded { step, outcome, detail })?;
        self.schedule.step_ended(index, outcome, self.crew.now());
        Ok(())
    }

    fn fault_ended(&mut self, index: usize, how: How) -> Result<(), Stop> {
        let result = how.done(FAULT_BOUND).map_err(|it| it.why);
        let now = self.crew.now();
        let (id, fault) = self.schedule.fault(index);
        self.change_ends(Change::Fault(id, fault));
        for (stage, detail) in self.schedule.fault_ended(index, result, now) {
            let fault = id.clone();
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
        let holds = look.expectation(item).holds(&found, &self.addresses);
        look.found(item, Finding { found, holds }, now, &self.crew.desk.jumps);
    }

    fn finished(&mut self, asker: Asker) -> Option<Inspection<'p>> {
        let is_finished = self.looks.get(&asker).is_some_and(Inspection::is_finished);
        is_finished.then(|| self.looks.remove(&asker)).flatten()
    }
}
