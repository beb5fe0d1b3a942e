//! The figures that the project promises, measured: a table, and target/bench.json.
//! Each is taken from whole runs of the release build, from outside, as a user would see them.

mod accuracy;
mod compare;
mod explore;
mod growth;
mod history;
mod long;
mod probe;
mod process;
mod quiet;
mod sim;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use serde_json::json;

use self::{
    history::Run,
    process::{measured, processor_during},
};
use crate::{
    engine,
    shell::{Failure, cargo, filage, top, write},
};

/// One figure: its samples, and what was promised.
struct Figure {
    name: &'static str,
    unit: &'static str,
    goal: &'static str,
    samples: Vec<f64>,
}

impl Figure {
    fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.samples.clone();
        sorted.sort_by(f64::total_cmp);
        sorted
    }

    fn median(&self) -> f64 {
        let sorted = self.sorted();
        (sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2]) / 2.0
    }
}

/// Takes some figures.
type Bench = fn() -> Result<Vec<Figure>, Failure>;

/// Measures all figures whose name contains `wanted`, and those that are taken along with them.
pub(crate) fn run(wanted: &str) -> Result<(), Failure> {
    cargo(&["build", "--release", "--workspace"])?;
    let benches: [(&[&str], Bench); 10] = [
        (&["check_5000_lines"], check),
        (&accuracy::NAMES, accuracy::measure),
        (&probe::NAMES, probe::measure),
        (&sim::NAMES, sim::measure),
        (&long::NAMES, long::measure),
        (&growth::NAMES, growth::measure),
        (&compare::NAMES, compare::measure),
        (&explore::NAMES, explore::measure),
        (
            &["world_up", "teardown", "proxgroup_wall", "overhead_ratio", "harness_memory"],
            proxgroup,
        ),
        (&PROCESSOR, processor),
    ];
    let mut figures = vec![];
    for (names, bench) in benches {
        if names.iter().any(|name| name.contains(wanted)) {
            figures.extend(bench()?);
        }
    }
    if figures.is_empty() {
        return Err(Failure::new(format!("no figure has `{wanted}` in its name")));
    }
    report(&figures)
}

/// `filage check` of a scenario of 5,000 lines, process start to exit.
fn check() -> Result<Vec<Figure>, Failure> {
    let folder = scratch("check-5000")?;
    write(&format!("{}/scenario.yaml", folder.display()), long_scenario().as_bytes())?;
    let mut samples = vec![];
    for _ in 0..20 {
        let mut command = filage("release");
        samples.push(measured(command.arg("check").arg(&folder))?.wall.as_secs_f64() * 1e3);
    }
    Ok(vec![Figure { name: "check_5000_lines", unit: "ms", goal: "<= 100", samples }])
}

/// How often a whole rehearsal is measured.
const RUNS: usize = 3;

const PROCESSOR: [&str; 2] = ["harness_processor", "harness_processor_writing"];

/// What probing six services costs while nothing else happens; and what it costs with all that writes to
/// them.
fn processor() -> Result<Vec<Figure>, Failure> {
    engine::ensure_running()?;
    let figure = |name, goal| Figure { name, unit: "% of a core", goal, samples: vec![] };
    let mut figures = vec![figure(PROCESSOR[0], "<= 5"), figure(PROCESSOR[1], "none")];
    for (figure, has_writers) in figures.iter_mut().zip([false, true]) {
        let scenario = quiet::scenario(&scratch("quiet")?, has_writers)?;
        for _ in 0..RUNS {
            let folder = scratch("quiet-run")?;
            let mut command = filage("release");
            command.arg("run").arg(&scenario).args(["--world", "docker", "--out"]).arg(&folder);
            let history = folder.join("history.jsonl");
            let taken = processor_during(&mut command, &history, quiet::STEP)?;
            figure.samples.push(100.0 * taken);
        }
    }
    Ok(figures)
}

/// The whole of scenarios/proxgroup, several times.
fn proxgroup() -> Result<Vec<Figure>, Failure> {
    engine::ensure_running()?;
    let figure = |name, unit, goal| Figure { name, unit, goal, samples: vec![] };
    let mut figures = vec![
        figure("world_up", "s", "<= 6"),
        figure("teardown", "s", "<= 1"),
        figure("proxgroup_wall", "s", "<= 240"),
        figure("overhead_ratio", "wall / critical path", "<= 1.10"),
        figure("harness_memory", "MB", "<= 100"),
    ];
    // One run before, so that images and filled volumes are warm.
    for warm in std::iter::once(false).chain([true; RUNS]) {
        let folder = scratch("proxgroup")?;
        let mut command = filage("release");
        command.args(["run", "scenarios/proxgroup", "--world", "docker", "--out"]).arg(&folder);
        let process = measured(&mut command)?;
        let run = Run::read(&folder.join("history.jsonl"))?;
        if !warm {
            continue;
        }
        let values = [
            run.up_seconds()?,
            run.wall_seconds("down", "end")?,
            process.wall.as_secs_f64(),
            run.overhead_ratio()?,
            process.memory_peak_bytes as f64 / 1e6,
        ];
        for (figure, value) in figures.iter_mut().zip(values) {
            figure.samples.push(value);
        }
    }
    Ok(figures)
}

/// A valid scenario of 5,000 lines: ten steps' worth of text for each of many services.
fn long_scenario() -> String {
    let mut text = "filage: 1\nscenario: long\nhosts:\n  old: {}\n  new: {}\n\
        zone: { name: long.example }\nservices:\n"
        .to_owned();
    for n in 0..450 {
        text += &format!(
            "  s{n}:\n    on: old\n    name: s{n}.long.example\n    unit:\n      \
             name: s{n}.service\n      listens: [{}]\n    budget: 5m\n    probe:\n      \
             tcp:\n        port: {}\n",
            1024 + n,
            1024 + n
        );
    }
    text += "steps:\n";
    // No step here brings a file of its own: what is measured is reading, not the disk.
    let wait = "  - wait:\n      for: 1s\n      why: nothing\n";
    text += &wait.repeat((5000 - text.lines().count()).div_ceil(3));
    text
}

fn scratch(name: &str) -> Result<PathBuf, Failure> {
    let all = top().join("target/bench");
    let folder = all.join(name);
    let removed = std::fs::create_dir_all(&all).and_then(|()| std::fs::remove_dir_all(&folder));
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Failure::new(format!("{}: {error}", folder.display())))
        }
        _ => Ok(folder),
    }
}

fn report(figures: &[Figure]) -> Result<(), Failure> {
    println!(
        "{:<20} {:>10} {:>10} {:>10} {:>4}  {:<22} goal",
        "name", "median", "min", "max", "n", "unit"
    );
    let mut rows = vec![];
    for figure in figures {
        let Figure { name, unit, goal, samples } = figure;
        let (sorted, median) = (figure.sorted(), figure.median());
        let (min, max) = (sorted[0], sorted[sorted.len() - 1]);
        println!(
            "{name:<20} {median:>10.3} {min:>10.3} {max:>10.3} {:>4}  {unit:<22} {goal}",
            sorted.len()
        );
        rows.push(json!({
            "name": name, "unit": unit, "median": median, "min": min, "max": max,
            "samples": samples, "goal": goal,
        }));
    }
    let text = serde_json::to_string_pretty(&rows).expect("numbers and texts are JSON");
    write("target/bench.json", text.as_bytes())
}

/// The wall clock, for those who measure.
#[expect(clippy::disallowed_methods, reason = "a bench measures real time, outside the harness")]
fn now() -> Instant {
    Instant::now()
}

/// A pause between two looks at a process.
#[expect(clippy::disallowed_methods, reason = "a bench watches a process in real time")]
fn pause() {
    std::thread::sleep(Duration::from_millis(20));
}
