//! What `verdict.json` holds of the ledger.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::{Ruling, Seconds};
use crate::{
    base::{HostId, ServiceId, StepId},
    probe::Client,
};

/// What became of the writes to a service. Each acknowledged write counts in exactly one of
/// `present`, `duplicate`, `lost`, `stranded` and `unseen`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LedgerVerdict {
    /// Which service.
    pub service: ServiceId,
    /// From where it was written to.
    pub client: Client,
    /// The host where the service that keeps the data ended up.
    pub host: HostId,
    /// Writes that it said it took.
    pub acknowledged: u64,
    /// Writes that it refused, or that nobody was there for.
    pub failed: u64,
    /// Writes that were sent, and to which nobody said yes or no.
    pub indeterminate: u64,
    /// Writes that were left out because all lanes were busy.
    pub skipped: u64,
    /// Acknowledged, and there, as often as it may be.
    pub present: u64,
    /// Acknowledged, and nowhere.
    pub lost: u64,
    /// Acknowledged, and only on another host than the one where the service ended up.
    pub stranded: u64,
    /// There more often than it was written.
    pub duplicate: u64,
    /// Neither acknowledged nor refused, and there.
    pub recovered: u64,
    /// There, though it was refused or never written.
    pub unexpected: u64,
    /// Acknowledged, and what the service holds where it ended up could not be read.
    pub unseen: u64,
    /// Of those that are as they may be, the ones that are there more than once because the sender
    /// sent them again when nobody answered.
    pub sent_again: u64,
    /// When the last write was acknowledged.
    pub last_acknowledged_at: Option<Seconds>,
    /// What was found on each host, the one where the service ended up first.
    pub holdings: Vec<HostHolding>,
    /// The first of the writes that are not as they must be.
    pub examples: Vec<LedgerExample>,
    /// Writes that another host acknowledged after users had been led to the one where the service
    /// ended up.
    pub late_writes: LateWrites,
    /// Whether that is as it must be.
    pub verdict: Ruling,
}

impl LedgerVerdict {
    /// What became of the writes, in a line.
    pub fn summary(&self) -> String {
        let kept = [
            (self.present, "there"),
            (self.lost, "lost"),
            (self.stranded, "stranded"),
            (self.duplicate, "there more often than written"),
            (self.unseen, "not seen"),
        ];
        let all = self.acknowledged > 0 && self.present == self.acknowledged;
        let kept: Vec<String> = match all && self.duplicate == 0 {
            true => vec!["all there".to_owned()],
            false => counted(&kept),
        };
        let recovered = match self.recovered {
            0 => "unanswered".to_owned(),
            some => format!("unanswered ({some} of them there)"),
        };
        let beside = counted(&[
            (self.failed, "not taken"),
            (self.indeterminate, &recovered),
            (self.sent_again, "there more than once, as they were sent again"),
            (self.unexpected, "there that should not be"),
            (self.late_writes.count, "taken by another host after the change"),
            (self.skipped, "left out"),
        ]);
        let mut words = format!("{} acknowledged", self.acknowledged);
        for (sep, parts) in [(", ", kept), ("; ", beside)] {
            if !parts.is_empty() {
                words += sep;
                words += &parts.join(", ");
            }
        }
        words
    }
}

/// Those that there are, with their number.
fn counted(counts: &[(u64, &str)]) -> Vec<String> {
    let some = counts.iter().filter(|(count, _)| *count > 0);
    some.map(|(count, words)| format!("{count} {words}")).collect()
}

/// What was found on a host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HostHolding {
    /// Which.
    pub host: HostId,
    /// In words.
    pub found: String,
}

/// A write that is not as it must be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LedgerExample {
    /// What was written.
    pub id: String,
    /// What is wrong with it.
    pub class: LedgerClass,
    /// When it was begun; null where it never was.
    pub launched_at: Option<Seconds>,
    /// When it was answered.
    pub answered_at: Option<Seconds>,
    /// The steps that ran meanwhile.
    pub during: Vec<StepId>,
    /// Where it was found, and how often.
    pub found: Vec<Copies>,
}

/// How often a write is on a host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Copies {
    /// Where.
    pub host: HostId,
    /// How often.
    pub times: u64,
}

/// What can be wrong with a write.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum LedgerClass {
    /// Acknowledged, and nowhere.
    Lost,
    /// Acknowledged, and only where the service is no more.
    Stranded,
    /// There more often than it was written.
    Duplicate,
    /// There, though it was refused or never written.
    Unexpected,
}

/// Writes that went to the wrong host.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LateWrites {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub first: Vec<LateWrite>,
}

/// A write that went to the wrong host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LateWrite {
    /// What was written.
    pub id: String,
    /// When it was begun.
    pub at: Seconds,
    /// From where.
    pub client: Client,
    /// Who took it.
    pub host: HostId,
    /// The address of that host.
    pub address: Option<String>,
}
