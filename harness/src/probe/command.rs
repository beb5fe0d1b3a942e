//! `command`: what does a program of the user's say?

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Duration;

/// See [`super::Probe::Command`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// A script of the scenario's folder. It is called with the service's name in DNS and the
    /// address that the client found, and ends with 0 (up), 1 (down) or 2 (wrong).
    pub run: String,
    /// A later answer is slow.
    #[serde(default)]
    pub slow_after: Option<Duration>,
}
