//! `disk-full`: whatever would need room where a host's Docker keeps everything fails until it is healed.

use super::ids;
use crate::{fault::DiskFull, sim::hands::Hands, world::FaultAct};

pub(super) fn act(
    hands: &mut Hands<'_>,
    number: usize,
    args: &DiskFull,
    act: FaultAct,
) -> Result<String, String> {
    let id = &args.on;
    let host = hands.host(id);
    match act {
        FaultAct::Inject => {
            hands.settle_writes();
            hands.facts.change_host(host).full_by.insert(number);
            Ok(String::new())
        }
        FaultAct::VerifyBite if hands.facts.hosts[host].full_by.is_empty() => {
            Err(format!("the Docker of `{id}` has room"))
        }
        FaultAct::VerifyBite => {
            Ok(format!("a write to the disk of the Docker of `{id}`: No space left on device"))
        }
        FaultAct::Heal => {
            hands.settle_writes();
            hands.facts.change_host(host).full_by.remove(&number);
            Ok(String::new())
        }
        FaultAct::VerifyGone => {
            let others = hands.facts.hosts[host].full_by.iter().copied();
            Ok(match ids(hands, others) {
                None => format!("the Docker of `{id}` has room"),
                Some(others) => format!("healed; other faults still lie on `{id}`: {others}"),
            })
        }
    }
}
