//! `install`: packages of the distribution, through the one door of the world.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Description, Reach, list};
use crate::base::{Duration, HostId, OneOrMany};

/// Install packages with the host's package manager.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Install {
    /// Names of packages.
    pub packages: OneOrMany<String>,
    /// Where.
    pub on: HostId,
}

impl Describe for Install {
    fn word(&self) -> &'static str {
        "install"
    }
    fn describe(&self) -> Description {
        let on = &self.on;
        Description {
            summary: format!("install {} on `{on}`", list(&self.packages)),
            needs: vec![
                format!("SSH to `{on}`"),
                "the package mirror, through the world's caching proxy".to_owned(),
            ],
            touches: vec![format!("the packages of `{on}`, and the daemons that they bring")],
            may_break: vec![format!("whatever shares a port with a new daemon on `{on}`")],
        }
    }
    fn reach(&self) -> Reach {
        Reach { hosts: vec![self.on.clone()], ..Reach::default() }
    }
    fn default_deadline(&self) -> Duration {
        Duration::from_secs(300)
    }
}
