//! `stale-resolver`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Nonsense, Reach, Refers};
use crate::base::Duration;

/// The resolver that everybody asks holds records for longer than they say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StaleResolver {
    /// For how long at least it holds a record.
    pub by: Duration,
}

/// The most that a TTL can be is longer; nobody holds anything for more than a week.
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

impl Describe for StaleResolver {
    fn reach(&self) -> Reach<'_> {
        Reach { is_everywhere: true, ..Reach::default() }
    }

    fn refers(&self) -> Vec<(&'static str, Refers<'_>)> {
        vec![]
    }

    fn nonsense(&self) -> Vec<Nonsense> {
        let range = Duration::from_secs(1)..=WEEK;
        Nonsense::out_of_range("by", &self.by, range).into_iter().collect()
    }
}

impl fmt::Display for StaleResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the resolver holds every record for {} at least", self.by)
    }
}
