//! `ttl-not-lowered`: updates of the operator go through a panel that knows a least TTL for the name, see
//! `images/operator/knsupdate`. Afterwards the name gets the TTL that was wanted last.

use super::{besides, console, stale_resolver::ttl};
use crate::{
    base::FaultId,
    docker::{
        Error,
        members::{AUTHORITY, OPERATOR},
        stage::Stage,
    },
    fault::{Kind, TtlNotLowered},
    world::FaultAct,
};

pub(super) async fn act(
    stage: &Stage,
    id: &FaultId,
    args: &TtlNotLowered,
    act: FaultAct,
) -> Result<String, Error> {
    let name = &args.name;
    let least = stage.plan.zone.ttl.as_secs_ceil();
    let published = ttl(stage, AUTHORITY, name).await?;
    let published =
        published.ok_or_else(|| Error::Said(format!("`{name}` has no address in the zone")))?;
    let told = format!("`{name}` has TTL {published} s");
    match act {
        FaultAct::Inject => {
            let panel = format!(
                "mkdir -p /var/lib/filage/ttl/{name} && cd /var/lib/filage/ttl && \
                 {{ [ -e {name}.wanted ] || echo {published} > {name}.wanted; }} && \
                 echo {least} > {name}/{id}"
            );
            console(stage, OPERATOR, &panel).await?;
            publish(stage, args, published.max(least)).await
        }
        FaultAct::VerifyBite if published >= least => Ok(told),
        FaultAct::VerifyBite => Err(Error::Said(told)),
        FaultAct::Heal => {
            let panel = format!(
                "cd /var/lib/filage/ttl && rm -f {name}/{id} && \
                 {{ ! rmdir {name} 2>/dev/null || {{ cat {name}.wanted; rm {name}.wanted; }}; }}"
            );
            match console(stage, OPERATOR, &panel).await?.parse() {
                Ok(wanted) => publish(stage, args, wanted).await,
                // Another one holds it.
                Err(_) => Ok(String::new()),
            }
        }
        FaultAct::VerifyGone => {
            let still = format!("the TTL of `{name}` gets no lower");
            let others = besides(
                stage,
                &still,
                |kind| matches!(kind, Kind::TtlNotLowered(it) if it.name == *name),
            );
            Ok(others.unwrap_or(told))
        }
    }
}

/// Has the authoritative server publish the name with this TTL, around all that an operator does.
async fn publish(stage: &Stage, args: &TtlNotLowered, ttl: u64) -> Result<String, Error> {
    let zone = &stage.plan.zone.name;
    console(stage, AUTHORITY, &format!("filage-publish {zone} {} {ttl}", args.name)).await
}
