//! `http` and `https`: does the server answer, and with the right content?

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Duration;

/// See [`super::Probe::Http`] and [`super::Probe::Https`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// The port; 80, or 443 for HTTPS, when left out.
    #[serde(default)]
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<u16>,
    /// The path, with its query.
    #[serde(default = "root")]
    pub path: String,
    /// What the answer must be.
    #[serde(default)]
    pub expect: HttpExpect,
    /// A later answer is slow.
    #[serde(default)]
    pub slow_after: Option<Duration>,
}

/// What an HTTP answer must be. A body that breaks off is wrong, whatever is expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpExpect {
    /// The status code.
    #[serde(default = "ok")]
    #[schemars(range(min = 100, max = 599))]
    pub status: u16,
    /// A text that the body must contain, in its first 1 MiB.
    #[serde(default)]
    pub contains: Option<String>,
    /// A text that the body must end with, line ends aside: one that was cut off does not, even
    /// when its length was announced as cut. Of bodies up to 1 MiB.
    #[serde(default)]
    pub ends_with: Option<String>,
    /// The SHA-256 of the body, in hexadecimal. Of bodies up to 1 MiB.
    #[serde(default)]
    pub sha256: Option<String>,
}

impl Default for HttpExpect {
    fn default() -> Self {
        Self { status: ok(), contains: None, ends_with: None, sha256: None }
    }
}

fn root() -> String {
    "/".to_owned()
}
const fn ok() -> u16 {
    200
}
