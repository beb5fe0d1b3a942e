//! `filage run`: plays a scenario and judges what happened.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    path::{Path, PathBuf},
    sync::Arc,
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
use crate::{
    plan::Plan,
    scenario::{load, load_timings},
    sim,
};

const AFTER_HELP: &str = "\
Examples:
  filage run scenarios/proxgroup
  filage run scenarios/proxgroup --skip free-port-25      what if this step is forgotten?
  filage run scenarios/proxgroup --no-faults
  filage run scenarios/proxgroup --with worst.yaml        with the faults of an overlay
  filage run scenarios/proxgroup --format json > verdict.json
  filage run scenarios/proxgroup --world sim --seed 7     in no time, on no real host

The run's folder has history.jsonl, verdict.json, report.html, junit.xml and logs/.
Ctrl-C takes the world down and judges what was played until then.

Exit codes: 0 pass, 1 fail, 2 bad input, 3 unknown or no world, 4 a bug of filage's own.";

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct RunArgs {
    /// The scenario's folder
    #[arg(value_name = "DIR")]
    dir: PathBuf,

    /// Where it is played; `auto` is `docker` where an engine answers, and `sim` elsewhere
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

    /// Play it a second time in the simulator: both histories must be the same, byte for byte
    #[arg(long)]
    check_determinism: bool,
}

/// The worlds that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum WorldChoice {
    /// The best that can be had here
    Auto,
    /// Real containers
    Docker,
    /// The simulator: virtual time, nothing installed, nothing proved about real software
    Sim,
}

pub(super) fn main(args: RunArgs) -> Result<Exit, Failure> {
    let plan = resolved(&args.dir, &args.choices)?;
    let simulated = is_simulated(&args)?;
    let given = Arc::new(given(&args.dir, &plan)?);
    let stamp = run_id();
    let out =
        args.out.unwrap_or_else(|| Path::new("runs").join(format!("{}-{stamp}", plan.scenario)));
    // The same seed is the same history, and its run's name is a part of that.
    let run = if simulated { format!("sim-{}", plan.seed) } else { stamp };
    refuse_existing(&out)?;
    let folder = Folder::create(&out)
        .map_err(|error| Failure::bad_input(report(error, Some("choose another with `--out`"))))?;
    bug::belongs_to(&out);
    announce(&run, &plan, &out);

    let again = again::command(&args.dir.display().to_string(), &plan, simulated);
    let twin = args.check_determinism.then(|| plan.clone());
    let mut progress = Progress::new(&plan, args.keep);
    let kept = args.keep.then(|| kept(&run, &plan));
    let played = if simulated {
        world::simulate(plan, &given, &run, &folder, &mut progress)
    } else {
        let scenario_dir = scenario_dir(&args.dir);
        let stage = world::Stage { run: run.clone(), scenario_dir, keep: args.keep };
        world::play(plan, stage, &folder, &mut progress)
    };
    progress.finish();
    if let Some(kept) = kept.filter(|_| played.is_ok()) {
        eprint!("{kept}");
    }
    played.inspect_err(|_| eprintln!("again: {again}"))?;

    let unreadable = |error| Failure::no_world(report(error, None));
    if let Some(plan) = twin {
        let bytes = folder.history_bytes().map_err(unreadable)?;
        same_again(&bytes, &world::simulated_bytes(plan, &given, &run)?);
    }
    let history = folder.history().map_err(unreadable)?;
    let verdict = folder.judge(&history).map_err(unreadable)?;
    let exit = Exit::from(verdict.verdict);
    if exit != Exit::Pass && args.format != ResultFormat::Human {
        eprintln!("again: {again}");
    }
    show(&verdict, &folder, again, args.format);
    Ok(exit)
}

/// Settles in which world it is played, and says so where it is not the one that one would expect.
fn is_simulated(args: &RunArgs) -> Result<bool, Failure> {
    let simulated = match args.world {
        WorldChoice::Sim => true,
        WorldChoice::Docker => world::available().map(|()| false)?,
        WorldChoice::Auto if args.check_determinism => true,
        WorldChoice::Auto => match world::available() {
            Ok(()) => false,
            // Who asks for hosts to look around in is not served by a simulation of them.
            Err(none) if args.keep => return Err(none),
            Err(none) => {
                eprint!("{}", instead(&none));
                true
            }
        },
    };
    let refused = match simulated {
        true => {
            args.keep.then_some(("--keep", "a simulated world leaves nothing to look around in"))
        }
        false => args.check_determinism.then_some((
            "--check-determinism",
            "real containers never do the same thing twice, byte for byte; add `--world sim`",
        )),
    };
    match refused {
        None => Ok(simulated),
        Some((option, help)) => {
            let text = format!("`{option}` means nothing in this world");
            Err(Failure::bad_input(miette::miette!(help = help, "{text}")))
        }
    }
}

/// What is to be known of a rehearsal that is only simulated.
fn instead(none: &Failure) -> String {
    format!(
        "no real hosts: {}\n\
         so this rehearsal is SIMULATED: it shows what follows from the scenario, and proves nothing \
         about kernels, real software, real boots\n\
         for real hosts: `filage doctor` says what is missing; `--world docker` refuses to simulate\n",
        none.summary()
    )
}

/// One seed, one history.
fn same_again(first: &[u8], second: &[u8]) {
    let lines = |bytes: &[u8]| bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let (first, second): (Vec<_>, Vec<_>) = (lines(first), lines(second));
    let differs = (0..first.len().max(second.len())).find(|n| first.get(*n) != second.get(*n));
    match differs {
        None => eprintln!("played twice: the same history, byte for byte"),
        Some(line) => panic!("the same seed gave two histories; they differ in line {}", line + 1),
    }
}

/// What the scenario's folder holds for the simulator. A file that cannot be read, or that is long, is
/// not known to it.
pub(super) fn given(dir: &Path, plan: &Plan) -> Result<sim::Given, Failure> {
    let scenario = load(dir).map_err(Failure::bad_input)?;
    let timings = load_timings(dir, &scenario).map_err(Failure::bad_input)?.unwrap_or_default();
    let folder = scenario_dir(dir);
    let read = |path: &str| {
        let file = folder.join(path);
        let found = std::fs::metadata(&file).ok()?;
        if !found.is_file() || found.len() > LONGEST_FILE_BYTES {
            return None;
        }
        Some((path.to_owned(), std::fs::read(file).ok()?))
    };
    let files = sim::files_looked_into(plan).into_iter().filter_map(read).collect();
    Ok(sim::Given { timings, files })
}

/// Programs and pages are shorter; a dump of a database need not be in memory.
const LONGEST_FILE_BYTES: u64 = 1 << 20;

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
pub(super) fn run_id() -> String {
    let now = jiff::Timestamp::now().strftime("%Y%m%d-%H%M%S");
    // The standard library seeds its hashers from the system.
    let chance = RandomState::new().build_hasher().finish();
    format!("{now}-{:04x}", chance & 0xffff)
}

pub(super) fn refuse_existing(out: &Path) -> Result<(), Failure> {
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
