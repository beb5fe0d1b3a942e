//! Owns the probes: the questions that tell whether a service is up, and what an answer can be.
//! Must not know: sockets, clocks.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{DnsName, Duration};

/// How a service is asked whether it is up. Each probe resolves the service's name afresh and
/// opens a connection of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Probe {
    /// Connect; read the first bytes if a banner is expected.
    Tcp(Tcp),
    /// `GET` over HTTP/1.1.
    Http(Http),
    /// `GET` over HTTP/1.1 and TLS; the certificate must be the world's.
    Https(Http),
    /// Ask the service, as a DNS server, over UDP.
    Dns(Dns),
    /// Ask the service, as a DNS server, over HTTPS (RFC 8484).
    Doh(Doh),
    /// Read an SMTP server's greeting and have it answer EHLO (RFC 5321).
    Smtp(Smtp),
}

/// See [`Probe::Tcp`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tcp {
    /// The port.
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
    /// A text that the first bytes from the server must contain.
    #[serde(default)]
    pub banner: Option<String>,
}

/// See [`Probe::Http`] and [`Probe::Https`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// The port; 80, or 443 for HTTPS, when left out.
    #[serde(default)]
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<u16>,
    /// The path, with its query.
    #[serde(default = "root")]
    pub path: String,
    /// What the answer must be.
    #[serde(default)]
    pub expect: HttpExpect,
}

/// What an HTTP answer must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpExpect {
    /// The status code.
    #[serde(default = "ok")]
    #[schemars(range(min = 100, max = 599))]
    pub status: u16,
    /// A text that the body must contain.
    #[serde(default)]
    pub contains: Option<String>,
}

impl Default for HttpExpect {
    fn default() -> Self {
        Self { status: ok(), contains: None }
    }
}

/// See [`Probe::Dns`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dns {
    /// The port.
    #[serde(default = "dns_port")]
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
    /// The name whose address is asked for; any answer without error counts.
    pub query: DnsName,
}

/// See [`Probe::Doh`].
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
    /// The name whose address is asked for; it must have one.
    pub query: DnsName,
}

/// See [`Probe::Smtp`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    /// The port.
    #[serde(default = "smtp_port")]
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
}

fn root() -> String {
    "/".to_owned()
}
fn doh_path() -> String {
    "/dns-query".to_owned()
}
const fn ok() -> u16 {
    200
}
const fn dns_port() -> u16 {
    53
}
const fn https_port() -> u16 {
    443
}
const fn smtp_port() -> u16 {
    25
}

impl Probe {
    /// The word that a scenario uses.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Tcp(_) => "tcp",
            Self::Http(_) => "http",
            Self::Https(_) => "https",
            Self::Dns(_) => "dns",
            Self::Doh(_) => "doh",
            Self::Smtp(_) => "smtp",
        }
    }

    /// The port that it connects to.
    pub fn port(&self) -> u16 {
        match self {
            Self::Tcp(Tcp { port, .. })
            | Self::Dns(Dns { port, .. })
            | Self::Doh(Doh { port, .. })
            | Self::Smtp(Smtp { port }) => *port,
            Self::Http(http) => http.port.unwrap_or(80),
            Self::Https(http) => http.port.unwrap_or(https_port()),
        }
    }
}

/// Where a probe looks from.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Client {
    /// Asks DNS each time, through a resolver that honours TTL.
    #[default]
    Fresh,
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Fresh => "fresh",
        })
    }
}

/// What one probe found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// As expected.
    Up,
    /// An answer, but not the expected one.
    Wrong,
    /// No answer: refused, unreachable, timed out, no address.
    Down,
    /// The probe could not be sent; nothing is known.
    NoSample,
}

/// How often services are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Probing {
    /// The time from launch to launch, whatever the answers take.
    #[serde(default = "Probing::default_every")]
    pub every: Duration,
    /// When an answer is given up.
    #[serde(default = "Probing::default_deadline")]
    pub deadline: Duration,
}

impl Probing {
    const fn default_every() -> Duration {
        Duration::from_millis(100)
    }
    const fn default_deadline() -> Duration {
        Duration::from_secs(2)
    }
}

impl Default for Probing {
    fn default() -> Self {
        Self { every: Self::default_every(), deadline: Self::default_deadline() }
    }
}
