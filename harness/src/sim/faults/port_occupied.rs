//! `port-occupied`: a program listens on the port, also after a reboot, unless somebody else had it
//! before.

use crate::{
    fault::PortOccupied,
    sim::{
        facts::{Holder, Occupant},
        hands::{Hands, squatter},
    },
    world::FaultAct,
};

pub(super) fn act(
    hands: &mut Hands<'_>,
    number: usize,
    args: &PortOccupied,
    act: FaultAct,
) -> Result<String, String> {
    let PortOccupied { on: id, port, by } = args;
    let host = hands.host(id);
    let program = squatter(*by);
    let holder = Holder::Squatter(number, *by);
    match act {
        FaultAct::Inject => {
            let host = hands.facts.change_host(host);
            host.ports.entry(*port).or_insert(holder);
            let occupant = Occupant { fault: number, port: *port, by: *by, at_boot: true };
            host.squatters.push(occupant);
            Ok(String::new())
        }
        FaultAct::VerifyBite => match hands.facts.hosts[host].ports.get(port) {
            Some(it) if *it == holder => {
                Ok(format!("port {port} of `{id}` is held by `{program}`"))
            }
            _ => Err(format!("port {port} of `{id}` is not held by `{program}`")),
        },
        FaultAct::Heal => {
            hands.facts.evict(host, number);
            hands.facts.hosts[host].squatters.retain(|it| it.fault != number);
            Ok(String::new())
        }
        FaultAct::VerifyGone => match hands.facts.hosts[host].ports.get(port) {
            Some(it) if *it == holder => {
                Err(format!("port {port} of `{id}` is still held by `{program}`"))
            }
            _ => Ok(format!("port {port} of `{id}` is not held by `{program}`")),
        },
    }
}
