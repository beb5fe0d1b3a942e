//! The simulator in earnest: thousands of random worlds, thousands of seeds.

use std::{process::Command, time::Instant};

use crate::shell::{Failure, cargo_command, run};

/// Plays random scenarios; harness/tests/simulated/random.rs says what must hold.
pub(crate) fn random(times: u32) -> Result<(), Failure> {
    let what = format!("{times} random scenarios hold what must hold for all");
    let test = "random::whatever_happens_probes_see_the_truth_and_what_is_amiss_is_said";
    timed(&what, test, ("FILAGE_RANDOM_WORLDS", times))
}

/// Plays scenarios/proxgroup with many seeds, each twice.
pub(crate) fn determinism(seeds: u32) -> Result<(), Failure> {
    let what = format!("{seeds} seeds, each played twice: the same histories, byte for byte");
    let test = "seeds::each_seed_is_one_history_byte_for_byte";
    timed(&what, test, ("FILAGE_SEEDS", seeds))
}

/// One of the simulator's own tests, in the release build.
fn simulated() -> Command {
    let mut tests = cargo_command();
    tests.args(["test", "--quiet", "--release", "--package", "filage", "--test", "simulated"]);
    tests
}

/// Runs the test with a variable that says how much of it, and says how long that took.
#[expect(clippy::disallowed_methods, reason = "a chore says how long it took, in real time")]
fn timed(what: &str, test: &str, (name, value): (&str, u32)) -> Result<(), Failure> {
    run(simulated().arg("--no-run"))?;
    let begun = Instant::now();
    run(simulated().args(["--", "--exact", "--nocapture", test]).env(name, value.to_string()))?;
    println!("{what}; {:.0} s", begun.elapsed().as_secs_f64());
    Ok(())
}
