//! Owns the world of real containers.
//! Must not know: checks, reports, the command line.

pub mod clock;
pub mod look;
pub mod probes;
