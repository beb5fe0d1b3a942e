//! `filage plan`: what would happen.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{
    args::{ChoiceArgs, PlainFormat},
    exit::{Exit, Failure, report},
    output::{print, print_json},
    seams::{Choices, FaultChoice, describe, load, resolve},
};
use crate::plan::Plan;

const AFTER_HELP: &str = "\
Examples:
  filage plan scenarios/proxgroup
  filage plan scenarios/proxgroup --skip free-port-25
  filage plan scenarios/proxgroup --format json      every default written out

Exit codes: 0 it can be played, 2 bad input.";

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct PlanArgs {
    /// The scenario's folder
    #[arg(value_name = "DIR")]
    dir: PathBuf,

    #[command(flatten)]
    choices: ChoiceArgs,

    /// How it is printed; `json` is the whole plan with every default written out
    #[arg(long, value_enum, default_value = "human")]
    format: PlainFormat,
}

pub(super) fn main(args: &PlanArgs) -> Result<Exit, Failure> {
    let plan = resolved(&args.dir, &args.choices)?;
    match args.format {
        PlainFormat::Human => print(&describe(&plan)),
        PlainFormat::Json => print_json(&plan),
    }
    Ok(Exit::Pass)
}

/// The plan of the scenario in a folder.
pub(super) fn resolved(dir: &Path, choices: &ChoiceArgs) -> Result<Plan, Failure> {
    let scenario = load(dir).map_err(Failure::bad_input)?;
    let hint = "`filage plan DIR` lists the steps and faults that there are";
    resolve(&scenario, &choices.to_choices())
        .map_err(|error| Failure::bad_input(report(error, Some(hint))))
}

impl ChoiceArgs {
    /// All of a scenario as it is.
    pub(super) fn nothing_special() -> Self {
        Self { seed: 0, fault: vec![], no_faults: false, skip: vec![], until: None }
    }

    fn to_choices(&self) -> Choices {
        let faults = match (self.no_faults, self.fault.is_empty()) {
            (true, _) => FaultChoice::None,
            (false, true) => FaultChoice::All,
            (false, false) => FaultChoice::Only(self.fault.clone()),
        };
        Choices { seed: self.seed, faults, skip: self.skip.clone(), until: self.until.clone() }
    }
}
