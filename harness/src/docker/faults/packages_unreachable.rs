//! `packages-unreachable`: connections to the package mirror are refused before it hears of them.

use super::{besides, console, door};
use crate::{
    base::FaultId,
    docker::{
        Error,
        members::{OPERATOR, PACKAGES},
        stage::Stage,
    },
    fault::Kind,
    world::FaultAct,
};

/// Where apt's proxy listens.
const PORT: u16 = 3142;

pub(super) async fn act(stage: &Stage, id: &FaultId, act: FaultAct) -> Result<String, Error> {
    let knock = format!("nc -z -w 2 {} {PORT} >/dev/null 2>&1", stage.members.packages);
    let (closed, open) =
        ("the package mirror refuses connections", "the package mirror takes connections");
    match act {
        FaultAct::Inject => door::shut(stage, id, PACKAGES, PORT, door::Shut::Refused).await,
        FaultAct::VerifyBite => {
            console(stage, OPERATOR, &format!("! {knock}"))
                .await
                .map_err(|_| Error::Said(open.to_owned()))?;
            Ok(closed.to_owned())
        }
        FaultAct::Heal => door::open(stage, id, PACKAGES).await,
        FaultAct::VerifyGone => {
            let same = |kind: &Kind| matches!(kind, Kind::PackagesUnreachable(_));
            if let Some(others) = besides(stage, closed, same) {
                return Ok(others);
            }
            console(stage, OPERATOR, &knock).await.map_err(|_| Error::Said(closed.to_owned()))?;
            Ok(open.to_owned())
        }
    }
}
