//! What an exploration found. `filage explore --format json` prints it: fields are added, never renamed.

use std::collections::BTreeSet;

use serde::{Serialize, Serializer};

use super::{Advice, Failure, Moment, Outcome, Schedule};
use crate::base::StepId;

/// All of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Findings {
    /// The scenario's name.
    pub scenario: String,
    /// The seed of every rehearsal, and of what chance chose.
    pub seed: u64,
    /// How many rehearsals were played.
    pub rehearsals: usize,
    /// How long that took; known to whoever has a clock.
    pub wall_seconds: f64,
    /// Whether it was ended before everything was played.
    pub partial: bool,
    /// How the migration fails as it is, without anything else going wrong.
    pub as_it_is: BTreeSet<Failure>,
    /// The one change that would help it most as it is.
    pub advice: Option<Advice>,
    /// Each mishap at each step.
    pub cells: Vec<Cell>,
    /// For each kind of failure, and each kind of mishap that leads to it, the smallest schedule that
    /// shows it; the worst first.
    pub minimal: Vec<Minimal>,
    /// What was played of what there is.
    pub coverage: Vec<Coverage>,
}

/// One mishap at one step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cell {
    /// The kind of fault.
    pub fault: &'static str,
    /// What it strikes.
    pub target: String,
    /// At which step.
    pub step: StepId,
    /// When.
    pub moment: Moment,
    /// How, where there is more than one way at that moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// How it came out.
    pub outcome: Outcome,
    /// Everything that failed.
    pub failures: BTreeSet<Failure>,
}

/// A schedule of which nothing can be left out without losing a failure that it shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Minimal {
    /// How bad it is.
    pub outcome: Outcome,
    /// The failures for which nothing smaller of its kind was found.
    pub failures: BTreeSet<Failure>,
    /// All that goes wrong.
    #[serde(serialize_with = "in_words")]
    pub schedule: Schedule,
    /// The verdict's own words for the worst of them.
    pub why: String,
    /// The one change of the migration that would help most; none where nothing that is known here does.
    pub advice: Option<Advice>,
    /// The file that plays it again; none until it was written.
    pub overlay: Option<String>,
    /// What came of it on real containers, where it was played there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<Confirmed>,
}

/// A schedule of the simulator on real containers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Confirmed {
    /// Whether the same failed there.
    pub agrees: bool,
    /// Everything that failed there.
    pub failures: BTreeSet<Failure>,
    /// The folder of that run.
    pub run: String,
}

/// How much of something was played.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// What.
    pub what: &'static str,
    /// How many were played.
    pub played: usize,
    /// Of how many.
    pub of: usize,
    /// Why the others were not.
    pub left_out: String,
}

fn in_words<S: Serializer>(schedule: &Schedule, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(schedule.0.iter().map(ToString::to_string))
}

impl Findings {
    /// The worst of all that was found.
    pub fn worst(&self) -> Outcome {
        let minimal = self.minimal.iter().map(|minimal| minimal.outcome);
        minimal.chain(self.cells.iter().map(|cell| cell.outcome)).max().unwrap_or(Outcome::Survived)
    }

    /// How many cells came out like that.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.cells.iter().filter(|cell| cell.outcome == outcome).count()
    }
}
