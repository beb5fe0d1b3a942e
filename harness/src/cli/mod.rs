//! Owns the `filage` program: arguments, exit codes, what goes to which stream, the run's folder.
//! Must not know: how anything is done; one file per command calls the modules that do.

mod aborts;
mod again;
mod args;
mod bug;
mod calibrate;
mod check;
mod clean;
mod completions;
mod confirm;
mod doctor;
mod exit;
mod explore;
mod folder;
mod follower;
mod output;
mod plan;
mod progress;
mod replay;
mod run;
mod schema;
mod seams;
mod world;

use std::{
    io::{self, IsTerminal},
    process::ExitCode,
};

use clap::Parser;
use tracing_subscriber::EnvFilter;

use self::{
    args::{Cli, Command},
    exit::{Exit, Failure},
};

/// Does what the command line asks.
pub fn main() -> ExitCode {
    // Wrong arguments end here, with clap's own message and exit code 2.
    let cli = Cli::parse();
    follow_the_log();
    let exit = bug::caught(|| match dispatch(cli.command) {
        Ok(exit) => exit,
        Err(failure) => failure.tell(),
    });
    exit.into()
}

fn dispatch(command: Command) -> Result<Exit, Failure> {
    seams::bug_at("start");
    match command {
        Command::Calibrate(args) => calibrate::main(&args),
        Command::Check(args) => check::main(args),
        Command::Plan(args) => plan::main(&args),
        Command::Run(args) => run::main(args),
        Command::Explore(args) => explore::main(args),
        Command::Replay(args) => replay::main(&args),
        Command::Clean(args) => clean::main(&args),
        Command::Doctor(args) => doctor::main(&args),
        Command::Schema(args) => schema::main(&args),
        Command::Completions(args) => completions::main(&args),
    }
}

/// `FILAGE_LOG=debug` tells on standard error what goes on inside.
fn follow_the_log() {
    let filter = EnvFilter::try_from_env("FILAGE_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .init();
}
