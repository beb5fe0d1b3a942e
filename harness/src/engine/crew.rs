//! What was asked of the world and has not ended: who asked, and when it is given up. Everything
//! that goes to the world or into the history passes through here.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Stop,
    jumps::{Due, Jumps},
    pulse::Pulse,
};
use crate::{
    base::{Duration, StoryTime},
    history::{Ending, Record, Sample, Sink, What},
    world::{Action, ActionId, Egress, Event, Outcome, TeardownError, World},
};

/// How long an action that was cancelled may take to end.
const GRACE: Duration = Duration::from_secs(10);

/// The world at work, and the history that is written of it.
pub(super) struct Crew<'a> {
    /// Who is told.
    pub(super) sink: &'a mut dyn Sink,
    /// Which services answer.
    pub(super) pulse: Pulse,
    /// How far story time has jumped.
    pub(super) jumps: Jumps,
    world: &'a mut dyn World,
    flights: BTreeMap<ActionId, Flight>,
    /// Given up, but the world has not said yet that they ended.
    abandoned: BTreeSet<ActionId>,
    submitted: u64,
    is_down: bool,
}

/// An action that has not ended.
struct Flight {
    task: Task,
    due: Option<Due>,
    is_cancelled: bool,
    jump: Option<Jump>,
}

#[derive(Clone, Copy)]
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
    /// A step.
    Step(usize),
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
            Self::TooLate(text) => {
                let sep = if text.is_empty() { "" } else { ": " };
                Err(NotDone { is_late: true, why: format!("not done within {bound}{sep}{text}") })
            }
        }
    }
}

impl<'a> Crew<'a> {
    pub(super) fn new(world: &'a mut dyn World, sink: &'a mut dyn Sink) -> Self {
        Self {
            sink,
            pulse: Pulse::default(),
            jumps: Jumps::default(),
            world,
            flights: BTreeMap::new(),
            abandoned: BTreeSet::new(),
            submitted: 0,
            is_down: false,
        }
    }

    /// The story time now.
    pub(super) fn now(&self) -> StoryTime {
        self.world.now()
    }

    /// The moment that is `after` more of work away.
    pub(super) fn due(&self, after: Duration) -> Due {
        self.jumps.due(self.now(), after)
    }

    /// Writes down what happened just now.
    pub(super) fn record(&mut self, what: What) -> Result<(), Stop> {
        let at = self.now();
        Ok(self.sink.record(&Record { at, what })?)
    }

    /// Has the world begin something, and gives it up when `due` comes.
    pub(super) fn submit(&mut self, task: Task, action: Action, due: Option<Due>) {
        self.submitted += 1;
        let id = ActionId(self.submitted);
        let pass = if let Action::Pass(by) = action { Some(by) } else { None };
        let before = self.now();
        self.world.submit(id, action);
        let jump = pass.map(|by| Jump { by, was_seen: self.now().since(before) >= by });
        if let Some(Jump { by, was_seen }) = jump {
            self.jumps.take_off(by);
            if was_seen {
                self.jumps.land(by, true);
            }
        }
        self.flights.insert(id, Flight { task, due, is_cancelled: false, jump });
    }

    /// Waits for one event, at most until `until`, and keeps all deadlines. Returns the task whose
    /// action ended, if that is what happened.
    pub(super) fn next(&mut self, until: Option<StoryTime>) -> Result<Option<(Task, How)>, Stop> {
        if let Some(task) = self.keep_deadlines() {
            return Ok(Some((task, How::TooLate(String::new()))));
        }
        let due = self.flights.values().filter_map(|flight| flight.due);
        let wake = due.map(|due| self.jumps.when(due)).chain(until).min();
        let wake = wake.expect("nothing goes on and nothing is waited for");
        match self.world.wait(wake) {
            Event::Ended(id, outcome) => self.ended(id, outcome),
            Event::Sample(sample) => self.sample(sample).map(|()| None),
            Event::Output(step, line) => {
                self.record(What::StepOutput { step, line }).map(|()| None)
            }
            Event::Reached => Ok(None),
            Event::Interrupted => {
                Err(self.abort(Ending::Interrupted, "somebody asked to stop".to_owned()))
            }
        }
    }

    /// Takes the world down.
    pub(super) fn teardown(&mut self) -> Result<Egress, TeardownError> {
        assert!(!self.is_down, "the world is taken down once");
        self.is_down = true;
        self.world.teardown()
    }

    /// Cancels what is overdue. Returns a task whose action does not even end when cancelled.
    fn keep_deadlines(&mut self) -> Option<Task> {
        let now = self.now();
        let overdue =
            |jumps: &Jumps, flight: &Flight| flight.due.is_some_and(|due| jumps.when(due) <= now);
        for (id, flight) in &mut self.flights {
            if overdue(&self.jumps, flight) && !flight.is_cancelled {
                self.world.cancel(*id);
                flight.is_cancelled = true;
                flight.due = Some(self.jumps.due(now, GRACE));
            }
        }
        let mut late = self.flights.iter().filter(|(_, flight)| overdue(&self.jumps, flight));
        let id = *late.next()?.0;
        self.abandoned.insert(id);
        let flight = self.flights.remove(&id)?;
        self.land(&flight, false);
        Some(flight.task)
    }

    fn ended(&mut self, id: ActionId, outcome: Outcome) -> Result<Option<(Task, How)>, Stop> {
        if self.abandoned.remove(&id) {
            return Ok(None);
        }
        let flight = self.flights.remove(&id);
        let flight = flight.unwrap_or_else(|| panic!("{id:?} ended, which is not under way"));
        let landed = if let Outcome::Landed(at) = outcome { Some(at) } else { None };
        self.land(&flight, landed.is_some());
        if let (Some(Jump { by, .. }), Some(at)) = (flight.jump, landed) {
            let what = What::Passed { by_micros: by.as_micros() };
            self.sink.record(&Record { at, what })?;
        }
        Ok(match (flight.task, outcome) {
            (Task::Probing, Outcome::Failed(reason)) => {
                return Err(self.abort(Ending::WorldFailed, reason));
            }
            (Task::Probing, _) => None,
            (task, Outcome::Failed(reason)) if flight.is_cancelled => {
                Some((task, How::TooLate(reason)))
            }
            (task, _) if flight.is_cancelled => Some((task, How::TooLate(String::new()))),
            (task, outcome) => Some((task, How::Ended(outcome))),
        })
    }

    fn land(&mut self, flight: &Flight, done: bool) {
        if let Some(Jump { by, was_seen: false }) = flight.jump {
            self.jumps.land(by, done);
        }
    }

    fn sample(&mut self, sample: Sample) -> Result<(), Stop> {
        self.pulse.note(&sample);
        let at = sample.launched;
        Ok(self.sink.record(&Record { at, what: What::Sample(sample) })?)
    }

    /// Cancels everything; what it leads to is up to the teardown.
    fn abort(&mut self, ending: Ending, why: String) -> Stop {
        for (id, _) in self.flights.iter().filter(|(_, flight)| !flight.is_cancelled) {
            self.world.cancel(*id);
        }
        Stop::Early(ending, why)
    }
}

/// Even a bug of ours must leave nothing behind.
impl Drop for Crew<'_> {
    fn drop(&mut self) {
        if !self.is_down {
            // Nobody is left to be told; what remains is swept at the next start.
            let _ = self.world.teardown();
        }
    }
}
