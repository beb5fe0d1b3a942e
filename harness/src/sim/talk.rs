//! Owns how a good talk over the network goes: what it takes where nothing is in the way, how often one
//! side waits for the other, and how large its packets are.
//! Must not know: what is in the way.

use super::{layout::Way, ways::SSH_PACKET};
use crate::{base::Duration, probe::Probe};

/// How a good talk goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Talk {
    /// What it takes between neighbours.
    took: Duration,
    /// How often one side waits for the other.
    round_trips: u64,
    /// Its largest packet, in bytes: who answers in the clear is taken to be brief.
    pub(super) largest: u16,
}

/// What certificates take.
const TLS_PACKET: u16 = 1_000;
/// What else is said.
const WORDS: u16 = 500;

impl Talk {
    /// What it takes where each answer comes so much later.
    pub(super) fn takes(self, late: Duration) -> Duration {
        self.took + times(late, self.round_trips)
    }
}

/// That of a probe.
pub(super) fn of_probe(probe: &Probe) -> Talk {
    match probe {
        Probe::Dns(_) => talk(1_500, 1, WORDS),
        Probe::Tcp(_) => talk(2_000, 1, WORDS),
        Probe::Http(_) => talk(3_000, 2, WORDS),
        Probe::Smtp(_) => talk(4_000, 4, WORDS),
        Probe::Https(_) => talk(5_000, 3, TLS_PACKET),
        Probe::Doh(_) => talk(6_000, 3, TLS_PACKET),
        Probe::Imap(_) => talk(6_000, 5, WORDS),
        Probe::Sql(_) => talk(6_000, 4, WORDS),
        Probe::Ssh(_) => talk(20_000, 4, SSH_PACKET),
        // Nobody knows what it does; it does something.
        Probe::Command(_) => talk(50_000, 2, WORDS),
    }
}

/// That of a write.
pub(super) fn of_write(way: Way) -> Talk {
    match way {
        Way::Sql => talk(4_000, 5, WORDS),
        Way::Http => talk(5_000, 2, WORDS),
        Way::Https => talk(7_000, 3, TLS_PACKET),
        Way::Smtp => talk(8_000, 7, WORDS),
    }
}

/// So often as long.
pub(super) fn times(one: Duration, count: u64) -> Duration {
    Duration::from_micros(one.as_micros().saturating_mul(count))
}

fn talk(micros: u64, round_trips: u64, largest: u16) -> Talk {
    Talk { took: Duration::from_micros(micros), round_trips, largest }
}
