//! How often all of it is asked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Duration;

/// How often services are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Probing {
    /// The time from launch to launch, whatever the answers take.
    #[serde(default = "Probing::default_every")]
    pub every: Duration,
    /// The same while a step stops, starts or points the service: edges of outages lie there.
    #[serde(default = "Probing::default_around_changes")]
    pub around_changes: Duration,
    /// When an answer is given up.
    #[serde(default = "Probing::default_deadline")]
    pub deadline: Duration,
    /// How long the resolver of `late` clients holds every record, whatever its TTL says.
    #[serde(default = "Probing::default_late_by")]
    pub late_by: Duration,
}

impl Probing {
    const fn default_every() -> Duration {
        Duration::from_millis(100)
    }
    const fn default_around_changes() -> Duration {
        Duration::from_millis(5)
    }
    const fn default_deadline() -> Duration {
        Duration::from_secs(2)
    }
    const fn default_late_by() -> Duration {
        Duration::from_secs(3600)
    }
}

impl Default for Probing {
    fn default() -> Self {
        Self {
            every: Self::default_every(),
            around_changes: Self::default_around_changes(),
            deadline: Self::default_deadline(),
            late_by: Self::default_late_by(),
        }
    }
}
