//! The probes alone: what `filage-bench` measures in a process of its own.

use serde_json::Value;

use super::Figure;
use crate::shell::{Failure, output, program, top};

pub(super) const NAMES: [&str; 4] =
    ["tcp_probe_cpu", "https_probe_cpu", "probes_held_per_second", "probes_unaccounted"];

pub(super) fn measure() -> Result<Vec<Figure>, Failure> {
    told_by("probe")
}

/// The figures that `filage-bench` tells of a part.
pub(super) fn told_by(part: &str) -> Result<Vec<Figure>, Failure> {
    let told = output(program("release", "filage-bench").arg(part).current_dir(top()))?;
    let told = String::from_utf8_lossy(&told).into_owned();
    told.lines().map(figure).collect()
}

/// What a line of a program that measures tells.
pub(super) fn figure(line: &str) -> Result<Figure, Failure> {
    let misread = || Failure::new(format!("this tells no figure: {line}"));
    let told: Value = serde_json::from_str(line).map_err(|_| misread())?;
    // A name, a unit and a goal live as long as the program.
    let text = |key: &str| told[key].as_str().map(|it| &*it.to_owned().leak()).ok_or_else(misread);
    let samples = told["samples"].as_array().ok_or_else(misread)?;
    Ok(Figure {
        name: text("name")?,
        unit: text("unit")?,
        goal: text("goal")?,
        samples: samples.iter().filter_map(Value::as_f64).collect(),
    })
}
