//! Exploring scenarios/proxgroup, as a user sees it: the single mishaps, the pairs, what it takes of memory,
//! how many rehearsals there are in a second; and how long it takes to make a schedule small.

use super::{Figure, probe, process::measured_with_code, scratch};
use crate::shell::{Failure, filage};

pub(super) const NAMES: [&str; 5] = [
    "explore_singles",
    "explore_pairs",
    "explore_memory",
    "explore_rehearsals_per_second",
    "explore_shrink_twelve",
];

/// How often each is measured.
const TIMES: usize = 5;

pub(super) fn measure() -> Result<Vec<Figure>, Failure> {
    let figure = |name, unit, goal| Figure { name, unit, goal, samples: vec![] };
    let mut singles = figure(NAMES[0], "s", "<= 2");
    let mut pairs = figure(NAMES[1], "s", "<= 60");
    let mut memory = figure(NAMES[2], "MB", "<= 300");
    let mut rate = figure(NAMES[3], "1/s", ">= 10000");
    for _ in 0..TIMES {
        singles.samples.push(explore(&["--pairs", "0", "--random", "0"])?.wall);
        let all = explore(&["--pairs", "1000000", "--random", "0"])?;
        pairs.samples.push(all.wall);
        memory.samples.push(all.megabytes);
        rate.samples.push(all.rehearsals / all.wall);
    }
    let mut figures = vec![singles, pairs, memory, rate];
    figures.extend(probe::told_by("explore")?);
    Ok(figures)
}

struct Explored {
    wall: f64,
    megabytes: f64,
    rehearsals: f64,
}

fn explore(more: &[&str]) -> Result<Explored, Failure> {
    let folder = scratch("explore")?;
    let mut command = filage("release");
    command.args(["explore", "scenarios/proxgroup", "--out"]).arg(&folder).args(more);
    // The migration is not free of weaknesses, and says so.
    let process = measured_with_code(&mut command, 1)?;
    let findings = folder.join("findings.json");
    let unreadable = |why: String| Failure::new(format!("{}: {why}", findings.display()));
    let text = std::fs::read_to_string(&findings).map_err(|error| unreadable(error.to_string()))?;
    let found: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
    let rehearsals = found["rehearsals"].as_f64();
    Ok(Explored {
        wall: process.wall.as_secs_f64(),
        megabytes: process.memory_peak_bytes as f64 / 1e6,
        rehearsals: rehearsals.ok_or_else(|| unreadable("no number of rehearsals".to_owned()))?,
    })
}
