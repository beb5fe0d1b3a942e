//! How writes are found again.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::SqlServer;
use crate::base::ServiceId;

/// Where writes are looked for, and how. A reader wants nothing of an answer but the ids in it, so
/// each write must be named once there: a row, a mail or a line counts a write once however often
/// it names it, a page as often as it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reader {
    /// The service that keeps the data.
    pub of: ServiceId,
    /// How it is asked.
    pub reading: Reading,
}

/// How a service is asked for all that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reading {
    /// A page or a document over HTTP/1.1.
    Http(HttpRead),
    /// The same over TLS; the certificate must be the world's.
    Https(HttpRead),
    /// A query.
    Sql(SqlRead),
    /// A mailbox (RFC 3501).
    Imap(ImapRead),
    /// A script of the scenario's folder, run on the host as root, that prints what there is.
    Command(String),
}

/// See [`Reading::Http`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpRead {
    /// The port.
    pub port: u16,
    /// The path, with its query. The answer must have the status 200.
    pub path: String,
}

/// See [`Reading::Sql`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SqlRead {
    /// Where.
    pub server: SqlServer,
    /// The query.
    pub query: String,
}

/// See [`Reading::Imap`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImapRead {
    /// The port.
    pub port: u16,
    /// The user.
    pub user: String,
    /// Its password.
    pub password: String,
    /// The mailbox.
    pub mailbox: String,
}

impl Reading {
    /// The word that a scenario uses.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Http(_) => "http",
            Self::Https(_) => "https",
            Self::Sql(_) => "sql",
            Self::Imap(_) => "imap",
            Self::Command(_) => "command",
        }
    }

    /// The port that it connects to.
    pub fn port(&self) -> Option<u16> {
        match self {
            Self::Http(http) | Self::Https(http) => Some(http.port),
            Self::Sql(sql) => Some(sql.server.port),
            Self::Imap(imap) => Some(imap.port),
            Self::Command(_) => None,
        }
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = self.word();
        match self {
            Self::Http(http) | Self::Https(http) => write!(f, "{word} {} {}", http.port, http.path),
            Self::Sql(sql) => {
                write!(f, "{word} {} ({}) {}", sql.server.port, sql.server.engine, sql.query)
            }
            Self::Imap(imap) => write!(f, "{word} {} {} of {}", imap.port, imap.mailbox, imap.user),
            Self::Command(script) => write!(f, "{word} {script}"),
        }
    }
}
