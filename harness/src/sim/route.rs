//! Owns where a name leads a client who prefers IPv6 (RFC 6724), and at which of two hosts it ends up: at the
//! other one where the first does not let it in (RFC 8305).
//! Must not know: what it says once it is in.
//!
//! Services are taken to listen on both families, and the host's own programs too. Those of faults listen
//! on IPv4 alone.

use super::{
    dns::Resolver,
    facts::{Holder, State},
    probes::{REFUSED, Scene},
    ways::Ssh,
    wrongs::NoName,
};
use crate::{
    base::Duration,
    probe::{Client, Probe},
};

/// The hosts to which a name leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Route {
    /// The one at the address that is tried first.
    first: usize,
    /// The one at the IPv4 address, where that is another.
    then: Option<usize>,
}

/// What a client connects to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Door {
    /// A port, by a connection.
    Stream(u16),
    /// A port, by datagrams, which only programs answer.
    Datagrams(u16),
    /// Whatever it likes, at an IPv4 address.
    Nothing,
}

/// How somebody fares who wants in.
enum Knock {
    Open,
    Refused,
    Silence,
}

/// For how long the first address is tried where there is another one (RFC 8305, 5: the Connection
/// Attempt Delay), as on real hosts.
const ATTEMPT: Duration = Duration::from_millis(250);

impl Route {
    /// To one host, and no other.
    pub(super) fn to(host: usize) -> Self {
        Self { first: host, then: None }
    }

    /// The host at the IPv4 address.
    pub(super) fn ipv4(self) -> usize {
        self.then.unwrap_or(self.first)
    }
}

impl Door {
    /// What a probe connects to.
    pub(super) fn of(probe: &Probe) -> Self {
        match (probe, probe.port()) {
            (Probe::Dns(_), Some(port)) => Self::Datagrams(port),
            (_, Some(port)) => Self::Stream(port),
            (_, None) => Self::Nothing,
        }
    }
}

impl Scene<'_> {
    /// Where a client's resolver leads it; why it gets no address, else.
    pub(super) fn route(&self, service: usize, client: Client) -> Result<Route, NoName> {
        self.route_of(Resolver::of(client), self.layout.services[service].name)
    }

    /// Where a resolver says that a name leads.
    pub(super) fn route_of(&self, resolver: Resolver, name: usize) -> Result<Route, NoName> {
        let host = self.dns.host(resolver, name, self.now);
        match (self.dns.old_host(resolver, name, self.now), host) {
            (None, host) => host.map(Route::to),
            (Some(_), Err(why @ NoName::Unknown(_))) => Err(why),
            (Some(old), Ok(host)) => Ok(Route { first: old, then: Some(host) }),
            (Some(old), Err(_)) => Ok(Route::to(old)),
        }
    }

    /// The host at which a client ends up, and how long it has tried another one in vain.
    pub(super) fn enters(&self, route: Route, door: Door) -> (usize, Duration) {
        let Some(then) = route.then else { return (route.first, Duration::ZERO) };
        match self.lets_in(route.first, door) {
            Knock::Open => (route.first, Duration::ZERO),
            Knock::Refused => (then, REFUSED),
            Knock::Silence => (then, ATTEMPT),
        }
    }

    /// The host at which a service that is somewhere finds another one that it needs. Programs do as
    /// clients do; a host's Docker has no IPv6 for its containers.
    pub(super) fn finds(&self, from: usize, service: usize, need: usize) -> Result<usize, NoName> {
        let needed = &self.layout.services[need];
        if !self.layout.services[service].is_unit {
            return self.dns.host(Resolver::Prompt, needed.name, self.now);
        }
        let Route { first, then } = self.route(need, Client::Fresh)?;
        Ok(match then {
            Some(then)
                if !self.facts.reaches(from, first, &needed.ports)
                    || !self.facts.serves(self.layout, first, need) =>
            {
                then
            }
            _ => first,
        })
    }

    /// How somebody fares at an IPv6 address, before anything is said.
    fn lets_in(&self, host: usize, door: Door) -> Knock {
        let (port, is_stream) = match door {
            Door::Stream(port) => (port, true),
            Door::Datagrams(port) => (port, false),
            Door::Nothing => return Knock::Refused,
        };
        let facts = self.facts;
        // Nobody can tell what would be met there.
        if facts.hosts[host].unknown_since.is_some() {
            return Knock::Open;
        }
        let is_late = facts.ways.late(host) >= ATTEMPT;
        // The kernel takes connections for programs that stand still.
        if is_late || !facts.is_reachable(host) || facts.is_still(host) && !is_stream {
            return Knock::Silence;
        }
        match facts.hosts[host].ports.get(&port) {
            Some(Holder::Ssh) if facts.ways.ssh(host) == Ssh::Refused => Knock::Refused,
            // Docker's proxy listens before the container does.
            Some(Holder::Service(it)) if self.is_deaf(host, *it) => Knock::Refused,
            Some(Holder::Ssh | Holder::Service(_)) => Knock::Open,
            None | Some(Holder::Squatter(..)) => Knock::Refused,
        }
    }

    /// Whether a service does not listen yet.
    fn is_deaf(&self, host: usize, service: usize) -> bool {
        let is_ready = self.facts.instance(host, service).state == State::Ready;
        self.layout.services[service].is_unit && !is_ready
    }
}
