//! What faults demand of the machine beyond what every host needs, looked at before anything starts.
//! Must not know: how a fault is done.

use super::{bandwidth, delay, disk_full, disk_slow, old_aaaa, packet_loss};
use crate::{
    base::HostId,
    docker::{
        Error,
        client::{Client, Spec},
        host_spec::host_spec,
        labels::RunLabels,
        trial::Trial,
    },
    fault::Kind,
    plan::Plan,
};

/// Something that a machine must be able to do.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::docker) struct Demand {
    /// What, in a few words.
    pub(in crate::docker) name: &'static str,
    /// Passes where it can: a script for `sh -e` in a container made as hosts are.
    pub(in crate::docker) script: &'static str,
    /// What to do where it cannot.
    pub(in crate::docker) advice: &'static str,
}

/// All that some kind demands.
pub(in crate::docker) fn all() -> [&'static Demand; 6] {
    [
        &packet_loss::CHANCE,
        &bandwidth::RATE,
        &delay::QUEUE,
        &disk_full::ROOM,
        &disk_slow::TRACER,
        &old_aaaa::IPV6,
    ]
}

/// What a kind demands.
fn of(kind: &Kind) -> Option<&'static Demand> {
    match kind {
        Kind::PacketLoss(_) => Some(&packet_loss::CHANCE),
        Kind::Bandwidth(_) => Some(&bandwidth::RATE),
        Kind::Delay(_) => Some(&delay::QUEUE),
        Kind::DiskFull(_) => Some(&disk_full::ROOM),
        Kind::DiskSlow(_) => Some(&disk_slow::TRACER),
        Kind::OldAaaa(_) => Some(&old_aaaa::IPV6),
        _ => None,
    }
}

/// Whether this machine can do the faults of a plan, tried with the image of one of its hosts.
pub(in crate::docker) async fn check(
    client: &Client,
    run: &RunLabels,
    plan: &Plan,
    image: &str,
) -> Result<(), Error> {
    let faults = plan.active_faults();
    let wanted: Vec<_> =
        faults.filter_map(|(id, fault)| Some((id, fault, of(&fault.kind)?))).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let spec = Spec {
        entrypoint: ["sleep", "60"].map(str::to_owned).to_vec(),
        ..host_spec(run, "trial", image, None, None)
    };
    let name = spec.name.clone();
    let trial = Trial::start(client, spec).await?;
    let mut tried: Vec<(&Demand, Result<(), String>)> = vec![];
    for (id, fault, demand) in wanted {
        if !tried.iter().any(|(known, _)| *known == demand) {
            tried.push((demand, trial.can(demand.script).await?));
        }
        if let Some((_, Err(why))) = tried.iter().find(|(known, _)| *known == demand) {
            return Err(cannot(id.as_str(), fault.kind.word(), demand, why));
        }
    }
    Ok(client.remove(&name).await?)
}

/// Whether what faults are to fill is in memory: the machine's own disk is not theirs.
pub(in crate::docker) fn check_memory(
    plan: &Plan,
    is_in_memory: impl Fn(&HostId) -> bool,
) -> Result<(), Error> {
    for (id, fault) in plan.active_faults() {
        if let Kind::DiskFull(args) = &fault.kind
            && !is_in_memory(&args.on)
        {
            let name = "keep the data of a host's Docker in memory";
            let demand = Demand { name, script: "", advice: "leave more of its memory free" };
            let why = "on its disk, everybody else would be short of room as well";
            return Err(cannot(id.as_str(), fault.kind.word(), &demand, why));
        }
    }
    Ok(())
}

/// What is said of a fault that this machine cannot do.
pub(super) fn cannot(id: &str, word: &str, demand: &Demand, why: &str) -> Error {
    Error::Said(format!(
        "fault `{id}` (`{word}`) cannot be done on this machine, which would have to {}: {why}; {}, or \
         leave the fault out with `--fault` or `--no-faults`",
        demand.name, demand.advice
    ))
}
