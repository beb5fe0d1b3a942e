//! `dns-servfail`: the resolver is told to ask a server for the names that refuses all questions.

use super::{
    answer::{Answer, is_withheld_by},
    besides, console,
};
use crate::{
    base::{DnsName, FaultId},
    docker::{Error, dns, members::RESOLVER, stage::Stage},
    fault::DnsServfail,
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
        FaultAct::VerifyBite => match Answer::to(stage, name, "A").await? {
            answer if answer.status == "SERVFAIL" => Ok(answer.says(name)),
            _ => Err(Error::Said(format!("the resolver does not answer SERVFAIL for `{name}`"))),
        },
        FaultAct::Heal => {
            console(stage, RESOLVER, &format!("filage-fault end servfail {id}")).await
        }
        FaultAct::VerifyGone => {
            let what = format!("`{name}` has no answer");
            if let Some(others) = besides(stage, &what, |kind| is_withheld_by(kind, name)) {
                return Ok(others);
            }
            match Answer::to(stage, name, "A").await? {
                answer if answer.is_one() => {
                    Ok(format!("the resolver does not answer SERVFAIL for `{name}`"))
                }
                answer => Err(Error::Said(answer.says(name))),
            }
        }
    }
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
