//! `reverse-dns-missing`, `address-blacklisted`: what the name servers say of the address of a host. What the
//! resolver holds of it is forgotten at once.

use std::collections::BTreeSet;

use super::{besides, ids};
use crate::{
    fault::{Entry, Kind, LISTED},
    sim::hands::Hands,
    world::FaultAct,
};

pub(super) fn act(
    hands: &mut Hands<'_>,
    number: usize,
    kind: &Kind,
    act: FaultAct,
) -> Result<String, String> {
    let entry = Entry::of(kind);
    let address = hands.layout.ipv4(hands.host(entry.host()));
    let name = entry.name(address);
    let [wrong, right] = [true, false].map(|is_wrong| {
        let (seen, says) = entry.judge(address, &records(hands, entry, is_wrong));
        assert_eq!(seen, is_wrong, "{says}");
        says
    });
    match act {
        FaultAct::Inject => {
            hands.settle_writes();
            marks(hands, entry).insert(number);
            Ok(String::new())
        }
        FaultAct::VerifyBite => {
            let wrongs = hands.dns.wrongs();
            let unanswered = wrongs.told(&name).or_else(|| wrongs.behind_cache());
            match (unanswered, standing(hands, entry).as_slice()) {
                (Some(_), _) => Err(format!("the resolver has no answer for `{name}`")),
                (None, []) => Err(right),
                (None, _) => Ok(wrong),
            }
        }
        FaultAct::Heal => {
            hands.settle_writes();
            marks(hands, entry).remove(&number);
            Ok(String::new())
        }
        FaultAct::VerifyGone => {
            if let Some(others) = ids(hands, standing(hands, entry)) {
                return Ok(format!("healed; {wrong} because of {others}"));
            }
            let what = format!("`{name}` has no answer");
            let unanswered = besides(hands, &what, |it| it.withholds(&name));
            Ok(unanswered.unwrap_or(right))
        }
    }
}

/// What the authoritative server has while it is wrong, or is not.
fn records(hands: &Hands<'_>, entry: Entry<'_>, is_wrong: bool) -> Vec<String> {
    match (entry, is_wrong) {
        (Entry::Name(on), false) => vec![format!("{on}.{}", hands.plan.zone.name)],
        (Entry::Listing(..), true) => vec![LISTED.to_owned()],
        (Entry::Name(_), true) | (Entry::Listing(..), false) => vec![],
    }
}

/// The faults of its kind on its host, by place.
fn marks<'h>(hands: &'h mut Hands<'_>, entry: Entry<'_>) -> &'h mut BTreeSet<usize> {
    let host = hands.host(entry.host());
    let host = hands.facts.change_host(host);
    match entry {
        Entry::Name(_) => &mut host.nameless_by,
        Entry::Listing(..) => &mut host.listed_by,
    }
}

/// Those that make it wrong.
fn standing(hands: &Hands<'_>, entry: Entry<'_>) -> Vec<usize> {
    let host = &hands.facts.hosts[hands.host(entry.host())];
    match entry {
        Entry::Name(_) => host.nameless_by.iter().copied().collect(),
        Entry::Listing(_, list) => {
            let listed = host.listed_by.iter().copied();
            listed.filter(|number| hands.plan.lists(*number, list)).collect()
        }
    }
}
