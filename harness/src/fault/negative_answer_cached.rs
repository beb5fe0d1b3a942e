//! `negative-answer-cached`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Reach, Refers, one};
use crate::base::DnsName;

/// The resolver holds that there is no such name (NXDOMAIN, RFC 2308).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NegativeAnswerCached {
    /// Which name, and all below it.
    pub name: DnsName,
}

impl Describe for NegativeAnswerCached {
    fn reach(&self) -> Reach<'_> {
        Reach { names: one(&self.name), ..Reach::default() }
    }

    fn refers(&self) -> Vec<(&'static str, Refers<'_>)> {
        vec![("name", Refers::Name(&self.name))]
    }
}

impl fmt::Display for NegativeAnswerCached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the resolver holds that there is no `{}`", self.name)
    }
}
