//! `filage run`: plays a scenario and judges what happened.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};

use super::{
    again,
    args::{ChoiceArgs, ResultFormat},
    bug,
    exit::{Exit, Failure, report},
    folder::Folder,
    plan::resolved,
    progress::Progress,
    replay::show,
    world,
};
use crate::plan::Plan;

const AFTER_HELP: &str = "\
Examples:
  filage run scenarios/proxgroup
  filage run scenarios/proxgroup --skip free-port-25      what if this step is forgotten?
  filage run scenarios/proxgroup --no-faults
  filage run scenarios/proxgroup --format json > verdict.json

The run's folder has history.jsonl, verdict.json, report.html, junit.xml and logs/.
Ctrl-C takes the world down and judges what was played until then.

Exit codes: 0 pass, 1 fail, 2 bad input, 3 unknown or no world, 4 a bug of filage's own.";

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct RunArgs {
    /// The scenario's folder
    #[arg(value_name = "DIR")]
    dir: PathBuf,

    /// Where it is played; `auto` is `docker` where an engine answers
    #[arg(long, value_enum, default_value = "auto")]
    world: WorldChoice,

    #[command(flatten)]
    choices: ChoiceArgs,

    /// The run's folder; it must not exist yet [default: runs/SCENARIO-RUN]
    #[arg(long, value_name = "RUNDIR")]
    out: Option<PathBuf>,

    /// How the result is printed
    #[arg(long, value_enum, default_value = "human")]
    format: ResultFormat,

    /// Leave the world up, to look around in it; `filage clean RUN` removes it
    #[arg(long)]
    keep: bool,
}

/// The worlds that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum WorldChoice {
    /// The best that can be had here
    Auto,
    /// Real containers
    Docker,
}

pub(super) fn main(args: RunArgs) -> Result<Exit, Failure> {
    let plan = resolved(&args.dir, &args.choices)?;
    let run = run_id();
    let out =
        args.out.unwrap_or_else(|| Path::new("runs").join(format!("{}-{run}", plan.scenario)));
    refuse_existing(&out)?;
    // Both choices are the same world today, and `auto` must not pretend another.
    match args.world {
        WorldChoice::Auto | WorldChoice::Docker => world::available()?,
    }
    let folder = Folder::create(&out)
        .map_err(|error| Failure::bad_input(report(error, Some("choose another with `--out`"))))?;
    bug::belongs_to(&out);
    announce(&run, &plan, &out);

    let again = again::command(&args.dir.display().to_string(), &plan);
    let mut progress = Progress::new(&plan);
    let stage = world::Stage { run, scenario_dir: scenario_dir(&args.dir), keep: args.keep };
    let kept = args.keep.then(|| kept(&stage.run, &plan));
    let played = world::play(plan, stage, &folder, &mut progress);
    progress.finish();
    if let Some(kept) = kept.filter(|_| played.is_ok()) {
        eprint!("{kept}");
    }
    played.inspect_err(|_| eprintln!("again: {again}"))?;

    let unreadable = |error| Failure::no_world(report(error, None));
    let history = folder.history().map_err(unreadable)?;
    let verdict = folder.judge(&history).map_err(unreadable)?;
    let exit = Exit::from(verdict.verdict);
    if exit != Exit::Pass && args.format != ResultFormat::Human {
        eprintln!("again: {again}");
    }
    show(&verdict, &folder, again, args.format);
    Ok(exit)
}

/// Said first, so that whatever happens can be played again.
fn announce(run: &str, plan: &Plan, out: &Path) {
    eprintln!("run {run}, seed {}, scenario {}", plan.seed, plan.scenario);
    eprintln!("folder {}", out.display());
}

/// How to get into a world that was left up, and how to get rid of it.
fn kept(run: &str, plan: &Plan) -> String {
    let mut text = "the world is left up; to look around in it:\n".to_owned();
    for host in plan.hosts.keys() {
        text.push_str(&format!("  docker exec -it filage-{run}-{host} bash\n"));
    }
    text.push_str(&format!("and to remove it: filage clean {run}\n"));
    text
}

/// Short, readable, sorted by time, and unlike that of another run of the same second.
fn run_id() -> String {
    let now = jiff::Timestamp::now().strftime("%Y%m%d-%H%M%S");
    // The standard library seeds its hashers from the system.
    let chance = RandomState::new().build_hasher().finish();
    format!("{now}-{:04x}", chance & 0xffff)
}

fn refuse_existing(out: &Path) -> Result<(), Failure> {
    if !out.exists() {
        return Ok(());
    }
    let text = format!("`{}` exists already, and a run never writes over another", out.display());
    let help = "choose another folder with `--out`, or remove this one";
    Err(Failure::bad_input(miette::miette!(help = help, "{text}")))
}

/// A scenario may also be named by its file.
fn scenario_dir(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if path.is_file() && parent.as_os_str().is_empty() => PathBuf::from("."),
        Some(parent) if path.is_file() => parent.to_owned(),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn run_ids_are_short_and_fit_a_name() {
        let id = run_id();
        assert_eq!(id.len(), "20261122-113012-4f2a".len());
        assert!(id.parse::<crate::base::HostId>().is_ok(), "{id}");
    }
}
