//! `network-down`: the link of the host is down, also after a reboot, until it is healed. Several
//! may lie on one host; the link comes up when the last is healed.

use super::console;
use crate::{
    base::FaultId,
    docker::{Error, members::OPERATOR, stage::Stage},
    fault::NetworkDown,
    world::FaultAct,
};

/// Passes when the link was seen to be down.
const LINK_DOWN: &str =
    "link=$(ip link show dev eth0) && case $link in *'<UP'* | *',UP'*) false ;; esac";

pub(super) async fn act(
    stage: &Stage,
    id: &FaultId,
    args: &NetworkDown,
    act: FaultAct,
) -> Result<String, Error> {
    let host = args.on.as_str();
    let address = stage.members.addresses[&args.on];
    // From outside, as the operator sees it.
    let knock = |wanted: &str, tries: u32| {
        format!(
            "n=0; until {wanted} nc -z -w 1 {address} 22 >/dev/null 2>&1; do \
             n=$((n+1)); [ $n -ge {tries} ] && exit 1; sleep 0.1; done"
        )
    };
    match act {
        FaultAct::Inject => console(stage, host, &format!("filage-link down {id}")).await,
        FaultAct::VerifyBite => {
            // A lost packet is no fault: the link itself has to be down, too.
            console(stage, host, LINK_DOWN)
                .await
                .map_err(|_| Error::Said(format!("the link of `{host}` is up")))?;
            console(stage, OPERATOR, &knock("!", 5))
                .await
                .map_err(|_| Error::Said(format!("port 22 of `{host}` still answers")))?;
            Ok(format!("`{host}` does not answer on port 22"))
        }
        FaultAct::Heal => console(stage, host, &format!("filage-link up {id}")).await,
        FaultAct::VerifyGone => {
            let marks = "ls /var/lib/filage/network-down.d";
            let left = console(stage, host, marks).await?;
            if left.lines().any(|mark| mark == id.as_str()) {
                return Err(Error::Said(format!("the link of `{host}` is still down")));
            }
            if !left.is_empty() {
                return Ok(format!("healed; `{host}` stays without network because of {left}"));
            }
            console(stage, OPERATOR, &knock("", 100))
                .await
                .map_err(|_| Error::Said(format!("port 22 of `{host}` does not answer")))?;
            Ok(format!("`{host}` answers on port 22"))
        }
    }
}
