//! Owns the world of real containers: the engine's client, what every run is labelled with, images,
//! networks, and the end of all of it.
//! Must not know: checks, reports, the command line, the simulator.

pub mod client;
pub mod labels;
