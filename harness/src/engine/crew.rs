//! What was asked of the world and has not ended: who asked, and when it is given up. Everything
//! that goes to the world or into the history passes through here.

use std::{
    collections::BTreeSet,
    ops::{Deref, DerefMut},
};

use super::{
    Stop,
    jumps::{Due, Jumps},
    pulse::Pulse,
    receipts::Receipts,
};
use crate::{
    base::{Duration, ServiceId, StoryTime},
    history::{Ending, Record, Sample, Sink, What, Write},
    world::{Action, ActionId, Egress, Event, Outcome, Pace, TeardownError, World},
};

/// How long an action that was cancelled may take to end.
const GRACE: Duration = Duration::from_secs(10);
/// How many events may come after a write before it is made safe, if they come without a pause.
const MOST_UNSAFE: usize = 64;
/// How much is taken note of before anything else has its turn.
const MOST_NOTED: usize = 64;
/// How many events are taken note of at the end, at most.
const MOST_DRAINED: usize = 1_000_000;

/// The world at work, and the history that is written of it.
pub(super) struct Crew<'a> {
    /// Who is told.
    pub(super) sink: &'a mut dyn Sink,
    /// What was asked and heard so far.
    pub(super) desk: Desk,
    world: Standing<'a>,
}

/// What was asked of a world, and what was heard of it. Whoever goes on with the same world and history needs
/// nothing else.
#[derive(Debug, Clone)]
pub(super) struct Desk {
    /// Which services answer.
    pub(super) pulse: Pulse,
    /// Which services take writes.
    pub(super) receipts: Receipts,
    /// How far story time has jumped.
    pub(super) jumps: Jumps,
    /// In the order of their beginning; never many.
    flights: Vec<Flight>,
    /// Given up, but the world has not said yet that they ended.
    abandoned: BTreeSet<ActionId>,
    /// Writes that are recorded and may not be on disk yet.
    unsafe_writes: Vec<(ServiceId, u64)>,
    /// How many events came since the first of them.
    events_since: usize,
    submitted: u64,
}

/// A world that is taken down in the end, whatever happens.
struct Standing<'a> {
    world: &'a mut dyn World,
    is_left: bool,
}

/// An action that has not ended.
#[derive(Debug, Clone)]
struct Flight {
    id: ActionId,
    task: Task,
    due: Option<Due>,
    is_cancelled: bool,
    jump: Option<Jump>,
}

#[derive(Debug, Clone, Copy)]
struct Jump {
    by: Duration,
    /// Whether the clock had jumped by the time the action was taken on.
    was_seen: bool,
}

/// What an action is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    /// The only thing that goes on.
    Solo,
    /// Asking the services, until the end.
    Probing,
    /// Writing to the services, until that is stopped.
    Writing,
    /// A step.
    Step(usize),
    /// Letting time pass, for all who wait.
    Passing,
    /// A look at an expectation.
    Look(Asker, usize),
    /// A fault.
    Fault(usize),
}

/// Who has expectations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Asker {
    /// A `check` step.
    Step(usize),
    /// The end state.
    EndState,
}

/// How an action ended.
#[derive(Debug)]
pub(super) enum How {
    /// By itself.
    Ended(Outcome),
    /// It was given up at its deadline; what the world had to say about that.
    TooLate(String),
}

/// Why something was not done.
#[derive(Debug)]
pub(super) struct NotDone {
    /// Whether it was given up at its deadline.
    pub(super) is_late: bool,
    /// The reason, in words for the user.
    pub(super) why: String,
}

impl How {
    /// Whether that was done which had to be done within `bound`, and what there is to say of it.
    pub(super) fn done(self, bound: Duration) -> Result<String, NotDone> {
        match self {
            Self::Ended(Outcome::Done(text)) => Ok(text),
            Self::Ended(Outcome::Failed(why)) => Err(NotDone { is_late: false, why }),
            Self::Ended(Outcome::Landed(_)) => Ok(String::new()),
            Self::Ended(Outcome::Found(found)) => panic!("found {found} where nobody looked"),
            Self::Ended(Outcome::Read(held)) => panic!("read {held} where nobody looked"),
            Self::TooLate(text) => {
                let sep = if text.is_empty() { "" } else { ": " };
                Err(NotDone { is_late: true, why: format!("not done within {bound}{sep}{text}") })
            }
        }
    }
}

impl Desk {
    /// Nothing is known yet. `every` is the time from probe to probe.
    pub(super) fn new(every: Duration) -> Self {
        Self {
            pulse: Pulse::new(every),
            receipts: Receipts::default(),
            jumps: Jumps::default(),
            flights: vec![],
            abandoned: BTreeSet::new(),
            unsafe_writes: vec![],
            events_since: 0,
            submitted: 0,
        }
    }
}

impl<'a> Crew<'a> {
    /// Goes on with a world and its history, of which so much is known.
    pub(super) fn new(world: &'a mut dyn World, sink: &'a mut dyn Sink, desk: Desk) -> Self {
        Self { sink, desk, world: Standing { world, is_left: false } }
    }

    /// Leaves world and history as they are, to whoever goes on with them.
    pub(super) fn leave(mut self) -> Desk {
        self.world.is_left = true;
        self.desk
    }

    /// The story time now.
    pub(super) fn now(&self) -> StoryTime {
        self.world.now()
    }

    /// The moment that is `after` more of work away.
    pub(super) fn due(&self, after: Duration) -> Due {
        self.desk.jumps.due(self.now(), after)
    }

    /// Writes down what happened just now.
    pub(super) fn record(&mut self, what: What) -> Result<(), Stop> {
        let at = self.now();
        Ok(self.sink.take(Record { at, what })?)
    }

    /// Has the world begin something, and gives it up when `due` comes.
    pub(super) fn submit(&mut self, task: Task, action: Action, due: Option<Due>) {
        self.desk.submitted += 1;
        let id = ActionId(self.desk.submitted);
        let pass = if let Action::Pass(by) = action { Some(by) } else { None };
        let before = self.now();
        self.world.submit(id, action);
        let jump = pass.map(|by| Jump { by, was_seen: self.now().since(before) >= by });
        if let Some(Jump { by, was_seen }) = jump {
            self.desk.jumps.take_off(by);
            if was_seen {
                self.desk.jumps.land(by, true);
            }
        }
        self.desk.flights.push(Flight { id, task, due, is_cancelled: false, jump });
    }

    /// Whether anything is being done: more than that services are asked and written to.
    pub(super) fn is_at_work(&self) -> bool {
        let goes_on = |task| matches!(task, Task::Probing | Task::Writing);
        self.desk.flights.iter().any(|flight| !goes_on(flight.task))
    }

    /// Waits for something to happen, at most until `until`, and keeps all deadlines. Returns the task
    /// whose action ended, if that is what happened; what is only taken note of is so all at once, as
    /// far as it is there already.
    pub(super) fn next(&mut self, until: Option<StoryTime>) -> Result<Option<(Task, How)>, Stop> {
        let mut deadline = self.next_deadline();
        if deadline.is_some_and(|due| due <= self.now()) {
            if let Some(task) = self.keep_deadlines() {
                return Ok(Some((task, How::TooLate(String::new()))));
            }
            deadline = self.next_deadline();
        }
        let wake = deadline.into_iter().chain(until).min();
        let mut wake = wake.expect("nothing goes on and nothing is waited for");
        for _ in 0..MOST_NOTED {
            match self.wait(wake)? {
                Event::Ended(id, outcome) => return self.ended(id, outcome),
                Event::Sample(sample) => self.sample(sample)?,
                Event::Written(write) => self.written(write)?,
                Event::Output(step, line) => self.record(What::StepOutput { step, line })?,
                Event::Reached => break,
                Event::Interrupted => return Err(self.interrupted()),
            }
            wake = self.now();
        }
        Ok(None)
    }

    /// Has a service asked more or less often.
    pub(super) fn pace(&mut self, service: &ServiceId, pace: Pace) {
        self.world.pace(service, pace);
    }

    /// Has the world tell what it knows of a service by now: it may tell of many equal answers in
    /// one, and does so only when it is asked.
    pub(super) fn catch_up(&mut self, service: &ServiceId) {
        self.world.catch_up(Some(service));
    }

    /// Takes note of all the answers that are there already.
    pub(super) fn drain(&mut self) -> Result<(), Stop> {
        let now = self.now();
        self.world.catch_up(None);
        for _ in 0..MOST_DRAINED {
            match self.world.wait(now) {
                Event::Sample(sample) => self.sample(sample)?,
                Event::Written(write) => self.written(write)?,
                Event::Output(step, line) => self.record(What::StepOutput { step, line })?,
                Event::Ended(..) => {}
                Event::Reached => break,
                Event::Interrupted => return Err(self.interrupted()),
            }
        }
        Ok(())
    }

    fn interrupted(&mut self) -> Stop {
        self.abort(Ending::Interrupted, "somebody asked to stop".to_owned())
    }

    /// Takes the world down.
    pub(super) fn teardown(&mut self) -> Result<Egress, TeardownError> {
        assert!(!self.world.is_left, "the world is taken down once");
        self.world.is_left = true;
        self.world.teardown()
    }

    /// The next event. Before anybody sleeps, what is recorded of writes is made safe: once for all
    /// that came together.
    fn wait(&mut self, wake: StoryTime) -> Result<Event, Stop> {
        if !self.desk.unsafe_writes.is_empty() {
            if self.desk.events_since < MOST_UNSAFE {
                let now = self.now();
                match self.world.wait(now) {
                    Event::Reached => {}
                    event => {
                        self.desk.events_since += 1;
                        return Ok(event);
                    }
                }
            }
            self.make_safe()?;
        }
        Ok(self.world.wait(wake))
    }

    fn make_safe(&mut self) -> Result<(), Stop> {
        self.sink.sync()?;
        self.desk.events_since = 0;
        for (service, number) in self.desk.unsafe_writes.drain(..) {
            self.world.recorded(&service, number);
        }
        Ok(())
    }

    /// When the next action is overdue.
    fn next_deadline(&self) -> Option<StoryTime> {
        let due = self.desk.flights.iter().filter_map(|flight| flight.due);
        due.map(|due| self.desk.jumps.when(due)).min()
    }

    /// Cancels what is overdue. Returns a task whose action does not even end when cancelled.
    fn keep_deadlines(&mut self) -> Option<Task> {
        let now = self.now();
        let overdue =
            |jumps: &Jumps, flight: &Flight| flight.due.is_some_and(|due| jumps.when(due) <= now);
        for flight in &mut self.desk.flights {
            if overdue(&self.desk.jumps, flight) && !flight.is_cancelled {
                self.world.cancel(flight.id);
                flight.is_cancelled = true;
                flight.due = Some(self.desk.jumps.due(now, GRACE));
            }
        }
        let late = self.desk.flights.iter().position(|flight| overdue(&self.desk.jumps, flight))?;
        let flight = self.desk.flights.remove(late);
        self.desk.abandoned.insert(flight.id);
        self.land(&flight, false);
        Some(flight.task)
    }

    fn ended(&mut self, id: ActionId, outcome: Outcome) -> Result<Option<(Task, How)>, Stop> {
        if self.desk.abandoned.remove(&id) {
            return Ok(None);
        }
        let flight = self.desk.flights.iter().position(|flight| flight.id == id);
        let flight = flight.unwrap_or_else(|| panic!("{id:?} ended, which is not under way"));
        let flight = self.desk.flights.remove(flight);
        let landed = if let Outcome::Landed(at) = outcome { Some(at) } else { None };
        self.land(&flight, landed.is_some());
        if let (Some(Jump { by, .. }), Some(at)) = (flight.jump, landed) {
            let what = What::Passed { by_micros: by.as_micros() };
            self.sink.take(Record { at, what })?;
        }
        Ok(match (flight.task, outcome) {
            (Task::Probing | Task::Writing, Outcome::Failed(reason)) => {
                return Err(self.abort(Ending::WorldFailed, reason));
            }
            (Task::Probing | Task::Writing, _) => None,
            (task, Outcome::Failed(reason)) if flight.is_cancelled => {
                Some((task, How::TooLate(reason)))
            }
            (task, _) if flight.is_cancelled => Some((task, How::TooLate(String::new()))),
            (task, outcome) => Some((task, How::Ended(outcome))),
        })
    }

    fn land(&mut self, flight: &Flight, done: bool) {
        if let Some(Jump { by, was_seen: false }) = flight.jump {
            self.desk.jumps.land(by, done);
        }
    }

    fn sample(&mut self, sample: Sample) -> Result<(), Stop> {
        self.desk.pulse.note(&sample);
        let at = sample.launched;
        Ok(self.sink.take(Record { at, what: What::Sample(sample) })?)
    }

    fn written(&mut self, write: Write) -> Result<(), Stop> {
        self.desk.receipts.note(&write);
        if self.world.awaits_records() {
            self.desk.unsafe_writes.push((write.service.clone(), write.number));
        }
        let at = write.launched;
        Ok(self.sink.take(Record { at, what: What::Written(write) })?)
    }

    /// Cancels everything; what it leads to is up to the teardown.
    fn abort(&mut self, ending: Ending, why: String) -> Stop {
        for flight in self.desk.flights.iter().filter(|flight| !flight.is_cancelled) {
            self.world.cancel(flight.id);
        }
        Stop::Early(ending, why)
    }
}

impl<'a> Deref for Standing<'a> {
    type Target = dyn World + 'a;

    fn deref(&self) -> &Self::Target {
        self.world
    }
}

impl DerefMut for Standing<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.world
    }
}

/// Even a bug of ours must leave nothing behind.
impl Drop for Standing<'_> {
    fn drop(&mut self) {
        if !self.is_left {
            // Nobody is left to be told; what remains is swept at the next start.
            let _ = self.world.teardown();
        }
    }
}
