//! Owns what faults put in the way of packets, and of SSH: what gets through between two ends, how
//! late, and how much of it.
//! Must not know: who sends what, and why.

use super::{clock::Work, layout};
use crate::{base::Duration, fault::Kind, plan::Plan};

/// All that is in the way, in the order of the places of the faults: one or two, and asked all the time. The network
/// of who is no host is always well.
#[derive(Debug, Clone, Default)]
pub(super) struct Ways(Vec<(usize, Obstacle)>);

/// What a fault puts in the way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Obstacle {
    /// Packets of one direction are lost, and with them every answer: nothing gets done either way.
    OneWay { on: usize },
    /// Two hosts do not reach each other.
    Partition { between: (usize, usize) },
    /// Packets are lost in gusts, between which all pass: that share of the time which packets there
    /// are lost of a hundred exchanges.
    Loss { on: usize, percent: u8, gust: bool, until: Work },
    /// Packets come late.
    Delay { on: usize, by: Duration },
    /// No more gets through.
    Bandwidth { on: usize, bytes_per_second: u64 },
    /// Nothing larger gets through.
    BlackHole { on: usize, mtu: u16 },
    /// Others are not reached on a port.
    Filtered { on: usize, port: u16 },
    /// SSH is refused.
    SshRefused { on: usize },
    /// SSH has another host key.
    SshKey { on: usize },
}

/// How SSH fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ssh {
    Open,
    Refused,
    OtherKey,
    /// A connection is made, and nothing follows.
    Hangs,
}

/// How long packets are lost at a time: less than the second after which the kernel sends a lost first packet
/// again, and not much less, because whoever asks densely sees each gust begin and end.
const GUST: Duration = Duration::from_millis(500);
/// The shortest time in which they pass.
const LULL: Duration = Duration::from_millis(1);
/// What SSH sends in one packet while keys are exchanged: all that Ethernet carries.
pub(super) const SSH_PACKET: u16 = 1_500;

impl Obstacle {
    /// What a kind of fault puts in the way, from now on; `part` of a gust or lull is over.
    pub(super) fn of(plan: &Plan, kind: &Kind, now: Work, part: f64) -> Option<Self> {
        let host = |id| layout::host(plan, id);
        Some(match kind {
            Kind::OneWay(it) => Self::OneWay { on: host(&it.on) },
            Kind::Partition(it) => {
                Self::Partition { between: (host(&it.between[0]), host(&it.between[1])) }
            }
            Kind::PacketLoss(it) => {
                let until = now + share(lull(it.percent), part);
                Self::Loss { on: host(&it.on), percent: it.percent, gust: false, until }
            }
            Kind::Delay(it) => Self::Delay { on: host(&it.on), by: it.by },
            Kind::Bandwidth(it) => {
                Self::Bandwidth { on: host(&it.on), bytes_per_second: it.bytes_per_second }
            }
            Kind::MtuBlackHole(it) => Self::BlackHole { on: host(&it.on), mtu: it.mtu },
            Kind::PortFiltered(it) => Self::Filtered { on: host(&it.on), port: it.port },
            Kind::SshRefused(it) => Self::SshRefused { on: host(&it.on) },
            Kind::SshHostKeyChanged(it) => Self::SshKey { on: host(&it.on) },
            _ => return None,
        })
    }
}

impl Ways {
    /// A fault begins.
    pub(super) fn put(&mut self, fault: usize, obstacle: Obstacle) {
        self.take(fault);
        let place = self.0.partition_point(|(other, _)| *other < fault);
        self.0.insert(place, (fault, obstacle));
    }

    /// A fault ends.
    pub(super) fn take(&mut self, fault: usize) {
        self.0.retain(|(other, _)| *other != fault);
    }

    /// The faults that are there.
    pub(super) fn faults(&self) -> impl Iterator<Item = usize> {
        self.0.iter().map(|(fault, _)| *fault)
    }

    /// What they put in the way.
    fn obstacles(&self) -> impl Iterator<Item = &Obstacle> {
        self.0.iter().map(|(_, obstacle)| obstacle)
    }

    /// Whether a host can talk to anybody, at this moment.
    pub(super) fn is_cut_off(&self, host: usize) -> bool {
        self.obstacles().any(|it| match it {
            Obstacle::OneWay { on } => *on == host,
            Obstacle::Loss { on, gust, .. } => *gust && *on == host,
            _ => false,
        })
    }

    /// Whether it cannot at all: who tries again gets through a loss.
    pub(super) fn is_lost(&self, host: usize) -> bool {
        self.obstacles().any(|it| matches!(it, Obstacle::OneWay { on } if *on == host))
    }

    /// Whether a host cannot talk to another on one of these ports.
    pub(super) fn are_apart(&self, from: usize, to: usize, ports: &[u16]) -> bool {
        self.obstacles().any(|it| match it {
            Obstacle::Partition { between } => *between == (from, to) || *between == (to, from),
            Obstacle::Filtered { on, port } => *on == from && ports.contains(port),
            _ => false,
        })
    }

    /// How much later each answer of a host comes.
    pub(super) fn late(&self, host: usize) -> Duration {
        let late = |it: &Obstacle| match it {
            Obstacle::Delay { on, by } if *on == host => *by,
            _ => Duration::ZERO,
        };
        self.obstacles().map(late).sum()
    }

    /// Whether packets of that size get from and to a host.
    pub(super) fn passes(&self, host: usize, bytes: u16) -> bool {
        let swallows = |it: &Obstacle| matches!(it, Obstacle::BlackHole { on, mtu } if *on == host && bytes > *mtu);
        !self.obstacles().any(swallows)
    }

    /// How long so many bytes take from or to a host, beyond what they take where nothing is in the way.
    pub(super) fn takes(&self, host: usize, bytes: u64) -> Duration {
        let rates = self.obstacles().filter_map(|it| match it {
            Obstacle::Bandwidth { on, bytes_per_second } if *on == host => Some(*bytes_per_second),
            _ => None,
        });
        let seconds = rates.min().map_or(0.0, |rate| bytes as f64 / rate as f64);
        Duration::from_micros((seconds * 1e6) as u64)
    }

    /// How SSH to a host fares that packets get to.
    pub(super) fn ssh(&self, host: usize) -> Ssh {
        let there = |which: fn(usize) -> Obstacle| self.obstacles().any(|it| *it == which(host));
        match () {
            () if there(|on| Obstacle::SshRefused { on }) => Ssh::Refused,
            () if !self.passes(host, SSH_PACKET) => Ssh::Hangs,
            () if there(|on| Obstacle::SshKey { on }) => Ssh::OtherKey,
            () => Ssh::Open,
        }
    }

    /// The share of exchanges with a host that lose one of their two packets.
    pub(super) fn failing(&self, host: usize) -> f64 {
        let passes = |it: &Obstacle| match it {
            Obstacle::Loss { on, percent, .. } if *on == host => 1.0 - failing(*percent),
            _ => 1.0,
        };
        1.0 - self.obstacles().map(passes).product::<f64>()
    }

    /// When the next gust begins, or ends.
    pub(super) fn next_gust(&self) -> Option<Work> {
        let until = |it: &Obstacle| match it {
            Obstacle::Loss { until, .. } => Some(*until),
            _ => None,
        };
        self.obstacles().filter_map(until).min()
    }

    /// Lets gusts begin and end that are due.
    pub(super) fn blow(&mut self, now: Work) {
        for (_, it) in &mut self.0 {
            if let Obstacle::Loss { percent, gust, until, .. } = it
                && *until <= now
            {
                *gust = !*gust;
                *until = now + if *gust { GUST } else { lull(*percent) };
            }
        }
    }
}

/// The share of exchanges that lose one of their two packets.
fn failing(percent: u8) -> f64 {
    let passes = 1.0 - f64::from(percent) / 100.0;
    1.0 - passes * passes
}

/// From gust to gust.
fn lull(percent: u8) -> Duration {
    let fails = failing(percent);
    share(GUST, (1.0 - fails) / fails).max(LULL)
}

fn share(of: Duration, part: f64) -> Duration {
    Duration::from_micros((of.as_micros() as f64 * part) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ways(obstacles: impl IntoIterator<Item = Obstacle>) -> Ways {
        Ways(obstacles.into_iter().enumerate().collect())
    }

    #[test]
    fn a_partition_keeps_two_apart_and_nobody_else() {
        let ways = ways([Obstacle::Partition { between: (0, 1) }]);
        assert!(ways.are_apart(0, 1, &[]) && ways.are_apart(1, 0, &[]));
        assert!(!ways.are_apart(0, 2, &[]) && !ways.is_cut_off(0) && !ways.is_cut_off(1));
    }

    #[test]
    fn a_filtered_port_is_one_of_others() {
        let ways = ways([Obstacle::Filtered { on: 0, port: 25 }]);
        assert!(ways.are_apart(0, 1, &[25]));
        assert!(!ways.are_apart(0, 1, &[143]) && !ways.are_apart(1, 0, &[25]));
    }

    #[test]
    fn delays_add_up_and_the_narrowest_place_counts() {
        let delay = Obstacle::Delay { on: 0, by: Duration::from_millis(100) };
        let narrow = |bytes_per_second| Obstacle::Bandwidth { on: 0, bytes_per_second };
        let ways = ways([delay, delay, narrow(1_000), narrow(500)]);
        assert_eq!(ways.late(0), Duration::from_millis(200));
        assert_eq!(ways.takes(0, 1_000), Duration::from_secs(2));
        assert_eq!((ways.late(1), ways.takes(1, 1_000)), (Duration::ZERO, Duration::ZERO));
    }

    #[test]
    fn a_black_hole_swallows_what_is_too_large_and_ssh_with_it() {
        let ways = ways([Obstacle::BlackHole { on: 0, mtu: 1_280 }]);
        assert!(ways.passes(0, 1_280) && !ways.passes(0, 1_281) && ways.passes(1, 1_500));
        assert_eq!((ways.ssh(0), ways.ssh(1)), (Ssh::Hangs, Ssh::Open));
    }

    #[test]
    fn gusts_blow_for_the_share_of_exchanges_that_fail() {
        for percent in [1, 10, 30, 70] {
            let loss = Obstacle::Loss { on: 0, percent, gust: false, until: Work(0) };
            let mut ways = ways([loss]);
            let (mut lost, mut at) = (0, Work(0));
            for _ in 0..200 {
                ways.blow(at);
                let next = ways.next_gust().unwrap();
                lost += if ways.is_cut_off(0) { next.0 - at.0 } else { 0 };
                at = next;
            }
            let share = lost as f64 / at.0 as f64;
            assert!((share - failing(percent)).abs() < 0.01, "{percent}: {share}");
        }
    }

    #[test]
    fn healing_one_never_heals_another() {
        let mut ways = ways([Obstacle::SshRefused { on: 0 }, Obstacle::SshRefused { on: 0 }]);
        ways.take(0);
        assert_eq!(ways.ssh(0), Ssh::Refused);
        ways.take(1);
        assert_eq!(ways.ssh(0), Ssh::Open);
    }
}
