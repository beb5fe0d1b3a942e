//! `network-down`: the link of the host is down, also after a reboot, until it is healed. Several
//! may lie on one host; the link comes up when the last is healed.

use crate::{fault::NetworkDown, sim::hands::Hands, world::FaultAct};

pub(super) fn act(
    hands: &mut Hands<'_>,
    number: usize,
    args: &NetworkDown,
    act: FaultAct,
) -> Result<String, String> {
    let (id, host) = (&args.on, hands.host(&args.on));
    match act {
        FaultAct::Inject => {
            hands.facts.change_host(host).cut_by.insert(number);
            Ok(String::new())
        }
        FaultAct::VerifyBite if hands.facts.hosts[host].cut_by.is_empty() => {
            Err(format!("the link of `{id}` is up"))
        }
        FaultAct::VerifyBite => Ok(format!("`{id}` does not answer on port 22")),
        FaultAct::Heal => {
            hands.facts.change_host(host).cut_by.remove(&number);
            Ok(String::new())
        }
        FaultAct::VerifyGone => {
            let left = &hands.facts.hosts[host].cut_by;
            if left.contains(&number) {
                return Err(format!("the link of `{id}` is still down"));
            }
            let ids: Vec<_> = left.iter().map(|it| hands.plan.faults.get_index(*it)).collect();
            let ids: Vec<_> = ids.into_iter().flatten().map(|(id, _)| id.as_str()).collect();
            if !ids.is_empty() {
                let ids = ids.join(" ");
                return Ok(format!("healed; `{id}` stays without network because of {ids}"));
            }
            match hands.facts.hosts[host].power.is_on {
                true => Ok(format!("`{id}` answers on port 22")),
                false => Err(format!("port 22 of `{id}` does not answer")),
            }
        }
    }
}
