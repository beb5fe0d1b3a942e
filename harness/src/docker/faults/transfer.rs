//! `transfer-interrupted`, `transfer-corrupted`, `transfer-older-copy`: whoever plays a `transfer` asks
//! whether a fault strikes it, so that each copy meets it and not only one that is slow enough. What
//! they have spoilt stays spoilt.

use super::console;
use crate::{
    base::{FaultId, HostId, ServiceId},
    docker::{
        Error,
        copies::{Harm, older},
        operator::quote,
        stage::Stage,
    },
    plan::ServiceKind,
    world::FaultAct,
};

pub(super) async fn act(
    stage: &Stage,
    id: &FaultId,
    service: &ServiceId,
    how: Harm,
    act: FaultAct,
) -> Result<String, Error> {
    match act {
        FaultAct::Inject => {
            if how == Harm::Older {
                for host in stage.plan.hosts.keys() {
                    console(stage, host.as_str(), &set_aside(stage, id, service, host)).await?;
                }
            }
            stage.copies.strike(id, service, how);
            Ok(String::new())
        }
        FaultAct::VerifyBite => stage
            .copies
            .seen(id)
            .ok_or_else(|| Error::Said(format!("no copy of the data of `{service}` met it"))),
        FaultAct::Heal => {
            stage.copies.spare(id);
            Ok(String::new())
        }
        FaultAct::VerifyGone if stage.copies.is_struck_by(id) => {
            Err(Error::Said(format!("copies of the data of `{service}` still meet it")))
        }
        FaultAct::VerifyGone => {
            Ok(format!("copies of the data of `{service}` arrive as they are sent"))
        }
    }
}

/// Keeps what a host holds of a service's data, as it is now.
fn set_aside(stage: &Stage, id: &FaultId, service: &ServiceId, host: &HostId) -> String {
    let copy = |folder: &str| {
        // What a program removes meanwhile is not in it.
        let (from, to) = (quote(folder), quote(&older(folder, id)));
        format!("{{ [ ! -d {from} ] || cp -a {from} {to} || [ -d {to} ]; }}")
    };
    let copies: Vec<String> = match &stage.plan.services[service].kind {
        ServiceKind::Unit(unit) => unit.data.iter().map(|folder| copy(folder)).collect(),
        ServiceKind::Container(_) if !stage.plan.hosts[host].docker => vec![],
        ServiceKind::Container(container) => container
            .volumes
            .keys()
            .map(|volume| copy(&format!("/var/lib/docker/volumes/{volume}/_data")))
            .collect(),
    };
    copies.into_iter().chain(["true".to_owned()]).collect::<Vec<_>>().join(" && ")
}
