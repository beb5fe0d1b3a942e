//! How well outages are measured: many of them, planted in a host's own network namespace and
//! timed there, against the intervals that the verdict gives.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use serde_json::Value;

use super::{Figure, process::measured, scratch};
use crate::{
    engine,
    shell::{Failure, filage, top, write},
};

pub(super) const NAMES: [&str; 3] =
    ["accuracy_contained", "accuracy_width_median_ms", "accuracy_width_p99_ms"];

/// How many outages.
const OUTAGES: u32 = 64;
/// The shortest and the longest, in seconds.
const SECONDS: (f64, f64) = (0.02, 30.0);

/// An outage as it was planted and as it was measured, in milliseconds.
struct Planted {
    how: &'static str,
    /// It lasted this at least and at most: a rule of the firewall comes into force at some moment
    /// while the command for it runs.
    truth: (f64, f64),
    measured: (f64, f64),
}

impl Planted {
    fn is_contained(&self) -> bool {
        self.measured.0 <= self.truth.1 && self.truth.0 <= self.measured.1
    }

    fn width(&self) -> f64 {
        self.measured.1 - self.measured.0
    }
}

/// Cuts a host off again and again while its service is asked.
pub(super) fn measure() -> Result<Vec<Figure>, Failure> {
    engine::ensure_running()?;
    let folder = scratch("accuracy")?;
    let (scenario, run) = (folder.join("scenario"), folder.join("run"));
    write_scenario(&scenario)?;
    let mut command = filage("release");
    command.arg("run").arg(&scenario).args(["--world", "docker", "--out"]).arg(&run);
    measured(&mut command)?;
    let planted = planted(&run)?;
    show(&planted);
    let mut widths: Vec<f64> = planted.iter().map(Planted::width).collect();
    widths.sort_by(f64::total_cmp);
    let contained = planted.iter().filter(|it| it.is_contained()).count();
    let contained = contained as f64 / planted.len() as f64;
    let p99 = widths[(widths.len() * 99).div_ceil(100) - 1];
    Ok(vec![
        Figure { name: NAMES[0], unit: "of 1", goal: "= 1", samples: vec![contained] },
        Figure { name: NAMES[1], unit: "ms", goal: "<= 15", samples: widths },
        Figure { name: NAMES[2], unit: "ms", goal: "<= 40", samples: vec![p99] },
    ])
}

/// The shelf alone, asked every 5 ms, on a host that is cut off again and again.
const SCENARIO: &str = "\
filage: 1
scenario: accuracy
hosts:
  shelf: {}
zone: { name: shelf.example }
services:
  shelf:
    on: shelf
    name: www.shelf.example
    unit:
      name: shelf.service
      file: files/shelf.service
      files:
        /opt/shelf.py: files/shelf.py
        /opt/page.html: files/page.html
        /opt/cut.py: files/cut.py
      listens: [8080]
    probe: { http: { port: 8080, expect: { contains: A shelf of books } } }
    budget: 1h
probing: { every: 5ms }
steps:
  - id: cut
    run: scripts/cut.sh
    on: shelf
    via: console
    deadline: 30m
";

fn write_scenario(folder: &Path) -> Result<(), Failure> {
    let script = format!("#!/bin/sh\nexec python3 /opt/cut.py {}\n", cuts().join(" "));
    let mut files = vec![
        ("scenario.yaml".to_owned(), SCENARIO.to_owned()),
        ("scripts/cut.sh".to_owned(), script),
    ];
    for name in ["cut.py", "page.html", "shelf.py", "shelf.service"] {
        let name = format!("files/{name}");
        let content = read(&top().join("tests/scenarios/shelf").join(&name))?;
        files.push((name, content));
    }
    files.iter().try_for_each(|(name, content)| {
        write(&format!("{}/{name}", folder.display()), content.as_bytes())
    })?;
    let script = folder.join("scripts/cut.sh");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755))
        .map_err(|error| Failure::new(format!("{}: {error}", script.display())))
}

/// How, how long, and the pause after it: lengths that are even on a logarithmic scale, in an order
/// and with pauses that keep in step with nothing. The same each time.
fn cuts() -> Vec<String> {
    let spread = |n: u32, step: f64| (f64::from(n) * step).fract();
    let (shortest, longest) = SECONDS;
    (0..OUTAGES)
        .map(|n| {
            let how = HOWS[n as usize % HOWS.len()];
            let seconds = shortest * (longest / shortest).powf(spread(n, GOLDEN));
            let pause = 0.4 + spread(n, 2_f64.sqrt());
            format!("{how}:{seconds:.4}:{pause:.4}")
        })
        .collect()
}

/// The ways in which a host can be cut off: packets vanish, or are refused.
const HOWS: [&str; 2] = ["drop", "reject"];
/// The step whose multiples spread most evenly.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

fn planted(run: &Path) -> Result<Vec<Planted>, Failure> {
    let log = read(&run.join("logs/steps/cut.log"))?;
    let verdict: Value = serde_json::from_str(&read(&run.join("verdict.json"))?)
        .map_err(|error| Failure::new(format!("verdict.json: {error}")))?;
    let outages = verdict["services"][0]["outages"].as_array().cloned().unwrap_or_default();
    let truths: Vec<(f64, f64)> = log.lines().filter_map(milliseconds).collect();
    if outages.len() != truths.len() || truths.len() != OUTAGES as usize {
        return Err(Failure::new(format!(
            "{OUTAGES} outages were to be planted, {} were, and {} are told; see {}",
            truths.len(),
            outages.len(),
            run.display()
        )));
    }
    let told = |outage: &Value, key: &str| outage[key].as_f64().unwrap_or(f64::NAN) * 1e3;
    let pairs = outages.iter().zip(truths).enumerate();
    Ok(pairs
        .map(|(n, (outage, truth))| Planted {
            how: HOWS[n % HOWS.len()],
            truth,
            measured: (told(outage, "min_seconds"), told(outage, "max_seconds")),
        })
        .collect())
}

fn milliseconds(line: &str) -> Option<(f64, f64)> {
    let (at_least, at_most) = line.split_once(' ')?;
    Some((at_least.parse::<f64>().ok()? * 1e3, at_most.parse::<f64>().ok()? * 1e3))
}

fn show(planted: &[Planted]) {
    println!("{:<8} {:>21} {:>21} {:>8}", "how", "planted (ms)", "measured (ms)", "width");
    for it in planted {
        let told = |(from, to): (f64, f64)| format!("{from:.1} to {to:.1}");
        let missed = if it.is_contained() { "" } else { "  MISSED" };
        println!(
            "{:<8} {:>21} {:>21} {:>8.1}{missed}",
            it.how,
            told(it.truth),
            told(it.measured),
            it.width()
        );
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}
