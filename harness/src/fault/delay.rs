//! `delay`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Nonsense, Reach, Refers, one};
use crate::base::{Duration, HostId};

/// What a host sends arrives late.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Delay {
    /// Which host.
    pub on: HostId,
    /// How late.
    pub by: Duration,
    /// How much earlier or later than that, by chance.
    #[serde(default)]
    pub jitter: Duration,
}

impl Describe for Delay {
    fn reach(&self) -> Reach<'_> {
        Reach { hosts: one(&self.on), ..Reach::default() }
    }

    fn refers(&self) -> Vec<(&'static str, Refers<'_>)> {
        vec![("on", Refers::Host(&self.on))]
    }

    fn nonsense(&self) -> Vec<Nonsense> {
        const LEAST: Duration = Duration::from_millis(10);
        const MOST: Duration = Duration::from_secs(10);
        let range = Nonsense::out_of_range("by", &self.by, LEAST..=MOST);
        let early = (self.jitter > self.by).then(|| Nonsense {
            key: "jitter",
            message: format!("packets late by {} cannot come {} earlier", self.by, self.jitter),
            help: "at most as much as `by`".to_owned(),
        });
        range.into_iter().chain(early).collect()
    }
}

impl fmt::Display for Delay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "what `{}` sends arrives {} late", self.on, self.by)?;
        if self.jitter == Duration::ZERO {
            Ok(())
        } else {
            write!(f, ", give or take {}", self.jitter)
        }
    }
}
