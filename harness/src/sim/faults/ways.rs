//! The faults that put something in the way of packets or of SSH: also after a reboot, until they are
//! healed. Several may lie on one host, and healing one never heals another.

use crate::{
    fault::{Direction, Kind},
    sim::{hands::Hands, ways::Obstacle},
    world::FaultAct,
};

pub(super) fn act(
    hands: &mut Hands<'_>,
    number: usize,
    kind: &Kind,
    act: FaultAct,
) -> Result<String, String> {
    let id = &kind.reach().hosts[0];
    let host = hands.host(id);
    match act {
        FaultAct::Inject => {
            let part = hands.chance.part();
            let obstacle = Obstacle::of(hands.plan, kind, hands.clock.work(), part)
                .expect("only what puts something in the way is played here");
            hands.facts.change_ways().put(number, obstacle);
            Ok(String::new())
        }
        FaultAct::Heal => {
            hands.facts.change_ways().take(number);
            Ok(String::new())
        }
        FaultAct::VerifyBite if is_dead(hands, host) => Err(says(kind, false)),
        FaultAct::VerifyBite => Ok(says(kind, true)),
        FaultAct::VerifyGone => {
            let others = others(hands, number, kind, host);
            match others.as_str() {
                "" if is_dead(hands, host) => Err(says(kind, true)),
                "" => Ok(says(kind, false)),
                others => Ok(format!("healed; other faults still lie on `{id}`: {others}")),
            }
        }
    }
}

/// Whether nothing can be seen of a host from outside.
fn is_dead(hands: &Hands<'_>, host: usize) -> bool {
    let host = &hands.facts.hosts[host];
    !host.power.is_on || !host.cut_by.is_empty()
}

/// The faults that make it look as if this one was still there.
fn others(hands: &Hands<'_>, number: usize, kind: &Kind, host: usize) -> String {
    let fault = |number: usize| hands.plan.faults.get_index(number).expect("it is of this plan");
    let alike = hands.facts.ways.faults().filter(|other| {
        let alike = &fault(*other).1.kind;
        *other != number && alike.word() == kind.word() && alike.reach().hosts == kind.reach().hosts
    });
    let cut_by = hands.facts.hosts[host].cut_by.iter().copied();
    let ids: Vec<&str> = alike.chain(cut_by).map(|other| fault(other).0.as_str()).collect();
    ids.join(" ")
}

/// What is seen, while it bites and when it does not: the words of real hosts.
fn says(kind: &Kind, bites: bool) -> String {
    let on = kind.reach().hosts[0].as_str();
    let choose = |biting: &'static str, gone: &'static str| if bites { biting } else { gone };
    match kind {
        Kind::OneWay(it) => {
            let lost = choose("is lost", "arrives");
            let (to, by) = match it.drops {
                Direction::Incoming => (lost, "arrives"),
                Direction::Outgoing => ("arrives", lost),
            };
            format!("what is sent to `{on}` {to}, what is sent by it {by}")
        }
        Kind::Partition(it) => {
            let reach = choose("do not reach", "reach");
            format!("`{on}` and `{}` {reach} each other", it.between[1])
        }
        Kind::PacketLoss(_) => format!("{} from `{on}` are lost", choose("pings", "no pings")),
        Kind::Delay(it) => match bites {
            true => format!("pings from `{on}` take {} ms", it.by.as_micros() / 1_000),
            false => format!("pings from `{on}` take 0 ms"),
        },
        Kind::Bandwidth(it) => match bites {
            true => format!("`{on}` sends {} bytes in two seconds", 2 * it.bytes_per_second),
            false => format!("`{on}` sends as much as it can"),
        },
        Kind::MtuBlackHole(it) => {
            let fare = choose("vanish", "pass");
            format!("packets of {} bytes from `{on}` pass, those of a byte more {fare}", it.mtu)
        }
        Kind::PortFiltered(it) => {
            let reaches = choose("does not reach", "reaches");
            format!("`{on}` {reaches} port {} of the operator", it.port)
        }
        Kind::SshRefused(_) => match bites {
            true => format!("`{on}` refuses connections to port 22"),
            false => format!("`{on}` answers on port 22"),
        },
        _ => {
            let knows = choose("does not know", "knows");
            format!("the operator {knows} the host key of `{on}`")
        }
    }
}
