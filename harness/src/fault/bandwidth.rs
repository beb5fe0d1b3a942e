//! `bandwidth`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Nonsense, Reach, Refers, one};
use crate::base::HostId;

/// A host has little bandwidth, each way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bandwidth {
    /// Which host.
    pub on: HostId,
    /// How much.
    #[schemars(range(min = 10_000, max = 10_000_000))]
    pub bytes_per_second: u64,
}

impl Describe for Bandwidth {
    fn reach(&self) -> Reach<'_> {
        Reach { hosts: one(&self.on), ..Reach::default() }
    }

    fn refers(&self) -> Vec<(&'static str, Refers<'_>)> {
        vec![("on", Refers::Host(&self.on))]
    }

    fn nonsense(&self) -> Vec<Nonsense> {
        let range = 10_000..=10_000_000;
        let range = Nonsense::out_of_range("bytes_per_second", &self.bytes_per_second, range);
        range.into_iter().collect()
    }
}

impl fmt::Display for Bandwidth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` sends and gets {} bytes a second", self.on, self.bytes_per_second)
    }
}
