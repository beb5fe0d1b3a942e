//! `filage replay`: judges an old run again, with no world at all.

use std::path::PathBuf;

use clap::Args;

use super::{
    again,
    args::ResultFormat,
    exit::{Exit, Failure, report},
    folder::{Folder, FolderError},
    output::{colour, print},
};
use crate::{
    check::Verdict,
    report::{human, json, junit},
};

const AFTER_HELP: &str = "\
Examples:
  filage replay runs/proxgroup-20261122-113012-4f2a
  filage replay runs/proxgroup-20261122-113012-4f2a --format junit

Exit codes: those of `filage run`: 0 pass, 1 fail, 2 bad input, 3 unknown.";

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct ReplayArgs {
    /// The folder of the run
    #[arg(value_name = "RUN")]
    run: PathBuf,

    /// How the result is printed
    #[arg(long, value_enum, default_value = "human")]
    format: ResultFormat,
}

pub(super) fn main(args: &ReplayArgs) -> Result<Exit, Failure> {
    let folder = Folder::open(&args.run);
    let history = folder.history().map_err(not_readable)?;
    let verdict = folder.judge(&history).map_err(not_readable)?;
    // An old run does not know where its scenario lies today.
    let again = again::command("DIR", &history.begin.plan, verdict.world == "sim");
    show(&verdict, &folder, again, args.format);
    Ok(verdict.verdict.into())
}

/// Prints the result of a rehearsal.
pub(super) fn show(verdict: &Verdict, folder: &Folder, again: String, format: ResultFormat) {
    match format {
        ResultFormat::Human => {
            let report = Some(folder.report().display().to_string());
            let options = human::Options { colour: colour(), report, again: Some(again) };
            print(&human::render(verdict, &options));
        }
        ResultFormat::Json => print(&json::render(verdict)),
        ResultFormat::Junit => print(&junit::render(verdict)),
    }
}

fn not_readable(error: FolderError) -> Failure {
    let sound = match &error {
        FolderError::BadHistory { path, source } => source.sound_until().map(|line| {
            let path = path.display();
            format!(
                "to judge what came before, put it into a folder of its own: `head -n {line} {path}`"
            )
        }),
        _ => None,
    };
    let folder = "give the folder of a run, as `filage run` names it at its start";
    Failure::bad_input(report(error, Some(sound.as_deref().unwrap_or(folder))))
}
