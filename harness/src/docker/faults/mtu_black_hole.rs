//! `mtu-black-hole`: packets that are too large are dropped, and nobody is told.

use super::{
    effect::{Effect, Seen},
    rules, traffic,
};
use crate::{
    base::{FaultId, HostId},
    docker::{Error, stage::Stage},
    fault::MtuBlackHole,
};

impl Effect for MtuBlackHole {
    fn host(&self) -> &HostId {
        &self.on
    }

    fn inject(&self, stage: &Stage, id: &FaultId) -> String {
        let mut rule = format!("ip length > {} drop", self.mtu);
        if stage.setting.net.has_ipv6 {
            // Of IPv6, the length is what follows on a header of 40 bytes.
            rule += &format!("; ip6 length > {} drop", self.mtu - 40);
        }
        rules::lay(id, &rules::both_ways(&rule, &rule))
    }

    fn heal(&self, id: &FaultId) -> String {
        rules::lift(id)
    }

    async fn look(&self, stage: &Stage, _: u16) -> Result<Seen, Error> {
        let host = self.on.as_str();
        let operator = stage.members.operator.into();
        let mut passes = vec![];
        // One that just passes, and one that just does not; 28 bytes of each are headers.
        for size in [self.mtu - 28, self.mtu - 27] {
            let options = format!("-c 3 -i 0.2 -W 1 -M do -s {size}");
            let pings = traffic::ping(stage, host, operator, &options).await?;
            passes.push(pings.received > 0);
        }
        if !passes[0] {
            let mtu = self.mtu;
            return Err(Error::Said(format!("from `{host}` not even packets of {mtu} bytes pass")));
        }
        let fares = |passes: bool| if passes { "pass" } else { "vanish" };
        let (mtu, large) = (self.mtu, fares(passes[1]));
        let says =
            format!("packets of {mtu} bytes from `{host}` pass, those of a byte more {large}");
        Ok(Seen::new(!passes[1], says))
    }
}
