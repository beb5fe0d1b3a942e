//! `packet-loss`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Nonsense, Reach, Refers, one};
use crate::base::HostId;

/// Of the packets to and from a host some are lost, by chance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PacketLoss {
    /// Which host.
    pub on: HostId,
    /// How many of a hundred, each way.
    #[schemars(range(min = 1, max = 99))]
    pub percent: u8,
}

impl Describe for PacketLoss {
    fn reach(&self) -> Reach<'_> {
        Reach { hosts: one(&self.on), ..Reach::default() }
    }

    fn refers(&self) -> Vec<(&'static str, Refers<'_>)> {
        vec![("on", Refers::Host(&self.on))]
    }

    fn nonsense(&self) -> Vec<Nonsense> {
        Nonsense::out_of_range("percent", &self.percent, 1..=99).into_iter().collect()
    }
}

impl fmt::Display for PacketLoss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of 100 packets from and to `{}` are lost", self.percent, self.on)
    }
}
