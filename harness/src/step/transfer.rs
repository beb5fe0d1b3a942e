//! `transfer`: the data, all of it or none.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Description, Reach};
use crate::base::{Duration, HostId, ServiceId};

/// Copy a service's volumes or data folders from host to host over SSH, compare both sides, and
/// only then put the copy in its place.
///
/// Compared are names, kinds, owners, modes, times of change, hard links, targets of symbolic
/// links, access lists, extended attributes, and every byte, by SHA-256. Sockets are left behind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// Whose data.
    pub service: ServiceId,
    /// From where.
    pub from: HostId,
    /// To where; what the service has there already is replaced.
    pub to: HostId,
    /// Copy while the service still runs, beside what is there: nothing changes yet, and the next
    /// transfer of the same brings only what differs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ahead: bool,
}

impl Describe for Transfer {
    fn word(&self) -> &'static str {
        "transfer"
    }
    fn describe(&self) -> Description {
        let (service, from, to) = (&self.service, &self.from, &self.to);
        if self.ahead {
            return Description {
                summary: format!("copy the data of `{service}` from `{from}` to `{to}` ahead"),
                needs: vec![format!("SSH to `{from}` and `{to}`")],
                touches: vec![format!(
                    "a copy beside the data of `{service}` on `{to}`: the next transfer brings only \
                     what differs"
                )],
                may_break: vec![],
            };
        }
        Description {
            summary: format!("transfer the data of `{service}` from `{from}` to `{to}`"),
            needs: vec![
                format!("SSH to `{from}` and `{to}`"),
                format!("`{service}` stopped on `{from}`, or what it writes meanwhile is lost"),
            ],
            touches: vec![format!("the data of `{service}` on `{to}`")],
            may_break: vec![format!("`{service}` on `{to}`, if it runs there already")],
        }
    }
    fn reach(&self) -> Reach {
        Reach { services: vec![self.service.clone()], ..Reach::default() }
    }
    fn default_deadline(&self) -> Duration {
        Duration::from_secs(600)
    }
}
