//! `stale-resolver`: what the resolver holds and fetches gets a least time to live. When the last such
//! fault is over, it holds nothing.

use super::{besides, console};
use crate::{
    base::{DnsName, FaultId},
    docker::{
        Error,
        members::{AUTHORITY, RESOLVER},
        stage::Stage,
    },
    fault::{Kind, StaleResolver},
    world::FaultAct,
};

const PROMPT: &str = "the resolver holds no record for longer than it says";

pub(super) async fn act(
    stage: &Stage,
    id: &FaultId,
    args: &StaleResolver,
    act: FaultAct,
) -> Result<String, Error> {
    match act {
        FaultAct::Inject => {
            let by = args.by.as_secs_ceil();
            console(stage, RESOLVER, &format!("filage-fault begin stale {id} {by}")).await
        }
        FaultAct::VerifyBite => {
            overstaying(stage).await?.ok_or_else(|| Error::Said(PROMPT.to_owned()))
        }
        FaultAct::Heal => console(stage, RESOLVER, &format!("filage-fault end stale {id}")).await,
        FaultAct::VerifyGone => {
            let still = "the resolver holds records for longer than they say";
            let others = besides(stage, still, |kind| matches!(kind, Kind::StaleResolver(_)));
            match (others, overstaying(stage).await?) {
                (Some(others), _) => Ok(others),
                (None, Some(why)) => Err(Error::Said(why)),
                (None, None) => Ok(PROMPT.to_owned()),
            }
        }
    }
}

/// A name that the resolver holds for longer than the authoritative server says, in words.
async fn overstaying(stage: &Stage) -> Result<Option<String>, Error> {
    for service in stage.plan.services.values() {
        let name = &service.name;
        let left = ttl(stage, RESOLVER, name).await?;
        let says = ttl(stage, AUTHORITY, name).await?;
        if let (Some(left), Some(ttl)) = (left, says)
            && left > ttl
        {
            let words = format!("the resolver holds `{name}` for {left} s, whose TTL is {ttl} s");
            return Ok(Some(words));
        }
    }
    Ok(None)
}

/// The time to live that a server has for a name, if it answers. It is asked from inside, where nobody
/// can keep a question from it.
pub(super) async fn ttl(stage: &Stage, member: &str, name: &DnsName) -> Result<Option<u64>, Error> {
    let command = format!(
        "kdig @127.0.0.1 +retry=0 +timeout=1 +noall +answer {name} A 2>/dev/null | \
         awk '$4 == \"A\" {{ print $2; exit }}'"
    );
    Ok(console(stage, member, &command).await?.parse().ok())
}
