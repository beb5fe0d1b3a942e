//! How the simulator grows with the number of services: `filage-bench growth`, a process for each
//! size, so that the peak of memory is its own.

use serde_json::Value;

use super::Figure;
use crate::shell::{Failure, output, program};

const SIZES: [usize; 4] = [10, 100, 1_000, 10_000];

pub(super) const NAMES: [&str; 6] = [
    "growth_10",
    "growth_100",
    "growth_1000",
    "growth_10000",
    "growth_ratio_10000_100",
    "growth_memory",
];

pub(super) fn measure() -> Result<Vec<Figure>, Failure> {
    let figure = |name, unit, goal, samples| Figure { name, unit, goal, samples };
    let mut figures = vec![];
    let mut memory = 0.0;
    for (name, services) in NAMES.into_iter().zip(SIZES) {
        let told =
            output(program("release", "filage-bench").args(["growth", &services.to_string()]))?;
        let misread = || Failure::new("filage-bench told no figure");
        let told: Value = serde_json::from_slice(&told).map_err(|_| misread())?;
        let seconds = told["seconds"].as_array().ok_or_else(misread)?;
        let each = seconds.iter().filter_map(Value::as_f64).map(|it| it * 1e6 / services as f64);
        figures.push(figure(name, "us of each service", "", each.collect()));
        memory = told["memory_bytes"].as_f64().ok_or_else(misread)? / 1e6;
    }
    let ratio = figures[3].median() / figures[1].median();
    figures.push(figure(NAMES[4], "times", "<= 2", vec![ratio]));
    // That of the largest.
    figures.push(figure(NAMES[5], "MB", "<= 2000", vec![memory]));
    Ok(figures)
}
