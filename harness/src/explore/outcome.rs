//! What a verdict makes of a schedule: which promises it broke, and the worst of that in one word.

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};

use crate::check::{GroupVerdict, LedgerVerdict, Reason, ReasonKind, Ruling, Verdict};

/// How a rehearsal came out, from good to bad; of several, the worst counts. Promises to users stand
/// before the operator's own trouble: `stuck` says that the migration did not reach its end, and that
/// neither a budget nor a write was lost over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It passed all the same.
    Survived,
    /// It could not be seen well enough.
    Unknown,
    /// A step failed for good, or the end state does not hold.
    Stuck,
    /// A service was down for longer than it may be, or to the end.
    BudgetBroken,
    /// A write that was acknowledged is lost, left behind, or there twice.
    DataLost,
}

impl Outcome {
    /// All of them, from good to bad.
    pub const ALL: [Self; 5] =
        [Self::Survived, Self::Unknown, Self::Stuck, Self::BudgetBroken, Self::DataLost];
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Survived => "survived",
            Self::Unknown => "unknown",
            Self::Stuck => "stuck",
            Self::BudgetBroken => "budget broken",
            Self::DataLost => "data lost",
        })
    }
}

/// One way in which a rehearsal failed: the outcome, and what failed. Two rehearsals that fail in the
/// same way show the same weakness.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Failure {
    /// How bad it is.
    pub outcome: Outcome,
    /// The service, the group of a budget, the migration itself, or its end state.
    pub what: String,
}

impl Failure {
    /// Whether it is only that a fault was not seen to do what it says.
    pub(super) fn is_unseen_fault(&self) -> bool {
        self.outcome == Outcome::Unknown && self.what == kind_word(ReasonKind::Fault)
    }
}

/// All the ways in which a rehearsal failed; none of one that passed. The only place where a verdict
/// becomes outcomes:
///
/// - data lost: writes of a service that were acknowledged are lost, stranded, or there twice;
/// - budget broken: a service or a group was down for longer than it may be, stays down to the end, or
///   takes no write any more;
/// - stuck: a step failed for good; where none did, a line of the end state does not hold, or anything
///   else fails;
/// - unknown: the verdict is unknown, and nothing of the above was seen.
pub fn failures(verdict: &Verdict) -> BTreeSet<Failure> {
    let failing = |reason: &&Reason| reason.verdict == Ruling::Fail;
    let mut all: BTreeSet<_> =
        verdict.reasons.iter().filter(failing).filter_map(|it| failure(verdict, it)).collect();
    if all.iter().any(|failure| failure.what == MIGRATION) {
        // That the end state does not hold only follows from it.
        all.retain(|failure| failure.what != END_STATE);
    }
    if let (true, Some(reason)) = (all.is_empty(), verdict.reasons.first()) {
        let outcome = Outcome::Unknown;
        all.insert(Failure { outcome, what: kind_word(reason.kind).to_owned() });
    }
    all
}

/// What the failure of a step is one of.
const MIGRATION: &str = "migration";
/// What a rollback that fails, or takes too long, is one of.
const ROLLBACK: &str = "rollback";
/// What a line of the end state that does not hold is one of.
const END_STATE: &str = "end state";

/// The failure that a reason tells of.
fn failure(verdict: &Verdict, reason: &Reason) -> Option<Failure> {
    let service = || reason.service.as_ref().map(ToString::to_string);
    let (outcome, what) = match reason.kind {
        ReasonKind::Ledger if has_lost(verdict, reason) => (Outcome::DataLost, service()?),
        ReasonKind::Ledger | ReasonKind::Service => (Outcome::BudgetBroken, service()?),
        ReasonKind::Group => {
            let told = |group: &&GroupVerdict| reason.text.contains(&format!("`{}`", group.name));
            (Outcome::BudgetBroken, verdict.groups.iter().find(told)?.name.clone())
        }
        ReasonKind::Rollback if is_late(verdict) => (Outcome::BudgetBroken, ROLLBACK.to_owned()),
        ReasonKind::Rollback => (Outcome::Stuck, ROLLBACK.to_owned()),
        ReasonKind::EndState => (Outcome::Stuck, END_STATE.to_owned()),
        ReasonKind::Step | ReasonKind::Fault | ReasonKind::Incomplete => {
            (Outcome::Stuck, MIGRATION.to_owned())
        }
    };
    Some(Failure { outcome, what })
}

/// Whether the rollback came to its end, but not in time.
fn is_late(verdict: &Verdict) -> bool {
    verdict.rollback.as_ref().is_some_and(|rollback| rollback.took.is_some())
}

/// Whether a ledger fails for writes that are not where they must be.
fn has_lost(verdict: &Verdict, reason: &Reason) -> bool {
    let of_it = |ledger: &&LedgerVerdict| Some(&ledger.service) == reason.service.as_ref();
    let ledgers = verdict.ledger.iter().filter(of_it);
    ledgers.map(|it| it.lost + it.stranded + it.duplicate).sum::<u64>() > 0
}

/// The reason that tells of a failure.
pub(super) fn why<'a>(verdict: &'a Verdict, of: &Failure) -> Option<&'a Reason> {
    let mut failing = verdict.reasons.iter().filter(|reason| reason.verdict == Ruling::Fail);
    failing.find(|reason| failure(verdict, reason).as_ref() == Some(of))
}

/// The worst of them.
pub(super) fn worst(failures: &BTreeSet<Failure>) -> Outcome {
    failures.iter().map(|failure| failure.outcome).max().unwrap_or(Outcome::Survived)
}

/// What it was that nobody could see.
fn kind_word(kind: ReasonKind) -> &'static str {
    match kind {
        ReasonKind::Incomplete => "the end of the rehearsal",
        ReasonKind::Step => "a step",
        ReasonKind::Service => "a service",
        ReasonKind::Group => "a group of services",
        ReasonKind::Rollback => "the rollback",
        ReasonKind::Ledger => "writes",
        ReasonKind::EndState => "the end state",
        ReasonKind::Fault => "a fault",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        check::{testing::Story, verdict},
        history::{Ending, StepOutcome},
    };

    fn told(story: &Story) -> String {
        let failures = failures(&verdict(&story.history()));
        let told: Vec<_> =
            failures.iter().map(|it| format!("{}: {}", it.outcome, it.what)).collect();
        told.join(", ")
    }

    #[test]
    fn each_verdict_has_its_outcome() {
        let story = |budget| {
            Story::new()
                .service("links", Some(budget))
                .start_step("start-links", "links", "new")
                .begin_migrate()
        };
        let passed =
            |story: Story| story.played("start-links", 1_000, 2_000, StepOutcome::Passed, "");
        let failed =
            |story: Story| story.played("start-links", 1_000, 2_000, StepOutcome::Failed, "");
        let good = |story: Story| story.sampled("links", 0..9_000, ".........").complete(9_000);
        let bad = |story: Story| story.sampled("links", 0..9_000, "..xxx....").complete(9_000);
        for (expected, story) in [
            ("", good(passed(story("5s")))),
            ("budget broken: links", bad(passed(story("1s")))),
            ("stuck: migration", good(failed(story("5s")))),
            ("stuck: migration, budget broken: links", bad(failed(story("1s")))),
            (
                "unknown: the end of the rehearsal",
                passed(story("5s")).ended(9_000, Ending::Interrupted, ""),
            ),
        ] {
            assert_eq!(told(&story), expected);
        }
        assert_eq!(worst(&[].into()), Outcome::Survived);
    }
}
