//! The same small story in three simulators, in one run: a host asks another one ten times a second,
//! for an hour. A line of JSON for each: story seconds per second of wall time.
//!
//! They do not do the same work for it. turmoil and madsim run whatever code a host consists of, and
//! move every message; this simulator knows services only by what the scenario says of them, and
//! materialises a question only where the answer may be another one. That is what the figures show.

mod filage_loop;
mod madsim_loop;
mod turmoil_loop;

use std::{
    error::Error,
    process::ExitCode,
    time::{Duration, Instant},
};

/// From question to question.
const EVERY: Duration = Duration::from_millis(100);
/// How much story is told.
const STORY: Duration = Duration::from_secs(3_600);
/// How many questions that is.
const QUESTIONS: u32 = (STORY.as_millis() / EVERY.as_millis()) as u32;
/// How often each of them tells it.
const TIMES: usize = 5;

type Failure = Box<dyn Error>;
/// Tells the story once, and says how many questions were answered.
type Telling = fn() -> Result<u32, Failure>;

fn main() -> ExitCode {
    let tellings: [(&str, Telling); 3] = [
        ("compare_turmoil", turmoil_loop::tell),
        ("compare_madsim", madsim_loop::tell),
        ("compare_filage", filage_loop::tell),
    ];
    for (name, tell) in tellings {
        if let Err(error) = measure(name, tell) {
            eprintln!("{name}: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn measure(name: &str, tell: Telling) -> Result<(), Failure> {
    let mut samples = vec![];
    // The first one warms up.
    for time in 0..=TIMES {
        let begun = now();
        let answered = tell()?;
        let took = begun.elapsed();
        if answered < QUESTIONS {
            return Err(format!("{answered} of {QUESTIONS} questions were answered").into());
        }
        if time > 0 {
            samples.push(STORY.as_secs_f64() / took.as_secs_f64());
        }
    }
    let unit = "story s / wall s";
    println!(
        "{}",
        serde_json::json!({ "name": name, "unit": unit, "goal": "", "samples": samples })
    );
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a bench measures real time, outside every simulation"
)]
fn now() -> Instant {
    Instant::now()
}
