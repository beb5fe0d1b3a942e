//! `ssh-host-key-changed`: the host makes itself another key, and keeps the one that everybody
//! knows, which comes back when the last such fault is healed.

use super::{
    console,
    effect::{Effect, Seen},
};
use crate::{
    base::{FaultId, HostId},
    docker::{Error, members::OPERATOR, stage::Stage},
    fault::SshHostKeyChanged,
};

/// The key, the one that is kept, and the marks of those who changed it.
const PLACES: &str = "key=/etc/ssh/ssh_host_ed25519_key; kept=/var/lib/filage/host-key; \
                      marks=/var/lib/filage/host-key.d";

impl Effect for SshHostKeyChanged {
    fn host(&self) -> &HostId {
        &self.on
    }

    fn inject(&self, _: &Stage, id: &FaultId) -> String {
        format!(
            "{PLACES}; mkdir -p $marks && : > $marks/{id} && {{ [ -e $kept ] || \
             {{ mv $key $kept && mv $key.pub $kept.pub && \
             ssh-keygen -q -t ed25519 -N '' -f $key; }}; }} && systemctl reload ssh.service"
        )
    }

    fn heal(&self, id: &FaultId) -> String {
        format!(
            "{PLACES}; rm -f $marks/{id}; [ -n \"$(ls -A $marks)\" ] || \
             {{ mv $kept $key && mv $kept.pub $key.pub && systemctl reload ssh.service; }}"
        )
    }

    async fn look(&self, stage: &Stage, _: u16) -> Result<Seen, Error> {
        let host = self.on.as_str();
        // A server that has just been told reads its key a moment later.
        let command = format!("sleep 0.3; ssh -n {host} true 2>&1 || true");
        let said = console(stage, OPERATOR, &command).await?;
        let bites = said.contains("Host key verification failed");
        let last = said.lines().last().unwrap_or_default();
        if !bites && !last.is_empty() {
            return Err(Error::Said(format!("no SSH to `{host}`: {last}")));
        }
        let known = if bites { "does not know" } else { "knows" };
        Ok(Seen::new(bites, format!("the operator {known} the host key of `{host}`")))
    }
}
