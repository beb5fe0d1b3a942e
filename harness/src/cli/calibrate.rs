//! `filage calibrate`: teaches the simulator how long the steps of a scenario take.

use std::{fs, path::PathBuf};

use clap::Args;

use super::{
    exit::{Exit, Failure, report},
    folder::Folder,
    output::print,
    seams::load,
};
use crate::{history::History, scenario::TIMINGS, sim};

const AFTER_HELP: &str = "\
Examples:
  filage calibrate runs/proxgroup-* --into scenarios/proxgroup

It writes timings.yaml into the scenario's folder: least, median and most of what each step took. \
Review it like any other file; without it, the simulator goes by defaults for each verb.

Exit codes: 0 written, 2 bad input: another scenario's run, a simulated run, no run that can be read.";

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct CalibrateArgs {
    /// The folders of runs on real hosts
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<PathBuf>,

    /// The scenario's folder
    #[arg(long, value_name = "DIR")]
    into: PathBuf,
}

pub(super) fn main(args: &CalibrateArgs) -> Result<Exit, Failure> {
    let scenario = load(&args.into).map_err(Failure::bad_input)?;
    let runs = real_runs(&args.runs, &scenario.scenario)?;
    let timings = sim::timings(&scenario.scenario, &runs);
    let dir = if args.into.is_dir() { args.into.clone() } else { args.into.with_file_name("") };
    let path = dir.join(TIMINGS);
    fs::write(&path, timings.to_yaml()).map_err(|error| {
        Failure::bad_input(miette::miette!("cannot write `{}`: {error}", path.display()))
    })?;
    let (steps, runs) = (timings.steps.len(), timings.runs);
    print(&format!("{steps} steps of {runs} runs are in {}: review it\n", path.display()));
    Ok(Exit::Pass)
}

/// The histories of runs of a scenario on real hosts.
pub(super) fn real_runs(paths: &[PathBuf], scenario: &str) -> Result<Vec<History>, Failure> {
    let mut runs = vec![];
    for path in paths {
        let hint = "give the folder of a run, as `filage run` names it at its start";
        let history = Folder::open(path).history();
        let history = history.map_err(|error| Failure::bad_input(report(error, Some(hint))))?;
        if let Some((why, help)) = useless(&history, scenario) {
            let text = format!("`{}`, line 1: {why}", path.join("history.jsonl").display());
            return Err(Failure::bad_input(miette::miette!(help = help, "{text}")));
        }
        runs.push(history);
    }
    Ok(runs)
}

/// Why a run teaches nothing about a scenario, and what would.
fn useless(history: &History, scenario: &str) -> Option<(String, &'static str)> {
    let begin = &history.begin;
    if begin.plan.scenario != scenario {
        let why = format!("a run of `{}`, not of `{scenario}`", begin.plan.scenario);
        return Some((why, "give runs of the same scenario"));
    }
    let why = format!("a run in the world `{}`, which knows no real durations", begin.world);
    (begin.world == "sim").then_some((why, "give runs on real hosts: `filage run --world docker`"))
}
