//! How this world does each fault: one file per fault, each with its four acts. A fault works
//! through the host's console, so that it does not depend on what it breaks.
//! Must not know: when a fault is due.

mod bandwidth;
mod delay;
mod demands;
mod effect;
mod mtu_black_hole;
mod network_down;
mod one_way;
mod packet_loss;
mod partition;
mod port_filtered;
mod port_occupied;
mod rules;
mod ssh_host_key_changed;
mod ssh_refused;
mod traffic;

pub(super) use self::demands::{all as demands, check};
use super::{Error, stage::Stage};
use crate::{base::FaultId, fault::Kind, world::FaultAct};

/// Does one of the four acts; the answer says what was seen.
pub(super) async fn act(stage: &Stage, id: &FaultId, act: FaultAct) -> Result<String, Error> {
    let fault = stage.plan.faults.get(id).expect("the engine speaks of faults of its own plan");
    match &fault.kind {
        Kind::NetworkDown(args) => network_down::act(stage, id, args, act).await,
        Kind::OneWay(args) => effect::act(stage, id, args, act).await,
        Kind::Partition(args) => effect::act(stage, id, args, act).await,
        Kind::PacketLoss(args) => effect::act(stage, id, args, act).await,
        Kind::Delay(args) => effect::act(stage, id, args, act).await,
        Kind::Bandwidth(args) => effect::act(stage, id, args, act).await,
        Kind::MtuBlackHole(args) => effect::act(stage, id, args, act).await,
        Kind::PortFiltered(args) => effect::act(stage, id, args, act).await,
        Kind::SshRefused(args) => effect::act(stage, id, args, act).await,
        Kind::SshHostKeyChanged(args) => effect::act(stage, id, args, act).await,
        Kind::PortOccupied(args) => port_occupied::act(stage, id, args, act).await,
        Kind::StepEarly(_)
        | Kind::StepElsewhere(_)
        | Kind::StepFails(_)
        | Kind::StepLate(_)
        | Kind::StepSkipped(_)
        | Kind::StepTwice(_) => unreachable!("what people do to steps is the engine's: {id}"),
    }
}

/// Runs a command through a host's console; a failure is told with its last words.
async fn console(stage: &Stage, host: &str, command: &str) -> Result<String, Error> {
    let output = stage.console(host, command).await?;
    if output.code == 0 {
        return Ok(output.stdout.trim().to_owned());
    }
    let why = if output.stderr.trim().is_empty() { &output.stdout } else { &output.stderr };
    Err(Error::Said(why.trim().lines().last().unwrap_or("no word of why").to_owned()))
}
