//! The command line, and the help that teaches it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::{
    calibrate::CalibrateArgs, clean::CleanArgs, completions::CompletionsArgs, doctor::DoctorArgs,
    explore::ExploreArgs, plan::PlanArgs, replay::ReplayArgs, run::RunArgs, schema::SchemaArgs,
};
use crate::base::{FaultId, StepId};

const AFTER_HELP: &str = "\
A first rehearsal:
  filage doctor                        what this machine can do
  filage check scenarios/proxgroup     every mistake in a scenario
  filage plan  scenarios/proxgroup     what will happen
  filage run   scenarios/proxgroup     play it on throwaway hosts, and judge it
  filage explore scenarios/proxgroup   what would break it?

Exit codes:
  0  pass
  1  fail: a promise was seen to be broken
  2  bad input: the scenario, or the arguments
  3  unknown: not seen well enough to say, or the world could not be had
  4  a bug of filage's own

Results go to standard output, everything else to standard error.";

/// Rehearse a server migration whole: on real containers, with faults, downtime and proof.
#[derive(Debug, Parser)]
#[command(name = "filage", bin_name = "filage", version, about, after_help = AFTER_HELP, propagate_version = true)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Find every mistake in a scenario; nothing is started
    Check(CheckArgs),
    /// Show what would happen: the steps, what each needs, touches and may break
    Plan(PlanArgs),
    /// Play a scenario on throwaway hosts, and judge it
    Run(RunArgs),
    /// Find what breaks a migration: every fault at every step, in the simulator
    Explore(ExploreArgs),
    /// Judge an old run again from its history, and write its reports anew
    Replay(ReplayArgs),
    /// Teach the simulator how long steps take, from runs on real hosts
    Calibrate(CalibrateArgs),
    /// Remove what runs left behind whose owner is dead
    Clean(CleanArgs),
    /// Say what this machine can and cannot do, and what to do about it
    Doctor(DoctorArgs),
    /// Print the JSON Schema of a format
    Schema(SchemaArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
}

const CHECK_HELP: &str = "\
Examples:
  filage check scenarios/proxgroup
  filage check .                       the scenario of this folder
  filage check . --with worst.yaml     and an overlay for it

Exit codes: 0 no mistake, 2 mistakes, each with its place and a hint.";

#[derive(Debug, Args)]
#[command(after_help = CHECK_HELP)]
pub(super) struct CheckArgs {
    /// The scenario's folder
    #[arg(value_name = "DIR")]
    pub(super) dir: PathBuf,

    #[command(flatten)]
    pub(super) with: WithArgs,
}

/// What lies over a scenario.
#[derive(Debug, Default, Args)]
pub(super) struct WithArgs {
    /// Lay this overlay over the scenario: a file with further faults and forgotten steps
    #[arg(long, value_name = "FILE")]
    pub(super) with: Option<PathBuf>,
}

/// What of a scenario is played.
#[derive(Debug, Default, Args)]
pub(super) struct ChoiceArgs {
    #[command(flatten)]
    pub(super) with: WithArgs,

    /// The seed of all that is left to chance [default: that of the overlay, or 0]
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,

    /// Inject only this fault; may be given more than once
    #[arg(long, value_name = "ID", conflicts_with = "no_faults")]
    pub(super) fault: Vec<FaultId>,

    /// Inject no fault
    #[arg(long)]
    pub(super) no_faults: bool,

    /// Forget this step, as an operator might; may be given more than once
    #[arg(long, value_name = "STEP")]
    pub(super) skip: Vec<StepId>,

    /// End after this step; the verdict is then unknown at best
    #[arg(long, value_name = "STEP")]
    pub(super) until: Option<StepId>,
}

/// How the result of a rehearsal is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ResultFormat {
    /// A summary for a person
    Human,
    /// verdict.json
    Json,
    /// junit.xml
    Junit,
}

/// How anything else is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum PlainFormat {
    /// For a person
    Human,
    /// For a program
    Json,
}
