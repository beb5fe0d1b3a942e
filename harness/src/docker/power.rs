//! Owns which hosts are off, still or unbootable on purpose, and because of which faults, so that one
//! that is healed does not bring back what another keeps down, and that nobody takes it for an accident.
//! Must not know: how hosts are switched off.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync;

use crate::base::{FaultId, HostId};

/// How long the console of a host is waited for.
const CONSOLE_TIMEOUT: Duration = Duration::from_secs(20);

/// What faults do to the power of hosts.
#[derive(Default)]
pub(super) struct Power {
    held: Mutex<BTreeMap<HostId, BTreeMap<FaultId, Hold>>>,
    /// Only one fault at a time switches anything.
    turn: sync::Mutex<()>,
}

/// How a fault holds a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    /// It is switched off.
    Off,
    /// Nothing on it moves.
    Still,
    /// No boot comes to its end.
    Unbootable,
}

impl Power {
    /// The right to switch hosts on and off, for as long as it is held.
    pub(super) async fn turn(&self) -> sync::MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// A fault holds a host from now on.
    pub(super) fn hold(&self, host: &HostId, fault: &FaultId, how: Hold) {
        self.held().entry(host.clone()).or_default().insert(fault.clone(), how);
    }

    /// It does no more.
    pub(super) fn release(&self, host: &HostId, fault: &FaultId) {
        self.held().entry(host.clone()).or_default().remove(fault);
    }

    /// The faults that hold a host, but for one.
    pub(super) fn others(&self, host: &HostId, but: &FaultId) -> BTreeMap<FaultId, Hold> {
        let mut all = self.held().get(host).cloned().unwrap_or_default();
        all.remove(but);
        all
    }

    /// Whether any fault holds a host.
    pub(super) fn is_held(&self, host: &HostId) -> bool {
        self.held().get(host).is_some_and(|faults| !faults.is_empty())
    }

    /// Waits, for a while at most, until commands can be run on a host: it may just be coming back.
    pub(super) async fn await_console(&self, host: &HostId) {
        let has_console = || {
            let held = self.held();
            let mut holds = held.get(host).into_iter().flat_map(BTreeMap::values);
            holds.all(|how| *how == Hold::Unbootable)
        };
        let wait = async {
            while !has_console() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        // Whoever then runs a command is told that it does not run.
        let _ = tokio::time::timeout(CONSOLE_TIMEOUT, wait).await;
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<HostId, BTreeMap<FaultId, Hold>>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_held_until_the_last_fault_has_let_go() {
        let power = Power::default();
        let host: HostId = "new".parse().unwrap();
        let [crash, lease]: [FaultId; 2] = ["crash", "lease"].map(|id| id.parse().unwrap());
        power.hold(&host, &crash, Hold::Off);
        power.hold(&host, &lease, Hold::Off);
        power.hold(&host, &lease, Hold::Off);
        assert_eq!(
            power.others(&host, &crash).into_keys().collect::<Vec<_>>(),
            std::slice::from_ref(&lease)
        );
        power.release(&host, &crash);
        assert!(power.is_held(&host));
        power.release(&host, &lease);
        assert!(!power.is_held(&host));
        assert!(!power.is_held(&"old".parse().unwrap()), "nobody ever did");
    }
}
