//! `ttl-not-lowered`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Reach, Refers, one};
use crate::base::DnsName;

/// Whatever lower TTL is asked for, the authoritative server publishes a name with that of the zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TtlNotLowered {
    /// Which name.
    pub name: DnsName,
}

impl Describe for TtlNotLowered {
    fn reach(&self) -> Reach<'_> {
        Reach { names: one(&self.name), ..Reach::default() }
    }

    fn refers(&self) -> Vec<(&'static str, Refers<'_>)> {
        vec![("name", Refers::Name(&self.name))]
    }
}

impl fmt::Display for TtlNotLowered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the TTL of `{}` gets no lower", self.name)
    }
}
