//! What `verdict.json` holds. Other people's CI reads it: fields are added, never renamed.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{LedgerVerdict, Ruling, Seconds};
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
    /// What came of the rollback, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<RollbackVerdict>,
    /// What writers wrote and what was found at the end. Empty where a scenario has no writers.
    pub ledger: Vec<LedgerVerdict>,
    /// Each line of the end state; after a rollback, that all is where it was before.
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
    /// The client that saw it so, where it speaks of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<Client>,
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
        Self {
            kind,
            verdict,
            text,
            service: None,
            client: None,
            step: None,
            host: None,
            fault: None,
        }
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
    /// What a rollback came to.
    Rollback,
    /// What became of the writes to a service.
    Ledger,
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
    /// The same while steps stop, start or point it, or what it needs; null where none did.
    pub unseen_around_changes_seconds_max: Option<Seconds>,
    /// What the probes found during the migration.
    pub samples: Samples,
    /// Each outage.
    pub outages: Vec<Outage>,
    /// Each row of outages between which it never recovered.
    pub flapping: Vec<Flapping>,
    /// Each time in which it answered as expected, but late.
    pub slow_times: Vec<SlowTime>,
    /// How long good answers took during the migration; null where there was none.
    pub latency: Option<Latency>,
    /// What the last failed probe said.
    pub last_error: Option<String>,
    /// What would shorten the downtime most, where one phase makes up half of it or more.
    pub advice: Option<String>,
}

/// Several outages with little time between them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Flapping {
    /// The launch of the first bad probe.
    pub from: Seconds,
    /// The launch of the first good probe after the last outage; null where it was still down.
    pub to: Option<Seconds>,
    /// How many.
    pub outages: u64,
    /// All of them together.
    pub downtime: Interval,
}

/// A time in which a service answered late.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SlowTime {
    /// The launch of the first slow probe.
    pub from: Seconds,
    /// The launch of the first probe after it that was not slow; null where there was none.
    pub to: Option<Seconds>,
    /// From the first slow probe to the last.
    pub min_seconds: Seconds,
    /// From the probe before it to the probe after it.
    pub max_seconds: Seconds,
    /// How many answers were slow.
    pub answers: u64,
}

impl SlowTime {
    /// How long it lasted.
    pub(crate) fn length(&self) -> Interval {
        Interval { min_seconds: self.min_seconds, max_seconds: self.max_seconds }
    }
}

/// How long good answers took, to two digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Latency {
    /// Half of them took no longer.
    pub p50_seconds: Seconds,
    /// Nine of ten took no longer.
    pub p90_seconds: Seconds,
    /// 99 of 100 took no longer.
    pub p99_seconds: Seconds,
    /// None took longer.
    pub max_seconds: Seconds,
}

impl ServiceVerdict {
    /// Its name, with the client where that is not the usual one.
    pub(crate) fn title(&self) -> String {
        match self.client {
            Client::Fresh => self.name.to_string(),
            client => format!("{} ({client})", self.name),
        }
    }

    /// Its downtime against its budget.
    pub(crate) fn in_words(&self) -> String {
        if let Some(unseen) = self.unseen() {
            return unseen;
        }
        let of = self.budget_seconds.map_or_else(String::new, |budget| format!(" of {budget}"));
        let mut words = format!("down {}{of}", self.downtime);
        match self.outages.len() {
            0 | 1 => {}
            many => words += &format!(" in {many} outages"),
        }
        if !self.flapping.is_empty() {
            words += ", flapping";
        }
        words
    }

    /// For how long it was slow, if it was.
    pub(crate) fn slow(&self) -> Option<Interval> {
        let sum = |of: fn(&SlowTime) -> Seconds| {
            self.slow_times.iter().map(|time| of(time).0).sum::<crate::base::Duration>().into()
        };
        (!self.slow_times.is_empty()).then(|| Interval {
            min_seconds: sum(|time| time.min_seconds),
            max_seconds: sum(|time| time.max_seconds),
        })
    }

    /// What is said where nobody looked enough to tell a downtime: "0s" would be a claim.
    pub(crate) fn unseen(&self) -> Option<String> {
        match self.unseen_seconds_max {
            None => Some("not seen".to_owned()),
            Some(hole) if self.verdict == Ruling::Unknown && self.outages.is_empty() => {
                Some(format!("not seen for {hole}"))
            }
            Some(_) => None,
        }
    }
}

/// How many probes found what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Samples {
    /// As expected.
    pub up: u64,
    /// As expected, but late.
    pub slow: u64,
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
    /// What it was spent with; together as long as `max_seconds`.
    pub phases: Vec<OutagePhase>,
}

impl Outage {
    /// How long it lasted.
    pub(crate) fn length(&self) -> Interval {
        Interval { min_seconds: self.min_seconds, max_seconds: self.max_seconds }
    }

    /// Its phases, whatever the step, the longest first.
    pub(crate) fn split(&self) -> Vec<(PhaseKind, f64)> {
        let mut split: Vec<(PhaseKind, f64)> = vec![];
        for phase in &self.phases {
            match split.iter_mut().find(|(kind, _)| *kind == phase.phase) {
                Some((_, share)) => *share += phase.share,
                None => split.push((phase.phase, phase.share)),
            }
        }
        split.sort_by(|a, b| b.1.total_cmp(&a.1));
        split
    }
}

/// A part of an outage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutagePhase {
    /// What went on.
    pub phase: PhaseKind,
    /// For how long.
    pub seconds: Seconds,
    /// How much of the outage that is, from 0 to 1. All shares together are 1.
    pub share: f64,
    /// The step that stands for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<StepId>,
}

/// What can go on while a service is down.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum PhaseKind {
    /// Its data, image or volume is brought to where it will run.
    Transferring,
    /// It is started, or was started and does not answer yet.
    Starting,
    /// It is stopped.
    Stopped,
    /// Another step works on it.
    Working,
    /// It runs, and clients ask elsewhere; the step is the one that will point them, if that is to come.
    WaitingForDns,
    /// Its port is somebody else's.
    RefusedByPort,
    /// Its start has failed, and nobody tries again.
    StartFailed,
    /// A network is down that it cannot do without.
    Network,
    /// A fault is there that it can feel, of another kind.
    Faulted,
    /// It is stopped, and nobody works on it.
    Idle,
    /// It should be up, as far as the steps tell.
    Unexplained,
}

impl fmt::Display for PhaseKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Transferring => "transferring",
            Self::Starting => "starting",
            Self::Stopped => "stopping",
            Self::Working => "another step",
            Self::WaitingForDns => "waiting for DNS",
            Self::RefusedByPort => "a taken port",
            Self::StartFailed => "a failed start",
            Self::Network => "a dead network",
            Self::Faulted => "a fault",
            Self::Idle => "idle",
            Self::Unexplained => "unexplained",
        })
    }
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

impl GroupVerdict {
    /// The downtime against the budget.
    pub(crate) fn in_words(&self) -> String {
        let down = || format!("down {} of {}", self.downtime, self.budget_seconds);
        self.unseen().unwrap_or_else(down)
    }

    /// See [`ServiceVerdict::unseen`].
    pub(crate) fn unseen(&self) -> Option<String> {
        let unseen = self.verdict == Ruling::Unknown && self.downtime == Interval::default();
        unseen.then(|| "not seen".to_owned())
    }
}

/// What a rollback came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RollbackVerdict {
    /// The step whose failure led to it.
    pub step: StepId,
    /// When that had failed.
    pub failed_at: Seconds,
    /// When the last step was undone; null where not all was.
    pub undone_at: Option<Seconds>,
    /// From the failure until all was undone and every service answered where it did before; null where
    /// that never came.
    pub took: Option<Interval>,
    /// What was allowed.
    pub budget_seconds: Option<Seconds>,
    /// Whether all of that is as it must be.
    pub verdict: Ruling,
}

impl RollbackVerdict {
    /// How long it took against its budget.
    pub(crate) fn in_words(&self) -> String {
        let of = self.budget_seconds.map_or_else(String::new, |budget| format!(" of {budget}"));
        match (self.took, self.undone_at) {
            (Some(took), _) => format!("undone, and every service back, in {took}{of}"),
            (None, Some(_)) => "undone, but not every service is back".to_owned(),
            (None, None) => "not all was undone".to_owned(),
        }
    }
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
