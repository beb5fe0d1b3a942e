//! How this world does each fault: one file per fault, each with its four acts. A fault works
//! through the host's console, so that it does not depend on what it breaks.
//! Must not know: when a fault is due.

mod answer;
mod bandwidth;
mod certificate;
mod clock_skew;
mod custom;
mod delay;
mod demands;
mod disk_full;
mod disk_slow;
mod dns_servfail;
mod dns_silent;
mod dns_update_refused;
mod door;
mod effect;
mod host;
mod mail;
mod mtu_black_hole;
mod negative_answer_cached;
mod network_down;
mod old_aaaa;
mod one_way;
mod packages_unreachable;
mod packet_loss;
mod partition;
mod port_filtered;
mod port_occupied;
mod rules;
mod service;
mod ssh_host_key_changed;
mod ssh_refused;
mod stale_resolver;
mod traffic;
mod transfer;
mod ttl_not_lowered;

use std::sync::PoisonError;

use self::{certificate::Flaw, host::Way, service::Woe};
pub(super) use self::{
    demands::{all as demands, check, check_memory},
    old_aaaa::{NETWORK as IPV6_NETWORK, check as check_ipv6},
};
use super::{Error, copies::Harm, stage::Stage};
use crate::{
    base::{FaultId, HostId},
    fault::Kind,
    world::FaultAct,
};

/// The package that has to be in the image of the host that a fault strikes, beside that of Exim.
pub(super) fn package(kind: &Kind) -> Option<(&HostId, &'static str)> {
    match kind {
        Kind::ClockSkew(args) => Some((&args.on, clock_skew::PACKAGE)),
        Kind::DiskSlow(args) => Some((&args.on, disk_slow::PACKAGE)),
        _ => None,
    }
}

/// Does one of the four acts; the answer says what was seen.
pub(super) async fn act(stage: &Stage, id: &FaultId, act: FaultAct) -> Result<String, Error> {
    let fault = stage.plan.faults.get(id).expect("the engine speaks of faults of its own plan");
    // What was begun counts as standing, however that ends.
    if act == FaultAct::Inject {
        stage.standing.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone());
    }
    let done = match &fault.kind {
        Kind::NetworkDown(args) => network_down::act(stage, id, args, act).await,
        Kind::OneWay(args) => effect::act(stage, id, args, act).await,
        Kind::Partition(args) => effect::act(stage, id, args, act).await,
        Kind::PacketLoss(args) => effect::act(stage, id, args, act).await,
        Kind::Delay(args) => effect::act(stage, id, args, act).await,
        Kind::Bandwidth(args) => effect::act(stage, id, args, act).await,
        Kind::DiskFull(args) => effect::act(stage, id, args, act).await,
        Kind::ClockSkew(args) => effect::act(stage, id, args, act).await,
        Kind::DiskSlow(args) => effect::act(stage, id, args, act).await,
        Kind::MtuBlackHole(args) => effect::act(stage, id, args, act).await,
        Kind::PortFiltered(args) => effect::act(stage, id, args, act).await,
        Kind::SshRefused(args) => effect::act(stage, id, args, act).await,
        Kind::SshHostKeyChanged(args) => effect::act(stage, id, args, act).await,
        Kind::PortOccupied(args) => port_occupied::act(stage, id, args, act).await,
        Kind::DnsSilent(args) => dns_silent::act(stage, id, args, act).await,
        Kind::DnsServfail(args) => dns_servfail::act(stage, id, args, act).await,
        Kind::DnsUpdateRefused(_) => dns_update_refused::act(stage, id, act).await,
        Kind::StaleResolver(args) => stale_resolver::act(stage, id, args, act).await,
        Kind::TtlNotLowered(args) => ttl_not_lowered::act(stage, id, args, act).await,
        Kind::NegativeAnswerCached(args) => negative_answer_cached::act(stage, id, args, act).await,
        Kind::ReverseDnsMissing(_) | Kind::AddressBlacklisted(_) => {
            mail::act(stage, id, &fault.kind, act).await
        }
        Kind::OldAaaa(args) => old_aaaa::act(stage, id, args, act).await,
        Kind::Custom(args) => custom::act(stage, id, args, act).await,
        Kind::PackagesUnreachable(_) => packages_unreachable::act(stage, id, act).await,
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
        Kind::CertificateExpired(args) => {
            certificate::act(stage, id, (&args.service, &args.on), Flaw::Expired, act).await
        }
        Kind::CertificateNotIssued(args) => {
            certificate::act(stage, id, (&args.service, &args.on), Flaw::Missing, act).await
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
        Kind::StepEarly(_)
        | Kind::StepElsewhere(_)
        | Kind::StepFails(_)
        | Kind::StepLate(_)
        | Kind::StepSkipped(_)
        | Kind::StepTwice(_) => unreachable!("what people do to steps is the engine's: {id}"),
    };
    if act == FaultAct::Heal && done.is_ok() {
        stage.standing.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }
    done
}

/// What goes wrong all the same when a fault is healed, because of others that stand.
fn besides(stage: &Stage, what: &str, is_meant: impl Fn(&Kind) -> bool) -> Option<String> {
    let standing = stage.standing.lock().unwrap_or_else(PoisonError::into_inner);
    let others = stage.plan.faults.iter().filter(|(id, _)| standing.contains(*id));
    let others = others.filter(|(_, fault)| is_meant(&fault.kind));
    let ids: Vec<&str> = others.map(|(id, _)| id.as_str()).collect();
    (!ids.is_empty()).then(|| format!("healed; {what} because of {}", ids.join(" ")))
}

/// Runs a command through a host's console, once it has one; a failure is told with its last words.
async fn console(stage: &Stage, host: &str, command: &str) -> Result<String, Error> {
    if let Some(id) = stage.host(host) {
        stage.power.await_console(id).await;
    }
    let output = stage.console(host, command).await?;
    if output.code == 0 {
        return Ok(output.stdout.trim().to_owned());
    }
    let why = if output.stderr.trim().is_empty() { &output.stdout } else { &output.stderr };
    Err(Error::Said(why.trim().lines().last().unwrap_or("no word of why").to_owned()))
}
