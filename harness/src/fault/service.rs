//! `service-does-not-start`, `service-starts-slowly`, `service-dies`, `service-not-enabled`: what can
//! be wrong with one service on one host. Nothing of it shows before somebody starts the service
//! there, or boots the host.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Nonsense, Reach, Refers, one};
use crate::base::{Duration, HostId, ServiceId};

/// A service does not start on a host: each start fails, also at boot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceDoesNotStart {
    /// Which service.
    pub service: ServiceId,
    /// On which host.
    pub on: HostId,
}

/// Each start of a service on a host takes longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceStartsSlowly {
    /// Which service.
    pub service: ServiceId,
    /// On which host.
    pub on: HostId,
    /// By how much longer, up to a minute.
    pub by: Duration,
}

/// A service on a host is killed soon after each of its starts, and stays dead until somebody starts
/// it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceDies {
    /// Which service.
    pub service: ServiceId,
    /// On which host.
    pub on: HostId,
    /// How long after its start; one that runs for longer already dies at once.
    #[serde(default = "two_seconds")]
    pub after: Duration,
}

/// A service runs on a host and is not enabled: it does not come back at boot. It lasts until that was
/// seen, after the restart of the hosts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceNotEnabled {
    /// Which service.
    pub service: ServiceId,
    /// On which host.
    pub on: HostId,
}

fn two_seconds() -> Duration {
    Duration::from_secs(2)
}

/// How long may be between a start and what it comes to.
const LENGTHS: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(1)..=Duration::from_secs(60);

/// What the kinds of this file have in common.
macro_rules! of_services {
    ($($kind:ident { $($more:tt)* })*) => {
        $(
            impl Describe for $kind {
                fn reach(&self) -> Reach<'_> {
                    let (hosts, services) = (one(&self.on), one(&self.service));
                    Reach { hosts, services, ..Reach::default() }
                }

                fn refers(&self) -> Vec<(&'static str, Refers<'_>)> {
                    vec![
                        ("service", Refers::Service(&self.service)),
                        ("on", Refers::Host(&self.on)),
                    ]
                }

                fn is_trap(&self) -> bool {
                    true
                }

                $($more)*
            }
        )*
    };
}

of_services! {
    ServiceDoesNotStart {}
    ServiceStartsSlowly {
        fn nonsense(&self) -> Vec<Nonsense> {
            Nonsense::out_of_range("by", &self.by, LENGTHS).into_iter().collect()
        }
    }
    ServiceDies {
        fn nonsense(&self) -> Vec<Nonsense> {
            Nonsense::out_of_range("after", &self.after, LENGTHS).into_iter().collect()
        }
    }
    ServiceNotEnabled {
        fn shows_at_restart(&self) -> bool {
            true
        }
    }
}

impl fmt::Display for ServiceDoesNotStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` does not start on `{}`", self.service, self.on)
    }
}

impl fmt::Display for ServiceStartsSlowly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` takes {} longer to start on `{}`", self.service, self.by, self.on)
    }
}

impl fmt::Display for ServiceDies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` dies {} after its start on `{}`", self.service, self.after, self.on)
    }
}

impl fmt::Display for ServiceNotEnabled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not enabled on `{}`", self.service, self.on)
    }
}
