//! `reverse-dns-missing`, `address-blacklisted`: what strict mail servers hold against the address of a host.

use std::{fmt, net::Ipv4Addr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Kind, Reach, Refers, one};
use crate::base::{DnsName, HostId, REVERSE, reversed};

/// The address of a host has no name in the reverse zone: strict mail servers refuse its mail until it has one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReverseDnsMissing {
    /// Which host.
    pub on: HostId,
}

/// The address of a host is on a blocklist: mail servers that go by that refuse its mail for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressBlacklisted {
    /// Which host.
    pub on: HostId,
    /// The zone of the list (RFC 5782), outside of the scenario's own.
    #[serde(default = "blocklist")]
    pub list: DnsName,
}

/// What a blocklist says of an address that is on it (RFC 5782, 2.1), and of itself: so that anybody can see that
/// it is there.
pub(crate) const LISTED: &str = "127.0.0.2";
/// And why.
pub(crate) const REASON: &str = "on this list for a rehearsal";

/// What such a fault changes: what the name servers say of the address of a host.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Entry<'a> {
    /// Its reverse name.
    Name(&'a HostId),
    /// Whether it is on a list.
    Listing(&'a HostId, &'a DnsName),
}

impl<'a> Entry<'a> {
    pub(crate) fn of(kind: &'a Kind) -> Self {
        match kind {
            Kind::ReverseDnsMissing(ReverseDnsMissing { on }) => Self::Name(on),
            Kind::AddressBlacklisted(AddressBlacklisted { on, list }) => Self::Listing(on, list),
            _ => unreachable!("it does not show in mail: {kind}"),
        }
    }

    pub(crate) fn host(self) -> &'a HostId {
        let (Self::Name(on) | Self::Listing(on, _)) = self;
        on
    }

    /// The name by which it is looked up.
    pub(crate) fn name(self, address: Ipv4Addr) -> DnsName {
        let zone = match self {
            Self::Name(_) => REVERSE,
            Self::Listing(_, list) => list.as_str(),
        };
        reversed(address, zone).parse().expect("the name of an address is one")
    }

    /// Whether records are as the fault would have them, and what they say, in words.
    pub(crate) fn judge(self, address: Ipv4Addr, records: &[String]) -> (bool, String) {
        match (self, records) {
            (Self::Name(on), []) => (true, format!("`{on}` ({address}) has no reverse name")),
            (Self::Name(on), names) => {
                let names = names.join("`, `");
                (false, format!("`{on}` ({address}) has the reverse name `{names}`"))
            }
            (Self::Listing(on, list), records) => {
                let is_listed = records.iter().any(|record| record == LISTED);
                let not = if is_listed { "" } else { "not " };
                (is_listed, format!("`{on}` ({address}) is {not}on the blocklist `{list}`"))
            }
        }
    }
}

/// The ports at which mail is taken.
const MAIL: [u16; 3] = [25, 465, 587];

/// The zone of the blocklist that every world has.
pub(crate) fn blocklist() -> DnsName {
    "blocklist.example".parse().expect("it is a name")
}

impl Describe for ReverseDnsMissing {
    fn reach(&self) -> Reach<'_> {
        Reach { hosts: one(&self.on), ports: &MAIL, ..Reach::default() }
    }

    fn refers(&self) -> Vec<(&'static str, Refers<'_>)> {
        vec![("on", Refers::Host(&self.on))]
    }

    fn shows_in_mail(&self) -> bool {
        true
    }
}

impl Describe for AddressBlacklisted {
    fn reach(&self) -> Reach<'_> {
        Reach { hosts: one(&self.on), ports: &MAIL, ..Reach::default() }
    }

    fn refers(&self) -> Vec<(&'static str, Refers<'_>)> {
        vec![("on", Refers::Host(&self.on)), ("list", Refers::Blocklist(&self.list))]
    }

    /// Its list is there.
    fn is_prepared(&self) -> bool {
        self.list != blocklist()
    }

    fn shows_in_mail(&self) -> bool {
        true
    }
}

impl fmt::Display for ReverseDnsMissing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the address of `{}` has no reverse name", self.on)
    }
}

impl fmt::Display for AddressBlacklisted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the address of `{}` is on the blocklist `{}`", self.on, self.list)
    }
}
