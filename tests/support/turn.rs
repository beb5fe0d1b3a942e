//! Who may use the engine: at most two rehearsals at once, and none where there is no engine.

use std::{
    io::Write,
    sync::{Condvar, Mutex, PoisonError},
};

use crate::engine::Engine;

/// How many rehearsals a small machine bears at once.
const PLACES: usize = 2;

static TAKEN: Mutex<usize> = Mutex::new(0);
static FREED: Condvar = Condvar::new();

/// The right to play some rehearsals at once; it ends with this value.
#[derive(Debug)]
pub struct Turn {
    places: usize,
    /// The engine.
    pub engine: Engine,
}

impl Turn {
    /// Waits for the right to play one rehearsal. Where no engine answers, says that the test is
    /// not run and gives `None`; in CI, that is a failure.
    #[track_caller]
    pub fn of_one() -> Option<Self> {
        Self::of(1)
    }

    /// The same for two rehearsals at once.
    #[track_caller]
    pub fn of_two() -> Option<Self> {
        Self::of(2)
    }

    #[track_caller]
    fn of(places: usize) -> Option<Self> {
        match Engine::connect() {
            Ok(engine) => {
                let taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
                let mut taken = FREED
                    .wait_while(taken, |taken| *taken + places > PLACES)
                    .unwrap_or_else(PoisonError::into_inner);
                *taken += places;
                Some(Self { places, engine })
            }
            Err(why) => {
                not_run(&why);
                None
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *TAKEN.lock().unwrap_or_else(PoisonError::into_inner) -= self.places;
        FREED.notify_all();
    }
}

#[track_caller]
fn not_run(why: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    let told = format!("NOT RUN: {test} needs a Docker Engine: {why}");
    let in_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
    assert!(!in_ci, "{told}");
    // Not `eprintln!`: the test harness would keep that from who looks.
    let _ = writeln!(std::io::stderr(), "{told}");
}
