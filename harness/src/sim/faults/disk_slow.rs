//! `disk-slow`: whoever waits for the disk of the host waits longer.

use super::ids;
use crate::{base::Duration, fault::DiskSlow, sim::hands::Hands, world::FaultAct};

pub(super) fn act(
    hands: &mut Hands<'_>,
    number: usize,
    args: &DiskSlow,
    act: FaultAct,
) -> Result<String, String> {
    let id = &args.on;
    let host = hands.host(id);
    let sync = hands.facts.sync(host);
    let says = format!("a sync of the disk of `{id}` takes {sync}");
    match act {
        FaultAct::Inject => {
            hands.settle_writes();
            hands.facts.change_host(host).slow_by.insert(number, args.by);
            Ok(String::new())
        }
        FaultAct::VerifyBite if sync == Duration::ZERO => Err(says),
        FaultAct::VerifyBite => Ok(says),
        FaultAct::Heal => {
            hands.settle_writes();
            hands.facts.change_host(host).slow_by.remove(&number);
            Ok(String::new())
        }
        FaultAct::VerifyGone => {
            let others = hands.facts.hosts[host].slow_by.keys().copied();
            Ok(match ids(hands, others) {
                None => says,
                Some(others) => format!("healed; other faults still lie on `{id}`: {others}"),
            })
        }
    }
}
