//! `one-way`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Reach, Refers, Symptom, one};
use crate::base::HostId;

/// Packets pass one way only: what a host sends is lost, or what is sent to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneWay {
    /// Which host.
    pub on: HostId,
    /// Which packets are lost, as the host sees it.
    pub drops: Direction,
}

/// Which way packets go, as a host sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// To the host.
    Incoming,
    /// From the host.
    Outgoing,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Incoming => "sent to",
            Self::Outgoing => "sent by",
        })
    }
}

impl Describe for OneWay {
    fn reach(&self) -> Reach<'_> {
        Reach { hosts: one(&self.on), ..Reach::default() }
    }

    fn refers(&self) -> Vec<(&'static str, Refers<'_>)> {
        vec![("on", Refers::Host(&self.on))]
    }

    fn symptom(&self) -> Symptom {
        Symptom::Network
    }
}

impl fmt::Display for OneWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "what is {} `{}` is lost", self.drops, self.on)
    }
}
