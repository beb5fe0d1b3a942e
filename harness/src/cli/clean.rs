//! `filage clean`: sweeps what dead runs left behind.

use clap::Args;

use super::{
    exit::{Exit, Failure},
    output::print,
    world,
};

const AFTER_HELP: &str = "\
Examples:
  filage clean
  filage clean --all        also what `filage run --keep` has left

Only what carries the label `filage.run` is looked at, and never what a living run uses.

Exit codes: 0 all of it is gone, 3 no engine, or something stays.";

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct CleanArgs {
    /// Only this run, also if it was told to keep its world [default: all whose owner is dead]
    #[arg(value_name = "RUN", conflicts_with_all = ["all", "images"])]
    run: Option<String>,

    /// Also what runs were told to keep, and what runs of another machine have left
    #[arg(long)]
    pub(super) all: bool,

    /// Also the images and filled volumes that are kept for the next run, which makes them anew
    #[arg(long)]
    pub(super) images: bool,
}

pub(super) fn main(args: &CleanArgs) -> Result<Exit, Failure> {
    let removed = match &args.run {
        Some(run) => world::remove(run)?,
        None => world::sweep(args.all, args.images)?,
    };
    for thing in &removed {
        print(&format!("{thing}\n"));
    }
    match removed.len() {
        0 => eprintln!("nothing was left behind"),
        1 => eprintln!("removed one thing"),
        many => eprintln!("removed {many} things"),
    }
    Ok(Exit::Pass)
}
