//! `dns` and `doh`: does the service answer as a DNS server, and rightly?

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{DnsName, Duration, OneOrMany};

/// See [`super::Probe::Dns`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dns {
    /// The port.
    #[serde(default = "dns_port")]
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
    /// The name that is asked for.
    pub query: DnsName,
    /// What is asked for.
    #[serde(default, rename = "type")]
    pub kind: RecordKind,
    /// What the answer must be; any without an error when left out.
    #[serde(default)]
    pub expect: Option<DnsExpect>,
    /// A later answer is slow.
    #[serde(default)]
    pub slow_after: Option<Duration>,
}

/// See [`super::Probe::Doh`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Doh {
    /// The port.
    #[serde(default = "https_port")]
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
    /// The path of the service.
    #[serde(default = "doh_path")]
    pub path: String,
    /// The name that is asked for.
    pub query: DnsName,
    /// What is asked for.
    #[serde(default, rename = "type")]
    pub kind: RecordKind,
    /// What the answer must be; any with such a record when left out.
    #[serde(default)]
    pub expect: Option<DnsExpect>,
    /// A later answer is slow.
    #[serde(default)]
    pub slow_after: Option<Duration>,
}

/// The kinds of records that a probe can ask for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum RecordKind {
    /// An IPv4 address.
    #[default]
    A,
    /// An IPv6 address.
    Aaaa,
    /// The name of an address.
    Ptr,
    /// A mail server.
    Mx,
    /// A text.
    Txt,
    /// The fingerprint of an SSH host key.
    Sshfp,
}

/// What an answer in DNS must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DnsExpect {
    /// Records that it must have, as texts: names without their last dot, texts without quotes,
    /// `10 mail.asso.example` for an MX.
    pub value: OneOrMany<String>,
}

impl fmt::Display for RecordKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Ptr => "PTR",
            Self::Mx => "MX",
            Self::Txt => "TXT",
            Self::Sshfp => "SSHFP",
        })
    }
}

fn doh_path() -> String {
    "/dns-query".to_owned()
}
const fn dns_port() -> u16 {
    53
}
const fn https_port() -> u16 {
    443
}
