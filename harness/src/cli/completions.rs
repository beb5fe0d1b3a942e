//! `filage completions`: for the shell of the user.

use clap::{Args, CommandFactory};

use super::{
    args::Cli,
    exit::{Exit, Failure},
    output::print,
};

#[derive(Debug, Args)]
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
