//! Whether this machine stands on the network that it asks in. Where it does not, silence is its own
//! and tells nothing of any service.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::docker::routes;

/// How often is looked.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A footing that was there once, and may be lost.
#[derive(Debug)]
pub(super) struct Footing {
    address: Ipv4Addr,
    table: fn() -> String,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    looked: Option<Instant>,
    /// When it was last seen to be missing.
    missing: Option<Instant>,
}

impl Footing {
    /// None where this machine is not on the network of that address to begin with: what it asks is
    /// then carried there by others.
    pub(super) fn on_network_of(address: IpAddr, table: fn() -> String) -> Option<Self> {
        let IpAddr::V4(address) = address else { return None };
        let footing = Self { address, table, seen: Mutex::default() };
        footing.is_there().then_some(footing)
    }

    /// Looks whether it is there still, unless that was looked at a moment ago.
    pub(super) fn look(&self, now: Instant) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.looked.is_some_and(|looked| now < looked + LOOK_EVERY) {
            return;
        }
        seen.looked = Some(now);
        if !self.is_there() {
            seen.missing = Some(now);
        }
    }

    /// Whether it was seen to be missing at that moment or later.
    pub(super) fn was_missing_since(&self, moment: Instant) -> bool {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        // It may have come back only shortly before the next look.
        seen.missing.is_some_and(|missing| missing + LOOK_EVERY >= moment)
    }

    fn is_there(&self) -> bool {
        routes::routes(&(self.table)()).any(|route| route.is_direct_to(self.address))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::docker::probes::instant_now;

    static LINKED: AtomicBool = AtomicBool::new(true);

    fn table() -> String {
        let linked = "br-1\t000312C6\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";
        let head = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n";
        head.to_owned() + if LINKED.load(Ordering::Relaxed) { linked } else { "" }
    }

    #[test]
    fn a_footing_that_is_lost_is_told_for_as_long_as_it_is() {
        let at = |address: &str| Footing::on_network_of(address.parse().unwrap(), table);
        assert!(at("198.18.4.3").is_none() && at("::1").is_none());
        let footing = at("198.18.3.3").unwrap();
        let begin = instant_now();
        let moment = |millis| begin + Duration::from_millis(millis);
        footing.look(moment(0));
        assert!(!footing.was_missing_since(moment(0)));
        LINKED.store(false, Ordering::Relaxed);
        footing.look(moment(40));
        assert!(!footing.was_missing_since(moment(0)), "that is too soon to look again");
        footing.look(moment(60));
        footing.look(moment(5_000));
        LINKED.store(true, Ordering::Relaxed);
        footing.look(moment(5_060));
        for (since, missing) in [(0, true), (4_000, true), (5_040, true), (5_060, false)] {
            assert_eq!(footing.was_missing_since(moment(since)), missing, "{since}");
        }
    }
}
