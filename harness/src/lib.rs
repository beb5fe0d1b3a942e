//! Rehearse a server migration whole: scenario, plan, engine over a world, history, verdict,
//! report. `ARCHITECTURE.md` tells the way through.

#![forbid(unsafe_code)]

pub mod base;
pub mod check;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "docker")]
pub mod docker;
pub mod engine;
pub mod expect;
pub mod explore;
pub mod fault;
pub mod history;
pub mod plan;
pub mod probe;
mod rehearsals;
pub mod report;
pub mod scenario;
pub mod sim;
pub mod step;
pub mod world;
pub mod writer;

pub use self::rehearsals::Rehearsals;
