//! `ssh-refused`: connections to port 22 are refused, as where no server listens; those that are there go on.

use super::{
    effect::{Effect, Seen},
    rules,
    traffic::{self, Met},
};
use crate::{
    base::{FaultId, HostId},
    docker::{Error, members::OPERATOR, stage::Stage},
    fault::SshRefused,
};

impl Effect for SshRefused {
    fn host(&self) -> &HostId {
        &self.on
    }

    fn inject(&self, _: &Stage, id: &FaultId) -> String {
        rules::lay(
            id,
            "chain input { type filter hook input priority -10; iifname \"eth0\" tcp dport 22 \
             ct state new reject with tcp reset; }\n",
        )
    }

    fn heal(&self, id: &FaultId) -> String {
        rules::lift(id)
    }

    async fn look(&self, stage: &Stage, _: u16) -> Result<Seen, Error> {
        let host = self.on.as_str();
        let address = stage.members.addresses[&self.on];
        let met = traffic::connect(stage, OPERATOR, address, 22).await?;
        let says = match met {
            Met::Open => format!("`{host}` answers on port 22"),
            Met::Refused => format!("`{host}` refuses connections to port 22"),
            Met::Silence => {
                return Err(Error::Said(format!("port 22 of `{host}` does not answer")));
            }
        };
        Ok(Seen::new(met == Met::Refused, says))
    }
}
