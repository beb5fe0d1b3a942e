//! How this world does each fault: one file per fault, each with its four acts. A fault works
//! through the host's console, so that it does not depend on what it breaks.
//! Must not know: when a fault is due.

mod host;
mod network_down;
mod port_occupied;
mod service;
mod transfer;

use self::{host::Way, service::Woe};
use super::{Error, copies::Harm, stage::Stage};
use crate::{base::FaultId, fault::Kind, world::FaultAct};

/// Does one of the four acts; the answer says what was seen.
pub(super) async fn act(stage: &Stage, id: &FaultId, act: FaultAct) -> Result<String, Error> {
    let fault = stage.plan.faults.get(id).expect("the engine speaks of faults of its own plan");
    match &fault.kind {
        Kind::NetworkDown(args) => network_down::act(stage, id, args, act).await,
        Kind::PortOccupied(args) => port_occupied::act(stage, id, args, act).await,
        Kind::HostCrash(args) => host::act(stage, id, &args.on, Way::Crash, act).await,
        Kind::LeaseEnded(args) => host::act(stage, id, &args.on, Way::Lease, act).await,
        Kind::HostPause(args) => host::act(stage, id, &args.on, Way::Pause, act).await,
        Kind::BootFails(args) => host::act(stage, id, &args.on, Way::Boot, act).await,
        Kind::ServiceDoesNotStart(args) => {
            service::act(stage, id, (&args.service, &args.on), Woe::NoStart, act).await
        }
        Kind::ServiceStartsSlowly(args) => {
            let slow = Woe::SlowStart(args.by);
            service::act(stage, id, (&args.service, &args.on), slow, act).await
        }
        Kind::ServiceDies(args) => {
            let dies = Woe::Dies(args.after);
            service::act(stage, id, (&args.service, &args.on), dies, act).await
        }
        Kind::ServiceNotEnabled(args) => {
            service::act(stage, id, (&args.service, &args.on), Woe::NotEnabled, act).await
        }
        Kind::TransferInterrupted(args) => {
            transfer::act(stage, id, &args.service, Harm::Cut, act).await
        }
        Kind::TransferCorrupted(args) => {
            transfer::act(stage, id, &args.service, Harm::Corrupt, act).await
        }
        Kind::TransferOlderCopy(args) => {
            transfer::act(stage, id, &args.service, Harm::Older, act).await
        }
    }
}

/// Runs a command through a host's console, once it has one; a failure is told with its last words.
async fn console(stage: &Stage, host: &str, command: &str) -> Result<String, Error> {
    if let Some((id, _)) = stage.plan.hosts.get_key_value(host) {
        stage.power.await_console(id).await;
    }
    let output = stage.console(host, command).await?;
    if output.code == 0 {
        return Ok(output.stdout.trim().to_owned());
    }
    let why = if output.stderr.trim().is_empty() { &output.stdout } else { &output.stderr };
    Err(Error::Said(why.trim().lines().last().unwrap_or("no word of why").to_owned()))
}
