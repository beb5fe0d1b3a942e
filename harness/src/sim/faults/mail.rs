//! `reverse-dns-missing`, `address-blacklisted`: what the name servers say of the address of a host. What the
//! resolver holds of it is forgotten at once.

use std::collections::BTreeSet;

use super::{besides, ids};
use crate::{
    base::{DnsName, HostId},
    fault::{AddressBlacklisted, Kind, ReverseDnsMissing},
    sim::hands::Hands,
    world::FaultAct,
};

pub(super) fn act(
    hands: &mut Hands<'_>,
    number: usize,
    kind: &Kind,
    act: FaultAct,
) -> Result<String, String> {
    let record = Record::of(kind);
    let (wrong, right, name) = (record.wrong(hands), record.right(hands), record.name(hands));
    match act {
        FaultAct::Inject => {
            hands.settle_writes();
            record.marks(hands).insert(number);
            Ok(String::new())
        }
        FaultAct::VerifyBite => {
            let wrongs = hands.dns.wrongs();
            let unanswered = wrongs.told(&name).or_else(|| wrongs.behind_cache());
            match (unanswered, record.standing(hands).as_slice()) {
                (Some(_), _) => Err(format!("the resolver has no answer for `{name}`")),
                (None, []) => Err(right),
                (None, _) => Ok(wrong),
            }
        }
        FaultAct::Heal => {
            hands.settle_writes();
            record.marks(hands).remove(&number);
            Ok(String::new())
        }
        FaultAct::VerifyGone => {
            if let Some(others) = ids(hands, record.standing(hands)) {
                return Ok(format!("healed; {wrong} because of {others}"));
            }
            let what = format!("`{name}` has no answer");
            let unanswered = besides(hands, &what, |it| it.silences_authority() || it.fails(&name));
            Ok(unanswered.unwrap_or(right))
        }
    }
}

/// What is looked up of the address of a host.
enum Record<'a> {
    /// Its reverse name.
    Name(&'a HostId),
    /// Whether it is on a list.
    Listing(&'a HostId, &'a DnsName),
}

impl<'a> Record<'a> {
    fn of(kind: &'a Kind) -> Self {
        match kind {
            Kind::ReverseDnsMissing(ReverseDnsMissing { on }) => Self::Name(on),
            Kind::AddressBlacklisted(AddressBlacklisted { on, list }) => Self::Listing(on, list),
            _ => unreachable!("it does not show in mail: {kind}"),
        }
    }

    fn host(&self, hands: &Hands<'_>) -> usize {
        let (Self::Name(on) | Self::Listing(on, _)) = self;
        hands.host(on)
    }

    /// By which name it is looked up.
    fn name(&self, hands: &Hands<'_>) -> DnsName {
        let host = self.host(hands);
        let name = match self {
            Self::Name(_) => hands.layout.reversed[host].clone(),
            Self::Listing(_, list) => hands.layout.listed(host, list),
        };
        name.parse().expect("the name of an address is one")
    }

    fn wrong(&self, hands: &Hands<'_>) -> String {
        let address = hands.address(self.host(hands));
        match self {
            Self::Name(on) => format!("`{on}` ({address}) has no reverse name"),
            Self::Listing(on, list) => format!("`{on}` ({address}) is on the blocklist `{list}`"),
        }
    }

    fn right(&self, hands: &Hands<'_>) -> String {
        let address = hands.address(self.host(hands));
        match self {
            Self::Name(on) => {
                let zone = &hands.plan.zone.name;
                format!("`{on}` ({address}) has the reverse name `{on}.{zone}`")
            }
            Self::Listing(on, list) => {
                format!("`{on}` ({address}) is not on the blocklist `{list}`")
            }
        }
    }

    /// The faults of its kind on its host, by place.
    fn marks<'h>(&self, hands: &'h mut Hands<'_>) -> &'h mut BTreeSet<usize> {
        let host = self.host(hands);
        let host = hands.facts.change_host(host);
        match self {
            Self::Name(_) => &mut host.nameless_by,
            Self::Listing(..) => &mut host.listed_by,
        }
    }

    /// Those that make it wrong.
    fn standing(&self, hands: &Hands<'_>) -> Vec<usize> {
        let host = &hands.facts.hosts[self.host(hands)];
        match self {
            Self::Name(_) => host.nameless_by.iter().copied().collect(),
            Self::Listing(_, list) => {
                let listed = host.listed_by.iter().copied();
                listed.filter(|number| hands.plan.lists(*number, list)).collect()
            }
        }
    }
}
