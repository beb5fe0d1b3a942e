//! `port-filtered`: what the host sends to a port of others is dropped.

use super::{
    effect::{Effect, Seen},
    rules,
    traffic::{self, Met},
};
use crate::{
    base::{FaultId, HostId},
    docker::{Error, stage::Stage},
    fault::PortFiltered,
};

impl Effect for PortFiltered {
    fn host(&self) -> &HostId {
        &self.on
    }

    fn inject(&self, _: &Stage, id: &FaultId) -> String {
        rules::lay(id, &rules::both_ways("", &format!("tcp dport {} drop", self.port)))
    }

    fn heal(&self, id: &FaultId) -> String {
        rules::lift(id)
    }

    async fn look(&self, stage: &Stage, _: u16) -> Result<Seen, Error> {
        let (host, port) = (self.on.as_str(), self.port);
        let met = traffic::connect(stage, host, stage.members.operator, port).await?;
        let says = match met {
            Met::Silence => format!("`{host}` does not reach port {port} of the operator"),
            Met::Open | Met::Refused => format!("`{host}` reaches port {port} of the operator"),
        };
        Ok(Seen::new(met == Met::Silence, says))
    }
}
