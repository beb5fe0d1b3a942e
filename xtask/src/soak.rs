//! The same rehearsal again and again: one that passes must pass every time.

use std::process::Stdio;

use serde_json::Value;

use crate::{
    engine,
    shell::{Failure, cargo, filage, top},
};

/// Plays a scenario so many times, and fails if one of the runs does not pass.
pub(crate) fn soak(times: u32, scenario: &str, arguments: &[String]) -> Result<(), Failure> {
    engine::ensure_running()?;
    cargo(&["build", "--release", "--workspace"])?;
    let mut alarms = vec![];
    for n in 1..=times {
        let folder = top().join(format!("target/soak/{n}"));
        if folder.exists() {
            std::fs::remove_dir_all(&folder).map_err(|error| Failure::new(error.to_string()))?;
        }
        let mut command = filage("release");
        command.args(["run", scenario, "--world", "docker", "--format", "json", "--out"]);
        let said = command.arg(&folder).args(arguments).stderr(Stdio::null()).output();
        let said = said.map_err(|error| Failure::new(error.to_string()))?;
        let verdict: Value = serde_json::from_slice(&said.stdout)
            .map_err(|error| Failure::new(format!("run {n} has no verdict: {error}")))?;
        println!("{n:>3} {}", told(&verdict));
        if verdict["verdict"] != "pass" {
            alarms.push(n);
        }
    }
    if !alarms.is_empty() {
        let count = alarms.len();
        return Err(Failure::new(format!("{count} of {times} runs did not pass: {alarms:?}")));
    }
    println!("{times} runs, no alarm");
    Ok(())
}

/// A run in a line: its verdict, its downtimes, what became of its writes, and why it is no pass.
fn told(verdict: &Value) -> String {
    let list = |key: &str| verdict[key].as_array().cloned().unwrap_or_default();
    let mut told = format!("{:<8}", verdict["verdict"].as_str().unwrap_or("?"));
    for service in list("services") {
        let down = |key: &str| service["downtime"][key].as_f64().unwrap_or(f64::NAN);
        let name = service["name"].as_str().unwrap_or("?");
        told += &format!(" {name} {:.1}-{:.1}s", down("min_seconds"), down("max_seconds"));
    }
    for ledger in list("ledger") {
        told += &format!("; {} of {} writes", ledger["present"], ledger["acknowledged"]);
    }
    for reason in list("reasons") {
        told += &format!("\n      {}", reason["text"].as_str().unwrap_or("?"));
    }
    told
}
