//! From where a probe looks.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a probe looks from.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Client {
    /// Asks DNS each time, through a resolver that honours TTL.
    #[default]
    Fresh,
    /// Reuses its connections as long as they last; asks DNS only for new ones.
    Keepalive,
    /// Asked DNS once, before the migration, and never again.
    Pinned,
    /// Asks DNS each time, through a resolver that overstays TTL.
    Late,
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Fresh => "fresh",
            Self::Keepalive => "keepalive",
            Self::Pinned => "pinned",
            Self::Late => "late",
        })
    }
}
