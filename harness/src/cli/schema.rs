//! `filage schema`: the formats, for editors and programs.

use clap::{Args, ValueEnum};

use super::{
    exit::{Exit, Failure},
    output::print_json,
};
use crate::{check, scenario};

const AFTER_HELP: &str = "\
Examples:
  filage schema > scenario-1.json
  filage schema overlay > overlay-1.json
  filage schema verdict

Editors complete a scenario whose first line is
  # yaml-language-server: $schema=scenario-1.json

Exit codes: 0 printed, 2 bad input.";

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct SchemaArgs {
    /// Which format
    #[arg(value_enum, default_value = "scenario")]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// scenario.yaml
    Scenario,
    /// An overlay, for `--with`
    Overlay,
    /// verdict.json
    Verdict,
}

pub(super) fn main(args: &SchemaArgs) -> Result<Exit, Failure> {
    print_json(&match args.format {
        Format::Scenario => scenario::schema(),
        Format::Overlay => scenario::overlay_schema(),
        Format::Verdict => check::schema(),
    });
    Ok(Exit::Pass)
}
