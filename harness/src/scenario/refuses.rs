//! What a user writes about mail servers that do not take mail of everybody.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::DnsName;

/// Whose mail a strict mail server refuses, of what other services hand on to it. Mail that comes from its own
/// host is none of these.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Refuses {
    /// Mail of hosts whose address has no reverse name that leads back to it: with 450, as by Postfix's
    /// `reject_unknown_client_hostname`. Who hands it on keeps it, and tries again.
    #[serde(default)]
    pub nameless: bool,
    /// Mail of hosts that are on one of these blocklists: with 554, as by Postfix's `reject_rbl_client`.
    /// Who hands it on gives it up.
    #[serde(default)]
    pub listed: Vec<DnsName>,
}

impl Refuses {
    /// Whether it is nobody's.
    pub fn is_nobody(&self) -> bool {
        *self == Self::default()
    }
}
