//! `negative-answer-cached`: the resolver says NXDOMAIN without asking anybody, as from its cache.

use super::{besides, console, told};
use crate::{
    base::FaultId,
    docker::{Error, members::RESOLVER, stage::Stage},
    fault::{Kind, NegativeAnswerCached},
    world::FaultAct,
};

pub(super) async fn act(
    stage: &Stage,
    id: &FaultId,
    args: &NegativeAnswerCached,
    act: FaultAct,
) -> Result<String, Error> {
    let name = &args.name;
    let still = format!("the resolver answers NXDOMAIN for `{name}`");
    let not = format!("the resolver does not answer NXDOMAIN for `{name}`");
    match act {
        FaultAct::Inject => {
            console(stage, RESOLVER, &format!("filage-fault begin negative {id} {name}")).await
        }
        FaultAct::VerifyBite => match told(stage, name).await?.as_str() {
            "NXDOMAIN" => Ok(still),
            _ => Err(Error::Said(not)),
        },
        FaultAct::Heal => {
            console(stage, RESOLVER, &format!("filage-fault end negative {id}")).await
        }
        FaultAct::VerifyGone => {
            let others = besides(
                stage,
                &still,
                |kind| matches!(kind, Kind::NegativeAnswerCached(it) if name.is_in(&it.name)),
            );
            match (others, told(stage, name).await?.as_str()) {
                (Some(others), _) => Ok(others),
                (None, "NXDOMAIN") => Err(Error::Said(still)),
                _ => Ok(not),
            }
        }
    }
}
