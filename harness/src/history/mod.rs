//! Owns the history: what happened, in order, as JSON Lines; the only thing that checks, reports
//! and snapshots read. Append-only and versioned.
//! Must not know: who plays, and what will be made of it.

mod cuts;
mod fold;
mod jumps;
mod latencies;
mod ledger;
mod queue;
mod read;
#[cfg(test)]
mod tests;
mod track;
mod write;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::{
    cuts::Changes,
    fold::Fold,
    jumps::Jumps,
    latencies::Latencies,
    ledger::{Held, Holding, Write},
    read::{ReadError, read},
    track::{MOST_RUNS, Run, Track},
    write::{Memory, Sink, Tee, Writer},
};
use crate::{
    base::{CheckId, FaultId, HostId, IndexMap, ServiceId, StepId, StoryTime},
    expect::{Expectation, Found},
    plan::Plan,
    probe::{Answer, Client},
};

/// The version of the format, raised by each change that an old reader would misread.
pub const VERSION: u32 = 1;

/// A whole history.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// How it began.
    pub begin: Begin,
    /// What happened, but for the samples.
    pub records: Vec<Record>,
    /// The samples, for each service and client, in the order of these.
    pub tracks: Vec<Track>,
    /// When story time jumped.
    pub jumps: Jumps,
    /// The last moment that it tells of.
    pub last: StoryTime,
    /// Whether it breaks off before its end.
    pub cut: bool,
}

/// The first line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Begin {
    /// [`VERSION`].
    pub history_version: u32,
    /// The run's id.
    pub run: String,
    /// The world's name.
    pub world: String,
    /// What the reader has to know about the world.
    pub notes: Vec<String>,
    /// The hosts' addresses.
    pub addresses: IndexMap<HostId, String>,
    /// What was to be played.
    #[serde(with = "shared")]
    pub plan: Arc<Plan>,
}

/// A plan that is shared reads and is written like one that is not.
mod shared {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::plan::Plan;

    pub(super) fn serialize<S: Serializer>(plan: &Plan, serializer: S) -> Result<S::Ok, S::Error> {
        plan.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Arc<Plan>, D::Error> {
        Plan::deserialize(input).map(Arc::new)
    }
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// When, in microseconds of story time; a sample carries the moment of its launch.
    #[serde(rename = "at_micros")]
    pub at: StoryTime,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What can happen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum What {
    /// The rehearsal enters a phase.
    Phase {
        /// Which.
        phase: Phase,
    },
    /// An attempt at a step begins.
    StepStarted {
        /// Which.
        step: StepId,
        /// Counted from 1.
        attempt: u32,
    },
    /// A line that a step printed.
    StepOutput {
        /// Which.
        step: StepId,
        /// Without its end of line.
        line: String,
    },
    /// An attempt at a step, or a step that was not attempted, has ended.
    StepEnded {
        /// Which.
        step: StepId,
        /// How.
        outcome: StepOutcome,
        /// What was done, or why it failed.
        detail: String,
    },
    /// A fault went a step further.
    Fault {
        /// Which.
        fault: FaultId,
        /// How far.
        stage: FaultStage,
        /// What was seen.
        detail: String,
    },
    /// A probe was answered or given up.
    Sample(Sample),
    /// Of a write, the last was heard.
    Written(Write),
    /// The writes to a service were looked for.
    Read(Holding),
    /// Story time jumped forward to the time of this record.
    Passed {
        /// By how much, in microseconds.
        by_micros: u64,
    },
    /// Something was looked at for the end state.
    Observed {
        /// Which line of the end state.
        check: CheckId,
        /// Before or after the restart of the hosts.
        round: Round,
        /// What was found.
        found: Found,
    },
    /// A name or address outside that something in the world asked for, and did not get.
    EgressRefused(Refused),
    /// It could not be found out what was asked for outside.
    EgressUnseen {
        /// Why.
        why: String,
    },
    /// The rehearsal is over.
    End {
        /// How.
        ending: Ending,
        /// Why, where it is not complete.
        detail: String,
    },
}

/// The phases of a rehearsal, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// The world comes up.
    Up,
    /// Before the first step: every service must answer.
    Baseline,
    /// The steps.
    Migrate,
    /// What was done is undone.
    Rollback,
    /// Whatever fault is left is healed.
    Heal,
    /// Every service must answer again.
    Settle,
    /// The end state is looked at.
    Check,
    /// The hosts are restarted; downtime counts no more.
    Restart,
    /// The end state is looked at again.
    Recheck,
    /// The writes are looked for.
    Read,
    /// The world is taken down.
    Down,
}

impl Phase {
    /// Whether downtime counts in it.
    pub fn counts(self) -> bool {
        Self::Migrate <= self && self < Self::Restart
    }
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StepOutcome {
    /// As asked.
    Passed,
    /// Not as asked.
    Failed,
    /// It passed its deadline.
    TimedOut,
    /// The operator forgot it, as asked.
    Skipped,
    /// The migration ended before it.
    NotReached,
}

/// How far a fault has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultStage {
    /// Its trigger is awaited.
    Armed,
    /// It was made to happen.
    Injected,
    /// It could not be made to happen.
    InjectFailed,
    /// It was seen to bite.
    BiteVerified,
    /// It was looked for and not seen to bite.
    BiteNotSeen,
    /// It was made to end.
    Healed,
    /// It could not be made to end.
    HealFailed,
    /// It was seen to be gone.
    GoneVerified,
    /// It was seen to be there still.
    GoneNotSeen,
}

/// When the end state was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Round {
    /// After the migration.
    First,
    /// After the restart of the hosts.
    AfterRestart,
}

/// How a rehearsal ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// All phases were played.
    Complete,
    /// Somebody asked to stop.
    Interrupted,
    /// The world could not be had, or failed on the way.
    WorldFailed,
}

/// One probe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Of which service.
    pub service: ServiceId,
    /// From which client.
    pub client: Client,
    /// When it was launched: its question left for the service. When it began, where it did not come
    /// to that.
    #[serde(rename = "launched_micros")]
    pub launched: StoryTime,
    /// How many launches in a row it stands for, each with the same answer after the same time.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub count: u64,
    /// The time from launch to launch, where there are several.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub every_micros: u64,
    /// The host at the address that was asked, where one has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<HostId>,
    /// What came of it.
    pub answer: Answer,
    /// From its beginning to the answer, finding the name included.
    pub took_micros: u64,
    /// Why, where it is not up.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

const fn one() -> u64 {
    1
}
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_one(count: &u64) -> bool {
    *count == 1
}
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Sample {
    /// The launches that it stands for; one, but where a simulator knows that many are the same.
    pub fn launches(&self) -> impl DoubleEndedIterator<Item = StoryTime> + use<> {
        self.launches_from(0)
    }

    /// The same without the first ones: a simulator tells thousands in one.
    pub fn launches_from(&self, number: u64) -> impl DoubleEndedIterator<Item = StoryTime> + use<> {
        let (first, every) = (self.launched.0, self.every_micros);
        (number..self.count)
            .map(move |number| StoryTime(first.saturating_add(number.saturating_mul(every))))
    }

    /// The last of them.
    pub fn last_launch(&self) -> StoryTime {
        self.launches().next_back().unwrap_or(self.launched)
    }
}

/// Something outside that was refused.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Refused {
    /// Who asked: a host, or another member of the world.
    pub who: String,
    /// What for.
    pub name: String,
}

impl History {
    /// When the phase began, if it did.
    pub fn phase_began(&self, wanted: Phase) -> Option<StoryTime> {
        self.records.iter().find_map(|record| match record.what {
            What::Phase { phase } if phase == wanted => Some(record.at),
            _ => None,
        })
    }

    /// Whether the migration was rolled back, well or badly.
    pub fn rolled_back(&self) -> bool {
        self.phase_began(Phase::Rollback).is_some()
    }

    /// What must be true at its end.
    pub fn end_state(&self) -> &IndexMap<CheckId, Expectation> {
        let plan = &self.begin.plan;
        plan.rollback
            .as_ref()
            .filter(|_| self.rolled_back())
            .map_or(&plan.end_state, |it| &it.end_state)
    }

    /// How it ended, and why.
    pub fn ending(&self) -> Option<(Ending, &str)> {
        self.records.iter().rev().find_map(|record| match &record.what {
            What::End { ending, detail } => Some((*ending, detail.as_str())),
            _ => None,
        })
    }
}
