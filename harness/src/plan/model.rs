//! The resolved migration: every default written out, every reference checked.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::{
    base::{CheckId, DnsName, Duration, FaultId, HostId, ServiceId, StepId},
    expect::Expectation,
    fault::{Kind, Trigger},
    probe::{Client, Probe, Probing},
    scenario::{Container, HostImage, OnFailure, Unit, Virtualization, Zone},
    step::Verb,
};

/// A migration, ready to be played.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The scenario's name.
    pub scenario: String,
    /// What it is about.
    pub about: String,
    /// The seed of everything that is left to chance.
    pub seed: u64,
    /// The DNS zone.
    pub zone: Zone,
    /// The servers.
    pub hosts: IndexMap<HostId, Host>,
    /// The services.
    pub services: IndexMap<ServiceId, Service>,
    /// How often services are asked.
    pub probing: Probing,
    /// The steps, each after the ones that it needs.
    pub steps: Vec<Step>,
    /// The faults, those that are left out of this rehearsal too.
    pub faults: IndexMap<FaultId, Fault>,
    /// Budgets of groups.
    pub budgets: IndexMap<String, Group>,
    /// What must be true at the end.
    pub end_state: IndexMap<CheckId, Expectation>,
    /// The step after which the rehearsal ends early, and is no proof of the end.
    pub until: Option<StepId>,
}

/// A server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Host {
    /// How its provider virtualises it.
    pub virtualization: Virtualization,
    /// What is installed.
    pub image: HostImage,
    /// Whether it has Docker.
    pub docker: bool,
    /// As whom steps log in.
    pub user: String,
    /// Packages there from the start.
    pub packages: Vec<String>,
    /// Files there from the start: path on the host, path in the scenario's folder.
    pub files: IndexMap<String, String>,
}

/// A service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Service {
    /// Where it runs at first.
    pub on: HostId,
    /// What it is.
    pub kind: ServiceKind,
    /// What it cannot do without.
    pub needs: Vec<ServiceId>,
    /// The name that users know.
    pub name: DnsName,
    /// How it is asked whether it is up.
    pub probe: Option<Probe>,
    /// Where the probe looks from.
    pub client: Client,
    /// The allowed downtime.
    pub budget: Option<Duration>,
}

/// What a service is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServiceKind {
    /// A container in its host's Docker.
    Container(Container),
    /// A unit of its host's systemd.
    Unit(Unit),
}

impl ServiceKind {
    /// The ports of the host that it listens on.
    pub fn ports(&self) -> Vec<u16> {
        match self {
            Self::Container(container) => {
                container.publish.iter().map(|publish| publish.host).collect()
            }
            Self::Unit(unit) => unit.listens.clone(),
        }
    }

    /// Whether it has data that a transfer would move.
    pub fn has_data(&self) -> bool {
        match self {
            Self::Container(container) => !container.volumes.is_empty(),
            Self::Unit(unit) => !unit.data.is_empty(),
        }
    }
}

/// A step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its id.
    pub id: StepId,
    /// A word for people.
    pub about: String,
    /// The steps that must have passed before.
    pub needs: Vec<StepId>,
    /// What a failure means.
    pub on_failure: OnFailure,
    /// When an attempt is given up.
    pub deadline: Duration,
    /// What is done.
    pub verb: Verb,
    /// Whether it is played at all.
    pub fate: Fate,
}

/// Whether a step is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It is.
    Play,
    /// The operator forgets it; what follows goes on.
    Skip,
    /// It lies behind the step at which the rehearsal ends.
    Beyond,
}

/// A fault.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// A word for people.
    pub about: String,
    /// What goes wrong.
    pub kind: Kind,
    /// When.
    pub from: Trigger,
    /// The step that ends it.
    pub healed_by: Option<StepId>,
    /// How long it lasts.
    pub duration: Option<Duration>,
    /// Whether this rehearsal has it.
    pub active: bool,
}

/// A budget for several services.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Which services.
    pub services: Vec<ServiceId>,
    /// The allowed time during which at least one of them is down.
    pub max: Duration,
}

impl Plan {
    /// The step with this id.
    pub fn step(&self, id: &StepId) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == *id)
    }

    /// The faults that this rehearsal has.
    pub fn active_faults(&self) -> impl Iterator<Item = (&FaultId, &Fault)> {
        self.faults.iter().filter(|(_, fault)| fault.active)
    }

    /// The service itself and, from there on, all that it needs.
    pub fn with_needs<'a>(&'a self, service: &'a ServiceId) -> Vec<&'a ServiceId> {
        let mut all = vec![service];
        let mut next = 0;
        while let Some(id) = all.get(next).copied() {
            next += 1;
            for need in self.services.get(id).map_or(&[][..], |service| &service.needs) {
                if !all.contains(&need) {
                    all.push(need);
                }
            }
        }
        all
    }
}
