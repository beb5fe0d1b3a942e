//! `dns-update-refused`: the authoritative server does not know the key any more.

use super::{besides, console};
use crate::{
    base::FaultId,
    docker::{Error, members::AUTHORITY, operator::quote, stage::Stage},
    fault::Kind,
    world::FaultAct,
};

pub(super) async fn act(stage: &Stage, id: &FaultId, act: FaultAct) -> Result<String, Error> {
    match act {
        FaultAct::Inject => {
            console(stage, AUTHORITY, &format!("filage-fault begin refusing {id}")).await
        }
        FaultAct::VerifyBite => match attempt(stage).await?.as_str() {
            "" => Err(Error::Said("a signed update is taken".to_owned())),
            status => Ok(format!("a signed update is refused: {status}")),
        },
        FaultAct::Heal => {
            console(stage, AUTHORITY, &format!("filage-fault end refusing {id}")).await
        }
        FaultAct::VerifyGone => {
            let still = "a signed update is refused";
            let others = besides(stage, still, |kind| matches!(kind, Kind::DnsUpdateRefused(_)));
            match (others, attempt(stage).await?.as_str()) {
                (Some(others), _) => Ok(others),
                (None, "") => Ok("a signed update is taken".to_owned()),
                (None, status) => Err(Error::Said(format!("{still}: {status}"))),
            }
        }
    }
}

/// Sends a signed update that changes nothing, from the server's own side, where nobody can keep it from
/// it. Returns how it was refused, in the word of DNS; nothing, if it was not.
async fn attempt(stage: &Stage) -> Result<String, Error> {
    let zone = &stage.plan.zone.name;
    let request =
        format!("server 127.0.0.1\nzone {zone}.\nupdate delete nobody.{zone}. A\nsend\nquit\n");
    let command = format!(
        "said=$(printf %s {} | knsupdate -y \"hmac-sha256:filage:$FILAGE_TSIG_SECRET\" 2>&1) || \
         {{ status=$(echo \"$said\" | sed -n 's/.*status: \\([A-Z]*\\).*/\\1/p'); \
         echo \"${{status:-no answer}}\"; }}",
        quote(&request)
    );
    console(stage, AUTHORITY, &command).await
}
