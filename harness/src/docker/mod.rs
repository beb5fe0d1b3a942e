//! Owns the world of real containers: hosts, network, DNS, and how verbs, faults, probes and
//! looks are done in it; and the end of all of it.
//! Must not know: checks, reports, the command line, the simulator.
//!
//! `setting` prepares what a world is made of, `stage` brings it up and takes it down, `world`
//! turns the engine's actions into tasks. A new verb is a file in `verbs`, a new fault one in
//! `faults`, a new probe one in `probes`, a new look one in `observe` or `look`.

pub mod client;
pub mod clock;
pub mod labels;
pub mod look;
pub mod probes;
