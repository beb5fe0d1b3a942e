//! `dns-servfail`: the resolver is told to ask a server for the names that refuses all questions.

use super::{besides, console, silences_authority, told};
use crate::{
    base::{DnsName, FaultId},
    docker::{Error, dns, members::RESOLVER, stage::Stage},
    fault::{DnsServfail, Kind},
    world::FaultAct,
};

pub(super) async fn act(
    stage: &Stage,
    id: &FaultId,
    args: &DnsServfail,
    act: FaultAct,
) -> Result<String, Error> {
    let name = args.names.first().unwrap_or(&stage.plan.zone.name);
    match act {
        FaultAct::Inject => {
            let names = names(stage, args);
            console(stage, RESOLVER, &format!("filage-fault begin servfail {id} {names}")).await
        }
        FaultAct::VerifyBite => match told(stage, name).await?.as_str() {
            "SERVFAIL" => Ok(format!("the resolver answers SERVFAIL for `{name}`")),
            _ => Err(Error::Said(format!("the resolver does not answer SERVFAIL for `{name}`"))),
        },
        FaultAct::Heal => {
            console(stage, RESOLVER, &format!("filage-fault end servfail {id}")).await
        }
        FaultAct::VerifyGone => {
            let others = besides(stage, &format!("`{name}` has no answer"), |kind| {
                silences_authority(kind) || strikes(kind, name)
            });
            match (others, told(stage, name).await?.as_str()) {
                (Some(others), _) => Ok(others),
                (None, "SERVFAIL") => {
                    Err(Error::Said(format!("the resolver answers SERVFAIL for `{name}`")))
                }
                _ => Ok(format!("the resolver does not answer SERVFAIL for `{name}`")),
            }
        }
    }
}

fn strikes(kind: &Kind, name: &DnsName) -> bool {
    let Kind::DnsServfail(args) = kind else { return false };
    args.names.is_empty() || args.names.iter().any(|it| name.is_in(it))
}

/// The names; where none is said, the zones of the world.
fn names(stage: &Stage, args: &DnsServfail) -> String {
    let said: Vec<&str> = args.names.iter().map(DnsName::as_str).collect();
    if !said.is_empty() {
        return said.join(" ");
    }
    let zones = dns::zones(&stage.plan, &stage.members);
    zones.into_iter().map(|(zone, _)| zone).collect::<Vec<_>>().join(" ")
}
