//! `packages-unreachable`: whoever wants packages that a host has not got does not get them.

use crate::{sim::hands::Hands, world::FaultAct};

pub(super) fn act(hands: &mut Hands<'_>, number: usize, act: FaultAct) -> Result<String, String> {
    let closed = "the package mirror refuses connections";
    match act {
        FaultAct::Inject => {
            hands.facts.no_packages.insert(number);
            Ok(String::new())
        }
        FaultAct::VerifyBite => match hands.facts.no_packages.is_empty() {
            false => Ok(closed.to_owned()),
            true => Err("the package mirror takes connections".to_owned()),
        },
        FaultAct::Heal => {
            hands.facts.no_packages.remove(&number);
            Ok(String::new())
        }
        FaultAct::VerifyGone => {
            let left = &hands.facts.no_packages;
            let ids = left.iter().filter_map(|it| hands.plan.faults.get_index(*it));
            let ids: Vec<_> = ids.map(|(id, _)| id.as_str()).collect();
            Ok(match ids.as_slice() {
                [] => "the package mirror takes connections".to_owned(),
                ids => format!("healed; {closed} because of {}", ids.join(" ")),
            })
        }
    }
}
