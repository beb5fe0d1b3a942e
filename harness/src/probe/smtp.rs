//! `smtp`: does the server greet, and take mail?

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Duration;

/// See [`super::Probe::Smtp`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    /// The port.
    #[serde(default = "smtp_port")]
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
    /// An address that the server must be willing to take mail for. Without it, EHLO is all that
    /// is said.
    #[serde(default)]
    pub to: Option<String>,
    /// Deliver a small mail to it each time. Such a probe is never asked densely.
    #[serde(default)]
    pub deliver: bool,
    /// A later answer is slow.
    #[serde(default)]
    pub slow_after: Option<Duration>,
}

const fn smtp_port() -> u16 {
    25
}
