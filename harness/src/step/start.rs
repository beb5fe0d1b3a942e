//! `start`: a service comes up on a host, and at every boot of it from now on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Description, Reach};
use crate::base::{Duration, HostId, ServiceId};

/// Start a service's container or unit, and enable it at boot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// Which service.
    pub service: ServiceId,
    /// Where.
    pub on: HostId,
}

impl Describe for Start {
    fn word(&self) -> &'static str {
        "start"
    }
    fn describe(&self) -> Description {
        let (service, on) = (&self.service, &self.on);
        Description {
            summary: format!("start `{service}` on `{on}`"),
            needs: vec![
                format!("SSH to `{on}`"),
                format!("the image or the files of `{service}` on `{on}`"),
                format!("its ports free on `{on}`"),
            ],
            touches: vec![format!("the listeners of `{on}`")],
            may_break: vec![format!("`{service}`, when a port of it is taken")],
        }
    }
    fn reach(&self) -> Reach {
        Reach { services: vec![self.service.clone()], ..Reach::default() }
    }
    fn default_deadline(&self) -> Duration {
        Duration::from_secs(120)
    }
}
