//! A port of one of the world's own members that is shut to the others, by firewall rules of its own for
//! each fault. The member itself still gets through, so that it can be looked after.

use super::console;
use crate::{
    base::FaultId,
    docker::{Error, stage::Stage},
};

/// What becomes of packets to the port.
pub(super) enum Shut {
    /// Nobody hears anything.
    Dropped,
    /// The port is closed.
    Refused,
}

/// Shuts a port.
pub(super) async fn shut(
    stage: &Stage,
    id: &FaultId,
    member: &str,
    port: u16,
    shut: Shut,
) -> Result<String, Error> {
    let verdict = match shut {
        Shut::Dropped => "drop",
        Shut::Refused => "meta l4proto tcp reject with tcp reset",
    };
    let table = format!("inet filage-{id}");
    let rules = format!(
        "add table {table}; add chain {table} in {{ type filter hook input priority 0; }}; \
         add rule {table} in iifname != lo meta l4proto {{ tcp, udp }} th dport {port} {verdict}"
    );
    console(stage, member, &format!("nft '{rules}'")).await
}

/// Opens it again.
pub(super) async fn open(stage: &Stage, id: &FaultId, member: &str) -> Result<String, Error> {
    console(stage, member, &format!("nft 'delete table inet filage-{id}'")).await
}
