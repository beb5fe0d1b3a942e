//! Owns the verbs: what a step of a migration can be, and what each needs, touches and may break.
//! Must not know: how any world does them.
//!
//! A new verb is a file in this folder, a field of [`crate::scenario::Step`], a variant of
//! [`Verb`], and a file in the `verbs` folder of each world.

mod check;
mod image;
mod install;
mod point;
mod run;
mod simulated;
mod start;
mod stop;
mod transfer;
mod ttl;
mod volume;
mod wait;

use serde::{Deserialize, Serialize};

pub use self::{
    check::Check,
    image::Image,
    install::Install,
    point::Point,
    run::{Run, Via},
    simulated::{CopyOf, FreePort, Remove, ServiceOn, Simulated},
    start::Start,
    stop::Stop,
    transfer::Transfer,
    ttl::Ttl,
    volume::Volume,
    wait::Wait,
};
use crate::base::{DnsName, Duration, HostId, ServiceId};

/// What a step does, nothing left to guess.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// Look at the world, and go on only if it is as expected.
    Check(Check),
    /// Bring the images of services to a host.
    Image(Image),
    /// Install packages of the distribution.
    Install(Install),
    /// Point DNS names to a host.
    Point(Point),
    /// Run a script of the user's.
    Run(Run),
    /// Start a service.
    Start(Start),
    /// Stop a service.
    Stop(Stop),
    /// Copy a service's data from one host to another.
    Transfer(Transfer),
    /// Change the TTL of DNS names.
    Ttl(Ttl),
    /// Create the empty volumes of services.
    Volume(Volume),
    /// Let story time pass.
    Wait(Wait),
}

/// How a verb reads to somebody who plans with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Description {
    /// One line: what happens.
    pub summary: String,
    /// What must be true before.
    pub needs: Vec<String>,
    /// What is different afterwards.
    pub touches: Vec<String>,
    /// What users may feel while it runs, or when it fails.
    pub may_break: Vec<String>,
}

/// The things of the world that a step lays hands on: an outage of one of them is put down to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// Services.
    pub services: Vec<ServiceId>,
    /// DNS names.
    pub names: Vec<DnsName>,
    /// Whole hosts (a script can do anything there).
    pub hosts: Vec<HostId>,
}

impl Verb {
    /// The word that a scenario uses.
    pub fn word(&self) -> &'static str {
        self.args().word()
    }

    /// What a planner wants to know of it.
    pub fn describe(&self) -> Description {
        self.args().describe()
    }

    /// What it lays hands on.
    pub fn reach(&self) -> Reach {
        self.args().reach()
    }

    /// How long it may take unless the scenario says otherwise.
    pub fn default_deadline(&self) -> Duration {
        self.args().default_deadline()
    }

    /// The same on another host; none where it is done on no host in particular.
    pub fn elsewhere(&self, on: &HostId) -> Option<Self> {
        let mut verb = self.clone();
        let place = match &mut verb {
            Self::Install(args) => &mut args.on,
            Self::Run(args) => args.on.as_mut()?,
            Self::Start(args) => &mut args.on,
            Self::Stop(args) => &mut args.on,
            Self::Volume(args) => &mut args.on,
            Self::Check(_)
            | Self::Image(_)
            | Self::Point(_)
            | Self::Transfer(_)
            | Self::Ttl(_)
            | Self::Wait(_) => {
                return None;
            }
        };
        place.clone_from(on);
        Some(verb)
    }

    fn args(&self) -> &dyn Describe {
        match self {
            Self::Check(args) => args,
            Self::Image(args) => args,
            Self::Install(args) => args,
            Self::Point(args) => args,
            Self::Run(args) => args,
            Self::Start(args) => args,
            Self::Stop(args) => args,
            Self::Transfer(args) => args,
            Self::Ttl(args) => args,
            Self::Volume(args) => args,
            Self::Wait(args) => args,
        }
    }
}

/// What each verb says of itself.
trait Describe {
    fn word(&self) -> &'static str;
    fn describe(&self) -> Description;
    fn reach(&self) -> Reach;
    fn default_deadline(&self) -> Duration {
        Duration::from_secs(60)
    }
}

/// `a, b and c`, each in backticks.
fn list<T: std::fmt::Display>(items: &[T]) -> String {
    let quoted: Vec<String> = items.iter().map(|item| format!("`{item}`")).collect();
    match quoted.split_last() {
        None => "nothing".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}
