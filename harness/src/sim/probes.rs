//! Owns what a client would see at this moment: a pure function of what is true, of the names as
//! that client knows them, and of nothing else.
//! Must not know: when anybody asks.

use super::{
    dns::Dns,
    facts::{Certificate, Facts, Holder, State},
    layout::{self, Layout, Target},
    route::{Door, Route},
    talk,
    ways::Ssh,
    wrongs::NoName,
};
use crate::{
    base::{DnsName, Duration, StoryTime},
    fault::Squatter,
    plan::Plan,
    probe::{Answer, Client, Probe},
};

/// What a client sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct View {
    pub(super) answer: Answer,
    /// The host at the address that it asked.
    pub(super) host: Option<usize>,
    pub(super) why: Why,
    /// From launch to answer.
    pub(super) took: Duration,
}

/// Why it is not up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// It is.
    Well,
    /// Packets do not get there.
    Unreachable,
    /// Nobody listens.
    Refused,
    /// It has only just been started.
    Reset,
    /// Somebody listens who never says anything.
    Mute,
    /// The answer comes when nobody waits for it any more.
    Late,
    /// Somebody else answers.
    Stranger,
    /// It answers where no step starts it.
    Astray,
    /// It takes longer to answer than it should.
    Slow,
    /// This, which it cannot do without, is not there.
    Lacks(usize),
    /// Its certificate has run out, which a client looks at.
    Expired,
    /// There is no room for what it should take.
    Full,
    /// It takes no mail of a host as long as that has no reverse name.
    Nameless,
    /// It takes no mail of a host that is on a blocklist.
    Listed,
    /// The text that is expected is in its data, which it has not got.
    Empty,
    /// Its name cannot be looked up.
    Unnamed(NoName),
    /// Nobody said what this step did.
    Unknown(usize),
}

/// All that a view depends on.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) plan: &'a Plan,
    pub(super) layout: &'a Layout,
    pub(super) facts: &'a Facts,
    pub(super) dns: &'a Dns,
    pub(super) now: StoryTime,
}

/// Whether a service does what it is for, as far as its host can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Health {
    Well,
    Ill(Why),
}

/// What a client remembers from one time to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Memory {
    /// Nothing.
    None,
    /// Where its name led at first.
    Address(Route),
    /// The host that it has a connection to, and which start of the service there it is with.
    Connection(Option<(usize, u32)>),
}

impl Scene<'_> {
    /// What a client of this kind remembers before it asks for the first time.
    pub(super) fn memory(&self, service: usize, client: Client) -> Memory {
        match client {
            Client::Fresh | Client::Late => Memory::None,
            Client::Keepalive => Memory::Connection(None),
            Client::Pinned => {
                let name = self.layout.services[service].name;
                let found = self.route(service, client);
                Memory::Address(found.unwrap_or_else(|_| Route::to(self.dns.record(name).0)))
            }
        }
    }

    /// What the target sees, and what it remembers of that.
    pub(super) fn view(&self, target: &Target, memory: Memory) -> (View, Memory) {
        let probe = self.plan.services[target.service].probe.as_ref();
        let probe = probe.expect("only what has a probe is asked");
        let route = match self.goes_to(target.service, target.client, memory) {
            Ok(route) => route,
            Err(why) => return (self.unnamed(why), memory),
        };
        let (host, lost) = self.enters(route, Door::of(probe));
        let view = self.at(host, target, probe, lost);
        let memory = match memory {
            Memory::Connection(_) if view.answer.is_good() && probe.has_connection() => {
                let starts = self.facts.instance(host, target.service).starts;
                Memory::Connection(Some((host, starts)))
            }
            Memory::Connection(_) => Memory::Connection(None),
            memory => memory,
        };
        (view, memory)
    }

    /// What somebody sees who does not get as far as an address.
    fn unnamed(&self, why: NoName) -> View {
        if let NoName::Unknown(step) = why {
            return unknown(step, None);
        }
        let (answer, why) = (Answer::Down, Why::Unnamed(why));
        View { answer, host: None, why, took: waits(why, self.plan.probing.deadline) }
    }

    /// Where a client goes, which remembers this; why it finds nothing, else.
    pub(super) fn goes_to(
        &self,
        service: usize,
        client: Client,
        memory: Memory,
    ) -> Result<Route, NoName> {
        match memory {
            Memory::Connection(Some(to)) if self.facts.holds(to, service) => Ok(Route::to(to.0)),
            Memory::Address(route) => Ok(route),
            Memory::Connection(_) | Memory::None => self.route(service, client),
        }
    }

    /// What somebody sees who asks at a host, and has lost some time before.
    fn at(&self, host: usize, target: &Target, probe: &Probe, lost: Duration) -> View {
        if let Some(step) = self.facts.hosts[host].unknown_since {
            return unknown(step, Some(host));
        }
        let service = &self.layout.services[target.service];
        let health = match self.meets(host, target.service, probe) {
            Health::Well if !service.homes.contains(&host) => Health::Ill(Why::Astray),
            Health::Well if speaks_tls(probe) && self.is_expired(host, target.service) => {
                Health::Ill(Why::Expired)
            }
            Health::Well => self.content(host, target.service, service.shows_data),
            ill => ill,
        };
        let health = match health {
            Health::Well => self.carries(host, probe, lost),
            ill => ill,
        };
        let (mut why, mut took) = (Why::Well, lost + self.took(host, probe));
        let mut answer = Answer::Up;
        if let Health::Ill(ill) = health {
            why = ill;
            (answer, took) = match why {
                Why::Unknown(step) => return unknown(step, Some(host)),
                Why::Unreachable | Why::Mute | Why::Late | Why::Refused | Why::Reset => {
                    (Answer::Down, waits(why, self.plan.probing.deadline))
                }
                _ => (Answer::Wrong, took),
            };
        } else if probe.slow_after().is_some_and(|slow_after| took > slow_after) {
            (answer, why) = (Answer::Slow, Why::Slow);
        }
        View { answer, host: Some(host), why, took }
    }

    /// Whether the network lets a probe through to a host that is well, and its answer.
    fn carries(&self, host: usize, probe: &Probe, lost: Duration) -> Health {
        let ways = &self.facts.ways;
        match () {
            () if ways.late(host) >= FIRST_PACKET => Health::Ill(Why::Unreachable),
            () if !ways.passes(host, talk::of_probe(probe).largest) => Health::Ill(Why::Mute),
            () if lost + self.took(host, probe) > self.plan.probing.deadline => {
                Health::Ill(Why::Late)
            }
            () => Health::Well,
        }
    }

    /// How long a good answer takes from there.
    fn took(&self, host: usize, probe: &Probe) -> Duration {
        let talk = talk::of_probe(probe);
        talk.takes(self.facts.ways.late(host))
    }

    /// Whether a probe that goes to a host finds the service there, and it works.
    fn meets(&self, host: usize, service: usize, probe: &Probe) -> Health {
        let holder = probe.port().and_then(|port| self.facts.hosts[host].ports.get(&port));
        match (probe, holder) {
            _ if !self.facts.is_reachable(host) => Health::Ill(Why::Unreachable),
            // The host's own server has the host's key.
            (Probe::Ssh(_), Some(Holder::Ssh)) => match self.facts.handshake(host) {
                Ssh::Open => Health::Well,
                Ssh::Refused => Health::Ill(Why::Refused),
                Ssh::OtherKey => Health::Ill(Why::Stranger),
                Ssh::Hangs => Health::Ill(Why::Mute),
            },
            _ => match probe.port() {
                Some(port) => self.knock(host, service, port, is_patient(probe)),
                None => self.health(host, service),
            },
        }
    }

    /// Whether somebody who talks to `port` of a host, and tries again for a while, finds the service there, and it works.
    pub(super) fn knock(&self, host: usize, service: usize, port: u16, patient: bool) -> Health {
        if !self.facts.gets_through(host) {
            return Health::Ill(Why::Unreachable);
        }
        let is_still = self.facts.hosts[host].power.is_paused();
        match self.facts.hosts[host].ports.get(&port) {
            Some(Holder::Ssh) if self.facts.ways.ssh(host) == Ssh::Refused => {
                Health::Ill(Why::Refused)
            }
            // The kernel takes connections for programs that stand still.
            Some(_) if is_still && patient => Health::Ill(Why::Mute),
            Some(_) if is_still => Health::Well,
            None | Some(Holder::Squatter(_, Squatter::Exim4)) => Health::Ill(Why::Refused),
            Some(Holder::Squatter(_, Squatter::Listener)) if patient => Health::Ill(Why::Mute),
            Some(Holder::Squatter(_, Squatter::Listener)) => Health::Well,
            Some(Holder::Service(it)) if *it == service => self.health(host, service),
            Some(Holder::Ssh | Holder::Service(_)) => Health::Ill(Why::Stranger),
        }
    }

    /// Whether a service works where it is.
    pub(super) fn health(&self, host: usize, service: usize) -> Health {
        if self.facts.hosts[host].power.is_paused() {
            return Health::Ill(Why::Mute);
        }
        match self.facts.instance(host, service).state {
            State::Stopped => return Health::Ill(Why::Refused),
            State::Starting => return Health::Ill(Why::Reset),
            State::Ready => {}
        }
        for need in &self.layout.services[service].needs {
            let at = match self.finds(host, service, *need) {
                Ok(at) => at,
                Err(NoName::Unknown(step)) => return Health::Ill(Why::Unknown(step)),
                Err(_) => return Health::Ill(Why::Lacks(*need)),
            };
            if let Some(step) = self.facts.hosts[at].unknown_since {
                return Health::Ill(Why::Unknown(step));
            }
            let near = self.facts.reaches(host, at, &self.layout.services[*need].ports);
            if !near || self.is_bare(at, *need) || !self.facts.serves(self.layout, at, *need) {
                return Health::Ill(Why::Lacks(*need));
            }
        }
        Health::Well
    }

    /// Whether it can show what is expected of it, which may lie in its data.
    pub(super) fn content(&self, host: usize, service: usize, lies_in_data: bool) -> Health {
        match lies_in_data && self.is_bare(host, service) {
            true => Health::Ill(Why::Empty),
            false => Health::Well,
        }
    }

    /// Whether its data there began as nothing.
    pub(super) fn is_bare(&self, host: usize, service: usize) -> bool {
        self.facts.instance(host, service).data.is_some_and(|data| data.is_bare)
    }

    /// Whether who looks at its certificate refuses it.
    pub(super) fn is_expired(&self, host: usize, service: usize) -> bool {
        self.facts.instance(host, service).certificate == Certificate::Expired
    }
}

/// How long somebody waits in vain who gives up after `deadline`.
pub(super) fn waits(why: Why, deadline: Duration) -> Duration {
    match why {
        Why::Unreachable | Why::Mute | Why::Unnamed(NoName::Silent) => deadline,
        _ => REFUSED,
    }
}

/// How long it takes until a closed port says so.
pub(super) const REFUSED: Duration = Duration::from_millis(2);

/// How long is waited for a connection, as on real hosts.
const FIRST_PACKET: Duration = Duration::from_millis(900);

/// Whether the probe waits for the server to say something.
fn is_patient(probe: &Probe) -> bool {
    match probe {
        Probe::Tcp(tcp) => tcp.banner.is_some(),
        _ => true,
    }
}

/// Whether the probe looks at a certificate.
fn speaks_tls(probe: &Probe) -> bool {
    matches!(probe, Probe::Https(_) | Probe::Doh(_))
}

/// The account that an address, or the name for a login, is that of.
pub(super) fn account(address: &str) -> &str {
    address.split_once('@').map_or(address, |(account, _)| account)
}

/// What a probe expects to be there: a text, or an account.
pub(super) fn expects(probe: &Probe) -> Option<&str> {
    match probe {
        Probe::Http(http) | Probe::Https(http) => http.expect.contains.as_deref(),
        Probe::Smtp(smtp) => smtp.to.as_deref().map(account),
        Probe::Imap(imap) => Some(account(&imap.user)),
        _ => None,
    }
}

fn unknown(step: usize, host: Option<usize>) -> View {
    let why = Why::Unknown(step);
    View { answer: Answer::NoSample, host, why, took: Duration::ZERO }
}

impl View {
    /// The sentence of a sample: the same words as on real hosts.
    pub(super) fn detail(&self, plan: &Plan, layout: &Layout, target: &Target) -> String {
        if self.why == Why::Well {
            return String::new();
        }
        let service = &plan.services[target.service];
        let Some(probe) = &service.probe else { return String::new() };
        let Some(host) = self.host else {
            let deadline = plan.probing.deadline;
            return unresolved(self.why, plan, deadline, target.client, &service.name);
        };
        let address = &layout.addresses[host];
        let address =
            probe.port().map_or_else(|| address.clone(), |port| format!("{address}:{port}"));
        let deadline = plan.probing.deadline;
        match self.why {
            Why::Unreachable | Why::Mute | Why::Late => timed_out(self.why, deadline, &address),
            Why::Astray => {
                let host = plan.hosts.get_index(host).map_or("it", |(id, _)| id.as_str());
                let id =
                    plan.services.get_index(target.service).map_or("it", |(id, _)| id.as_str());
                format!("`{host}` answers, where no step starts `{id}`")
            }
            Why::Slow => {
                let slow_after = probe.slow_after().unwrap_or_default();
                format!("answered after {}, slow after {slow_after}", self.took)
            }
            why => words(why, plan, &address, service.name.as_str()),
        }
    }
}

/// What somebody says who waited in vain: for a connection, or for an answer.
pub(super) fn timed_out(why: Why, deadline: Duration, address: &str) -> String {
    match why {
        Why::Mute | Why::Late => {
            format!("timed out after {deadline} while waiting for an answer from {address}")
        }
        _ => format!("timed out after {deadline} while connecting to {address}"),
    }
}

/// What somebody says who did not get as far as an address.
pub(super) fn unresolved(
    why: Why,
    plan: &Plan,
    deadline: Duration,
    client: Client,
    name: &DnsName,
) -> String {
    let resolver = format!("{}:53", layout::resolver(client));
    match why {
        Why::Unnamed(NoName::Silent) => {
            format!("timed out after {deadline} while asking the resolver {resolver} for `{name}`")
        }
        Why::Unnamed(NoName::Failed) => {
            format!("no address for `{name}`: the resolver {resolver} answers `{SERVFAIL}`")
        }
        why => words(why, plan, "the name", name.as_str()),
    }
}

/// How the answer is called in the words of real hosts.
pub(super) const SERVFAIL: &str = "Server Failure";

/// Why something is not as it should be at an address.
pub(super) fn words(why: Why, plan: &Plan, address: &str, name: &str) -> String {
    match why {
        Why::Well | Why::Slow => String::new(),
        Why::Unreachable => format!("no route to {address}: host unreachable"),
        Why::Refused => format!("connection refused by {address}"),
        Why::Reset => format!("connection reset by {address}"),
        Why::Mute | Why::Late => format!("no answer from {address}"),
        Why::Stranger | Why::Astray => {
            format!("somebody else answers at {address}, who is not `{name}`")
        }
        Why::Lacks(need) => {
            let need = plan.services.get_index(need).map_or("it", |(id, _)| id.as_str());
            format!("status 503 from {address}, or the like: `{need}` does not answer it")
        }
        Why::Unnamed(_) => format!("no address for `{name}` (Non-Existent Domain)"),
        Why::Expired => {
            format!("certificate of {address} not accepted: certificate expired")
        }
        Why::Full => format!("{address} does not take it: its disk is full"),
        Why::Nameless => format!("450 from {address}, or the like: the sender has no reverse name"),
        Why::Listed => format!("554 from {address}, or the like: the sender is on a blocklist"),
        Why::Empty => format!("an answer from {address}, but not as expected: its data is empty"),
        Why::Unknown(step) => {
            let step = &plan.nth_step(step).id;
            format!("step `{step}` does not say what it amounts to (`simulates:`)")
        }
    }
}
