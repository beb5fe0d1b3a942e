//! Owns what the outside tests share: the program, copies of scenarios, the engine's own view of
//! what is left on it, and words that differ from run to run.
//! Must not know: what any test expects.

pub mod engine;
pub mod program;
pub mod redact;
pub mod rehearsal;
pub mod scenario;
pub mod turn;

pub mod wait;

use std::path::{Path, PathBuf};

/// The repository's top.
pub fn top() -> PathBuf {
    let crate_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_dir.parent().expect("the test crate lies in the repository").to_owned()
}
