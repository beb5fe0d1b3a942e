//! `dns-servfail`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Describe, Reach, Refers};
use crate::base::DnsName;

/// The resolver gets no usable answer for names, and says SERVFAIL (RFC 1035, 4.1.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DnsServfail {
    /// Which names, and all below them; all of the world when left out.
    #[serde(default)]
    pub names: Vec<DnsName>,
}

impl Describe for DnsServfail {
    fn reach(&self) -> Reach<'_> {
        let is_everywhere = self.names.is_empty();
        Reach { names: &self.names, is_everywhere, ..Reach::default() }
    }

    fn refers(&self) -> Vec<(&'static str, Refers<'_>)> {
        vec![("names", Refers::Names(&self.names))]
    }
}

impl fmt::Display for DnsServfail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.names.iter().map(|name| format!("`{name}`")).collect();
        match names.as_slice() {
            [] => write!(f, "the resolver answers SERVFAIL"),
            names => write!(f, "the resolver answers SERVFAIL for {}", names.join(", ")),
        }
    }
}
