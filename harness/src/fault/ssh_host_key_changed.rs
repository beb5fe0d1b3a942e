//! `ssh-host-key-changed`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Reach, Refers, SSH, one};
use crate::base::HostId;

/// A host has another SSH host key than the one that everybody knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SshHostKeyChanged {
    /// Which host.
    pub on: HostId,
}

impl Describe for SshHostKeyChanged {
    fn reach(&self) -> Reach<'_> {
        Reach { hosts: one(&self.on), ports: &[SSH], ..Reach::default() }
    }

    fn refers(&self) -> Vec<(&'static str, Refers<'_>)> {
        vec![("on", Refers::Host(&self.on))]
    }
}

impl fmt::Display for SshHostKeyChanged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` has another SSH host key", self.on)
    }
}
