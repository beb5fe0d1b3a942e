//! `packages-unreachable`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Reach, Refers};

/// Nobody gets packages: their mirror refuses connections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackagesUnreachable {}

impl Describe for PackagesUnreachable {
    fn reach(&self) -> Reach<'_> {
        Reach { installs: true, ..Reach::default() }
    }

    fn refers(&self) -> Vec<(&'static str, Refers<'_>)> {
        vec![]
    }
}

impl fmt::Display for PackagesUnreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the package mirror refuses connections")
    }
}
