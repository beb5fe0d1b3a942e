//! `volume`: the empty volumes that a transfer will fill.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Description, Reach, list};
use crate::base::{HostId, OneOrMany, ServiceId};

/// Create the volumes (or data folders) of services, empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Volume {
    /// Whose volumes.
    pub services: OneOrMany<ServiceId>,
    /// Where.
    pub on: HostId,
}

impl Describe for Volume {
    fn word(&self) -> &'static str {
        "volume"
    }
    fn describe(&self) -> Description {
        let (services, on) = (list(&self.services), &self.on);
        Description {
            summary: format!("create the volumes of {services} on `{on}`"),
            needs: vec![format!("SSH to `{on}`")],
            touches: vec![format!("the volumes of `{on}`")],
            may_break: vec![],
        }
    }
    fn reach(&self) -> Reach {
        Reach::default()
    }
}
