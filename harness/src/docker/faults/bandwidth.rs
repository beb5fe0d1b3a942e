//! `bandwidth`: what is over the rate is dropped, of what comes and of what goes, as by a provider.

use super::{
    demands::Demand,
    effect::{Effect, Seen},
    rules, traffic,
};
use crate::{
    base::{FaultId, HostId},
    docker::{Error, members::OPERATOR, stage::Stage},
    fault::Bandwidth,
};

/// What may go at once: the kernel hands over as much in one piece.
const BURST: u64 = 65_536;

/// What it needs of the machine.
pub(super) const RATE: Demand = Demand {
    name: "limit what is sent (nftables limit)",
    script: "nft 'table inet trial { chain c { limit rate over 9999 bytes/second drop; }; }'\nnft delete table inet trial",
    advice: "load its kernel's module nft_limit",
};

impl Effect for Bandwidth {
    fn host(&self) -> &HostId {
        &self.on
    }

    fn inject(&self, _: &Stage, id: &FaultId) -> String {
        let rate = self.bytes_per_second;
        let rule = format!("limit rate over {rate} bytes/second burst {BURST} bytes drop");
        rules::lay(id, &rules::both_ways(&rule, &rule))
    }

    fn heal(&self, id: &FaultId) -> String {
        rules::lift(id)
    }

    async fn look(&self, stage: &Stage, port: u16) -> Result<Seen, Error> {
        let host = self.on.as_str();
        let operator = stage.members.operator;
        let bytes = traffic::stream(stage, (host, OPERATOR), operator, port).await?;
        if bytes == 0 {
            return Err(Error::Said(format!("nothing that `{host}` sends arrives")));
        }
        // Of two seconds; the kernel is not exact.
        let most = (BURST + 2 * self.bytes_per_second) * 3 / 2;
        let says = format!("`{host}` sends {bytes} bytes in two seconds");
        Ok(Seen::new(bytes <= most, says))
    }
}
