//! `filage plan`: what would happen.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::{
    args::{ChoiceArgs, PlainFormat, WithArgs},
    calibrate::real_runs,
    exit::{Exit, Failure, report},
    output::{print, print_json},
    run::given,
    seams::{Choices, FaultChoice, describe, load, load_overlay, resolve},
};
use crate::{
    explore::{self, RealRun, Window},
    plan::Plan,
    report::window as shown,
    scenario::{Overlay, Scenario},
};

const AFTER_HELP: &str = "\
Examples:
  filage plan scenarios/proxgroup
  filage plan scenarios/proxgroup --skip free-port-25
  filage plan scenarios/proxgroup --with worst.yaml  with the faults of an overlay
  filage plan scenarios/proxgroup --format json      every default written out
  filage plan scenarios/proxgroup --runs runs/proxgroup-*   with what real runs have shown

The downtime to announce is an order statistic (split conformal prediction): of N runs that are like each \
other, the next is at most as long as the k-th shortest with the probability that stands before it, where \
k = ceil((N + 1) * probability). 4 runs are needed for 80 %, 9 for 90 %, 19 for 95 %. The simulator's own \
nights are like real ones only as far as it knows the durations; `--runs` corrects it by how far it was off \
for each of these runs, and then N is their number. Give runs that `filage calibrate` did not learn from.

Exit codes: 0 it can be played, 2 bad input.";

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct PlanArgs {
    /// The scenario's folder
    #[arg(value_name = "DIR")]
    dir: PathBuf,

    #[command(flatten)]
    choices: ChoiceArgs,

    /// Rehearse it so often in the simulator for the downtime to announce; 0 leaves that out
    #[arg(long, value_name = "N", default_value_t = 99, value_parser = clap::value_parser!(u64).range(..=100_000))]
    rehearsals: u64,

    /// Correct that by these runs on real hosts
    #[arg(long, value_name = "RUN", num_args = 1..)]
    runs: Vec<PathBuf>,

    /// How it is printed; `json` is the whole plan with every default written out
    #[arg(long, value_enum, default_value = "human")]
    format: PlainFormat,
}

/// The plan, and what to announce.
#[derive(Serialize)]
struct Planned<'a> {
    #[serde(flatten)]
    plan: &'a Plan,
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<&'a Window>,
}

pub(super) fn main(args: &PlanArgs) -> Result<Exit, Failure> {
    let plan = resolved(&args.dir, &args.choices)?;
    let window = window(args, &plan)?;
    match args.format {
        PlainFormat::Human => {
            print(&(describe(&plan) + &window.as_ref().map(shown::render).unwrap_or_default()));
        }
        PlainFormat::Json => print_json(&Planned { plan: &plan, window: window.as_ref() }),
    }
    Ok(Exit::Pass)
}

/// The downtime to announce.
fn window(args: &PlanArgs, plan: &Plan) -> Result<Option<Window>, Failure> {
    let runs = real_runs(&args.runs, &plan.scenario)?;
    if args.rehearsals == 0 {
        return Ok(None);
    }
    let given = given(&args.dir, plan)?;
    let runs: Vec<_> = runs.into_iter().map(RealRun::of).collect();
    Ok(Some(explore::window(plan, given, args.rehearsals, &runs)))
}

/// What lies over the scenario in a folder.
pub(super) fn overlay(
    dir: &Path,
    with: &WithArgs,
    scenario: &Scenario,
) -> Result<Option<Overlay>, Failure> {
    let read = |file: &PathBuf| load_overlay(dir, file, scenario).map_err(Failure::bad_input);
    with.with.as_ref().map(read).transpose()
}

/// The plan of the scenario in a folder, and of what lies over it.
pub(super) fn resolved(dir: &Path, choices: &ChoiceArgs) -> Result<Plan, Failure> {
    let mut scenario = load(dir).map_err(Failure::bad_input)?;
    let mut chosen = choices.to_choices();
    if let Some(overlay) = overlay(dir, &choices.with, &scenario)? {
        chosen = chosen.under(&overlay);
        chosen.seed = choices.seed.or(overlay.seed).unwrap_or_default();
        scenario = overlay.over(scenario);
    }
    let hint = "`filage plan DIR` lists the steps and faults that there are";
    let mut plan = resolve(&scenario, &chosen)
        .map_err(|error| Failure::bad_input(report(error, Some(hint))))?;
    plan.overlay = choices.with.with.as_ref().map(|file| file.display().to_string());
    Ok(plan)
}

impl ChoiceArgs {
    /// All of a scenario as it is, with what lies over it.
    pub(super) fn of(with: WithArgs) -> Self {
        Self { with, ..Self::default() }
    }

    fn to_choices(&self) -> Choices {
        let faults = match (self.no_faults, self.fault.is_empty()) {
            (true, _) => FaultChoice::None,
            (false, true) => FaultChoice::All,
            (false, false) => FaultChoice::Only(self.fault.clone()),
        };
        let seed = self.seed.unwrap_or_default();
        Choices { seed, faults, skip: self.skip.clone(), until: self.until.clone() }
    }
}
