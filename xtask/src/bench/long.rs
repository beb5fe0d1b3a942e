//! A history of ten million samples, and what it costs to judge it.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use serde_json::{Value, json};

use super::{Figure, process::measured, scratch};
use crate::shell::{Failure, filage, output, write};

const SAMPLES: u64 = 10_000_000;
const SERVICES: u64 = 8;
/// From launch to launch of a service, in microseconds.
const EVERY: u64 = 100_000;
const DEADLINE: u64 = 2_000_000;
const RUNS: usize = 3;

pub(super) const NAMES: [&str; 2] = ["check_10m_events", "check_10m_memory"];

/// `filage replay` of the history, process start to exit: the time of the one core that it uses.
pub(super) fn measure() -> Result<Vec<Figure>, Failure> {
    let folder = scratch("long")?;
    let run = folder.join("run");
    std::fs::create_dir_all(&run).map_err(|error| Failure::new(error.to_string()))?;
    let history = run.join("history.jsonl");
    History::create(&history, &plan(&folder)?)
        .and_then(History::play)
        .map_err(|error| Failure::new(format!("{}: {error}", history.display())))?;
    let figure = |name, unit, goal| Figure { name, unit, goal, samples: vec![] };
    let mut time = figure(NAMES[0], "s of one core", "<= 10");
    let mut memory = figure(NAMES[1], "MB", "<= 150");
    for _ in 0..RUNS {
        let process = measured(filage("release").arg("replay").arg(&run))?;
        time.samples.push(process.processor.as_secs_f64());
        memory.samples.push(process.memory_peak_bytes as f64 / 1e6);
    }
    // It is larger than all the rest of a build together.
    std::fs::remove_dir_all(&folder).map_err(|error| Failure::new(error.to_string()))?;
    Ok(vec![time, memory])
}

/// The plan of a small scenario, every default written out by the program itself.
fn plan(folder: &Path) -> Result<Value, Failure> {
    let mut text = "filage: 1\nscenario: long\nhosts:\n  old: {}\n  new: {}\n\
        zone: { name: long.example }\nservices:\n"
        .to_owned();
    for n in 0..SERVICES {
        text += &format!(
            "  s{n}:\n    on: old\n    name: s{n}.long.example\n    unit: {{ name: s{n}.service, \
             listens: [{port}] }}\n    probe: {{ tcp: {{ port: {port} }} }}\n",
            port = 1024 + n
        );
    }
    text += "steps:\n";
    for n in 0..SERVICES {
        text += &format!("  - stop: s{n}\n    on: old\n  - start: s{n}\n    on: new\n");
        text += &format!("  - point: {{ name: s{n}.long.example, to: new }}\n");
    }
    write(&format!("{}/scenario.yaml", folder.display()), text.as_bytes())?;
    let plan = output(filage("release").args(["plan", "--format", "json"]).arg(folder))?;
    serde_json::from_slice(&plan).map_err(|error| Failure::new(format!("the plan: {error}")))
}

/// An answer that is on its way: when it comes, then its number, launch, service and words.
type Flight = Reverse<(u64, u64, u64, u64, &'static str)>;

/// A history in the making.
struct History {
    out: BufWriter<File>,
    steps: Vec<String>,
    flights: BinaryHeap<Flight>,
    /// The state of a linear congruential generator (Knuth's MMIX), so that each history is the same.
    chance: u64,
    sent: u64,
}

impl History {
    fn create(path: &Path, plan: &Value) -> std::io::Result<Self> {
        let steps = plan["steps"].as_array().into_iter().flatten();
        let steps = steps.filter_map(|step| Some(step["id"].as_str()?.to_owned())).collect();
        let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
        let begin = json!({
            "history_version": 1, "run": "long", "world": "none", "notes": [],
            "addresses": { "old": "198.18.0.10", "new": "198.18.0.11" }, "plan": plan,
        });
        writeln!(out, "{begin}")?;
        Ok(Self { out, steps, flights: BinaryHeap::new(), chance: 1, sent: 0 })
    }

    /// Plays all phases: most of the time the steps run, one after the other.
    fn play(mut self) -> std::io::Result<()> {
        let rounds = SAMPLES / SERVICES;
        let steps = self.steps.clone();
        let each = rounds / (steps.len() as u64 + 4);
        for phase in ["up", "baseline"] {
            self.record(&json!({ "event": "phase", "phase": phase }))?;
        }
        self.rounds(each)?;
        self.record(&json!({ "event": "phase", "phase": "migrate" }))?;
        for step in &steps {
            self.record(&json!({ "event": "step-started", "step": step, "attempt": 1 }))?;
            self.rounds(each)?;
            let ended = json!({
                "event": "step-ended", "step": step, "outcome": "passed", "detail": "done",
            });
            self.record(&ended)?;
        }
        for phase in ["heal", "settle", "check", "restart", "recheck"] {
            self.record(&json!({ "event": "phase", "phase": phase }))?;
            if phase == "check" || phase == "restart" {
                self.rounds(each)?;
            }
        }
        self.rounds(rounds - self.sent / SERVICES)?;
        while let Some(flight) = self.flights.pop() {
            self.land(flight)?;
        }
        self.record(&json!({ "event": "phase", "phase": "down" }))?;
        self.record(&json!({ "event": "end", "ending": "complete", "detail": "" }))?;
        self.out.flush()
    }

    fn now(&self) -> u64 {
        self.sent / SERVICES * EVERY
    }

    fn record(&mut self, what: &Value) -> std::io::Result<()> {
        let mut record = json!({ "at_micros": self.now() });
        let fields = what.as_object().into_iter().flatten();
        fields.for_each(|(name, value)| record[name] = value.clone());
        writeln!(self.out, "{record}")
    }

    /// Each service is asked so many times.
    fn rounds(&mut self, count: u64) -> std::io::Result<()> {
        for _ in 0..count {
            for service in 0..SERVICES {
                let launched = self.now() + service * EVERY / SERVICES;
                let (answer, took) = self.answer(service, launched);
                let flight = (launched + took, self.sent, launched, service, answer);
                self.flights.push(Reverse(flight));
                self.sent += 1;
                while self.flights.peek().is_some_and(|Reverse(next)| next.0 <= launched) {
                    let flight = self.flights.pop().expect("it was looked at");
                    self.land(flight)?;
                }
            }
        }
        Ok(())
    }

    /// A service is down for up to 30 s of each 20 minutes, and slow for as long in others.
    fn answer(&mut self, service: u64, launched: u64) -> (&'static str, u64) {
        self.chance = self
            .chance
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let chance = self.chance >> 40;
        let (round, second) = (launched / 1_000_000 / 1_200, launched / 1_000_000 % 1_200);
        let length = (round * 7 + service * 11) % 30;
        match second.checked_sub(100 * service) {
            Some(at) if at < length && round % 3 == 0 => ("down", DEADLINE),
            Some(at) if at < length && round % 3 == 1 => ("down", 300 + chance % 500),
            Some(at) if at < length => ("slow", 900_000 + chance % 500_000),
            _ => ("up", 400 + chance % 20_000),
        }
    }

    fn land(&mut self, Reverse((at, _, launched, service, answer)): Flight) -> std::io::Result<()> {
        let detail = match answer {
            "down" if at - launched == DEADLINE => r#","detail":"no answer within 2s""#,
            "down" => r#","detail":"198.18.0.10:1024: Connection refused (os error 111)""#,
            _ => "",
        };
        writeln!(
            self.out,
            r#"{{"at_micros":{launched},"event":"sample","service":"s{service}","client":"fresh","launched_micros":{launched},"host":"old","answer":"{answer}","took_micros":{}{detail}}}"#,
            at - launched
        )
    }
}
