//! The simulator: how many rehearsals there are in a second, and how long one run takes as a user sees it.

use super::{Figure, probe, process::measured, scratch};
use crate::shell::{Failure, filage};

pub(super) const NAMES: [&str; 2] = ["sim_rehearsals_per_second", "sim_run_seconds"];

/// How often the program is run.
const RUNS: usize = 20;

pub(super) fn measure() -> Result<Vec<Figure>, Failure> {
    let mut figures = probe::told_by("sim")?;
    let mut samples = vec![];
    for _ in 0..RUNS {
        let folder = scratch("sim-run")?;
        let mut command = filage("release");
        command.args(["run", "scenarios/proxgroup", "--world", "sim", "--out"]).arg(&folder);
        samples.push(measured(&mut command)?.wall.as_secs_f64());
    }
    figures.push(Figure { name: "sim_run_seconds", unit: "s", goal: "<= 0.05", samples });
    Ok(figures)
}
