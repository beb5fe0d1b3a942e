//! `filage completions`: for the shell of the user.

use clap::{Args, CommandFactory};

use super::{
    args::Cli,
    exit::{Exit, Failure},
    output::print,
};

const AFTER_HELP: &str = "\
Examples:
  filage completions bash > /etc/bash_completion.d/filage
  filage completions fish > ~/.config/fish/completions/filage.fish

Exit codes: 0 printed, 2 bad input.";

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct CompletionsArgs {
    /// Which shell
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

pub(super) fn main(args: &CompletionsArgs) -> Result<Exit, Failure> {
    let mut script = vec![];
    clap_complete::generate(args.shell, &mut Cli::command(), "filage", &mut script);
    print(&String::from_utf8_lossy(&script));
    Ok(Exit::Pass)
}
