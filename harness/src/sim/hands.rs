//! Owns what an action works with, one beat at a time: it looks, changes what is true, and says
//! how long until its next beat, or how it ended.
//! Must not know: any one action.

use super::{
    Given,
    chance::Chance,
    clock::Clock,
    dns::Dns,
    durations::{self, Work},
    facts::{Content, Facts, Holder},
    faults,
    layout::{self, Layout},
    probes::Scene,
    ways::Ssh,
    writers::{Ground, Writers},
};
use crate::{
    base::{Duration, HostId, ServiceId},
    expect::Found,
    fault::Squatter,
    history::Held,
    plan::{Plan, ServiceKind},
};

/// What comes of a beat.
#[derive(Debug, PartialEq)]
pub(super) enum Beat {
    /// The next one comes after so long.
    Next(Duration),
    /// It is done, with these words.
    Done(String),
    /// This was found.
    Found(Found),
    /// This was found of what was written.
    Read(Held),
    /// It failed, and that shows after so long.
    Fails(Duration, String),
}

/// What an action works with.
pub(super) struct Hands<'a> {
    pub(super) plan: &'a Plan,
    pub(super) given: &'a Given,
    pub(super) layout: &'a Layout,
    pub(super) facts: &'a mut Facts,
    pub(super) dns: &'a mut Dns,
    pub(super) clock: &'a Clock,
    pub(super) chance: &'a mut Chance,
    /// How long the whole action takes, if nothing comes in its way.
    pub(super) whole: Duration,
    /// What data the action saw in a beat before.
    pub(super) noted: &'a mut Option<Content>,
    /// Which service the action started in a beat before, and must stop again.
    pub(super) noted_start: &'a mut Option<usize>,
    pub(super) writers: &'a mut Writers,
    /// What began to start: host, service, number of the start.
    pub(super) starting: &'a mut Vec<(usize, usize, u32)>,
    /// What began to die: the same.
    pub(super) dying: &'a mut Vec<(usize, usize, u32)>,
}

impl Hands<'_> {
    /// Whatever was written by now is where it belongs.
    pub(super) fn settle_writes(&mut self) {
        let Self { plan, layout, clock, .. } = *self;
        let mut ground = Ground { plan, layout, facts: self.facts, dns: self.dns, clock };
        self.writers.settle(&mut ground);
    }

    /// So many hundredths of the whole.
    pub(super) fn share(&self, hundredths: u64) -> Duration {
        Duration::from_micros(self.whole.as_micros() * hundredths / 100)
    }

    /// A time of this kind.
    pub(super) fn draw(&mut self, work: Work) -> Duration {
        durations::draw(work.spread(), self.chance)
    }

    pub(super) fn host(&self, id: &HostId) -> usize {
        layout::host(self.plan, id)
    }

    pub(super) fn service(&self, id: &ServiceId) -> usize {
        layout::place(self.plan, id)
    }

    pub(super) fn address(&self, host: usize) -> String {
        self.layout.addresses[host].clone()
    }

    /// What clients would see now.
    pub(super) fn scene(&self) -> Scene<'_> {
        Scene {
            plan: self.plan,
            layout: self.layout,
            facts: self.facts,
            dns: self.dns,
            now: self.clock.story(),
        }
    }

    /// Whether nobody said what a step did to this host, so that anything may work there.
    pub(super) fn is_unknown(&self, host: usize) -> bool {
        self.facts.hosts[host].unknown_since.is_some()
    }

    /// The way to a host by SSH; where there is none, how the action fails, `what` being what it
    /// was about to do.
    pub(super) fn reach(&mut self, host: usize, what: impl FnOnce() -> String) -> Result<(), Beat> {
        if self.is_unknown(host) {
            return Ok(());
        }
        let given_up = self.is_given_up(host);
        let ssh = self.facts.ssh(host).filter(|_| !given_up);
        let address = &self.layout.addresses[host];
        let connect = |how: &str| format!("ssh: connect to host {address} port 22: {how}");
        let (after, why) = match ssh {
            Some(Ssh::Open) => return Ok(()),
            Some(Ssh::Refused) => (Duration::ZERO, connect("Connection refused")),
            Some(Ssh::OtherKey) => (Duration::ZERO, "Host key verification failed.".to_owned()),
            Some(Ssh::Hangs) => {
                (self.draw(Work::SshTimeout), format!("Connection to {address} port 22 timed out"))
            }
            None => (self.draw(Work::SshTimeout), connect("Connection timed out")),
        };
        Err(Beat::Fails(after, format!("{}: {why}", what())))
    }

    /// Whether the first packet, or its answer, is lost as often as SSH tries: at once, and after one
    /// and three seconds.
    fn is_given_up(&mut self, host: usize) -> bool {
        let fails = self.facts.ways.failing(host);
        fails > 0.0 && self.chance.part() < fails.powi(3)
    }

    /// By how many seconds the clock of a host is ahead.
    pub(super) fn skew(&self, host: usize) -> i64 {
        let faults = self.facts.hosts[host].skewed_by.iter();
        let faults = faults.filter_map(|number| self.plan.faults.get_index(*number));
        faults.map(|(_, fault)| faults::skew_of(fault)).sum()
    }

    /// Boots a host, unless something keeps it down.
    pub(super) fn boot(&mut self, host: usize) {
        let started = self.facts.boot(self.layout, host);
        self.starting.extend(started.into_iter().map(|(service, start)| (host, service, start)));
    }

    /// Lets a service begin to start.
    pub(super) fn start(&mut self, host: usize, service: usize) {
        let start = self.facts.start(self.layout, host, service);
        self.starting.extend(start.map(|start| (host, service, start)));
    }

    /// The name of the program that listens, as the host tells it.
    pub(super) fn program(&self, holder: Holder) -> String {
        program(self.plan, holder)
    }
}

/// The name of the program that listens, as the host tells it.
pub(super) fn program(plan: &Plan, holder: Holder) -> String {
    match holder {
        Holder::Ssh => "sshd".to_owned(),
        Holder::Squatter(_, by) => squatter(by).to_owned(),
        Holder::Service(service) => match &plan.services[service].kind {
            ServiceKind::Container(_) => "docker-proxy".to_owned(),
            ServiceKind::Unit(unit) => unit.name.trim_end_matches(".service").to_owned(),
        },
    }
}

/// The program of a fault that takes a port.
pub(super) fn squatter(by: Squatter) -> &'static str {
    match by {
        Squatter::Exim4 => "exim4",
        Squatter::Listener => "python3",
    }
}
