//! `filage explore`: everything that can go wrong, at every step, in the simulator.

use std::{
    fs, io,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use clap::Args;
use serde::Serialize;

use super::{
    aborts,
    again::quoted,
    args::{ChoiceArgs, PlainFormat},
    confirm,
    exit::{Exit, Failure},
    follower::Follower,
    output::{colour, print, print_json},
    plan::{overlay, resolved},
    run::{given, run_id},
    seams::{load, must_have_undo},
};
use crate::{
    explore::{self, Findings, Limits, Minimal, Outcome, Schedule},
    plan::Plan,
    report::explored::{html, human},
    scenario::Overlay,
    sim::Given,
};

const AFTER_HELP: &str = "\
Examples:
  filage explore scenarios/proxgroup
  filage explore scenarios/proxgroup --seconds 60 --random 1000000   as much as a minute allows
  filage explore scenarios/proxgroup --pairs 0 --random 0            single mishaps only
  filage explore scenarios/proxgroup --confirm 3     play the three worst on real containers as well
  filage explore scenarios/proxgroup --format json > findings.json
  filage explore scenarios/proxgroup --abort         is there a way back from every step?

It plays the migration in the simulator, each time with one fault more: every kind of fault, at everything \
it can strike, before, during and after every step; and with all that people do to steps: each is forgotten, \
begun half an hour late, done twice, done on the wrong host, done before one that should come first, and \
broken off. Then two of them at once, where both are survived alone and one can touch what the other left; \
then random schedules. A fault lasts five minutes; nobody comes to help, and a step is tried again only as \
often as the scenario says.

Each cell is survived, unknown, stuck (the migration did not reach its end), budget broken (a service was \
down for too long) or data lost (a write that was acknowledged); the worst counts. For each kind of failure \
the smallest schedule that still shows it is saved as an overlay:
  filage run scenarios/proxgroup --with explored/.../01-data-lost.yaml

With --abort, something else is played: the migration is broken off at each step (before anything of it is \
done, half a second after it began, and after all of it is done) and rolled back, as `undo` has it. A moment \
is survived if every service answers where it did before, no acknowledged write is lost, and the budget \
`abort` and all others hold. It names the point of no return: the first of the last moments from which \
nothing comes back as it was.

The folder has findings.json, findings.html and the overlays. Ctrl-C ends it with what was found so far.

Exit codes: 0 all was survived, 1 a promise was broken, 2 bad input, 3 something is unknown or was not \
played, 4 a bug of filage's own.";

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct ExploreArgs {
    /// The scenario's folder
    #[arg(value_name = "DIR")]
    pub(super) dir: PathBuf,

    #[command(flatten)]
    choices: ChoiceArgs,

    /// Break the migration off at each step and roll it back: what then is as it was, and from where on
    /// there is no way back
    #[arg(long, conflicts_with_all = ["pairs", "random"])]
    abort: bool,

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

    /// Play the N worst on real containers too, and say whether they agree: of the smallest schedules or,
    /// with --abort, of the moments
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) confirm: usize,

    /// The folder for what is found; it must not exist yet [default: explored/SCENARIO-RUN]
    #[arg(long, value_name = "OUTDIR")]
    out: Option<PathBuf>,

    /// How the findings are printed
    #[arg(long, value_enum, default_value = "human")]
    format: PlainFormat,
}

pub(super) fn main(args: ExploreArgs) -> Result<Exit, Failure> {
    let setting = Setting::of(args)?;
    if setting.args.abort { aborts::main(setting) } else { all(setting) }
}

/// What is explored, and where the findings go.
pub(super) struct Setting {
    pub(super) args: ExploreArgs,
    pub(super) plan: Plan,
    /// The overlay that is there already.
    pub(super) below: Option<Overlay>,
    pub(super) out: PathBuf,
    pub(super) given: Given,
    pub(super) follower: Follower,
    pub(super) threads: usize,
}

impl Setting {
    fn of(args: ExploreArgs) -> Result<Self, Failure> {
        let plan = resolved(&args.dir, &args.choices)?;
        let given = given(&args.dir, &plan)?;
        let scenario = load(&args.dir).map_err(Failure::bad_input)?;
        let below = overlay(&args.dir, &args.choices.with, &scenario)?;
        if args.abort {
            must_have_undo(&args.dir, &scenario).map_err(Failure::bad_input)?;
        }
        if args.confirm > 0 {
            super::world::available()?;
        }
        let out = args.out.clone().unwrap_or_else(|| {
            Path::new("explored").join(format!("{}-{}", plan.scenario, run_id()))
        });
        super::run::refuse_existing(&out)?;
        fs::create_dir_all(&out).map_err(|error| cannot_write(&out, &error))?;
        eprintln!("explore {}, seed {}\nfolder {}", plan.scenario, plan.seed, out.display());
        let follower = Follower::new(args.seconds.map(Duration::from_secs));
        let threads = args.threads.map_or_else(cores, usize::from);
        Ok(Self { args, plan, below, out, given, follower, threads })
    }

    /// The command that plays an overlay, up to its name.
    pub(super) fn play(&self) -> String {
        format!("filage run {} --with", quoted(&self.args.dir.display().to_string()))
    }

    /// Saves a schedule as an overlay for the scenario alone, also where another one was explored.
    /// Returns its path.
    pub(super) fn save(
        &self,
        schedule: &Schedule,
        name: &str,
        about: &str,
    ) -> Result<String, Failure> {
        let path = self.out.join(name);
        let overlay = schedule.overlay(&self.plan, about);
        let overlay = match &self.below {
            None => overlay,
            Some(below) => overlay.without(below),
        };
        fs::write(&path, overlay.to_yaml()).map_err(|error| cannot_write(&self.out, &error))?;
        Ok(path.display().to_string())
    }

    /// Saves an overlay for each of the smallest schedules, the worst first.
    pub(super) fn save_all(&self, all: &mut [Minimal]) -> Result<(), Failure> {
        for (minimal, number) in all.iter_mut().zip(1..) {
            let about = format!("{}: {}", minimal.outcome, minimal.why);
            let outcome = minimal.outcome.to_string().replace(' ', "-");
            let name = format!("{number:02}-{outcome}.yaml");
            minimal.overlay = Some(self.save(&minimal.schedule, &name, &about)?);
        }
        Ok(())
    }

    /// Writes the findings for programs and as a page. Returns where that is.
    pub(super) fn write(&self, findings: &impl Serialize, page: &str) -> Result<String, Failure> {
        let path = self.out.join("findings.html");
        let json =
            serde_json::to_string_pretty(findings).expect("findings are made of plain values");
        fs::write(self.out.join("findings.json"), json + "\n")
            .and_then(|()| fs::write(&path, page))
            .map_err(|error| cannot_write(&self.out, &error))?;
        Ok(path.display().to_string())
    }

    /// Prints the findings as the arguments have it; `human` makes what a person reads of them.
    pub(super) fn tell(
        &self,
        findings: &impl Serialize,
        report: String,
        human: impl FnOnce(&human::Options) -> String,
    ) {
        match self.args.format {
            PlainFormat::Json => print_json(findings),
            PlainFormat::Human => {
                let (colour, play) = (colour(), self.play());
                print(&human(&human::Options { colour, play, report: Some(report) }));
            }
        }
    }
}

/// Everything that can go wrong, at every step.
fn all(setting: Setting) -> Result<Exit, Failure> {
    let Setting { args, plan, given, follower, .. } = &setting;
    let limits = Limits { pairs: args.pairs, random: args.random, threads: setting.threads };
    let mut findings = explore::explore(plan, given.clone(), limits, follower);
    findings.wall_seconds = follower.finish();
    setting.save_all(&mut findings.minimal)?;
    let confirmed = confirm::worst(&mut findings, &setting)?;
    let report = setting.write(&findings, &html::render(&findings, &setting.play()))?;
    setting.tell(&findings, report, |options| human::render(&findings, options));
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

fn cannot_write(out: &Path, error: &io::Error) -> Failure {
    let text = format!("cannot write to `{}`: {error}", out.display());
    let help = "choose another folder with `--out`";
    Failure::bad_input(miette::miette!(help = help, "{text}"))
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, Into::into)
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
