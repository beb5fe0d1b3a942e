//! `dns-silent`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Reach, Refers};

/// A name server does not answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DnsSilent {
    /// Which of the two.
    pub server: NameServer,
}

/// A name server of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NameServer {
    /// The one that has the zone, and takes updates of it.
    Authority,
    /// The one that clients and hosts ask.
    Resolver,
}

impl Describe for DnsSilent {
    fn reach(&self) -> Reach<'_> {
        let updates = self.server == NameServer::Authority;
        Reach { is_everywhere: true, updates, ..Reach::default() }
    }

    fn refers(&self) -> Vec<(&'static str, Refers<'_>)> {
        vec![]
    }
}

impl fmt::Display for DnsSilent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} does not answer", self.server)
    }
}

impl fmt::Display for NameServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Authority => "authoritative server",
            Self::Resolver => "resolver",
        })
    }
}
