//! `clock-skew`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Nonsense, Reach, Refers, one};
use crate::base::{Duration, HostId};

/// The clock of a host is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClockSkew {
    /// Which host.
    pub on: HostId,
    /// By how much, from a minute to a year.
    pub by: Duration,
    /// Whether it is ahead of the right time, or behind.
    pub direction: Skew,
}

/// How a clock is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Skew {
    /// It shows a time that is still to come.
    Ahead,
    /// It shows a time that is past.
    Behind,
}

impl ClockSkew {
    /// By how many seconds it is ahead.
    pub(crate) fn seconds(&self) -> i64 {
        let seconds = i64::try_from(self.by.as_secs_ceil()).unwrap_or(i64::MAX);
        match self.direction {
            Skew::Ahead => seconds,
            Skew::Behind => -seconds,
        }
    }
}

impl Describe for ClockSkew {
    fn reach(&self) -> Reach<'_> {
        Reach { hosts: one(&self.on), ..Reach::default() }
    }

    fn refers(&self) -> Vec<(&'static str, Refers<'_>)> {
        vec![("on", Refers::Host(&self.on))]
    }

    fn nonsense(&self) -> Vec<Nonsense> {
        let range = Duration::from_secs(60)..=Duration::MAX;
        Nonsense::out_of_range("by", &self.by, range).into_iter().collect()
    }
}

impl fmt::Display for ClockSkew {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = match self.direction {
            Skew::Ahead => "ahead",
            Skew::Behind => "behind",
        };
        write!(f, "the clock of `{}` is {} {direction}", self.on, self.by)
    }
}
