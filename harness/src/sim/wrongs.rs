//! Owns what faults do to the name servers, each by its place in the plan, so that the end of one
//! leaves the others as they are.
//! Must not know: time, caches, records.

use std::collections::BTreeMap;

use super::dns::Resolver;
use crate::{
    base::{DnsName, Duration},
    fault::NameServer,
};

/// All that is wrong.
#[derive(Debug, Clone, Default)]
pub(super) struct Wrongs(BTreeMap<usize, Wrong>);

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wrong {
    /// A server does not answer.
    Silent(NameServer),
    /// The resolver fails for these names and all below them; for all where none is named.
    Failing(Vec<DnsName>),
    /// The resolver holds that there is no such name.
    Negative(DnsName),
    /// The resolver holds every record for so long at least.
    Stale(Duration),
    /// The authoritative server refuses updates.
    Refusing,
    /// A name has an AAAA record that nobody remembers.
    OldAaaa(DnsName),
    /// A name is published with no lower TTL than this, whatever is wanted.
    Floor { name: DnsName, least: Duration, wanted: Duration },
}

/// Why somebody who asks for a name gets no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoName {
    /// No answer comes.
    Silent,
    /// SERVFAIL.
    Failed,
    /// NXDOMAIN.
    Negative,
    /// Nobody said what this step did to names.
    Unknown(usize),
}

impl Wrongs {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn insert(&mut self, fault: usize, wrong: Wrong) {
        self.0.insert(fault, wrong);
    }

    pub(super) fn remove(&mut self, fault: usize) -> Option<Wrong> {
        self.0.remove(&fault)
    }

    /// The faults for which this holds.
    pub(super) fn of(&self, is_meant: impl Fn(&Wrong) -> bool) -> Vec<usize> {
        self.0.iter().filter(|(_, wrong)| is_meant(wrong)).map(|(fault, _)| *fault).collect()
    }

    fn any(&self, is_meant: impl Fn(&Wrong) -> bool) -> bool {
        self.0.values().any(is_meant)
    }

    /// What keeps a resolver from telling anything of a name, whatever it holds.
    pub(super) fn before_cache(&self, resolver: Resolver, name: &DnsName) -> Option<NoName> {
        if self.is_empty() || resolver == Resolver::Late {
            return None;
        }
        match self.is_silent(NameServer::Resolver) {
            true => Some(NoName::Silent),
            false => self.told(name),
        }
    }

    /// What the resolver tells of a name instead of a record, to whom it answers at all.
    pub(super) fn told(&self, name: &DnsName) -> Option<NoName> {
        if self.any(|wrong| matches!(wrong, Wrong::Negative(it) if name.is_in(it))) {
            return Some(NoName::Negative);
        }
        self.any(|wrong| wrong.fails(name)).then_some(NoName::Failed)
    }

    /// What keeps a resolver from fetching what it does not hold.
    pub(super) fn behind_cache(&self) -> Option<NoName> {
        self.is_silent(NameServer::Authority).then_some(NoName::Silent)
    }

    pub(super) fn is_silent(&self, server: NameServer) -> bool {
        self.any(|wrong| *wrong == Wrong::Silent(server))
    }

    pub(super) fn refuses_updates(&self) -> bool {
        self.any(|wrong| *wrong == Wrong::Refusing)
    }

    /// Whether a name has an AAAA record.
    pub(super) fn leaves_aaaa(&self, name: &DnsName) -> bool {
        self.any(|wrong| matches!(wrong, Wrong::OldAaaa(it) if it == name))
    }

    /// For how long the resolver holds every record at least.
    pub(super) fn least_hold(&self) -> Duration {
        let least = self.0.values().filter_map(|wrong| match wrong {
            Wrong::Stale(by) => Some(*by),
            _ => None,
        });
        least.max().unwrap_or(Duration::ZERO)
    }

    /// The TTL that a name is published with when this one is wanted; what is wanted is kept in mind.
    pub(super) fn publish(&mut self, name: &DnsName, ttl: Duration) -> Duration {
        let mut published = ttl;
        for wrong in self.0.values_mut() {
            if let Wrong::Floor { name: of, least, wanted } = wrong
                && of == name
            {
                *wanted = ttl;
                published = published.max(*least);
            }
        }
        published
    }

    /// The TTL that is wanted for a name, if it is published with another one, maybe.
    pub(super) fn wanted(&self, name: &DnsName) -> Option<Duration> {
        self.0.values().find_map(|wrong| match wrong {
            Wrong::Floor { name: of, wanted, .. } if of == name => Some(*wanted),
            _ => None,
        })
    }
}

impl Wrong {
    /// Whether the resolver fetches nothing because of it.
    pub(super) fn silences_authority(&self) -> bool {
        *self == Self::Silent(NameServer::Authority)
    }

    /// Whether it makes the resolver fail for a name.
    pub(super) fn fails(&self, name: &DnsName) -> bool {
        let Self::Failing(names) = self else { return false };
        names.is_empty() || names.iter().any(|it| name.is_in(it))
    }

    /// Whether the resolver has no answer for a name that it does not hold because of it.
    pub(super) fn withholds(&self, name: &DnsName) -> bool {
        self.silences_authority() || self.fails(name)
    }
}
