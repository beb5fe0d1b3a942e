//! Owns the world of real containers: the engine's client, what every run is labelled with, images,
//! networks, and the end of all of it.
//! Must not know: checks, reports, the command line, the simulator.

pub mod client;
pub mod container_args;
pub mod doctor;
mod hash;
pub mod host_spec;
pub mod images;
pub mod labels;
pub mod network;
pub mod owner;
pub mod seed;
pub mod sweep;
pub mod volumes;
