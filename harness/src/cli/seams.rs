//! Where the program meets the modules that do the work, and where a test can make it stumble.

pub(super) use crate::{
    engine::rehearse,
    plan::{Choices, FaultChoice, describe, resolve},
    scenario::{load, load_overlay, must_have_undo},
};

/// A bug of ours, on purpose, for tests of what becomes of one: panics where `FILAGE_TEST_BUG` names
/// this place. Release builds have none of it.
pub(super) fn bug_at(place: &str) {
    if cfg!(debug_assertions) && std::env::var("FILAGE_TEST_BUG").is_ok_and(|at| at == place) {
        panic!("FILAGE_TEST_BUG is {place}");
    }
}
