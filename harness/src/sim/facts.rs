//! Owns what is true of the hosts at a moment: network, ports, programs, packages, services
//! and their data. Whatever changes is noted, so that only who can feel it looks again.
//! Must not know: time, names, who looks.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    books::Book,
    layout::{Layout, Service},
    power::Power,
    troubles::Troubles,
    ways::{Ssh, Ways},
};
use crate::{base::Duration, fault::Squatter, plan::Plan};

/// What is true of all hosts.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub(super) hosts: Vec<Host>,
    pub(super) touched: Touched,
    /// What faults put in the way of packets.
    pub(super) ways: Ways,
    /// The faults, by place, because of which nobody gets packages.
    pub(super) no_packages: BTreeSet<usize>,
    /// The faults of users' own that stand, by place.
    pub(super) customs: BTreeSet<usize>,
    pub(super) troubles: Troubles,
    /// How many contents of data there have been.
    contents: u64,
}

/// What is true of a host.
#[derive(Debug, Clone, Default)]
pub(super) struct Host {
    pub(super) power: Power,
    /// The faults, by place, that keep its link down.
    pub(super) cut_by: BTreeSet<usize>,
    /// The faults, by place, because of which there is no room on its Docker's disk.
    pub(super) full_by: BTreeSet<usize>,
    /// The faults, by place, that make its clock wrong.
    pub(super) skewed_by: BTreeSet<usize>,
    /// The faults, by place, because of which its address has no reverse name.
    pub(super) nameless_by: BTreeSet<usize>,
    /// The faults, by place, that have its address on a blocklist.
    pub(super) listed_by: BTreeSet<usize>,
    /// By how much longer each fault, by place, makes whoever waits for its disk wait.
    pub(super) slow_by: BTreeMap<usize, Duration>,
    /// Who listens where.
    pub(super) ports: BTreeMap<u16, Holder>,
    pub(super) squatters: Vec<Occupant>,
    pub(super) packages: BTreeSet<String>,
    /// By service.
    pub(super) images: BTreeSet<usize>,
    pub(super) instances: BTreeMap<usize, Instance>,
    /// What the data of services holds of what was written, by service.
    pub(super) books: BTreeMap<usize, Book>,
    /// The services whose data was copied here ahead, each with the host that it is from.
    pub(super) ahead: BTreeMap<usize, usize>,
    /// A step did something here that nobody said.
    pub(super) unknown_since: Option<usize>,
}

/// Who listens on a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    /// The host's own SSH server.
    Ssh,
    /// A service.
    Service(usize),
    /// The program of a fault, by the fault's place.
    Squatter(usize, Squatter),
}

/// The program of a fault.
#[derive(Debug, Clone, Copy)]
pub(super) struct Occupant {
    pub(super) fault: usize,
    pub(super) port: u16,
    pub(super) by: Squatter,
    pub(super) at_boot: bool,
}

/// A service on one host.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Instance {
    /// Whether there is a container or a unit of it.
    pub(super) created: bool,
    pub(super) state: State,
    /// Whether a boot brings it up: the unit is enabled, the container restarts unless stopped.
    pub(super) at_boot: bool,
    /// What its volumes or data folders hold; none where there are none.
    pub(super) data: Option<Content>,
    /// How often it was started, so that an old start makes no new one ready.
    pub(super) starts: u32,
    /// The certificate that it found when it was started last.
    pub(super) certificate: Certificate,
}

/// What a service with a certificate finds when it starts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Certificate {
    #[default]
    Good,
    /// One that has run out.
    Expired,
    /// None: its program ends, and Docker starts it again and again.
    Missing,
}

/// What data folders hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Content {
    /// Equal contents have equal checksums.
    pub(super) sum: u64,
    /// Whether it began as nothing: what a service has at first is not in it, whatever was written
    /// since.
    pub(super) is_bare: bool,
}

/// How far a service is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum State {
    #[default]
    Stopped,
    /// It runs and does not answer yet.
    Starting,
    Ready,
}

/// Whose views may have changed.
#[derive(Debug, Clone, Default)]
pub(super) struct Touched {
    pub(super) all: bool,
    pub(super) services: Vec<usize>,
    pub(super) names: Vec<usize>,
}

impl Content {
    /// No file at all.
    pub(super) const EMPTY: Self = Self { sum: 0, is_bare: true };
}

/// SSH's port.
pub(super) const SSH: u16 = 22;
/// The package that Exim comes from.
const EXIM: &str = "exim4-daemon-light";

impl Facts {
    /// What is true when the hosts are handed over.
    pub(super) fn at_first(plan: &Plan, layout: &Layout) -> Self {
        let mut facts = Self {
            hosts: plan.hosts.values().map(Host::at_first).collect(),
            touched: Touched::default(),
            ways: Ways::default(),
            no_packages: BTreeSet::new(),
            customs: BTreeSet::new(),
            troubles: Troubles::default(),
            contents: 0,
        };
        for fault in plan.faults.values().filter(|fault| fault.active) {
            if let crate::fault::Kind::PortOccupied(args) = &fault.kind
                && args.by == Squatter::Exim4
            {
                let host = super::layout::host(plan, &args.on);
                facts.hosts[host].packages.insert(EXIM.to_owned());
            }
        }
        for (number, service) in layout.services.iter().enumerate() {
            let data = service.has_data.then(|| facts.new_content());
            facts.hosts[service.on].images.insert(number);
            let starts = 1;
            let instance = Instance {
                created: true,
                at_boot: true,
                data,
                starts,
                state: State::Ready,
                ..<_>::default()
            };
            facts.hosts[service.on].instances.insert(number, instance);
            for port in &service.ports {
                facts.hosts[service.on].ports.entry(*port).or_insert(Holder::Service(number));
            }
        }
        facts
    }

    /// A content that nothing else has.
    fn new_content(&mut self) -> Content {
        self.contents += 1;
        Content { sum: self.contents, is_bare: false }
    }

    /// The data of a service, if it has any there, is not what it was. Nobody who asks can tell.
    pub(super) fn rewrite(&mut self, host: usize, service: usize) {
        let sum = self.new_content().sum;
        let instance = self.hosts[host].instances.get_mut(&service);
        if let Some(data) = instance.and_then(|instance| instance.data.as_mut()) {
            data.sum = sum;
        }
    }

    /// What the data of a service holds there, to be changed.
    pub(super) fn book(&mut self, host: usize, service: usize) -> &mut Book {
        self.hosts[host].books.entry(service).or_default()
    }

    /// Data of a service becomes what it is elsewhere. Whoever has no volume gets one.
    pub(super) fn copy_data(&mut self, service: usize, from: usize, to: usize) {
        let sent = self.instance(from, service).data.unwrap_or(Content::EMPTY);
        self.change(from, service).data = Some(sent);
        let mut book = self.hosts[from].books.get(&service).cloned().unwrap_or_default();
        book.unknown = book.unknown.or(self.hosts[from].unknown_since);
        self.put_data(service, to, sent, book);
    }

    /// Data of a service becomes this.
    pub(super) fn put_data(&mut self, service: usize, to: usize, data: Content, book: Book) {
        self.change(to, service).data = Some(data);
        *self.book(to, service) = book;
    }

    /// Whether there is no room for what a service would write there. Data of units is on another disk
    /// than that of Docker.
    pub(super) fn is_full(&self, layout: &Layout, host: usize, service: usize) -> bool {
        !self.hosts[host].full_by.is_empty() && !layout.services[service].is_unit
    }

    /// By how much longer whoever waits for the disk of a host has to wait, each time.
    pub(super) fn sync(&self, host: usize) -> Duration {
        self.hosts[host].slow_by.values().copied().sum()
    }

    /// Whether packets get to a host and back, at this moment.
    pub(super) fn is_reachable(&self, host: usize) -> bool {
        self.is_linked(host) && !self.ways.is_cut_off(host)
    }

    /// Whether a host reaches another, or itself, on some of its ports; who talks there is patient.
    pub(super) fn reaches(&self, from: usize, to: usize, ports: &[u16]) -> bool {
        let both = self.gets_through(from) && self.gets_through(to);
        from == to || both && !self.is_still(to) && !self.ways.are_apart(from, to, ports)
    }

    /// How SSH to a host fares; nothing where packets do not get there.
    pub(super) fn ssh(&self, host: usize) -> Option<Ssh> {
        self.gets_through(host).then(|| self.handshake(host))
    }

    /// How it fares once packets get there: the kernel takes connections for a server that stands still.
    pub(super) fn handshake(&self, host: usize) -> Ssh {
        match self.ways.ssh(host) {
            Ssh::Open | Ssh::OtherKey if self.is_still(host) => Ssh::Hangs,
            fares => fares,
        }
    }

    /// Whether who tries again for a while gets through to a host.
    pub(super) fn gets_through(&self, host: usize) -> bool {
        self.is_linked(host) && !self.ways.is_lost(host)
    }

    fn is_linked(&self, host: usize) -> bool {
        self.hosts[host].power.is_on && self.hosts[host].cut_by.is_empty()
    }

    /// Whether a program on it says anything, at this moment.
    pub(super) fn is_alive(&self, host: usize) -> bool {
        self.is_reachable(host) && !self.is_still(host)
    }

    /// Whether nothing on it moves.
    pub(super) fn is_still(&self, host: usize) -> bool {
        self.hosts[host].power.is_paused()
    }

    /// Whether a connection to that start of a service is still one: nobody hung up, and packets get
    /// through.
    pub(super) fn holds(&self, (host, starts): (usize, u32), service: usize) -> bool {
        let instance = self.instance(host, service);
        self.is_reachable(host) && instance.state == State::Ready && instance.starts == starts
    }

    pub(super) fn instance(&self, host: usize, service: usize) -> Instance {
        self.hosts[host].instances.get(&service).copied().unwrap_or_default()
    }

    /// The same, to be changed.
    pub(super) fn change(&mut self, host: usize, service: usize) -> &mut Instance {
        if !self.touched.services.contains(&service) {
            self.touched.services.push(service);
        }
        self.hosts[host].instances.entry(service).or_default()
    }

    /// A host, to be changed in any way.
    pub(super) fn change_host(&mut self, host: usize) -> &mut Host {
        self.touched.all = true;
        &mut self.hosts[host]
    }

    /// What is in the way of packets, to be changed.
    pub(super) fn change_ways(&mut self) -> &mut Ways {
        self.touched.all = true;
        &mut self.ways
    }

    /// Whether it answers on all its ports.
    pub(super) fn serves(&self, layout: &Layout, host: usize, service: usize) -> bool {
        let holds = |port| self.hosts[host].ports.get(port) == Some(&Holder::Service(service));
        self.instance(host, service).state == State::Ready
            && layout.services[service].ports.iter().all(holds)
    }

    /// The first port that a service wants and somebody else has.
    pub(super) fn taken(
        &self,
        layout: &Layout,
        host: usize,
        service: usize,
    ) -> Option<(u16, Holder)> {
        let ports = layout.services[service].ports.iter();
        let mut held = ports.filter_map(|port| Some((*port, *self.hosts[host].ports.get(port)?)));
        held.find(|(_, holder)| *holder != Holder::Service(service))
    }

    /// Lets a service run that does not; its ports are free. Returns the number of this start, if it
    /// is not over at once.
    pub(super) fn start(&mut self, layout: &Layout, host: usize, service: usize) -> Option<u32> {
        let certificate = self.troubles.certificate(host, service);
        let instance = self.change(host, service);
        instance.certificate = certificate;
        if certificate == Certificate::Missing {
            return None;
        }
        for port in &layout.services[service].ports {
            self.hosts[host].ports.insert(*port, Holder::Service(service));
        }
        self.troubles.note_start(host, service);
        let instance = self.change(host, service);
        instance.state = State::Starting;
        instance.starts += 1;
        Some(instance.starts)
    }

    /// Ends a service.
    pub(super) fn stop(&mut self, host: usize, service: usize) {
        self.hosts[host].ports.retain(|_, holder| *holder != Holder::Service(service));
        let instance = self.change(host, service);
        (instance.state, instance.certificate) = (State::Stopped, Certificate::Good);
    }

    /// Ends the program of a fault.
    pub(super) fn evict(&mut self, host: usize, fault: usize) {
        let host = self.change_host(host);
        host.ports.retain(|_, holder| !matches!(holder, Holder::Squatter(it, _) if *it == fault));
    }
}

impl Host {
    fn at_first(host: &crate::plan::Host) -> Self {
        Self {
            power: Power { is_on: true, ..Power::default() },
            ports: [(SSH, Holder::Ssh)].into(),
            packages: host.packages.iter().cloned().collect(),
            ..Self::default()
        }
    }
}

impl Touched {
    /// The targets that can feel it, each once, in order.
    pub(super) fn targets(&self, layout: &Layout) -> Vec<usize> {
        self.reach(layout, layout.targets.len(), |service| &service.felt_by)
    }

    /// The writers that can.
    pub(super) fn writers(&self, layout: &Layout) -> Vec<usize> {
        self.reach(layout, layout.writers.len(), |service| &service.felt_by_writers)
    }

    fn reach(
        &self,
        layout: &Layout,
        all: usize,
        felt_by: impl Fn(&Service) -> &[usize],
    ) -> Vec<usize> {
        if self.all {
            return (0..all).collect();
        }
        if let ([service], []) = (&self.services[..], &self.names[..]) {
            return felt_by(&layout.services[*service]).to_vec();
        }
        let of_names = self.names.iter().flat_map(|name| &layout.of_name[*name]);
        let services = self.services.iter().chain(of_names);
        let mut reached: Vec<_> =
            services.flat_map(|service| felt_by(&layout.services[*service])).copied().collect();
        reached.sort_unstable();
        reached.dedup();
        reached
    }

    pub(super) fn is_empty(&self) -> bool {
        !self.all && self.services.is_empty() && self.names.is_empty()
    }
}
