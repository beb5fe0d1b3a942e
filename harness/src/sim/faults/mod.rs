//! How this world does each fault: one file per fault, each with its four acts, the twins of those
//! on real hosts.
//! Must not know: when a fault is due.

mod host;
mod network_down;
mod port_occupied;
mod service;
mod transfer;

use super::{
    durations::Work,
    hands::{Beat, Hands},
};
use crate::{base::Duration, fault::Kind, plan::Fault, world::FaultAct};

/// How often a host's console is waited for, a second each time.
const WAITS: u32 = 20;

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
            FaultAct::Heal if host::is_kind(&fault.kind) => Work::Boot,
            FaultAct::Inject | FaultAct::Heal => Work::Fault,
            FaultAct::VerifyBite | FaultAct::VerifyGone => Work::Verify,
        };
        return Beat::Next(hands.draw(work));
    }
    let struck = fault.kind.reach().hosts.iter().map(|id| hands.host(id));
    let mut unknown = struck.filter_map(|host| hands.facts.hosts[host].unknown_since);
    if let Some(step) = unknown.next() {
        let step = &hands.plan.steps[step].id;
        let why = "does not say what it amounts to (`simulates:`), so this cannot be known here";
        return Beat::Fails(Duration::ZERO, format!("step `{step}` {why}"));
    }
    if let Some(host) = console(&fault.kind) {
        let has_console = hands.facts.hosts[hands.host(host)].power.has_console();
        match (has_console, beat <= WAITS) {
            (true, _) => {}
            (false, true) => return Beat::Next(Duration::from_secs(1)),
            (false, false) => {
                return Beat::Fails(Duration::ZERO, format!("`{host}` does not run"));
            }
        }
    }
    let done = match &fault.kind {
        Kind::NetworkDown(args) => network_down::act(hands, number, args, act),
        Kind::PortOccupied(args) => port_occupied::act(hands, number, args, act),
        Kind::HostCrash(args) => host::switched_off(hands, number, &args.on, act),
        Kind::LeaseEnded(args) => host::switched_off(hands, number, &args.on, act),
        Kind::HostPause(args) => host::paused(hands, number, &args.on, act),
        Kind::BootFails(args) => host::unbootable(hands, number, &args.on, act),
        Kind::ServiceDoesNotStart(args) => service::does_not_start(hands, number, args, act),
        Kind::ServiceStartsSlowly(args) => service::starts_slowly(hands, number, args, act),
        Kind::ServiceDies(args) => service::dies(hands, number, args, act),
        Kind::ServiceNotEnabled(args) => service::not_enabled(hands, number, args, act),
        Kind::TransferInterrupted(args) => transfer::interrupted(hands, number, args, act),
        Kind::TransferCorrupted(args) => transfer::corrupted(hands, number, args, act),
        Kind::TransferOlderCopy(args) => transfer::older_copy(hands, number, args, act),
    };
    done.map_or_else(|why| Beat::Fails(hands.draw(Work::VerifyInVain), why), Beat::Done)
}

/// The host through whose console a fault is done, if so.
fn console(kind: &Kind) -> Option<&crate::base::HostId> {
    match kind {
        Kind::HostCrash(_) | Kind::LeaseEnded(_) | Kind::HostPause(_) => None,
        _ => kind.reach().hosts.first(),
    }
}
