//! `dns-update-refused`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Reach, Refers};

/// The authoritative server refuses the key of updates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DnsUpdateRefused {}

impl Describe for DnsUpdateRefused {
    fn reach(&self) -> Reach<'_> {
        Reach { updates: true, ..Reach::default() }
    }

    fn refers(&self) -> Vec<(&'static str, Refers<'_>)> {
        vec![]
    }
}

impl fmt::Display for DnsUpdateRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the authoritative server refuses updates")
    }
}
