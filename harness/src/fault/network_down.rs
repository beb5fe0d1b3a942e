//! `network-down`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Mender, Reach, Refers, Symptom, one};
use crate::base::HostId;

/// A host's network link is down; its console still works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkDown {
    /// Which host.
    pub on: HostId,
}

impl Describe for NetworkDown {
    fn reach(&self) -> Reach<'_> {
        Reach { hosts: one(&self.on), ..Reach::default() }
    }

    fn refers(&self) -> Vec<(&'static str, Refers<'_>)> {
        vec![("on", Refers::Host(&self.on))]
    }

    fn mender(&self) -> Mender {
        Mender::Provider
    }

    fn symptom(&self) -> Symptom {
        Symptom::Network
    }
}

impl fmt::Display for NetworkDown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is without network", self.on)
    }
}
