//! `dns-silent`: questions to the server are dropped before it hears them.

use super::{besides, console, door};
use crate::{
    base::FaultId,
    docker::{
        Error,
        members::{AUTHORITY, OPERATOR, RESOLVER},
        stage::Stage,
    },
    fault::{DnsSilent, Kind, NameServer},
    world::FaultAct,
};

pub(super) async fn act(
    stage: &Stage,
    id: &FaultId,
    args: &DnsSilent,
    act: FaultAct,
) -> Result<String, Error> {
    let server = args.server;
    let (member, address) = match server {
        NameServer::Authority => (AUTHORITY, stage.members.authority),
        NameServer::Resolver => (RESOLVER, stage.members.resolver),
    };
    // A question about the server itself, which it needs nobody for; any answer is one.
    let ask = format!("kdig @{address} +retry=1 +timeout=1 CH TXT id.server. >/dev/null 2>&1");
    match act {
        FaultAct::Inject => door::shut(stage, id, member, 53, door::Shut::Dropped).await,
        FaultAct::VerifyBite => {
            console(stage, OPERATOR, &format!("! {ask}"))
                .await
                .map_err(|_| Error::Said(format!("the {server} still answers")))?;
            Ok(format!("the {server} does not answer"))
        }
        FaultAct::Heal => door::open(stage, id, member).await,
        FaultAct::VerifyGone => {
            let still = format!("the {server} does not answer");
            let same = |kind: &Kind| matches!(kind, Kind::DnsSilent(it) if it.server == server);
            if let Some(others) = besides(stage, &still, same) {
                return Ok(others);
            }
            console(stage, OPERATOR, &ask).await.map_err(|_| Error::Said(still))?;
            Ok(format!("the {server} answers"))
        }
    }
}
