//! The same small story in other simulators: bench/compare, a workspace of its own, which is built
//! for this bench alone.

use super::{Figure, probe};
use crate::shell::{Failure, cargo_command, output, top};

pub(super) const NAMES: [&str; 3] = ["compare_turmoil", "compare_madsim", "compare_filage"];

pub(super) fn measure() -> Result<Vec<Figure>, Failure> {
    let mut compare = cargo_command();
    compare.args(["run", "--quiet", "--release", "--manifest-path", "bench/compare/Cargo.toml"]);
    // Without that, madsim is tokio. All is built anew for it, so in a folder of its own.
    compare.env("RUSTFLAGS", "--cfg madsim").env("CARGO_TARGET_DIR", top().join("target/compare"));
    let told = output(&mut compare)?;
    String::from_utf8_lossy(&told).lines().map(probe::figure).collect()
}
