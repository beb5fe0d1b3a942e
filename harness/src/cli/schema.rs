//! `filage schema`: the formats, for editors and programs.

use clap::{Args, ValueEnum};

use super::{
    exit::{Exit, Failure},
    output::print_json,
};
use crate::{check, scenario};

#[derive(Debug, Args)]
pub(super) struct SchemaArgs {
    /// Which format
    #[arg(value_enum, default_value = "scenario")]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// scenario.yaml
    Scenario,
    /// verdict.json
    Verdict,
}

pub(super) fn main(args: &SchemaArgs) -> Result<Exit, Failure> {
    print_json(&match args.format {
        Format::Scenario => scenario::schema(),
        Format::Verdict => check::schema(),
    });
    Ok(Exit::Pass)
}
