//! How this world does each fault: the twins of those on real hosts, each with its four acts. All
//! that are in the way of packets share a file.
//! Must not know: when a fault is due.

mod network_down;
mod port_occupied;
mod ways;

use super::{
    durations::Work,
    hands::{Beat, Hands},
};
use crate::{fault::Kind, plan::Fault, world::FaultAct};

/// Plays one beat of an act: nothing happens before the second.
pub(super) fn act(
    hands: &mut Hands<'_>,
    number: usize,
    fault: &Fault,
    act: FaultAct,
    beat: u32,
) -> Beat {
    if beat == 0 {
        let work = match act {
            FaultAct::Inject | FaultAct::Heal => Work::Fault,
            FaultAct::VerifyBite | FaultAct::VerifyGone => Work::Verify,
        };
        return Beat::Next(hands.draw(work));
    }
    let struck = fault.kind.reach().hosts.iter().map(|id| hands.host(id));
    let mut unknown = struck.filter_map(|host| hands.facts.hosts[host].unknown_since);
    if let Some(step) = unknown.next() {
        let step = &hands.plan.nth_step(step).id;
        let why = "does not say what it amounts to (`simulates:`), so this cannot be known here";
        return Beat::Fails(crate::base::Duration::ZERO, format!("step `{step}` {why}"));
    }
    let done = match &fault.kind {
        Kind::NetworkDown(args) => network_down::act(hands, number, args, act),
        Kind::PortOccupied(args) => port_occupied::act(hands, number, args, act),
        Kind::StepEarly(_)
        | Kind::StepElsewhere(_)
        | Kind::StepFails(_)
        | Kind::StepLate(_)
        | Kind::StepSkipped(_)
        | Kind::StepTwice(_) => unreachable!("what people do to steps is the engine's: {number}"),
        Kind::OneWay(_)
        | Kind::Partition(_)
        | Kind::PacketLoss(_)
        | Kind::Delay(_)
        | Kind::Bandwidth(_)
        | Kind::MtuBlackHole(_)
        | Kind::PortFiltered(_)
        | Kind::SshRefused(_)
        | Kind::SshHostKeyChanged(_) => ways::act(hands, number, &fault.kind, act),
    };
    done.map_or_else(|why| Beat::Fails(hands.draw(Work::VerifyInVain), why), Beat::Done)
}
