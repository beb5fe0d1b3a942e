//! Owns the faults: what can go wrong on purpose, when, and who mends it.
//! Must not know: how any world does, sees or heals them.
//!
//! A new fault is a file here and a line in `catalogue`, a file in the `faults` folder of each world,
//! and a page in `docs/faults`.

mod bandwidth;
mod catalogue;
mod certificate;
mod clock_skew;
mod custom;
mod delay;
mod disk_full;
mod disk_slow;
mod dns_servfail;
mod dns_silent;
mod dns_update_refused;
mod host;
mod mail;
mod mtu_black_hole;
mod negative_answer_cached;
mod network_down;
mod old_aaaa;
mod one_way;
mod packages_unreachable;
mod packet_loss;
mod partition;
mod people;
mod port_filtered;
mod port_occupied;
mod service;
mod ssh_host_key_changed;
mod ssh_refused;
mod stale_resolver;
mod transfer;
mod trigger;
mod ttl_not_lowered;

use std::{fmt, ops::RangeInclusive};

pub use self::{
    bandwidth::Bandwidth,
    catalogue::{Kind, Sort, Written},
    certificate::{CertificateExpired, CertificateNotIssued},
    clock_skew::{ClockSkew, Skew},
    custom::Custom,
    delay::Delay,
    disk_full::DiskFull,
    disk_slow::DiskSlow,
    dns_servfail::DnsServfail,
    dns_silent::{DnsSilent, NameServer},
    dns_update_refused::DnsUpdateRefused,
    host::{BootFails, HostCrash, HostPause, LeaseEnded},
    mail::{AddressBlacklisted, ReverseDnsMissing},
    mtu_black_hole::MtuBlackHole,
    negative_answer_cached::NegativeAnswerCached,
    network_down::NetworkDown,
    old_aaaa::OldAaaa,
    one_way::{Direction, OneWay},
    packages_unreachable::PackagesUnreachable,
    packet_loss::PacketLoss,
    partition::Partition,
    people::{
        BrokenOff, Slip, SlipHow, StepEarly, StepElsewhere, StepFails, StepLate, StepSkipped,
        StepTwice,
    },
    port_filtered::PortFiltered,
    port_occupied::{PortOccupied, Squatter},
    service::{ServiceDies, ServiceDoesNotStart, ServiceNotEnabled, ServiceStartsSlowly},
    ssh_host_key_changed::SshHostKeyChanged,
    ssh_refused::SshRefused,
    stale_resolver::StaleResolver,
    transfer::{TransferCorrupted, TransferInterrupted, TransferOlderCopy},
    trigger::Trigger,
    ttl_not_lowered::TtlNotLowered,
};
pub(crate) use self::{
    catalogue::WORDS,
    mail::{Entry, LISTED, REASON, blocklist},
};
use crate::{
    base::{DnsName, HostId, ServiceId, StepId},
    step::Simulated,
};

/// What a fault lays hands on: who can feel it, and which steps suffer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reach<'a> {
    /// The hosts that it strikes.
    pub hosts: &'a [HostId],
    /// On them, only services that listen on one of these ports; whatever listens where it says none.
    pub ports: &'a [u16],
    /// On them, only these services; all where it says none. Of no host: these, wherever they are.
    pub services: &'a [ServiceId],
    /// The DNS names that it strikes.
    pub names: &'a [DnsName],
    /// Whether everybody feels it who asks DNS.
    pub is_everywhere: bool,
    /// Whether whoever changes DNS records feels it.
    pub updates: bool,
    /// Whether whoever installs packages feels it.
    pub installs: bool,
    /// The step that it strikes.
    pub step: Option<&'a StepId>,
}

/// Who brings a fault to an end when its `healed_by` step has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mender {
    /// The step itself does; the harness only looks whether it is gone.
    Step,
    /// Somebody whom the step stands for (the provider's support): the harness heals it.
    Provider,
}

/// What an outage looks like that it makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Symptom {
    /// The network of a host.
    Network,
    /// A start that meets a port which is somebody else's.
    PortTaken,
    /// Anything else.
    Other,
}

/// What a value of a fault's arguments speaks of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Refers<'a> {
    /// A host.
    Host(&'a HostId),
    /// A host with Docker inside.
    DockerHost(&'a HostId),
    /// A list of hosts.
    Hosts(&'a [HostId]),
    /// A service.
    Service(&'a ServiceId),
    /// A service that has a certificate.
    Certified(&'a ServiceId),
    /// A step.
    Step(&'a StepId),
    /// A DNS name of the zone.
    Name(&'a DnsName),
    /// The name of a service.
    ServiceName(&'a DnsName),
    /// A list of DNS names of the zone.
    Names(&'a [DnsName]),
    /// The zone of a blocklist, outside of the scenario's own.
    Blocklist(&'a DnsName),
    /// A file of the scenario's folder.
    File(&'a str),
    /// What a script amounts to.
    Amounts(&'a [Simulated]),
}

/// A value that cannot be, at a key of the arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nonsense {
    /// The key.
    pub key: &'static str,
    /// What is wrong with its value.
    pub message: String,
    /// What to write instead; may be empty.
    pub help: String,
}

impl Nonsense {
    /// A value that lies outside of a range, if it does.
    fn out_of_range<T: PartialOrd + fmt::Display>(
        key: &'static str,
        value: &T,
        range: RangeInclusive<T>,
    ) -> Option<Self> {
        let (min, max) = (range.start(), range.end());
        let message = format!("`{value}` is out of range: expected {min} to {max}");
        (!range.contains(value)).then_some(Self { key, message, help: String::new() })
    }
}

impl Kind {
    /// What it lays hands on.
    pub fn reach(&self) -> Reach<'_> {
        self.args().reach()
    }

    /// What of its arguments cannot be, whatever the rest of the scenario says.
    pub fn nonsense(&self) -> Vec<Nonsense> {
        self.args().nonsense()
    }

    /// Who mends it.
    pub fn mender(&self) -> Mender {
        self.args().mender()
    }

    /// What an outage looks like that it makes.
    pub fn symptom(&self) -> Symptom {
        self.args().symptom()
    }

    /// What people do to a step, where it is that: then the engine plays it, and no world.
    pub fn slip(&self) -> Option<Slip<'_>> {
        self.args().slip()
    }

    /// Whether it lies in wait, and nothing is to be seen of it until somebody steps into it: whether
    /// that happened is looked for when it is to end.
    pub fn is_trap(&self) -> bool {
        self.args().is_trap()
    }

    /// Whether a world that is to have it is another one from the start, long before it begins.
    pub fn is_prepared(&self) -> bool {
        self.args().is_prepared()
    }

    /// Whether it shows only when the hosts are restarted after the migration: it lasts until then.
    pub fn shows_at_restart(&self) -> bool {
        self.args().shows_at_restart()
    }

    /// Whether it shows in what becomes of mail and in nothing else: no probe feels it, and no step. Mail that
    /// it holds up would get through if it were healed before all is judged, so it lasts until then,
    /// unless somebody ends it.
    pub fn shows_in_mail(&self) -> bool {
        self.args().shows_in_mail()
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.args().fmt(f)
    }
}

/// What each kind says of itself; [`fmt::Display`] tells people in one line what is wrong.
trait Describe: fmt::Display {
    fn reach(&self) -> Reach<'_>;
    fn refers(&self) -> Vec<(&'static str, Refers<'_>)>;
    fn nonsense(&self) -> Vec<Nonsense> {
        vec![]
    }
    fn mender(&self) -> Mender {
        Mender::Provider
    }
    fn symptom(&self) -> Symptom {
        Symptom::Other
    }
    fn slip(&self) -> Option<Slip<'_>> {
        None
    }
    fn is_trap(&self) -> bool {
        false
    }
    fn is_prepared(&self) -> bool {
        false
    }
    fn shows_at_restart(&self) -> bool {
        false
    }
    fn shows_in_mail(&self) -> bool {
        false
    }
}

/// The port of SSH.
const SSH: u16 = 22;

/// A list of one.
fn one<T>(only: &T) -> &[T] {
    std::slice::from_ref(only)
}
