//! The resolved migration: every default written out, every reference checked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    base::{CheckId, DnsName, Duration, FaultId, HostId, IndexMap, IndexSet, ServiceId, StepId},
    expect::Expectation,
    fault::{Kind, Trigger, blocklist},
    probe::{Client, Probe, Probing},
    scenario::{Container, HostImage, OnFailure, Refuses, Unit, Virtualization, Zone},
    step::Verb,
    writer::{Writer, Writing},
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
    /// What a rollback must come to, where steps can be undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback: Option<Rollback>,
    /// The step after which the rehearsal ends early, and is no proof of the end.
    pub until: Option<StepId>,
    /// The file that lies over the scenario.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlay: Option<String>,
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
    /// Where the probe looks from; `fresh` comes first.
    pub clients: Vec<Client>,
    /// The allowed downtime, as these clients see it.
    pub budgets: IndexMap<Client, Duration>,
    /// What writes to it all along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writer: Option<Writer>,
    /// Whose mail it refuses.
    #[serde(default, skip_serializing_if = "Refuses::is_nobody")]
    pub refuses: Refuses,
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
    /// What takes it back, in order, if the migration is rolled back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undo: Vec<Step>,
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

/// What a rollback must come to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rollback {
    /// The allowed time from the failure until all is undone and every service answers again.
    pub budget: Option<Duration>,
    /// What must be true then: every service is where it was, and so is its name.
    pub end_state: IndexMap<CheckId, Expectation>,
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
    /// The step with this id, of the migration or of a rollback.
    pub fn step(&self, id: &StepId) -> Option<&Step> {
        self.all_steps().find(|step| step.id == *id)
    }

    /// The steps of the migration, and after them what undoes each.
    pub fn all_steps(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().chain(self.undos())
    }

    /// The step at this place of them.
    pub fn nth_step(&self, place: usize) -> &Step {
        let undo = || self.undos().nth(place - self.steps.len());
        self.steps.get(place).or_else(undo).expect("the place is that of a step")
    }

    fn undos(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().flat_map(|step| &step.undo)
    }

    /// The faults that this rehearsal has.
    pub fn active_faults(&self) -> impl Iterator<Item = (&FaultId, &Fault)> {
        self.faults.iter().filter(|(_, fault)| fault.active)
    }

    /// The names that faults of this rehearsal leave with an IPv6 address, and the host that it is of:
    /// the one that the name points to at first. Where there are none, nobody needs IPv6.
    pub fn old_aaaas(&self) -> IndexMap<&DnsName, &HostId> {
        let names = self.active_faults().filter_map(|(_, fault)| match &fault.kind {
            Kind::OldAaaa(args) => Some(&args.name),
            _ => None,
        });
        let first = |name: &DnsName| self.services.values().find(|service| service.name == *name);
        names.filter_map(|name| Some((name, &first(name)?.on))).collect()
    }

    /// The services that are written to, and what writes to each.
    pub fn writers(&self) -> impl Iterator<Item = (&ServiceId, &Writer)> {
        self.services.iter().filter_map(|(id, service)| Some((id, service.writer.as_ref()?)))
    }

    /// Where a service may have data at the end: the hosts that scripts run on, where it runs at
    /// first, and in the order of the steps where it is started, its data is taken, or its name
    /// leads.
    pub fn may_hold(&self, service: &ServiceId) -> Vec<&HostId> {
        let Some(data) = self.services.get(service) else { return vec![] };
        let mut homes = vec![&data.on];
        for step in &self.steps {
            let home = match &step.verb {
                Verb::Start(start) if start.service == *service => &start.on,
                Verb::Transfer(data) if data.service == *service && !data.ahead => &data.to,
                Verb::Point(point) if point.name.contains(&data.name) => &point.to,
                _ => continue,
            };
            // One that it comes back to counts as its last.
            homes.retain(|known| *known != home);
            homes.push(home);
        }
        for step in &self.steps {
            if let Verb::Run(run) = &step.verb
                && let Some(on) = run.on.as_ref().filter(|on| !homes.contains(on))
            {
                homes.insert(0, on);
            }
        }
        homes
    }

    /// The zones of the blocklists of this rehearsal: the one that is always there, those that services go by,
    /// and those of its faults.
    pub fn blocklists(&self) -> IndexSet<DnsName> {
        let usual = Some(blocklist()).filter(|list| !list.is_in(&self.zone.name));
        let gone_by = self.services.values().flat_map(|service| &service.refuses.listed);
        let of_faults = self.active_faults().filter_map(|(_, fault)| match &fault.kind {
            Kind::AddressBlacklisted(args) => Some(&args.list),
            _ => None,
        });
        usual.into_iter().chain(gone_by.chain(of_faults).cloned()).collect()
    }

    /// Where services are, at first or from a step on, that hand mail on to another one, and whose mail that one
    /// refuses.
    pub fn senders(&self) -> Vec<(&HostId, &Refuses)> {
        let mut senders = vec![];
        for (id, writer) in self.writers() {
            let is_mail = matches!(writer.writing, Writing::Smtp(_)) && writer.read.of != *id;
            let Some(strict) = self.services.get(&writer.read.of).filter(|_| is_mail) else {
                continue;
            };
            let starts = self.steps.iter().filter_map(|step| match &step.verb {
                Verb::Start(start) if start.service == *id => Some(&start.on),
                _ => None,
            });
            let homes = [&self.services[id].on].into_iter().chain(starts);
            senders.extend(homes.map(|on| (on, &strict.refuses)));
        }
        senders
    }

    /// Whether the fault at this place has its host on a blocklist.
    pub(crate) fn lists(&self, fault: usize, list: &DnsName) -> bool {
        let kind = self.faults.get_index(fault).map(|(_, fault)| &fault.kind);
        matches!(kind, Some(Kind::AddressBlacklisted(args)) if args.list == *list)
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

    /// Whether a fault keeps a service that may be on these hosts from answering.
    pub fn is_struck(&self, id: &ServiceId, homes: &[&HostId], kind: &Kind) -> bool {
        let Some(service) = self.services.get(id) else { return false };
        if kind.shows_in_mail() {
            return false;
        }
        let reach = kind.reach();
        let is_meant = reach.services.is_empty() || reach.services.contains(id);
        let ports = reach.ports;
        let port = || ports.is_empty() || service.kind.ports().iter().any(|it| ports.contains(it));
        let on_host = || homes.iter().any(|home| reach.hosts.contains(home));
        let there = || match reach.hosts {
            [] => !reach.services.is_empty(),
            _ => on_host() && port(),
        };
        reach.is_everywhere || reach.names.contains(&service.name) || (is_meant && there())
    }

    /// The services that need a service, directly or not, itself among them. All at once, because
    /// plans are long.
    pub fn needing(&self) -> BTreeMap<&ServiceId, Vec<&ServiceId>> {
        let mut needing: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for id in self.services.keys() {
            for need in self.with_needs(id) {
                needing.entry(need).or_default().push(id);
            }
        }
        needing
    }

    /// Where each service runs at first and where a step starts it; a script can start anything on
    /// the host that it runs on. All at once, because plans are long.
    pub fn homes(&self) -> BTreeMap<&ServiceId, Vec<&HostId>> {
        let first = self.services.iter().map(|(id, service)| (id, vec![&service.on]));
        let mut all: BTreeMap<_, _> = first.collect();
        let add = |homes: &mut Vec<_>, home| {
            if !homes.contains(&home) {
                homes.push(home);
            }
        };
        for step in &self.steps {
            match &step.verb {
                Verb::Start(start) => {
                    all.entry(&start.service).and_modify(|homes| add(homes, &start.on));
                }
                Verb::Run(run) => {
                    let places = run.places();
                    for homes in all.values_mut() {
                        places.iter().for_each(|home| add(homes, home));
                    }
                }
                _ => {}
            }
        }
        all
    }

    /// Whether anybody asks or writes through a resolver that overstays TTL.
    pub fn has_late_clients(&self) -> bool {
        let asks =
            |service: &Service| service.probe.is_some() && service.clients.contains(&Client::Late);
        let writes = |writer: &Writer| writer.client == Client::Late;
        self.services.values().any(asks) || self.writers().any(|(_, writer)| writes(writer))
    }
}
