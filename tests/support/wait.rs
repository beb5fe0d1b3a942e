//! Waiting for a condition, never for a time.
#![expect(clippy::disallowed_methods, reason = "the tests watch real processes in real time")]

use std::{
    thread,
    time::{Duration, Instant},
};

/// Far more than anything takes here, images that have to be built included; what is not there by
/// then will never be.
pub const PATIENCE: Duration = Duration::from_secs(45 * 60);

/// Waits until there is an answer; panics with `what` when there is none in the end.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(20));
    }
}
