//! Owns the resolved plan: what will be played, with nothing unknown, defaulted or ambiguous.
//! Must not know: worlds, time, results.

mod model;

pub use model::*;
