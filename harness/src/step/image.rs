//! `image`: the service's image has to be on the host before the service can start there.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Description, Reach, list};
use crate::base::{Duration, HostId, OneOrMany, ServiceId};

/// Copy the images of services from the Docker of one host to that of another, over SSH.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// Whose images.
    pub services: OneOrMany<ServiceId>,
    /// The host that has them.
    pub from: HostId,
    /// The host that needs them.
    pub to: HostId,
}

impl Describe for Image {
    fn word(&self) -> &'static str {
        "image"
    }
    fn describe(&self) -> Description {
        let (services, from, to) = (list(&self.services), &self.from, &self.to);
        Description {
            summary: format!("copy the images of {services} from `{from}` to `{to}`"),
            needs: vec![
                format!("Docker on `{from}` and `{to}`"),
                format!("SSH to `{from}` and `{to}`"),
            ],
            touches: vec![format!("the images on `{to}`")],
            may_break: vec![],
        }
    }
    fn reach(&self) -> Reach {
        Reach::default()
    }
    fn default_deadline(&self) -> Duration {
        Duration::from_secs(600)
    }
}
