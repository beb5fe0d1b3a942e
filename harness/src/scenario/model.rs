//! What a user writes, format version 1. The JSON Schema is made from these types.

use std::fmt;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use super::{
    refuses::Refuses,
    text::{Budget, GroupBudget, Publish},
    writer::{HttpRead, HttpWrite, ImapRead, Reader, SmtpWrite, SqlRead, SqlWrite, Writer},
};
pub use crate::fault::Written as Fault;
use crate::{
    base::{CheckId, DnsName, Duration, FaultId, HostId, OneOrMany, ServiceId, StepId},
    expect::Expectation,
    probe::{Client, Probe, Probing},
    step::{Image, Point, Simulated, Transfer, Ttl, Via, Wait},
};

/// A whole migration: who takes part, what is done, what goes wrong, and how it has to end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The version of this format: 1.
    #[schemars(range(min = 1, max = 1))]
    pub filage: u32,
    /// The scenario's name.
    pub scenario: String,
    /// What it is about, in a sentence.
    #[serde(default)]
    pub about: String,
    /// The hosting companies, by name.
    #[serde(default)]
    pub providers: IndexMap<String, Provider>,
    /// The servers, by id.
    pub hosts: IndexMap<HostId, Host>,
    /// The DNS zone of the world.
    pub zone: Zone,
    /// What users use, by id.
    pub services: IndexMap<ServiceId, Service>,
    /// How often services are asked whether they are up.
    #[serde(default)]
    pub probing: Probing,
    /// The migration, in order.
    pub steps: Vec<Step>,
    /// What goes wrong on purpose, by id.
    #[serde(default)]
    pub faults: IndexMap<FaultId, Fault>,
    /// Budgets for groups of services, by name; `all` stands for every service, `abort` for the time
    /// from the failure of a step until the migration is rolled back and every service answers again.
    #[serde(default)]
    pub budgets: IndexMap<String, GroupBudget>,
    /// What must be true at the end, by id.
    #[serde(default)]
    pub end_state: IndexMap<CheckId, Expectation>,
}

/// What a hosting company offers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// How its hosts are virtualised. Hosts are containers whatever this says: it is a profile,
    /// and the report says so.
    #[serde(default)]
    pub virtualization: Virtualization,
}

/// How a host is virtualised.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Virtualization {
    /// A machine of its own.
    #[default]
    Kvm,
    /// A container of the provider's.
    Lxc,
}

impl fmt::Display for Virtualization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Kvm => "kvm",
            Self::Lxc => "lxc",
        })
    }
}

/// A server that takes part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Host {
    /// Whose server it is.
    #[serde(default)]
    pub provider: Option<String>,
    /// What is installed on it.
    #[serde(default)]
    pub image: HostImage,
    /// Whether it runs a Docker Engine of its own.
    #[serde(default)]
    pub docker: bool,
    /// As whom steps log in; another user than root gets sudo without a password.
    #[serde(default = "admin")]
    pub user: String,
    /// Packages that are there from the start.
    #[serde(default)]
    pub packages: Vec<String>,
    /// Files that are there from the start: path on the host, path in the scenario's folder.
    #[serde(default)]
    pub files: IndexMap<String, String>,
}

/// The releases that a host can have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HostImage {
    /// Debian 12, bookworm.
    #[default]
    #[serde(rename = "debian-12")]
    Debian12,
}

impl fmt::Display for HostImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Debian12 => "debian-12",
        })
    }
}

/// The DNS zone of the world.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    /// Its name.
    pub name: DnsName,
    /// The TTL of its records, in whole seconds.
    #[serde(default = "one_hour")]
    pub ttl: Duration,
    /// Further records, as lines of a zone file (RFC 1035); addresses of hosts and services are
    /// there without being written.
    #[serde(default)]
    pub records: Vec<String>,
}

/// What users use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// The host that it runs on before the migration.
    pub on: HostId,
    /// The container that it is; it needs a host with Docker.
    #[serde(default)]
    pub container: Option<Container>,
    /// The systemd unit that it is.
    #[serde(default)]
    pub unit: Option<Unit>,
    /// The services that it cannot do without.
    #[serde(default)]
    pub needs: Vec<ServiceId>,
    /// The DNS name that its users know; it points to `on` at first.
    pub name: DnsName,
    /// How it is asked whether it is up.
    #[serde(default)]
    pub probe: Option<Probe>,
    /// Which clients ask it; `fresh` always does.
    #[serde(default)]
    pub clients: Vec<Client>,
    /// The downtime that is allowed.
    #[serde(default)]
    pub budget: Option<Budget>,
    /// What writes to it all along, to prove that nothing is lost.
    #[serde(default)]
    pub writer: Option<Writer>,
    /// Whose mail it refuses, for the simulator: what real software refuses is in its own settings.
    #[serde(default)]
    pub refuses: Refuses,
}

/// A service as a container of its host's Docker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Container {
    /// A folder of the scenario with a Dockerfile, such as `images/links`.
    pub image: String,
    /// The ports: `8080`, or `8080:80` for port 80 of the container at port 8080 of the host.
    #[serde(default)]
    pub publish: Vec<Publish>,
    /// The volumes with data: name, path in the container.
    #[serde(default)]
    pub volumes: IndexMap<String, String>,
    /// Environment variables.
    #[serde(default)]
    pub environment: IndexMap<String, String>,
    /// Where in the container `cert.pem` and `key.pem` for the service's name are mounted, from
    /// the world's own certificate authority.
    #[serde(default)]
    pub tls: Option<String>,
    /// A script of the scenario that fills the volumes; it runs once, inside the container, when
    /// the old host is prepared.
    #[serde(default)]
    pub fill: Option<String>,
}

/// A service as a systemd unit of its host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// The unit's name, ending in `.service`.
    pub name: String,
    /// The unit file, as a path in the scenario's folder; left out where a package brings it.
    #[serde(default)]
    pub file: Option<String>,
    /// The program's files: path on the host, path in the scenario's folder. They are on every
    /// host from the start.
    #[serde(default)]
    pub files: IndexMap<String, String>,
    /// The folders with data; a transfer takes them along.
    #[serde(default)]
    pub data: Vec<String>,
    /// The initial data: path on the first host, path in the scenario's folder.
    #[serde(default)]
    pub fill: IndexMap<String, String>,
    /// The ports that it listens on.
    #[serde(default)]
    pub listens: Vec<u16>,
}

/// One act of the migration: exactly one verb, and how it is to be played.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its id; made from the verb and what it acts on when left out.
    #[serde(default)]
    pub id: Option<StepId>,
    /// A word for people.
    #[serde(default)]
    pub about: String,
    /// The steps that must have passed before; the one before it when left out, none with `[]`.
    #[serde(default)]
    pub needs: Option<Vec<StepId>>,
    /// What a failure means.
    #[serde(default)]
    pub on_failure: Option<OnFailure>,
    /// What takes it back, in order, if the migration is rolled back. It is played once the step was
    /// begun, also where the step failed half-way.
    #[serde(default)]
    pub undo: Option<Vec<Step>>,
    /// When it is given up, each attempt for itself.
    #[serde(default)]
    pub deadline: Option<Duration>,
    /// The host of `start`, `stop`, `install`, `volume` and `run`. Left out, `stop` stops the
    /// service where it ran before the migration, and `run` runs at the operator's side.
    #[serde(default)]
    pub on: Option<HostId>,
    /// The way to the host, for `run`.
    #[serde(default)]
    pub via: Option<Via>,
    /// What the script of `run` is called with.
    #[serde(default)]
    pub arguments: Option<Vec<String>>,
    /// What the script of `run` amounts to, for the simulator, which cannot run it; `[]` for one
    /// that only looks.
    #[serde(default)]
    pub simulates: Option<Vec<Simulated>>,

    /// Look at the world, and go on only if it is as expected.
    #[serde(default)]
    pub check: Option<Vec<Expectation>>,
    /// Copy the images of services from host to host.
    #[serde(default)]
    pub image: Option<Image>,
    /// Install packages.
    #[serde(default)]
    pub install: Option<OneOrMany<String>>,
    /// Point DNS names to a host.
    #[serde(default)]
    pub point: Option<Point>,
    /// Run a script of the scenario's folder.
    #[serde(default)]
    pub run: Option<String>,
    /// Start a service.
    #[serde(default)]
    pub start: Option<ServiceId>,
    /// Stop a service.
    #[serde(default)]
    pub stop: Option<ServiceId>,
    /// Copy a service's data from host to host.
    #[serde(default)]
    pub transfer: Option<Transfer>,
    /// Change the TTL of DNS names.
    #[serde(default)]
    pub ttl: Option<Ttl>,
    /// Create the volumes of services, empty.
    #[serde(default)]
    pub volume: Option<OneOrMany<ServiceId>>,
    /// Let story time pass.
    #[serde(default)]
    pub wait: Option<Wait>,
}

/// The keys of a step of which exactly one is its verb.
pub(super) const VERBS: [&str; 11] = [
    "check", "image", "install", "point", "run", "start", "stop", "transfer", "ttl", "volume",
    "wait",
];

impl Step {
    /// The verbs that are written, of which there must be one.
    pub fn verbs(&self) -> Vec<&'static str> {
        let written = [
            self.check.is_some(),
            self.image.is_some(),
            self.install.is_some(),
            self.point.is_some(),
            self.run.is_some(),
            self.start.is_some(),
            self.stop.is_some(),
            self.transfer.is_some(),
            self.ttl.is_some(),
            self.volume.is_some(),
            self.wait.is_some(),
        ];
        VERBS
            .into_iter()
            .zip(written)
            .filter_map(|(verb, written)| written.then_some(verb))
            .collect()
    }
}

/// What the failure of a step means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnFailure {
    /// The migration ends here.
    Stop,
    /// It goes on as if the step had passed.
    Continue,
    /// The migration ends here, and what was done is undone, the last that ended first.
    Rollback,
    /// The step is tried again, and then the migration ends here.
    Retry(Retry),
}

impl OnFailure {
    /// Whether the migration is rolled back after the last attempt.
    pub fn rolls_back(&self) -> bool {
        match self {
            Self::Rollback => true,
            Self::Retry(retry) => retry.then == Then::Rollback,
            Self::Stop | Self::Continue => false,
        }
    }
}

/// How often, and how long after each failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// How many further attempts.
    #[schemars(range(min = 1, max = 100))]
    pub times: u32,
    /// The pause before each.
    #[serde(default = "one_second")]
    pub every: Duration,
    /// What it means that the last one fails too.
    #[serde(default, skip_serializing_if = "Then::is_stop")]
    pub then: Then,
}

/// What it means that a step fails however often it is tried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Then {
    /// The migration ends here.
    #[default]
    Stop,
    /// It ends here, and what was done is undone.
    Rollback,
}

impl Then {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    fn is_stop(&self) -> bool {
        *self == Self::Stop
    }
}

/// The budget of every service together.
pub(crate) const ALL: &str = "all";
/// The budget of a rollback.
pub(crate) const ABORT: &str = "abort";

impl Service {
    /// The ports of its host that it listens on.
    pub fn ports(&self) -> Vec<u16> {
        let published = self.container.iter().flat_map(|container| &container.publish);
        let listens = self.unit.iter().flat_map(|unit| &unit.listens);
        published.map(|publish| publish.host).chain(listens.copied()).collect()
    }

    /// Whether it has data that a transfer would move.
    pub fn has_data(&self) -> bool {
        self.container.as_ref().is_some_and(|container| !container.volumes.is_empty())
            || self.unit.as_ref().is_some_and(|unit| !unit.data.is_empty())
    }
}

fn admin() -> String {
    "admin".to_owned()
}
const fn one_hour() -> Duration {
    Duration::from_secs(3600)
}
const fn one_second() -> Duration {
    Duration::from_secs(1)
}
