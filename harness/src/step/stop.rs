//! `stop`: from here on the service is down, unless it runs elsewhere.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Description, Reach};
use crate::base::{HostId, ServiceId};

/// Stop a service's container or unit, and do not start it at boot any more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    /// Which service.
    pub service: ServiceId,
    /// Where.
    pub on: HostId,
}

impl Describe for Stop {
    fn word(&self) -> &'static str {
        "stop"
    }
    fn describe(&self) -> Description {
        let (service, on) = (&self.service, &self.on);
        Description {
            summary: format!("stop `{service}` on `{on}`"),
            needs: vec![format!("SSH to `{on}`")],
            touches: vec![format!("the listeners of `{on}`")],
            may_break: vec![format!("`{service}`, for everybody whose DNS points to `{on}`")],
        }
    }
    fn reach(&self) -> Reach {
        Reach { services: vec![self.service.clone()], ..Reach::default() }
    }
}
