//! Small plans.

use crate::{
    base::{Duration, IndexMap, StepId},
    expect::{Expectation, Ports},
    fault::{Kind, NetworkDown, PortOccupied, Squatter, Trigger},
    plan::{Fate, Fault, Plan, Rollback, Service, ServiceKind, Step},
    probe::{Client, Probe, Probing, Tcp},
    scenario::{OnFailure, Refuses, Retry, Then, Unit, Zone},
    step::{Check, Start, Verb, Wait},
    writer::{Reader, Reading, SmtpWrite, Writer, Writing},
};

pub(super) fn id<K>(text: &str) -> crate::base::Id<K> {
    text.parse().unwrap()
}

pub(super) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A plan with a service `web`, an end state `port-443`, and these steps.
pub(super) fn plan(steps: impl IntoIterator<Item = Step>) -> Plan {
    Plan {
        scenario: "test".to_owned(),
        about: String::new(),
        seed: 1,
        zone: Zone { name: id_of_zone(), ttl: seconds(3600), records: vec![] },
        hosts: IndexMap::default(),
        services: [(id("web"), web())].into_iter().collect(),
        probing: Probing {
            every: seconds(1),
            // Not denser than that: tests about paces say otherwise.
            around_changes: seconds(1),
            deadline: seconds(2),
            ..Probing::default()
        },
        steps: steps.into_iter().collect(),
        faults: IndexMap::default(),
        budgets: IndexMap::default(),
        end_state: [(id("port-443"), listens(443))].into_iter().collect(),
        rollback: Some(Rollback {
            budget: None,
            end_state: [(id("port-80"), listens(80))].into_iter().collect(),
        }),
        until: None,
        overlay: None,
    }
}

fn id_of_zone() -> crate::base::DnsName {
    "asso.example".parse().unwrap()
}

fn web() -> Service {
    Service {
        on: id("old"),
        kind: ServiceKind::Unit(Unit {
            name: "web.service".to_owned(),
            file: None,
            files: indexmap::IndexMap::new(),
            data: vec![],
            fill: indexmap::IndexMap::new(),
            listens: vec![443],
        }),
        needs: vec![],
        name: "web.asso.example".parse().unwrap(),
        probe: Some(Probe::Tcp(Tcp::at(443))),
        clients: vec![Client::Fresh],
        budgets: IndexMap::default(),
        writer: None,
        refuses: Refuses::default(),
    }
}

pub(super) fn listens(port: u16) -> Expectation {
    Expectation::Listens(Ports { on: id("new"), ports: vec![port] })
}

/// A step of the world's that needs others.
pub(super) fn step(name: &str, needs: &[&str]) -> Step {
    Step {
        id: id(name),
        about: String::new(),
        needs: needs.iter().map(|need| id(need)).collect(),
        on_failure: OnFailure::Stop,
        deadline: seconds(60),
        verb: Verb::Start(Start { service: id("web"), on: id("new") }),
        fate: Fate::Play,
        undo: vec![],
    }
}

impl Step {
    pub(super) fn goes_on(self) -> Self {
        Self { on_failure: OnFailure::Continue, ..self }
    }
    pub(super) fn again(self, times: u32, every: u64) -> Self {
        let retry = Retry { times, every: seconds(every), then: Then::Stop };
        Self { on_failure: OnFailure::Retry(retry), ..self }
    }
    pub(super) fn rolls_back(self) -> Self {
        Self { on_failure: OnFailure::Rollback, ..self }
    }
    /// Undone by steps of these names.
    pub(super) fn undone_by(self, names: &[&str]) -> Self {
        self.undone(names.iter().map(|name| step(name, &[])))
    }
    pub(super) fn undone(self, undo: impl IntoIterator<Item = Step>) -> Self {
        Self { undo: undo.into_iter().collect(), ..self }
    }
    pub(super) fn fated(self, fate: Fate) -> Self {
        Self { fate, ..self }
    }
    pub(super) fn within(self, deadline: u64) -> Self {
        Self { deadline: seconds(deadline), ..self }
    }
    pub(super) fn waits(self, duration: u64) -> Self {
        let wait = Wait { duration: seconds(duration), why: "people".to_owned() };
        Self { verb: Verb::Wait(wait), ..self }
    }
    pub(super) fn checks(self, ports: &[u16]) -> Self {
        let expectations = ports.iter().map(|port| listens(*port)).collect();
        Self { verb: Verb::Check(Check { expectations }), ..self }
    }
}

impl Plan {
    /// The same with something that writes to `web`.
    pub(super) fn written_from(mut self, client: Client) -> Self {
        let smtp = SmtpWrite { port: 25, to: "me@asso.example".to_owned(), from: String::new() };
        let reading = Reading::Command("scripts/read.sh".to_owned());
        self.services[&id("web")].writer = Some(Writer {
            writing: Writing::Smtp(smtp),
            per_second: 5,
            lanes: 1,
            client,
            deadline: seconds(5),
            read: Reader { of: id("web"), reading },
        });
        self
    }
    pub(super) fn fault(mut self, name: &str, fault: Fault) -> Self {
        self.faults.insert(id(name), fault);
        self
    }
}

/// A fault that a provider heals.
pub(super) fn network_down(from: Trigger) -> Fault {
    Fault {
        about: String::new(),
        kind: Kind::NetworkDown(NetworkDown { on: id("new") }),
        from,
        healed_by: None,
        duration: None,
        active: true,
    }
}

/// A fault that a step mends.
pub(super) fn port_occupied(from: Trigger) -> Fault {
    let occupied = PortOccupied { on: id("new"), port: 25, by: Squatter::Exim4 };
    Fault { kind: Kind::PortOccupied(occupied), ..network_down(from) }
}

impl Fault {
    pub(super) fn healed_by(self, step: &str) -> Self {
        let step: StepId = id(step);
        Self { healed_by: Some(step), ..self }
    }
    pub(super) fn lasts(self, duration: u64) -> Self {
        Self { duration: Some(seconds(duration)), ..self }
    }
}
