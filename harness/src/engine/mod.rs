//! Owns the one way in which a plan is played: order, faults, healing, retries, deadlines, and
//! when to stop. One synchronous loop over a [`World`], which only acts and reports; every step of
//! it becomes a record of the history.
//! Must not know: any one world, any check, any reader of the history.
//!
//! Reading order: the phases here, the loop in `run`, what it decides by in `schedule`, `faults`,
//! `slips` and `pace` (all pure), what it acts through in `crew`. `held` is a rehearsal that stands still, and
//! goes on in more ways than one.

mod crew;
mod faults;
mod held;
mod jumps;
mod ledger;
mod look;
mod pace;
mod pulse;
mod receipts;
mod run;
mod schedule;
mod slips;
#[cfg(test)]
mod tests;

use std::{io, sync::Arc};

pub use self::held::Held;
use self::{
    crew::{How, NotDone},
    run::{Playing, Rehearsal},
};
use crate::{
    base::{Duration, ServiceId},
    history::{Begin, Ending, Phase, Round, Sink, VERSION, What},
    plan::Plan,
    world::{Action, Egress, TeardownError, World},
};

/// How long the world may take to come up; it may have images to build.
const UP_BOUND: Duration = Duration::from_secs(3600);
/// How long the services may take to answer before the migration.
const BASELINE_BOUND: Duration = Duration::from_secs(60);
/// How many answers in a row make a service up before the migration, and after the restart.
const BASELINE_ANSWERS: usize = 2;
/// How long the services may take to answer steadily after the migration.
const SETTLE_BOUND: Duration = Duration::from_secs(30);
/// How many answers in a row make a service steady.
const SETTLE_ANSWERS: usize = 5;
/// How long the hosts may take to restart.
const RESTART_BOUND: Duration = Duration::from_secs(180);
/// How long the services may take to answer after the restart.
const RESTART_ANSWER_BOUND: Duration = Duration::from_secs(90);
/// How long an unmet expectation is tried again after the migration, and in `check` steps.
const RETRY_LOOKS: Duration = Duration::from_secs(10);
/// The same after the restart: services need a moment after a boot.
const RETRY_LOOKS_AFTER_RESTART: Duration = Duration::from_secs(20);
/// How long a whole look at the end state may take.
const END_STATE_BOUND: Duration = Duration::from_secs(300);

/// A rehearsal of which no history could be kept. The world was taken down all the same.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The history cannot be written.
    #[error("the history cannot be written; free some space, or choose another folder")]
    Sink {
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The history cannot be written, and something may be left of the world.
    #[error("the history cannot be written ({history}), and the world is not all gone")]
    SinkAndWorld {
        /// Why it cannot be written.
        history: io::Error,
        /// What is left.
        #[source]
        left: TeardownError,
    },
}

/// Plays `plan` in `world` and tells `sink` everything that happens. The world is taken down
/// exactly once, whatever happens.
pub fn rehearse(
    run: &str,
    plan: &Arc<Plan>,
    world: &mut dyn World,
    sink: &mut dyn Sink,
) -> Result<Ending, EngineError> {
    let (mut rehearsal, begun) = begin(run, plan, world, sink);
    let played =
        begun.and_then(|()| hand_over(&mut rehearsal)).and_then(|()| migrate(&mut rehearsal));
    rehearsal.crew.close(played)
}

/// Why a rehearsal does not go through all its phases.
enum Stop {
    /// The history cannot be written.
    Sink(io::Error),
    /// It ends here, and the history says why.
    Early(Ending, String),
}

impl From<io::Error> for Stop {
    fn from(source: io::Error) -> Self {
        Self::Sink(source)
    }
}

/// The history begins.
fn begin<'p, 'w>(
    run: &str,
    plan: &'p Arc<Plan>,
    world: &'w mut dyn World,
    sink: &'w mut dyn Sink,
) -> (Playing<'p, 'w>, Result<(), Stop>) {
    let capabilities = world.capabilities();
    let rehearsal = Rehearsal::new(plan, capabilities.addresses.clone());
    let mut rehearsal = rehearsal.with(world, sink);
    let begun = rehearsal.crew.begin(&Begin {
        history_version: VERSION,
        run: run.to_owned(),
        world: capabilities.world,
        notes: capabilities.notes,
        addresses: capabilities.addresses,
        plan: Arc::clone(plan),
    });
    (rehearsal, begun)
}

/// Everything up to the first step.
fn hand_over(rehearsal: &mut Playing<'_, '_>) -> Result<(), Stop> {
    up(rehearsal)?;
    baseline(rehearsal)?;
    ledger::open(rehearsal)?;
    rehearsal.crew.phase(Phase::Migrate)?;
    rehearsal.begin_migration();
    Ok(())
}

/// The steps, as many as are still to come, and everything after them.
fn migrate(rehearsal: &mut Playing<'_, '_>) -> Result<(), Stop> {
    rehearsal.drive_to_the_end()?;
    if rehearsal.rolls_back() {
        rehearsal.crew.phase(Phase::Rollback)?;
        rehearsal.roll_back()?;
    }
    rehearsal.crew.phase(Phase::Heal)?;
    rehearsal.heal()?;
    if rehearsal.plan.until.is_some() {
        rehearsal.heal_late()?;
        ledger::close(rehearsal)?;
        ledger::read(rehearsal)?;
        return rehearsal.heal_last();
    }
    let up = settle(rehearsal)?;
    ledger::close(rehearsal)?;
    rehearsal.crew.phase(Phase::Check)?;
    rehearsal.look_at_end_state(Round::First, RETRY_LOOKS, END_STATE_BOUND)?;
    restart(rehearsal, &up)?;
    rehearsal.crew.phase(Phase::Recheck)?;
    rehearsal.look_at_end_state(Round::AfterRestart, RETRY_LOOKS_AFTER_RESTART, END_STATE_BOUND)?;
    rehearsal.heal_late()?;
    ledger::read(rehearsal)?;
    rehearsal.heal_last()
}

/// The world as it is handed over: up, and with the faults that are there from the start.
fn up(rehearsal: &mut Playing<'_, '_>) -> Result<(), Stop> {
    rehearsal.crew.phase(Phase::Up)?;
    must(rehearsal.perform(Action::Up, UP_BOUND)?, "the world did not come up", UP_BOUND)?;
    rehearsal.inject_start_faults()
}

/// An outage can only be put down to the migration if the service answered before it.
fn baseline(rehearsal: &mut Playing<'_, '_>) -> Result<(), Stop> {
    rehearsal.crew.phase(Phase::Baseline)?;
    rehearsal.begin_probing();
    let probed = probed(rehearsal.plan);
    let silent = rehearsal.await_answers(&probed, BASELINE_ANSWERS, BASELINE_BOUND)?;
    match silent.first() {
        None => Ok(()),
        Some(service) => {
            let why = rehearsal.crew.desk.pulse.last_complaint(service);
            let text = format!("service `{service}` did not answer before the migration: {why}");
            Err(Stop::Early(Ending::WorldFailed, text))
        }
    }
}

/// Gives the services time to become steady, and tells which of them are up in the end.
fn settle(rehearsal: &mut Playing<'_, '_>) -> Result<Vec<ServiceId>, Stop> {
    rehearsal.crew.phase(Phase::Settle)?;
    let mut probed = probed(rehearsal.plan);
    let end = rehearsal.crew.now() + SETTLE_BOUND;
    rehearsal.await_answers(&probed, SETTLE_ANSWERS, SETTLE_BOUND)?;
    ledger::settle(rehearsal, end)?;
    probed.retain(|service| rehearsal.crew.desk.pulse.is_up(service));
    Ok(probed)
}

/// What was only started by hand is found by a restart.
fn restart(rehearsal: &mut Playing<'_, '_>, up: &[ServiceId]) -> Result<(), Stop> {
    rehearsal.crew.phase(Phase::Restart)?;
    let ended = rehearsal.perform(Action::RestartHosts, RESTART_BOUND)?;
    must(ended, "the hosts did not restart", RESTART_BOUND)?;
    rehearsal.await_answers(up, BASELINE_ANSWERS, RESTART_ANSWER_BOUND)?;
    Ok(())
}

fn probed(plan: &Plan) -> Vec<ServiceId> {
    let probed = plan.services.iter().filter(|(_, service)| service.probe.is_some());
    probed.map(|(id, _)| id.clone()).collect()
}

/// Without this, there is no rehearsal.
fn must(how: How, otherwise: &str, bound: Duration) -> Result<(), Stop> {
    let not_done =
        |it: NotDone| Stop::Early(Ending::WorldFailed, format!("{otherwise}: {}", it.why));
    how.done(bound).map(drop).map_err(not_done)
}

impl crew::Crew<'_> {
    fn begin(&mut self, begin: &Begin) -> Result<(), Stop> {
        Ok(self.sink.begin(begin)?)
    }

    fn phase(&mut self, phase: Phase) -> Result<(), Stop> {
        self.record(What::Phase { phase })
    }

    /// Takes the world down, and writes the end.
    fn close(&mut self, played: Result<(), Stop>) -> Result<Ending, EngineError> {
        let mut played = played;
        if matches!(played, Ok(()) | Err(Stop::Early(Ending::WorldFailed, _))) {
            played = self.drain().and(played);
        }
        if !matches!(played, Err(Stop::Sink(_))) {
            played = self.phase(Phase::Down).and(played);
        }
        let (egress, left) = match self.teardown() {
            Ok(egress) => (egress, None),
            Err(left) => (Egress::Unseen(left.to_string()), Some(left)),
        };
        let (ending, detail) = match (played, &left) {
            (Err(Stop::Sink(source)), _) => return Err(cannot_write(source, left)),
            (Ok(()), None) => (Ending::Complete, String::new()),
            (Ok(()), Some(left)) => (Ending::WorldFailed, left.to_string()),
            (Err(Stop::Early(ending, why)), None) => (ending, why),
            (Err(Stop::Early(_, why)), Some(left)) => {
                (Ending::WorldFailed, format!("{why}; {left}"))
            }
        };
        let egress = match egress {
            Egress::Seen(refused) => refused.into_iter().map(What::EgressRefused).collect(),
            Egress::Unseen(why) => vec![What::EgressUnseen { why }],
        };
        for what in egress.into_iter().chain([What::End { ending, detail }]) {
            if let Err(Stop::Sink(source)) = self.record(what) {
                return Err(cannot_write(source, left));
            }
        }
        Ok(ending)
    }
}

fn cannot_write(source: io::Error, left: Option<TeardownError>) -> EngineError {
    match left {
        None => EngineError::Sink { source },
        Some(left) => EngineError::SinkAndWorld { history: source, left },
    }
}
