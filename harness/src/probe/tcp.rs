//! `tcp`: does the port answer, and with the right first bytes?

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Duration;

/// See [`super::Probe::Tcp`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tcp {
    /// The port.
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
    /// A text that the first bytes from the server must contain.
    #[serde(default)]
    pub banner: Option<String>,
    /// A later answer is slow.
    #[serde(default)]
    pub slow_after: Option<Duration>,
}

impl Tcp {
    /// A port that has only to accept.
    pub fn at(port: u16) -> Self {
        Self { port, banner: None, slow_after: None }
    }
}
