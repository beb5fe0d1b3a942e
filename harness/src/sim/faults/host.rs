//! `host-crash`, `lease-ended`, `host-pause`, `boot-fails`: several may lie on one host; it is back when
//! the last is healed.

use std::collections::BTreeSet;

use crate::{
    base::HostId,
    fault::Kind,
    sim::{hands::Hands, power::Power},
    world::FaultAct,
};

/// Whether a fault is one of these.
pub(super) fn is_kind(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::HostCrash(_) | Kind::LeaseEnded(_) | Kind::HostPause(_) | Kind::BootFails(_)
    )
}

/// The power is gone, by whatever.
pub(super) fn switched_off(
    hands: &mut Hands<'_>,
    number: usize,
    id: &HostId,
    act: FaultAct,
) -> Result<String, String> {
    let silent = format!("`{id}` does not answer on port 22");
    strike(hands, number, id, act, |power| &mut power.off_by, &silent)
}

/// Nothing on it moves.
pub(super) fn paused(
    hands: &mut Hands<'_>,
    number: usize,
    id: &HostId,
    act: FaultAct,
) -> Result<String, String> {
    let silent = format!("`{id}` takes connections on port 22, and says nothing");
    strike(hands, number, id, act, |power| &mut power.paused_by, &silent)
}

/// It is rebooted, and does not come back.
pub(super) fn unbootable(
    hands: &mut Hands<'_>,
    number: usize,
    id: &HostId,
    act: FaultAct,
) -> Result<String, String> {
    let silent = format!("`{id}` was rebooted, and does not answer on port 22");
    strike(hands, number, id, act, |power| &mut power.unbootable_by, &silent)
}

/// The four acts, on the faults of a kind that lie on a host.
fn strike(
    hands: &mut Hands<'_>,
    number: usize,
    id: &HostId,
    act: FaultAct,
    of_kind: impl Fn(&mut Power) -> &mut BTreeSet<usize>,
    silent: &str,
) -> Result<String, String> {
    let host = hands.host(id);
    match act {
        FaultAct::Inject => {
            hands.settle_writes();
            of_kind(&mut hands.facts.change_host(host).power).insert(number);
            if hands.facts.must_be_down(host) {
                hands.facts.power_off(host);
            }
            Ok(String::new())
        }
        FaultAct::VerifyBite if hands.facts.is_alive(host) => {
            Err(format!("port 22 of `{id}` still answers"))
        }
        FaultAct::VerifyBite => Ok(silent.to_owned()),
        FaultAct::Heal => {
            of_kind(&mut hands.facts.change_host(host).power).remove(&number);
            if !hands.facts.hosts[host].power.is_on {
                hands.boot(host);
            }
            Ok(String::new())
        }
        FaultAct::VerifyGone => {
            if of_kind(&mut hands.facts.hosts[host].power).contains(&number) {
                return Err(format!("`{id}` is still down"));
            }
            let power = &hands.facts.hosts[host].power;
            let left = power.off_by.iter().chain(&power.paused_by).chain(&power.unbootable_by);
            let left = left.filter_map(|it| hands.plan.faults.get_index(*it));
            let ids: Vec<_> = left.map(|(id, _)| id.as_str()).collect();
            if !ids.is_empty() {
                return Ok(format!("healed; `{id}` stays down because of {}", ids.join(" ")));
            }
            match hands.facts.is_alive(host) {
                true => Ok(format!("`{id}` answers on port 22")),
                false if !hands.facts.hosts[host].cut_by.is_empty() => {
                    Ok(format!("`{id}` is up, and without network"))
                }
                false => Err(format!("port 22 of `{id}` does not answer")),
            }
        }
    }
}
