//! `ssh-refused`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Reach, Refers, SSH, one};
use crate::base::HostId;

/// A host refuses connections to its SSH port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SshRefused {
    /// Which host.
    pub on: HostId,
}

impl Describe for SshRefused {
    fn reach(&self) -> Reach<'_> {
        Reach { hosts: one(&self.on), ports: &[SSH], ..Reach::default() }
    }

    fn refers(&self) -> Vec<(&'static str, Refers<'_>)> {
        vec![("on", Refers::Host(&self.on))]
    }
}

impl fmt::Display for SshRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` refuses SSH", self.on)
    }
}
