//! `port-filtered`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Nonsense, Reach, Refers, Symptom, one};
use crate::base::HostId;

/// What a host sends to a port of others is dropped, as many providers do with port 25.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PortFiltered {
    /// Which host.
    pub on: HostId,
    /// The TCP port of the others.
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
}

impl Describe for PortFiltered {
    fn reach(&self) -> Reach<'_> {
        Reach { hosts: one(&self.on), ..Reach::default() }
    }

    fn refers(&self) -> Vec<(&'static str, Refers<'_>)> {
        vec![("on", Refers::Host(&self.on))]
    }

    fn nonsense(&self) -> Vec<Nonsense> {
        Nonsense::out_of_range("port", &self.port, 1..=u16::MAX).into_iter().collect()
    }

    fn symptom(&self) -> Symptom {
        Symptom::Network
    }
}

impl fmt::Display for PortFiltered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` reaches port {} of nobody", self.on, self.port)
    }
}
