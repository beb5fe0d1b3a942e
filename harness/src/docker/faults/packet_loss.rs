//! `packet-loss`: packets are dropped by chance, those that come and those that go.

use super::{
    demands::Demand,
    effect::{Effect, Seen},
    rules, traffic,
};
use crate::{
    base::{FaultId, HostId},
    docker::{Error, stage::Stage},
    fault::PacketLoss,
};

/// What it needs of the machine.
pub(super) const CHANCE: Demand = Demand {
    name: "drop packets by chance (nftables numgen)",
    script: "nft 'table inet trial { chain c { numgen random mod 100 < 1 drop; }; }'\nnft delete table inet trial",
    advice: "load its kernel's module nft_numgen",
};

impl Effect for PacketLoss {
    fn host(&self) -> &HostId {
        &self.on
    }

    fn inject(&self, _: &Stage, id: &FaultId) -> String {
        let rule = format!("numgen random mod 100 < {} drop", self.percent);
        rules::lay(id, &rules::both_ways(&rule, &rule))
    }

    fn heal(&self, id: &FaultId) -> String {
        rules::lift(id)
    }

    async fn look(&self, stage: &Stage, _: u16) -> Result<Seen, Error> {
        let host = self.on.as_str();
        let operator = stage.members.operator.into();
        // A ping is lost when it is, or its answer.
        let pings = traffic::ping(stage, host, operator, "-f -c 1000 -w 5 -s 8").await?;
        if pings.sent == 0 {
            return Err(Error::Said(format!("`{host}` sent no ping")));
        }
        let lost = pings.sent.saturating_sub(pings.received);
        let passes = 1.0 - f64::from(self.percent) / 100.0;
        let expected = f64::from(pings.sent) * (1.0 - passes * passes);
        let says = format!("{lost} of {} pings from `{host}` are lost", pings.sent);
        Ok(Seen::new(f64::from(lost) > expected / 2.0, says))
    }
}
