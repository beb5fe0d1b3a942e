//! `mtu-black-hole`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Nonsense, Reach, Refers, one};
use crate::base::HostId;

/// Large packets to and from a host vanish, and nobody is told: connections are made, and hang.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MtuBlackHole {
    /// Which host.
    pub on: HostId,
    /// The size in bytes, with headers, of the largest that passes.
    #[schemars(range(min = 576, max = 1499))]
    pub mtu: u16,
}

impl Describe for MtuBlackHole {
    fn reach(&self) -> Reach<'_> {
        Reach { hosts: one(&self.on), ..Reach::default() }
    }

    fn refers(&self) -> Vec<(&'static str, Refers<'_>)> {
        vec![("on", Refers::Host(&self.on))]
    }

    fn nonsense(&self) -> Vec<Nonsense> {
        Nonsense::out_of_range("mtu", &self.mtu, 576..=1499).into_iter().collect()
    }
}

impl fmt::Display for MtuBlackHole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "packets of more than {} bytes from and to `{}` vanish", self.mtu, self.on)
    }
}
