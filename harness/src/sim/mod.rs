//! Owns the simulated world: hosts, network, names, services and clients in virtual time. It needs
//! nothing installed, and plays a migration of hours in a moment. No I/O, no threads, no clock.
//! Must not know: checks, reports, the command line, the Docker world.
//!
//! What is true lies in `facts`, `power`, `troubles` and `dns`; what clients make of it is a pure function of that, in
//! `probes`; `watch` turns it into samples, and `writers` does the same for what is written, which
//! lands in `books` and is found again by `reading`. `world` plays the engine's actions beat by beat. A new
//! verb is a file in `verbs`, a new fault one in `faults`, a new probe an arm in `probes`, a new
//! look one in `observe`: the twins of those of the Docker world, in semantics and in words.

mod acts;
mod books;
mod calibrate;
mod chance;
mod clock;
mod dns;
mod durations;
mod facts;
mod faults;
mod hands;
mod layout;
mod observe;
mod power;
mod probes;
mod queue;
mod reading;
mod route;
mod talk;
mod troubles;
mod verbs;
mod watch;
mod ways;
mod world;
mod writers;
mod wrongs;

use std::collections::BTreeMap;

pub use self::{calibrate::timings, layout::Layout, watch::Truth, world::World};
use crate::{plan::Plan, scenario::Timings};

/// What the scenario's folder holds beside the scenario. The simulator reads no files.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// How long steps take.
    pub timings: Timings,
    /// The files that somebody looks into, by their paths in the folder.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// The files of the scenario's folder that a rehearsal looks into, by their paths there.
pub fn files_looked_into(plan: &Plan) -> Vec<&str> {
    observe::looked_into(plan)
}

/// What nothing of this can prove, for the report.
const NOTES: [&str; 3] = [
    "simulated: it shows what follows from what the scenario says, and proves nothing about \
     kernels, real software, real boots or real packages",
    "scripts of `run` are not run: they are taken to pass, and to do what their `simulates` says",
    "what real software would ask for outside cannot be seen here",
];
