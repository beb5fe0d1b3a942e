//! `partition`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Nonsense, Reach, Refers, Symptom};
use crate::base::HostId;

/// Two hosts do not reach each other; everybody else reaches both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Partition {
    /// Which two.
    #[schemars(length(min = 2, max = 2))]
    pub between: Vec<HostId>,
}

impl Describe for Partition {
    fn reach(&self) -> Reach<'_> {
        Reach { hosts: &self.between, ..Reach::default() }
    }

    fn refers(&self) -> Vec<(&'static str, Refers<'_>)> {
        vec![("between", Refers::Hosts(&self.between))]
    }

    fn nonsense(&self) -> Vec<Nonsense> {
        let help = "name the two hosts that do not reach each other".to_owned();
        let message = match self.between.as_slice() {
            [one, other] if one == other => format!("`{one}` cannot be cut off from itself"),
            [_, _] => return vec![],
            hosts => format!("a partition is between two hosts, not {}", hosts.len()),
        };
        vec![Nonsense { key: "between", message, help }]
    }

    fn symptom(&self) -> Symptom {
        Symptom::Network
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [one, other] = self.between.as_slice() else { return write!(f, "hosts are cut apart") };
        write!(f, "`{one}` and `{other}` do not reach each other")
    }
}
