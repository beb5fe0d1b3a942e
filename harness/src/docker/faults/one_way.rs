//! `one-way`: packets of one direction are dropped.

use super::{
    effect::{Effect, Seen},
    rules, traffic,
};
use crate::{
    base::{FaultId, HostId},
    docker::{Error, members::OPERATOR, stage::Stage},
    fault::{Direction, OneWay},
};

impl Effect for OneWay {
    fn host(&self) -> &HostId {
        &self.on
    }

    fn inject(&self, _: &Stage, id: &FaultId) -> String {
        rules::lay(
            id,
            &match self.drops {
                Direction::Incoming => rules::both_ways("drop", ""),
                Direction::Outgoing => rules::both_ways("", "drop"),
            },
        )
    }

    fn heal(&self, id: &FaultId) -> String {
        rules::lift(id)
    }

    async fn look(&self, stage: &Stage, port: u16) -> Result<Seen, Error> {
        let host = self.on.as_str();
        let address = stage.members.addresses[&self.on];
        let incoming = traffic::arrives(stage, (OPERATOR, host), address, port).await?;
        let operator = stage.members.operator;
        let outgoing = traffic::arrives(stage, (host, OPERATOR), operator, port).await?;
        // The other one may be lost to another fault.
        let bites = match self.drops {
            Direction::Incoming => !incoming,
            Direction::Outgoing => !outgoing,
        };
        let fares = |arrives: bool| if arrives { "arrives" } else { "is lost" };
        let (to, by) = (fares(incoming), fares(outgoing));
        let says = format!("what is sent to `{host}` {to}, what is sent by it {by}");
        Ok(Seen::new(bites, says))
    }
}
