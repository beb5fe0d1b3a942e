//! What a script amounts to, in the few words that a simulator needs: it cannot run the script.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Duration, HostId, OneOrMany, ServiceId};

/// One thing that a script does. Where a host is left out, it is the one that the script runs on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Simulated {
    /// Whatever program holds a port (and is no service) is stopped, also for every boot to come.
    FreePort(FreePort),
    /// The links of a host come up.
    NetworkUp(HostId),
    /// Packages are removed, with the programs in them.
    Remove(Remove),
    /// A service is started, as by `start`.
    Start(ServiceOn),
    /// A service is stopped, as by `stop`.
    Stop(ServiceOn),
    /// Data is copied as it is at that moment, whoever works on it on either side.
    Copy(CopyOf),
    /// The data of a service is removed from a host.
    Clear(ServiceOn),
    /// It takes about so long.
    Takes(Duration),
}

/// See [`Simulated::FreePort`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FreePort {
    /// The TCP port.
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
    /// Which host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<HostId>,
}

/// See [`Simulated::Remove`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Remove {
    /// Which packages.
    pub packages: OneOrMany<String>,
    /// From which host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<HostId>,
}

/// See [`Simulated::Copy`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CopyOf {
    /// Whose data.
    pub service: ServiceId,
    /// From which host.
    pub from: HostId,
    /// To which host.
    pub to: HostId,
}

/// See [`Simulated::Start`], [`Simulated::Stop`] and [`Simulated::Clear`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceOn {
    /// Which service.
    pub service: ServiceId,
    /// Where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<HostId>,
}

impl Simulated {
    /// The word that a scenario uses.
    pub fn word(&self) -> &'static str {
        match self {
            Self::FreePort(_) => "free-port",
            Self::NetworkUp(_) => "network-up",
            Self::Remove(_) => "remove",
            Self::Start(_) => "start",
            Self::Stop(_) => "stop",
            Self::Copy(_) => "copy",
            Self::Clear(_) => "clear",
            Self::Takes(_) => "takes",
        }
    }

    /// The host that is named, where one is; none where it takes none.
    pub fn on(&self) -> Option<Option<&HostId>> {
        match self {
            Self::FreePort(FreePort { on, .. })
            | Self::Remove(Remove { on, .. })
            | Self::Start(ServiceOn { on, .. })
            | Self::Stop(ServiceOn { on, .. })
            | Self::Clear(ServiceOn { on, .. }) => Some(on.as_ref()),
            Self::NetworkUp(on) => Some(Some(on)),
            Self::Copy(_) | Self::Takes(_) => None,
        }
    }

    /// The service that is named, where one is.
    pub fn service(&self) -> Option<&ServiceId> {
        match self {
            Self::Start(it) | Self::Stop(it) | Self::Clear(it) => Some(&it.service),
            Self::Copy(it) => Some(&it.service),
            Self::FreePort(_) | Self::NetworkUp(_) | Self::Remove(_) | Self::Takes(_) => None,
        }
    }
}

impl fmt::Display for Simulated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FreePort(FreePort { port, .. }) => write!(f, "free port {port}")?,
            Self::NetworkUp(host) => return write!(f, "bring up the network of `{host}`"),
            Self::Remove(Remove { packages, .. }) => write!(f, "remove {}", super::list(packages))?,
            Self::Start(ServiceOn { service, .. }) => write!(f, "start `{service}`")?,
            Self::Stop(ServiceOn { service, .. }) => write!(f, "stop `{service}`")?,
            Self::Copy(CopyOf { service, from, to }) => {
                return write!(f, "copy the data of `{service}` from `{from}` to `{to}`");
            }
            Self::Clear(ServiceOn { service, .. }) => write!(f, "remove the data of `{service}`")?,
            Self::Takes(time) => return write!(f, "take about {time}"),
        }
        match self.on().flatten() {
            Some(host) => write!(f, " of `{host}`"),
            None => Ok(()),
        }
    }
}
