//! `partition`: one of two hosts drops all packets from and to the other.

use super::{
    effect::{Effect, Seen},
    rules, traffic,
};
use crate::{
    base::{FaultId, HostId},
    docker::{Error, stage::Stage},
    fault::Partition,
};

impl Effect for Partition {
    fn host(&self) -> &HostId {
        &self.between[0]
    }

    fn inject(&self, stage: &Stage, id: &FaultId) -> String {
        let other = &self.between[1];
        let ipv4 = stage.members.addresses[other];
        let (mut from, mut to) = (format!("ip saddr {ipv4} drop"), format!("ip daddr {ipv4} drop"));
        if let Some(ipv6) = stage.members.ipv6_addresses.get(other) {
            from += &format!("; ip6 saddr {ipv6} drop");
            to += &format!("; ip6 daddr {ipv6} drop");
        }
        rules::lay(id, &rules::both_ways(&from, &to))
    }

    fn heal(&self, id: &FaultId) -> String {
        rules::lift(id)
    }

    async fn look(&self, stage: &Stage, _: u16) -> Result<Seen, Error> {
        let [one, other] = [&self.between[0], &self.between[1]];
        let mut met = vec![];
        for (from, to) in [(one, other), (other, one)] {
            let ipv6 = stage.members.ipv6_addresses.get(to).map(|address| (*address).into());
            for address in [stage.members.addresses[to].into()].into_iter().chain(ipv6) {
                let from = from.as_str();
                let pings = traffic::ping(stage, from, address, "-c 3 -i 0.2 -W 1").await?;
                met.push(pings.received > 0);
            }
        }
        let reach = if met.contains(&true) { "reach" } else { "do not reach" };
        let says = format!("`{one}` and `{other}` {reach} each other");
        Ok(Seen::new(!met.contains(&true), says))
    }
}
