//! `old-aaaa`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Reach, Refers, one};
use crate::base::DnsName;

/// Of a name, only the A record is ever moved: its AAAA record was forgotten, and leads to the host that the
/// name pointed to at first. Who prefers IPv6 (RFC 6724) goes there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OldAaaa {
    /// Which name: that of a service.
    pub name: DnsName,
}

impl Describe for OldAaaa {
    fn reach(&self) -> Reach<'_> {
        Reach { names: one(&self.name), ..Reach::default() }
    }

    fn refers(&self) -> Vec<(&'static str, Refers<'_>)> {
        vec![("name", Refers::ServiceName(&self.name))]
    }
}

impl fmt::Display for OldAaaa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` still has the IPv6 address of its first host", self.name)
    }
}
