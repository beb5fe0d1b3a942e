//! `point`: the cutover that users see.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Description, Reach, list};
use crate::base::{DnsName, HostId, OneOrMany};

/// Point DNS names to a host, by a signed dynamic update (RFC 2136, RFC 8945).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// Which names.
    pub name: OneOrMany<DnsName>,
    /// The host whose address they get.
    pub to: HostId,
}

impl Describe for Point {
    fn word(&self) -> &'static str {
        "point"
    }
    fn describe(&self) -> Description {
        let names = list(&self.name);
        Description {
            summary: format!("point {names} to `{}`", self.to),
            needs: vec!["the authoritative server".to_owned()],
            touches: vec![format!("the address records of {names}")],
            may_break: vec![format!(
                "clients whose resolver still holds the old address of {names}, for up to its TTL"
            )],
        }
    }
    fn reach(&self) -> Reach {
        Reach { names: self.name.to_vec(), ..Reach::default() }
    }
}
