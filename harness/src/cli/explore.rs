//! `filage explore`: everything that can go wrong, at every step, in the simulator.

use std::{
    fs,
    io::{self, IsTerminal},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::{
    again::quoted,
    args::{ChoiceArgs, PlainFormat},
    confirm,
    exit::{Exit, Failure},
    output::{colour, print, print_json},
    plan::{overlay, resolved},
    run::{given, run_id},
    seams::load,
};
use crate::{
    explore::{self, Findings, Limits, Outcome, Watcher},
    plan::Plan,
    report::explored::{html, human},
    scenario::Overlay,
};

const AFTER_HELP: &str = "\
Examples:
  filage explore scenarios/proxgroup
  filage explore scenarios/proxgroup --seconds 60 --random 1000000   as much as a minute allows
  filage explore scenarios/proxgroup --pairs 0 --random 0            single mishaps only
  filage explore scenarios/proxgroup --confirm 3     play the three worst on real containers as well
  filage explore scenarios/proxgroup --format json > findings.json

It plays the migration in the simulator, each time with one fault more: every kind of fault, at everything
it can strike, before, during and after every step; and with all that people do to steps: each is forgotten,
begun half an hour late, done twice, done on the wrong host, done before one that should come first, and
broken off. Then two of them at once, where both are survived alone and one can touch what the other left;
then random schedules. A fault lasts five minutes; nobody comes to help, and a step is tried again only as
often as the scenario says.

Each cell is survived, unknown, stuck (the migration did not reach its end), budget broken (a service was
down for too long) or data lost (a write that was acknowledged); the worst counts. For each kind of failure
the smallest schedule that still shows it is saved as an overlay:
  filage run scenarios/proxgroup --with explored/.../01-data-lost.yaml

The folder has findings.json, findings.html and the overlays. Ctrl-C ends it with what was found so far.

Exit codes: 0 all was survived, 1 a promise was broken, 2 bad input, 3 something is unknown or was not
played, 4 a bug of filage's own.";

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct ExploreArgs {
    /// The scenario's folder
    #[arg(value_name = "DIR")]
    dir: PathBuf,

    #[command(flatten)]
    choices: ChoiceArgs,

    /// Play at most so many pairs, evenly spread
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    pairs: usize,

    /// Play so many random schedules
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    random: usize,

    /// Look no further after so many seconds, and make small what was found until then
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u64).range(1..))]
    seconds: Option<u64>,

    /// On so many threads [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,

    /// Play the N worst of the smallest schedules on real containers too, and say whether they agree
    #[arg(long, value_name = "N", default_value_t = 0)]
    confirm: usize,

    /// The folder for what is found; it must not exist yet [default: explored/SCENARIO-RUN]
    #[arg(long, value_name = "OUTDIR")]
    out: Option<PathBuf>,

    /// How the findings are printed
    #[arg(long, value_enum, default_value = "human")]
    format: PlainFormat,
}

pub(super) fn main(args: ExploreArgs) -> Result<Exit, Failure> {
    let plan = resolved(&args.dir, &args.choices)?;
    let given = given(&args.dir, &plan)?;
    let scenario = load(&args.dir).map_err(Failure::bad_input)?;
    let below = overlay(&args.dir, &args.choices.with, &scenario)?;
    if args.confirm > 0 {
        super::world::available()?;
    }
    let out = args
        .out
        .clone()
        .unwrap_or_else(|| Path::new("explored").join(format!("{}-{}", plan.scenario, run_id())));
    create(&out)?;
    eprintln!("explore {}, seed {}\nfolder {}", plan.scenario, plan.seed, out.display());

    let follower = Follower::new(args.seconds.map(Duration::from_secs));
    let threads = args.threads.map_or_else(cores, usize::from);
    let limits = Limits { pairs: args.pairs, random: args.random, threads };
    let mut findings = explore::explore(&plan, given, limits, &follower);
    findings.wall_seconds = follower.finish();
    save_overlays(&mut findings, &plan, below.as_ref(), &out)
        .map_err(|error| cannot_write(&out, &error))?;
    let confirmed = confirm::worst(&mut findings, args.confirm, &args.dir, &out)?;

    let play = format!("filage run {} --with", quoted(&args.dir.display().to_string()));
    let page = out.join("findings.html");
    let json = serde_json::to_string_pretty(&findings).expect("findings are made of plain values");
    fs::write(out.join("findings.json"), json + "\n")
        .and_then(|()| fs::write(&page, html::render(&findings, &play)))
        .map_err(|error| cannot_write(&out, &error))?;
    match args.format {
        PlainFormat::Json => print_json(&findings),
        PlainFormat::Human => {
            let report = Some(page.display().to_string());
            print(&human::render(&findings, &human::Options { colour: colour(), play, report }));
        }
    }
    Ok(exit(&findings, confirmed))
}

/// What all of it comes to. That the worlds disagree on a schedule leaves it open who is right.
fn exit(findings: &Findings, confirmed: bool) -> Exit {
    match findings.worst() {
        Outcome::Stuck | Outcome::BudgetBroken | Outcome::DataLost => Exit::Fail,
        Outcome::Unknown => Exit::Unknown,
        Outcome::Survived if findings.partial || !confirmed => Exit::Unknown,
        Outcome::Survived => Exit::Pass,
    }
}

fn create(out: &Path) -> Result<(), Failure> {
    super::run::refuse_existing(out)?;
    fs::create_dir_all(out).map_err(|error| cannot_write(out, &error))
}

fn cannot_write(out: &Path, error: &io::Error) -> Failure {
    let text = format!("cannot write to `{}`: {error}", out.display());
    let help = "choose another folder with `--out`";
    Failure::bad_input(miette::miette!(help = help, "{text}"))
}

/// An overlay for each of the smallest schedules, the worst first.
/// Each is for the scenario alone, also where another overlay was explored.
fn save_overlays(
    findings: &mut Findings,
    plan: &Plan,
    below: Option<&Overlay>,
    out: &Path,
) -> io::Result<()> {
    for (minimal, number) in findings.minimal.iter_mut().zip(1..) {
        let about = format!("{}: {}", minimal.outcome, minimal.why);
        let outcome = minimal.outcome.to_string().replace(' ', "-");
        let name = format!("{number:02}-{outcome}.yaml");
        let path = out.join(name);
        let overlay = minimal.schedule.overlay(plan, &about);
        let overlay = match below {
            None => overlay,
            Some(below) => overlay.without(below),
        };
        fs::write(&path, overlay.to_yaml())?;
        minimal.overlay = Some(path.display().to_string());
    }
    Ok(())
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, Into::into)
}

/// Shows how far it is, and ends it when the time is over or somebody presses Ctrl-C.
struct Follower {
    began: Instant,
    most: Option<Duration>,
    interrupted: Arc<AtomicBool>,
    bar: Mutex<ProgressBar>,
}

impl Follower {
    #[expect(clippy::disallowed_methods, reason = "who waits for findings lives in real time")]
    fn new(most: Option<Duration>) -> Self {
        let interrupted = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&interrupted);
        let handler = move || {
            if asked.swap(true, Ordering::Relaxed) {
                std::process::exit(Exit::Unknown as i32);
            }
            eprintln!("interrupted: ending with what was found so far; once more leaves at once");
        };
        ctrlc::set_handler(handler).expect("a process explores once");
        Self { began: Instant::now(), most, interrupted, bar: Mutex::new(ProgressBar::hidden()) }
    }

    /// Leaves the terminal as it was. Returns how many seconds it took.
    fn finish(&self) -> f64 {
        self.bar.lock().expect("no holder panics").finish_and_clear();
        self.began.elapsed().as_secs_f64()
    }
}

impl Watcher for Follower {
    fn begins(&self, what: &str, count: usize) {
        let mut bar = self.bar.lock().expect("no holder panics");
        bar.finish_and_clear();
        if !io::stderr().is_terminal() {
            eprintln!("{count} {what}");
            return;
        }
        let style = "{msg:>20} {wide_bar} {human_pos}/{human_len}, {per_sec}, {eta} left";
        let style = ProgressStyle::with_template(style).expect("the template is well formed");
        *bar = ProgressBar::new(count as u64).with_style(style).with_message(what.to_owned());
    }

    fn played(&self) {
        self.bar.lock().expect("no holder panics").inc(1);
    }

    fn is_over(&self) -> bool {
        let late = || self.most.is_some_and(|most| self.began.elapsed() >= most);
        self.is_interrupted() || late()
    }

    fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::{Cell, Moment};

    fn findings(outcome: Outcome) -> Findings {
        let cell = Cell {
            fault: "network-down",
            target: "new".to_owned(),
            step: "start".parse().expect("it is an id"),
            moment: Moment::Before,
            variant: None,
            outcome,
            failures: [].into(),
        };
        Findings {
            scenario: "tiny".to_owned(),
            seed: 0,
            rehearsals: 1,
            wall_seconds: 1.0,
            partial: false,
            as_it_is: [].into(),
            advice: None,
            cells: vec![cell],
            minimal: vec![],
            coverage: vec![],
        }
    }

    #[test]
    fn outcomes_have_their_documented_codes() {
        for (outcome, expected) in [
            (Outcome::Survived, Exit::Pass),
            (Outcome::Unknown, Exit::Unknown),
            (Outcome::Stuck, Exit::Fail),
            (Outcome::BudgetBroken, Exit::Fail),
            (Outcome::DataLost, Exit::Fail),
        ] {
            assert_eq!(exit(&findings(outcome), true), expected, "{outcome}");
        }
        let survived = findings(Outcome::Survived);
        assert_eq!(exit(&Findings { partial: true, ..survived.clone() }, true), Exit::Unknown);
        assert_eq!(exit(&survived, false), Exit::Unknown, "the worlds disagree");
    }
}
