//! Owns the faults: what can go wrong on purpose, when, and who mends it.
//! Must not know: how any world does, sees or heals them.
//!
//! A new fault is a variant of [`Kind`] here and a file in the `faults` folder of each world.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{Duration, HostId, StepId};

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A host's network link is down; its console still works.
    NetworkDown(NetworkDown),
    /// A program that nobody thought of listens on a port.
    PortOccupied(PortOccupied),
}

/// See [`Kind::NetworkDown`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkDown {
    /// Which host.
    pub on: HostId,
}

/// See [`Kind::PortOccupied`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PortOccupied {
    /// Which host.
    pub on: HostId,
    /// The TCP port.
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
    /// Who holds it.
    #[serde(default)]
    pub by: Squatter,
}

/// Who holds an occupied port.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Squatter {
    /// A plain listener of the harness's own; any port.
    #[default]
    Listener,
    /// Debian's Exim, as the distribution installs it by default; port 25 only.
    Exim4,
}

impl fmt::Display for Squatter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Listener => "a listener",
            Self::Exim4 => "exim4",
        })
    }
}

/// When a fault is injected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Trigger {
    /// Before the first step: the host is handed over like that.
    Start,
    /// When the step is about to start; the step waits until the fault bites.
    Before(StepId),
    /// Once the step has started.
    During(StepId),
    /// When the step has ended; what follows it waits until the fault bites.
    After(StepId),
    /// At a story time, counted from the first step.
    At(Duration),
}

/// Who brings a fault to an end when its `healed_by` step has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mender {
    /// The step itself does; the harness only looks whether it is gone.
    Step,
    /// Somebody whom the step stands for (the provider's support): the harness heals it.
    Provider,
}

impl Kind {
    /// The word that a scenario uses.
    pub fn word(&self) -> &'static str {
        match self {
            Self::NetworkDown(_) => "network-down",
            Self::PortOccupied(_) => "port-occupied",
        }
    }

    /// The host that it strikes.
    pub fn on(&self) -> &HostId {
        match self {
            Self::NetworkDown(NetworkDown { on }) | Self::PortOccupied(PortOccupied { on, .. }) => {
                on
            }
        }
    }

    /// Who mends it.
    pub fn mender(&self) -> Mender {
        match self {
            Self::NetworkDown(_) => Mender::Provider,
            Self::PortOccupied(_) => Mender::Step,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NetworkDown(NetworkDown { on }) => write!(f, "`{on}` is without network"),
            Self::PortOccupied(PortOccupied { on, port, by }) => {
                write!(f, "port {port} of `{on}` is held by {by}")
            }
        }
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start => write!(f, "from the start"),
            Self::Before(step) => write!(f, "before step `{step}`"),
            Self::During(step) => write!(f, "during step `{step}`"),
            Self::After(step) => write!(f, "after step `{step}`"),
            Self::At(time) => write!(f, "{time} after the first step began"),
        }
    }
}
