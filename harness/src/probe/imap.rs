//! `imap`: can somebody log in and open a mailbox?

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Duration;

/// See [`super::Probe::Imap`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Imap {
    /// The port.
    #[serde(default = "imap_port")]
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
    /// Who logs in.
    pub user: String,
    /// With which password.
    pub password: String,
    /// A mailbox to be opened, such as `INBOX`.
    #[serde(default)]
    pub select: Option<String>,
    /// A later answer is slow.
    #[serde(default)]
    pub slow_after: Option<Duration>,
}

const fn imap_port() -> u16 {
    143
}
