//! What `verdict.json` holds. Other people's CI reads it: fields are added, never renamed.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Ruling, Seconds};
use crate::{
    base::{CheckId, FaultId, HostId, ServiceId, StepId},
    history::{Refused, StepOutcome},
    probe::Client,
};

/// The version of `verdict.json`, raised by each change that an old reader would misread.
pub const SCHEMA_VERSION: u32 = 1;

/// What a rehearsal proved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// The version of this format.
    pub schema_version: u32,
    /// The scenario's name.
    pub scenario: String,
    /// The run's id.
    pub run: String,
    /// Where it was played.
    pub world: String,
    /// What the reader has to know about that world.
    pub notes: Vec<String>,
    /// The seed with which it can be played again.
    pub seed: u64,
    /// Over all; the worst of the reasons.
    pub verdict: Ruling,
    /// Why it is no pass, the most important first.
    pub reasons: Vec<Reason>,
    /// How long it took on the clock of the migration.
    pub story_seconds: Seconds,
    /// Each service that was probed or has a budget, as each of its clients saw it.
    pub services: Vec<ServiceVerdict>,
    /// Each budget for several services together.
    pub groups: Vec<GroupVerdict>,
    /// What writers wrote and what was found at the end. Empty where a scenario has no writers.
    pub ledger: Vec<LedgerVerdict>,
    /// Each line of the end state.
    pub end_state: Vec<EndStateVerdict>,
    /// Each fault that this rehearsal had.
    pub faults: Vec<FaultVerdict>,
    /// Each step.
    pub steps: Vec<StepVerdict>,
    /// What was asked for outside the world, and not had.
    pub egress_refused: Vec<Refused>,
}

/// Why a verdict is no pass.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reason {
    /// What it is about.
    pub kind: ReasonKind,
    /// What it makes of the verdict.
    pub verdict: Ruling,
    /// A sentence for people.
    pub text: String,
    /// The service it speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceId>,
    /// The step it speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<StepId>,
    /// The host it speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<HostId>,
    /// The fault it speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<FaultId>,
}

impl Reason {
    /// A reason that names nothing in particular yet.
    pub(super) fn new(kind: ReasonKind, verdict: Ruling, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { kind, verdict, text, service: None, step: None, host: None, fault: None }
    }
}

/// What a [`Reason`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReasonKind {
    /// The rehearsal was not played to its end.
    Incomplete,
    /// A step.
    Step,
    /// The downtime of a service.
    Service,
    /// The downtime of several services together.
    Group,
    /// A line of the end state.
    EndState,
    /// A fault.
    Fault,
}

/// A length of time that is only known to lie between two bounds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Interval {
    /// It was at least this.
    pub min_seconds: Seconds,
    /// It was at most this.
    pub max_seconds: Seconds,
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (min, max) = (self.min_seconds.to_string(), self.max_seconds.to_string());
        if min == max { f.pad(&min) } else { f.pad(&format!("{min} to {max}")) }
    }
}

/// The downtime of a service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServiceVerdict {
    /// Its id.
    pub name: ServiceId,
    /// Where the probes looked from.
    pub client: Client,
    /// All its outages together.
    pub downtime: Interval,
    /// What was allowed.
    pub budget_seconds: Option<Seconds>,
    /// Whether that holds.
    pub verdict: Ruling,
    /// An outage shorter than this could have gone unseen.
    pub unseen_seconds_max: Option<Seconds>,
    /// What the probes found during the migration.
    pub samples: Samples,
    /// Each outage.
    pub outages: Vec<Outage>,
    /// What the last failed probe said.
    pub last_error: Option<String>,
}

/// How many probes found what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Samples {
    /// As expected.
    pub up: u64,
    /// Another answer than expected.
    pub wrong: u64,
    /// No answer.
    pub down: u64,
    /// The probe could not be sent.
    pub none: u64,
}

/// A time without a good answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Outage {
    /// The launch of the first bad probe.
    pub from: Seconds,
    /// The launch of the first good probe after it; null where it was still down at the end.
    pub to: Option<Seconds>,
    /// From the first bad probe to the last.
    pub min_seconds: Seconds,
    /// From the good probe before to the good probe after.
    pub max_seconds: Seconds,
    /// What it is put down to, the largest share first.
    pub causes: Vec<Cause>,
}

/// What an outage is put down to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cause {
    /// A step or a fault.
    pub kind: CauseKind,
    /// Its id.
    pub id: String,
    /// How much of the outage it lay over, from 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
}

/// See [`Cause`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CauseKind {
    /// A step.
    Step,
    /// A fault.
    Fault,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            CauseKind::Step => write!(f, "step `{}`", self.id),
            CauseKind::Fault => write!(f, "fault `{}`", self.id),
        }
    }
}

/// The time during which at least one of several services was down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GroupVerdict {
    /// Its name.
    pub name: String,
    /// The services.
    pub services: Vec<ServiceId>,
    /// The union of their outages, not the sum.
    pub downtime: Interval,
    /// What was allowed.
    pub budget_seconds: Seconds,
    /// Whether that holds.
    pub verdict: Ruling,
}

/// What became of the writes to a service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LedgerVerdict {
    /// Which service.
    pub service: ServiceId,
    /// Writes that it said it took.
    pub acknowledged: u64,
    /// Acknowledged, and nowhere.
    pub lost: u64,
    /// Acknowledged, and only on the old host.
    pub stranded: u64,
    /// There more than once.
    pub duplicate: u64,
    /// Neither acknowledged nor refused, and there.
    pub recovered: u64,
    /// There, and never written.
    pub unexpected: u64,
    /// Whether that is as it must be.
    pub verdict: Ruling,
}

/// A line of the end state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EndStateVerdict {
    /// Its id.
    pub id: CheckId,
    /// Both looks together.
    pub verdict: Ruling,
    /// In words.
    pub expected: String,
    /// What was found after the migration, in words.
    pub found: String,
    /// The second look.
    pub after_restart: Look,
}

/// What a look at a line of the end state found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Look {
    /// Whether it holds.
    pub verdict: Ruling,
    /// What was found, in words.
    pub found: String,
}

/// How far a fault came. It counts only if it was seen to bite and seen to be gone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FaultVerdict {
    /// Its id.
    pub id: FaultId,
    /// The word that the scenario uses.
    pub kind: String,
    /// When it was made to happen.
    pub injected_at: Option<Seconds>,
    /// Whether it was seen to bite.
    pub bite_verified: bool,
    /// When it was made to end.
    pub healed_at: Option<Seconds>,
    /// Whether it was seen to be gone.
    pub gone_verified: bool,
    /// Whether it counts.
    pub verdict: Ruling,
    /// What was seen last.
    pub detail: String,
}

/// How a step went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StepVerdict {
    /// Its id.
    pub id: StepId,
    /// What it does.
    pub summary: String,
    /// When its first attempt began.
    pub started_at: Option<Seconds>,
    /// When its last attempt ended.
    pub ended_at: Option<Seconds>,
    /// How; null where the history breaks off before.
    pub outcome: Option<StepOutcome>,
    /// Whether that is as it must be: a failure that the scenario allows is.
    pub verdict: Ruling,
    /// How often it was tried.
    pub attempts: u32,
    /// What was done, or why it failed.
    pub detail: String,
}
