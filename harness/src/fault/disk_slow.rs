//! `disk-slow`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Nonsense, Reach, Refers, one};
use crate::base::{Duration, HostId};

/// The disk of a host is slow: whoever waits until something is safely on it waits longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DiskSlow {
    /// Which host.
    pub on: HostId,
    /// By how much longer, each time: 10 ms to 2 s.
    pub by: Duration,
}

impl Describe for DiskSlow {
    fn reach(&self) -> Reach<'_> {
        Reach { hosts: one(&self.on), ..Reach::default() }
    }

    fn refers(&self) -> Vec<(&'static str, Refers<'_>)> {
        vec![("on", Refers::Host(&self.on))]
    }

    fn nonsense(&self) -> Vec<Nonsense> {
        let range = Duration::from_millis(10)..=Duration::from_secs(2);
        Nonsense::out_of_range("by", &self.by, range).into_iter().collect()
    }
}

impl fmt::Display for DiskSlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "each sync of the disk of `{}` takes {} longer", self.on, self.by)
    }
}
