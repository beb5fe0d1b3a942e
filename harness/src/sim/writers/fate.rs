//! Owns what becomes of a write that is begun at this moment: a pure function of what is true, and of
//! the names as its writer knows them.
//! Must not know: when anybody writes.

use crate::{
    base::{DnsName, Duration},
    sim::{
        facts::{Holder, State},
        layout::{Way, Writer},
        probes::{Health, Memory, REFUSED, Scene, Why, waits},
        route::Door,
        talk,
        wrongs::NoName,
    },
};

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sim) struct Fate {
    pub(in crate::sim) outcome: Outcome,
    /// The host at the address that it goes to.
    pub(in crate::sim) host: Option<usize>,
    /// Which start of the service it meets there.
    pub(super) starts: u32,
    pub(super) why: Why,
    /// From its beginning to the answer.
    pub(super) took: Duration,
}

/// What its writer hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sim) enum Outcome {
    /// It was taken.
    Taken(Place),
    /// It was not, and never will be.
    Refused,
    /// It was certainly not taken this time.
    NotNow,
    /// It was sent, and nobody knows.
    Open,
    /// It is not begun at all: nobody said what is true where it goes to.
    Unsent,
}

/// Where it is then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sim) enum Place {
    /// In the data of the service that keeps it, on this host.
    Kept(usize),
    /// In the queue of the service that took it.
    Queued,
    /// Nowhere: the service that took it was to hand it on to one that refuses it for good.
    Bounced,
}

impl Scene<'_> {
    /// What the writer is told of a write now, and what it remembers of that.
    pub(super) fn fate(&self, writer: &Writer, memory: Memory) -> (Fate, Memory) {
        let route = match self.goes_to(writer.service, writer.client, memory) {
            Ok(route) => route,
            Err(why) => return (unnamed(why, writer), memory),
        };
        let (host, lost) = self.enters(route, Door::Stream(writer.port));
        let fate = self.fate_at(host, writer, lost);
        let memory = match memory {
            Memory::Connection(_) if matches!(fate.outcome, Outcome::Taken(_)) => {
                Memory::Connection(Some((host, fate.starts)))
            }
            Memory::Connection(_) => Memory::Connection(None),
            memory => memory,
        };
        (fate, memory)
    }

    fn fate_at(&self, host: usize, writer: &Writer, lost: Duration) -> Fate {
        if let Some(step) = self.facts.hosts[host].unknown_since {
            return unsent(Some(host), step);
        }
        let talk = talk::of_write(writer.way);
        let place = self.place(host, writer);
        let disk = match place {
            Ok(Place::Kept(at)) => self.facts.sync(at),
            Ok(Place::Queued | Place::Bounced) => self.facts.sync(host),
            Err(_) => Duration::ZERO,
        };
        let took = lost + talk.takes(self.facts.ways.late(host)) + disk;
        let why = match place {
            Ok(_) if !self.facts.ways.passes(host, talk.largest) => Why::Mute,
            Ok(_) if took > writer.deadline => Why::Late,
            Ok(place) => {
                let starts = self.facts.instance(host, writer.service).starts;
                let outcome = Outcome::Taken(place);
                return Fate { outcome, host: Some(host), starts, why: Why::Well, took };
            }
            Err(why) => why,
        };
        let took = match why {
            Why::Unreachable | Why::Mute | Why::Late | Why::Refused | Why::Reset => {
                waits(why, writer.deadline)
            }
            _ => took,
        };
        let outcome = self.refusal(why, writer);
        Fate { outcome, host: Some(host), starts: 0, why, took }
    }

    /// Where a write would be that goes to this host, if the service there takes it.
    fn place(&self, host: usize, writer: &Writer) -> Result<Place, Why> {
        let Writer { service, of, port, .. } = *writer;
        if writer.relays {
            let holder = self.facts.hosts[host].ports.get(&port);
            let is_ready = self.facts.instance(host, service).state == State::Ready;
            if self.facts.gets_through(host)
                && !self.facts.is_still(host)
                && holder == Some(&Holder::Service(service))
                && is_ready
            {
                self.fits(host, service)?;
                return Ok(match self.takes_over(host, writer) {
                    Ok(at) => Place::Kept(at),
                    Err(Why::Listed) => Place::Bounced,
                    Err(_) => Place::Queued,
                });
            }
        }
        let kept = match self.knock(host, service, port, true) {
            Health::Ill(why) => Err(why),
            Health::Well if writer.way == Way::Https && self.is_expired(host, service) => {
                Err(Why::Expired)
            }
            Health::Well if writer.needs_data && self.is_bare(host, of) => Err(Why::Empty),
            Health::Well if of == service => Ok(host),
            Health::Well => self.takes_over(host, writer),
        };
        self.fits(kept?, of).map(Place::Kept)
    }

    /// The same host, if it has room for what a service would keep there.
    fn fits(&self, host: usize, service: usize) -> Result<usize, Why> {
        match self.facts.is_full(self.layout, host, service) {
            true => Err(Why::Full),
            false => Ok(host),
        }
    }

    /// The host of the service that keeps what is written to another one, if that takes it from there.
    pub(super) fn takes_over(&self, from: usize, writer: &Writer) -> Result<usize, Why> {
        let at = self.keeper(from, writer)?;
        let refuses = &self.plan.services[writer.of].refuses;
        let sender = &self.facts.hosts[from];
        match () {
            () if at == from || writer.way != Way::Smtp => Ok(at),
            () if refuses.nameless && !sender.nameless_by.is_empty() => Err(Why::Nameless),
            () if refuses.listed.iter().any(|list| self.is_listed(from, list)) => Err(Why::Listed),
            () => Ok(at),
        }
    }

    /// Whether the address of a host is on a blocklist.
    pub(in crate::sim) fn is_listed(&self, host: usize, list: &DnsName) -> bool {
        self.facts.hosts[host].listed_by.iter().any(|fault| self.plan.lists(*fault, list))
    }

    /// The host of the service that keeps what is written to another one, as that other one finds it.
    fn keeper(&self, from: usize, writer: &Writer) -> Result<usize, Why> {
        let of = writer.of;
        let at = self.finds(from, writer.service, of).map_err(|why| match why {
            NoName::Unknown(step) => Why::Unknown(step),
            _ => Why::Lacks(of),
        })?;
        if let Some(step) = self.facts.hosts[at].unknown_since {
            return Err(Why::Unknown(step));
        }
        let near = self.facts.reaches(from, at, &self.layout.services[of].ports);
        match near && self.facts.serves(self.layout, at, of) {
            true => Ok(at),
            false => Err(Why::Lacks(of)),
        }
    }

    /// What a writer makes of it that this is not as it should be: over HTTP all is sent at once, and
    /// whoever fails then may have taken it; the others are greeted first.
    fn refusal(&self, why: Why, writer: &Writer) -> Outcome {
        let is_plain = writer.way == Way::Http;
        let is_http = is_plain || writer.way == Way::Https;
        match why {
            Why::Unknown(_) => Outcome::Unsent,
            Why::Stranger if is_http => Outcome::Refused,
            Why::Listed => Outcome::Refused,
            // There is no such mailbox, and none to come.
            Why::Empty if writer.way == Way::Smtp => Outcome::Refused,
            Why::Lacks(_) | Why::Full if is_http => Outcome::Open,
            Why::Mute if is_plain => Outcome::Open,
            Why::Late => Outcome::Open,
            // Docker's proxy accepts before anybody listens behind it.
            Why::Reset if is_plain && !self.layout.services[writer.service].is_unit => {
                Outcome::Open
            }
            _ => Outcome::NotNow,
        }
    }
}

/// What becomes of a write whose writer does not get as far as an address.
fn unnamed(why: NoName, writer: &Writer) -> Fate {
    if let NoName::Unknown(step) = why {
        return unsent(None, step);
    }
    let why = Why::Unnamed(why);
    let took = waits(why, writer.deadline);
    Fate { outcome: Outcome::NotNow, host: None, starts: 0, why, took }
}

fn unsent(host: Option<usize>, step: usize) -> Fate {
    let (outcome, why) = (Outcome::Unsent, Why::Unknown(step));
    Fate { outcome, host, starts: 0, why, took: REFUSED }
}
