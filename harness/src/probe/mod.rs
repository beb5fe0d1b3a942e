//! Owns the probes: the questions that tell whether a service is up, from where they are asked, and
//! what an answer can be.
//! Must not know: sockets, clocks.

mod answer;
mod client;
mod command;
mod dns;
mod http;
mod imap;
mod probing;
mod smtp;
mod sql;
mod ssh;
mod tcp;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::{
    answer::Answer,
    client::Client,
    command::Command,
    dns::{Dns, DnsExpect, Doh, RecordKind},
    http::{Http, HttpExpect},
    imap::Imap,
    probing::Probing,
    smtp::Smtp,
    sql::{Sql, SqlEngine, SqlExpect},
    ssh::Ssh,
    tcp::Tcp,
};
use crate::base::Duration;

/// How a service is asked whether it is up.
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
    /// Have an SMTP server answer EHLO, and take a mail if that is wished (RFC 5321).
    Smtp(Smtp),
    /// Log in to an IMAP server (RFC 3501).
    Imap(Imap),
    /// Have an SSH server prove with its host key to be the world's (RFC 4253).
    Ssh(Ssh),
    /// Log in to a database and ask it.
    Sql(Sql),
    /// Run a program of the scenario's at the operator's side.
    Command(Command),
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
            Self::Imap(_) => "imap",
            Self::Ssh(_) => "ssh",
            Self::Sql(_) => "sql",
            Self::Command(_) => "command",
        }
    }

    /// The port that it connects to, as far as that is known.
    pub fn port(&self) -> Option<u16> {
        Some(match self {
            Self::Tcp(Tcp { port, .. })
            | Self::Dns(Dns { port, .. })
            | Self::Doh(Doh { port, .. })
            | Self::Smtp(Smtp { port, .. })
            | Self::Imap(Imap { port, .. })
            | Self::Ssh(Ssh { port, .. }) => *port,
            Self::Http(http) => http.port.unwrap_or(80),
            Self::Https(http) => http.port.unwrap_or(443),
            Self::Sql(sql) => sql.port.unwrap_or(sql.engine.port()),
            Self::Command(_) => return None,
        })
    }

    /// After how long an answer is slow.
    pub fn slow_after(&self) -> Option<Duration> {
        match self {
            Self::Tcp(Tcp { slow_after, .. })
            | Self::Http(Http { slow_after, .. })
            | Self::Https(Http { slow_after, .. })
            | Self::Dns(Dns { slow_after, .. })
            | Self::Doh(Doh { slow_after, .. })
            | Self::Smtp(Smtp { slow_after, .. })
            | Self::Imap(Imap { slow_after, .. })
            | Self::Ssh(Ssh { slow_after, .. })
            | Self::Sql(Sql { slow_after, .. })
            | Self::Command(Command { slow_after, .. }) => *slow_after,
        }
    }

    /// Whether it speaks over a connection, which a `keepalive` client could keep.
    pub fn has_connection(&self) -> bool {
        !matches!(self, Self::Dns(_) | Self::Ssh(_) | Self::Command(_))
    }

    /// Whether it may be asked hundreds of times a second: it leaves nothing behind, and starts no
    /// program, neither here nor there (an SSH server turns away at random whom many others join).
    pub fn may_be_dense(&self) -> bool {
        !matches!(self, Self::Command(_) | Self::Ssh(_) | Self::Smtp(Smtp { deliver: true, .. }))
    }
}
