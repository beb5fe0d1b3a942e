//! `ttl`: how long caches may keep an old address after the cutover.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Description, Reach, list};
use crate::base::{DnsName, Duration, OneOrMany};

/// Change the TTL of names, by a signed dynamic update.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ttl {
    /// Which names.
    pub name: OneOrMany<DnsName>,
    /// The new TTL, in whole seconds.
    pub to: Duration,
}

impl Describe for Ttl {
    fn word(&self) -> &'static str {
        "ttl"
    }
    fn describe(&self) -> Description {
        let names = list(&self.name);
        Description {
            summary: format!("set the TTL of {names} to {}", self.to),
            needs: vec!["the authoritative server".to_owned()],
            touches: vec![format!(
                "the address records of {names}; caches follow when the old TTL has run out"
            )],
            may_break: vec![],
        }
    }
    fn reach(&self) -> Reach {
        Reach { names: self.name.to_vec(), ..Reach::default() }
    }
}
