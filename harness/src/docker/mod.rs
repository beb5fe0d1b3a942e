//! Owns the world of real containers: hosts, network, DNS, how verbs, faults, probes and looks are
//! done in it, and the end of all of it.
//! Must not know: checks, reports, the command line, the simulator.
//!
//! `setting` prepares what a world is made of, `stage` brings it up and takes it down, `world`
//! turns the engine's actions into tasks. A new verb is a file in `verbs`, a new fault one in
//! `faults`, a new probe one in `probes`, a new look one in `observe` or `look`, a new way to write one in
//! `writers`, and to read one in `readers`.

mod client;
mod clock;
mod commands;
mod container_args;
mod copies;
mod database;
mod dns;
mod doctor;
mod egress;
mod error;
mod faults;
mod given;
mod hash;
mod host;
mod host_spec;
mod images;
mod labels;
mod logs;
mod look;
mod manifest;
mod members;
mod memory;
mod network;
mod observe;
mod operator;
mod options;
mod owner;
mod power;
mod probes;
mod readers;
mod routes;
mod seed;
mod setting;
mod stage;
mod sweep;
mod trial;
mod verbs;
mod volumes;
mod wall;
mod watch;
mod world;
mod writers;

pub use self::{
    doctor::Finding,
    error::Error,
    options::{Interrupt, Options},
    sweep::SweepOptions,
    world::World,
};

/// The probes alone, for who measures what they cost.
#[doc(hidden)]
pub mod measuring {
    pub use super::{
        clock::StoryClock,
        probes::{NetView, Prober, Sight, Target},
    };
}

/// Whether an engine answers.
pub fn available() -> Result<(), Error> {
    blocking(async { client::Client::connect().await.map(|_| ()).map_err(Error::from) })
}

/// What this machine can and cannot do.
pub fn doctor() -> Vec<Finding> {
    blocking(async { Ok(doctor::doctor().await) }).unwrap_or_default()
}

/// Removes what dead runs have left, and says what it was.
pub fn sweep(options: SweepOptions) -> Result<Vec<String>, Error> {
    blocking(async {
        let client = client::Client::connect().await?;
        Ok(sweep::sweep(&client, options).await?)
    })
}

/// Removes a run that has ended, also one that was to be kept, and says what it was.
pub fn remove(run: &str) -> Result<Vec<String>, Error> {
    blocking(async {
        let client = client::Client::connect().await?;
        Ok(sweep::remove_ended(&client, run).await?)
    })
}

fn blocking<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(Error::Runtime)?.block_on(work)
}
