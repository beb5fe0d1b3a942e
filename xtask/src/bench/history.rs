//! Figures that a run's own history tells.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;

use crate::shell::Failure;

/// A run's history, as JSON.
pub(super) struct Run {
    begin: Value,
    records: Vec<Value>,
}

impl Run {
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let text = fs::read_to_string(path)
            .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
        let mut lines = text.lines().map(|line| {
            serde_json::from_str(line).map_err(|error| Failure::new(format!("a record: {error}")))
        });
        let begin = lines.next().ok_or_else(|| Failure::new("the history is empty"))??;
        Ok(Self { begin, records: lines.collect::<Result<_, _>>()? })
    }

    /// Real seconds from one phase to another (`end`: to the last record), story jumps left out.
    pub(super) fn wall_seconds(&self, from: &str, to: &str) -> Result<f64, Failure> {
        let at = |name: &str| match name {
            "end" => self.records.last().map(at_micros),
            _ => self.records.iter().find(|record| record["phase"] == name).map(at_micros),
        };
        let missing = || Failure::new(format!("the history has no `{from}` or `{to}`"));
        let (from, to) = (at(from).ok_or_else(missing)?, at(to).ok_or_else(missing)?);
        Ok((to - from - self.jumped(from, to)) as f64 / 1e6)
    }

    /// From the first container to the first good answer of the last service.
    pub(super) fn up_seconds(&self) -> Result<f64, Failure> {
        let mut first = BTreeMap::new();
        for sample in self.records.iter().filter(|record| record["event"] == "sample") {
            if sample["answer"] == "up" {
                let answered = at_micros(sample) + sample["took_micros"].as_i64().unwrap_or(0);
                first.entry(sample["service"].to_string()).or_insert(answered);
            }
        }
        let up = self
            .records
            .iter()
            .find(|record| record["phase"] == "up")
            .map(at_micros)
            .ok_or_else(|| Failure::new("the history has no phase `up`"))?;
        let last = first.values().max().ok_or_else(|| Failure::new("no service answered"))?;
        Ok((last - up - self.jumped(up, *last)) as f64 / 1e6)
    }

    /// The real time of all steps together against that of the longest chain of them.
    pub(super) fn overhead_ratio(&self) -> Result<f64, Failure> {
        let mut took: BTreeMap<&str, f64> = BTreeMap::new();
        let mut started: BTreeMap<&str, i64> = BTreeMap::new();
        for record in &self.records {
            let Some(step) = record["step"].as_str() else { continue };
            if record["event"] == "step-started" {
                started.insert(step, at_micros(record));
            } else if record["event"] == "step-ended" {
                let (from, to) = (started.get(step).copied(), at_micros(record));
                let from = from.unwrap_or(to);
                *took.entry(step).or_default() += (to - from - self.jumped(from, to)) as f64 / 1e6;
            }
        }
        let mut chains: BTreeMap<&str, f64> = BTreeMap::new();
        let steps = self.begin["plan"]["steps"].as_array().cloned().unwrap_or_default();
        let mut longest = 0.0_f64;
        for step in &steps {
            let id = step["id"].as_str().unwrap_or_default();
            let needs = step["needs"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let before = needs.filter_map(|need| chains.get(need)).copied().fold(0.0, f64::max);
            let (id, time) = took.get_key_value(id).map_or(("", 0.0), |(id, time)| (*id, *time));
            chains.insert(id, before + time);
            longest = longest.max(before + time);
        }
        Ok(self.wall_seconds("migrate", "heal")? / longest)
    }

    /// How far story time jumped between two moments, in microseconds.
    fn jumped(&self, from: i64, to: i64) -> i64 {
        let jumps = self.records.iter().filter(|record| record["event"] == "passed");
        jumps
            .filter(|jump| (from..=to).contains(&at_micros(jump)))
            .filter_map(|jump| jump["by_micros"].as_i64())
            .sum()
    }
}

fn at_micros(record: &Value) -> i64 {
    record["at_micros"].as_i64().unwrap_or_default()
}
