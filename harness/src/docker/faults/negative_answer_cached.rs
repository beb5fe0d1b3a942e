//! `negative-answer-cached`: the resolver says NXDOMAIN without asking anybody, as from its cache.

use super::{answer::Answer, besides, console};
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
        FaultAct::VerifyBite => match Answer::to(stage, name, "A").await?.status.as_str() {
            "NXDOMAIN" => Ok(still),
            _ => Err(Error::Said(not)),
        },
        FaultAct::Heal => {
            console(stage, RESOLVER, &format!("filage-fault end negative {id}")).await
        }
        FaultAct::VerifyGone => {
            let answer = Answer::to(stage, name, "A").await?;
            let same = |kind: &Kind| matches!(kind, Kind::NegativeAnswerCached(it) if name.is_in(&it.name));
            let others = besides(stage, &still, same)
                .or_else(|| answer.withheld(stage, name, &answer.says(name)));
            match others {
                Some(others) => Ok(others),
                None if answer.status == "NOERROR" => Ok(not),
                // That it says nothing tells nothing of what it holds.
                None => Err(Error::Said(answer.says(name))),
            }
        }
    }
}
