//! The catalogue: every kind of fault, by the word that a scenario uses.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    AddressBlacklisted, Bandwidth, BootFails, CertificateExpired, CertificateNotIssued, ClockSkew,
    Custom, Delay, Describe, DiskFull, DiskSlow, DnsServfail, DnsSilent, DnsUpdateRefused,
    HostCrash, HostPause, LeaseEnded, MtuBlackHole, NegativeAnswerCached, NetworkDown, OldAaaa,
    OneWay, PackagesUnreachable, PacketLoss, Partition, PortFiltered, PortOccupied, Refers,
    ReverseDnsMissing, ServiceDies, ServiceDoesNotStart, ServiceNotEnabled, ServiceStartsSlowly,
    SshHostKeyChanged, SshRefused, StaleResolver, StepEarly, StepElsewhere, StepFails, StepLate,
    StepSkipped, StepTwice, TransferCorrupted, TransferInterrupted, TransferOlderCopy, Trigger,
    TtlNotLowered,
};
use crate::base::{Duration, StepId};

/// From one list of kinds: the enum of them, their words, and a fault as a user writes it, in which
/// each kind is a key of its own, so that editors complete it and unknown keys are found.
macro_rules! catalogue {
    ($($(#[$doc:meta])* $word:literal $field:ident $kind:ident,)*) => {
        /// What goes wrong.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
        pub enum Kind {
            $(
                $(#[$doc])*
                #[serde(rename = $word)]
                $kind($kind),
            )*
        }

        /// A kind without its arguments.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Sort {
            $(
                $(#[$doc])*
                $kind,
            )*
        }

        impl Sort {
            /// All that there are.
            pub const ALL: [Self; WORDS.len()] = [$(Self::$kind),*];
        }

        /// The keys of a fault of which exactly one is its kind.
        pub(crate) const WORDS: [&str; [$($word),*].len()] = [$($word),*];

        /// Something that goes wrong on purpose: exactly one kind, its trigger, and its end.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        #[schemars(rename = "Fault")]
        pub struct Written {
            /// A word for people.
            #[serde(default)]
            pub about: String,
            /// When it begins: `start`, or one of `before`, `during`, `after` (a step), `at` (a time). What
            /// people do to a step begins with that, and needs no word of it.
            #[serde(default)]
            pub from: Option<Trigger>,
            /// The step with which it ends. Without an end, it lasts until the migration is over.
            #[serde(default)]
            pub healed_by: Option<StepId>,
            /// How long it lasts, in story time.
            #[serde(default, rename = "for")]
            pub duration: Option<Duration>,
            $(
                $(#[$doc])*
                #[serde(default, rename = $word)]
                pub $field: Option<$kind>,
            )*
        }

        impl Kind {
            /// The word that a scenario uses.
            pub fn word(&self) -> &'static str {
                match self {
                    $(Self::$kind(_) => $word,)*
                }
            }

            pub(super) fn args(&self) -> &dyn Describe {
                match self {
                    $(Self::$kind(args) => args,)*
                }
            }
        }

        impl Written {
            /// A fault of this kind, which nothing heals before its time.
            pub fn of(kind: Kind, from: Trigger, duration: Option<Duration>) -> Self {
                let (about, healed_by) = (String::new(), None);
                let from = Some(from);
                let mut written = Self { about, from, healed_by, duration, $($field: None,)* };
                match kind {
                    $(Kind::$kind(args) => written.$field = Some(args),)*
                }
                written
            }

            /// The kinds that are written, of which there must be one.
            pub fn kinds(&self) -> Vec<Kind> {
                [$(self.$field.clone().map(Kind::$kind),)*].into_iter().flatten().collect()
            }

            /// When it begins: as written or, for what people do to a step, when that has its turn.
            pub fn trigger(&self) -> Option<Trigger> {
                let kinds = self.kinds();
                let turn = kinds.iter().find_map(|kind| Some(Trigger::Before(kind.slip()?.step.clone())));
                self.from.clone().or(turn)
            }

            /// What the arguments speak of: the word of the kind, the key, and what it names.
            pub(crate) fn refers(&self) -> Vec<(&'static str, &'static str, Refers<'_>)> {
                let mut all = vec![];
                $(
                    let said = self.$field.iter().flat_map(Describe::refers);
                    all.extend(said.map(|(key, refers)| ($word, key, refers)));
                )*
                all
            }
        }
    };
}

catalogue! {
    /// A host's network link is down.
    "network-down" network_down NetworkDown,
    /// Packets pass one way only.
    "one-way" one_way OneWay,
    /// Two hosts do not reach each other.
    "partition" partition Partition,
    /// Some packets are lost.
    "packet-loss" packet_loss PacketLoss,
    /// What a host sends arrives late.
    "delay" delay Delay,
    /// A host has little bandwidth.
    "bandwidth" bandwidth Bandwidth,
    /// Large packets vanish.
    "mtu-black-hole" mtu_black_hole MtuBlackHole,
    /// What a host sends to a port is dropped.
    "port-filtered" port_filtered PortFiltered,
    /// A host refuses SSH.
    "ssh-refused" ssh_refused SshRefused,
    /// A host has another SSH host key.
    "ssh-host-key-changed" ssh_host_key_changed SshHostKeyChanged,
    /// A program that nobody thought of listens on a port.
    "port-occupied" port_occupied PortOccupied,
    /// A host loses its power in the midst of everything.
    "host-crash" host_crash HostCrash,
    /// A host stands still.
    "host-pause" host_pause HostPause,
    /// A host does not come back from a reboot.
    "boot-fails" boot_fails BootFails,
    /// The provider has switched a host off.
    "lease-ended" lease_ended LeaseEnded,
    /// The disk of a host's Docker is full.
    "disk-full" disk_full DiskFull,
    /// The clock of a host is wrong.
    "clock-skew" clock_skew ClockSkew,
    /// The disk of a host is slow.
    "disk-slow" disk_slow DiskSlow,
    /// A service does not start.
    "service-does-not-start" service_does_not_start ServiceDoesNotStart,
    /// A service takes longer to start.
    "service-starts-slowly" service_starts_slowly ServiceStartsSlowly,
    /// A service dies soon after its start.
    "service-dies" service_dies ServiceDies,
    /// A service does not come back at boot.
    "service-not-enabled" service_not_enabled ServiceNotEnabled,
    /// The certificate of a service has run out.
    "certificate-expired" certificate_expired CertificateExpired,
    /// A service has no certificate.
    "certificate-not-issued" certificate_not_issued CertificateNotIssued,
    /// Copies of a service's data break off.
    "transfer-interrupted" transfer_interrupted TransferInterrupted,
    /// A service's data is silently corrupted when it has arrived.
    "transfer-corrupted" transfer_corrupted TransferCorrupted,
    /// An older copy of a service's data arrives.
    "transfer-older-copy" transfer_older_copy TransferOlderCopy,
    /// A name server does not answer.
    "dns-silent" dns_silent DnsSilent,
    /// The resolver answers SERVFAIL.
    "dns-servfail" dns_servfail DnsServfail,
    /// The authoritative server refuses updates.
    "dns-update-refused" dns_update_refused DnsUpdateRefused,
    /// The resolver holds records for longer than they say.
    "stale-resolver" stale_resolver StaleResolver,
    /// The authoritative server goes on with the old TTL of a name, whatever it is told.
    "ttl-not-lowered" ttl_not_lowered TtlNotLowered,
    /// The resolver holds that there is no such name.
    "negative-answer-cached" negative_answer_cached NegativeAnswerCached,
    /// The address of a host has no name in the reverse zone.
    "reverse-dns-missing" reverse_dns_missing ReverseDnsMissing,
    /// The address of a host is on a blocklist.
    "address-blacklisted" address_blacklisted AddressBlacklisted,
    /// A name still has the IPv6 address of its first host.
    "old-aaaa" old_aaaa OldAaaa,
    /// Nobody gets packages.
    "packages-unreachable" packages_unreachable PackagesUnreachable,
    /// A fault of the user's own.
    "custom" custom Custom,
    /// A step is done too early, before one that should come first.
    "step-early" step_early StepEarly,
    /// A step is done on the wrong host.
    "step-elsewhere" step_elsewhere StepElsewhere,
    /// An attempt at a step is broken off, and counts as failed.
    "step-fails" step_fails StepFails,
    /// A step is begun only a while after its turn.
    "step-late" step_late StepLate,
    /// A step is forgotten; what follows goes on.
    "step-skipped" step_skipped StepSkipped,
    /// A step is done again as soon as it has passed.
    "step-twice" step_twice StepTwice,
}
