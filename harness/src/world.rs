//! Owns the border between the engine, which decides, and a world, which acts and reports.
//! Must not know: any world, any check.

use crate::{
    base::{Duration, FaultId, HostId, ServiceId, StepId, StoryTime},
    expect::{Expectation, Found},
    history::{Held, Refused, Sample, Write},
};

/// A place where a plan can be played. It was made for one plan, so ids are enough to speak of
/// its things. Only [`World::wait`] may block.
pub trait World {
    /// What it is and can do here.
    fn capabilities(&self) -> Capabilities;

    /// The story time now.
    fn now(&self) -> StoryTime;

    /// Begins an action. Every action ends with exactly one [`Event::Ended`].
    fn submit(&mut self, id: ActionId, action: Action);

    /// Ends an action early; its [`Event::Ended`] still comes, soon.
    fn cancel(&mut self, id: ActionId);

    /// The next event; [`Event::Reached`] at story time `until` if none came before.
    fn wait(&mut self, until: StoryTime) -> Event;

    /// Asks a service more or less often from now on, from every client of it.
    fn pace(&mut self, service: &ServiceId, pace: Pace);

    /// Tells, before anything else, what was answered of a service by now and was not told yet; of
    /// every service, where none is named. Who tells of each answer at once has nothing to add.
    fn catch_up(&mut self, service: Option<&ServiceId>);

    /// A write that was told of is in the history, where nothing can undo it. Until then, whoever
    /// made it begins no other.
    fn recorded(&mut self, service: &ServiceId, number: u64);

    /// Whether it waits for that. Where all that is written is only imagined, nothing can be lost of
    /// it with the machine.
    fn awaits_records(&self) -> bool {
        true
    }

    /// Takes everything down and leaves nothing behind; what was refused is told at last.
    fn teardown(&mut self) -> Result<Egress, TeardownError>;
}

/// What a world is, for the report.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Capabilities {
    /// Its name: `docker`, ...
    pub world: String,
    /// What a reader has to know about what it cannot prove.
    pub notes: Vec<String>,
    /// The addresses of the hosts.
    pub addresses: crate::base::IndexMap<HostId, String>,
}

/// The engine's name for one action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionId(pub u64);

/// What the engine asks of a world.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Bring up hosts, network, DNS and the services that run before the migration.
    Up,
    /// Ask each service, again and again, whether it is up, until the teardown.
    Probe,
    /// Play a step.
    Step {
        /// Which.
        step: StepId,
        /// The host, where it is not the planned one.
        on: Option<HostId>,
    },
    /// Do something about a fault.
    Fault(FaultId, FaultAct),
    /// Let story time pass.
    Pass(Duration),
    /// Look at something.
    Observe(Box<Expectation>),
    /// Restart all hosts at once. No step comes after that, and no fault that takes a host down.
    RestartHosts,
    /// Write to each service that has a writer, again and again, until [`Action::StopWriting`] is
    /// done.
    Write,
    /// Begin no write any more; done when the last was heard of each.
    StopWriting,
    /// Look for the writes to a service where it may have left them.
    Read {
        /// To which service they were written.
        service: ServiceId,
        /// Where they may be.
        host: HostId,
    },
}

/// How often a service is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Every [`Probing::every`](crate::probe::Probing::every).
    Base,
    /// Every [`Probing::around_changes`](crate::probe::Probing::around_changes), or as often as the
    /// world can.
    Dense,
}

/// What can be done about a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultAct {
    /// Make it happen.
    Inject,
    /// See whether it bites. Fails when it does not.
    VerifyBite,
    /// Make it end.
    Heal,
    /// See whether it is gone. Fails when it is not.
    VerifyGone,
}

/// What a world reports.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// An action has ended.
    Ended(ActionId, Outcome),
    /// A line that a step printed.
    Output(StepId, String),
    /// A probe was answered, or given up. That an answer differs from the one before is told at
    /// once; answers that are all the same may be told later, many in one.
    Sample(Sample),
    /// Nothing more will be heard of a write, or of several that came to the same.
    Written(Write),
    /// The time that was waited for has come.
    Reached,
    /// Somebody asked to stop.
    Interrupted,
}

/// How an action ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// As asked. The text says what was seen, for the history.
    Done(String),
    /// What an [`Action::Observe`] found.
    Found(Found),
    /// What an [`Action::Read`] found.
    Read(Held),
    /// An [`Action::Pass`] is over. Story time jumped to this moment, which may lie a little
    /// back: what was sampled since has it behind it.
    Landed(StoryTime),
    /// Not as asked. The text is the reason, in words for the user.
    Failed(String),
}

/// What was asked for outside, as far as that is known at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Egress {
    /// All of it, and all of it was refused.
    Seen(Vec<Refused>),
    /// It could not be found out, for this reason.
    Unseen(String),
}

/// Something may have been left behind.
#[derive(Debug, thiserror::Error)]
#[error("could not take everything down: {reason}")]
pub struct TeardownError {
    /// What is left, and why.
    pub reason: String,
}
