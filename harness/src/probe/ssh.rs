//! `ssh`: does the host prove to be itself?

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Duration;

/// See [`super::Probe::Ssh`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ssh {
    /// The port.
    #[serde(default = "ssh_port")]
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
    /// A later answer is slow.
    #[serde(default)]
    pub slow_after: Option<Duration>,
}

const fn ssh_port() -> u16 {
    22
}
