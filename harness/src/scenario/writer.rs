//! What a user writes about writers.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    base::{Duration, ServiceId},
    probe::Client,
    writer::{Expect, SqlEngine},
};

/// What writes to a service all along, exactly one way of it, and how that is found again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Writer {
    /// By a request over HTTP/1.1.
    #[serde(default)]
    pub http: Option<HttpWrite>,
    /// By one over TLS; the certificate must be the world's.
    #[serde(default)]
    pub https: Option<HttpWrite>,
    /// By a statement.
    #[serde(default)]
    pub sql: Option<SqlWrite>,
    /// By a mail; after a transient failure it is sent again, as mail servers do.
    #[serde(default)]
    pub smtp: Option<SmtpWrite>,

    /// How often.
    #[serde(default = "five")]
    #[schemars(range(min = 1, max = 200))]
    pub per_second: u32,
    /// How many at once, at most.
    #[serde(default = "two")]
    #[schemars(range(min = 1, max = 32))]
    pub lanes: u32,
    /// From where.
    #[serde(default)]
    pub client: Client,
    /// When an answer is given up.
    #[serde(default = "five_seconds")]
    pub deadline: Duration,
    /// How it is found again.
    pub read: Reader,
}

/// The keys of a writer of which exactly one says how it writes.
pub(super) const WRITES: [&str; 4] = ["http", "https", "sql", "smtp"];

/// A request that writes. `{id}` stands for the id of the write, in the path or in what is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpWrite {
    /// The port; 80, or 443 for HTTPS, when left out.
    #[serde(default)]
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<u16>,
    /// The path, with its query, of a POST.
    #[serde(default)]
    pub post: Option<String>,
    /// The path, with its query, of a PUT.
    #[serde(default)]
    pub put: Option<String>,
    /// Fields of a form.
    #[serde(default)]
    pub form: Option<IndexMap<String, String>>,
    /// A value in JSON.
    #[serde(default)]
    pub json: Option<Value>,
    /// Text.
    #[serde(default)]
    pub body: Option<String>,
    /// Further headers.
    #[serde(default)]
    pub headers: IndexMap<String, String>,
    /// What says that it was taken.
    #[serde(default)]
    pub expect: Expect,
}

/// A statement that writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SqlWrite {
    /// What speaks there.
    #[serde(default)]
    pub engine: SqlEngine,
    /// The port; the engine's own when left out.
    #[serde(default)]
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<u16>,
    /// The user.
    pub user: String,
    /// Its password.
    pub password: String,
    /// The database.
    pub database: String,
    /// The statement. `{id}` stands for the id of the write: letters, digits and hyphens, to be put
    /// in quotes.
    pub insert: String,
}

/// A mail to one of the service's users.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SmtpWrite {
    /// The port.
    #[serde(default = "smtp_port")]
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
    /// Who gets it.
    pub to: String,
    /// Who sends it; nobody when left out, so that nobody is told of what cannot be delivered.
    #[serde(default)]
    pub from: String,
}

/// How writes are found again, exactly one way of it. Each must be named once in the answer: a row,
/// a mail or a line of output counts a write once, a page as often as it names it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reader {
    /// The service that keeps the data; the one that is written to when left out.
    #[serde(default)]
    pub of: Option<ServiceId>,

    /// From a page, or a document.
    #[serde(default)]
    pub http: Option<HttpRead>,
    /// From one over TLS.
    #[serde(default)]
    pub https: Option<HttpRead>,
    /// By a query.
    #[serde(default)]
    pub sql: Option<SqlRead>,
    /// From a mailbox.
    #[serde(default)]
    pub imap: Option<ImapRead>,
    /// By a script of the scenario, run on the host as root, that prints what there is.
    #[serde(default)]
    pub command: Option<String>,
}

/// The keys of a reader of which exactly one says how it reads.
pub(super) const READS: [&str; 5] = ["http", "https", "sql", "imap", "command"];

/// What holds all that was written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpRead {
    /// The port; 80, or 443 for HTTPS, when left out.
    #[serde(default)]
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<u16>,
    /// The path, with its query.
    #[serde(default = "root")]
    pub path: String,
}

/// A query. What is left out is as in the `sql` that writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SqlRead {
    /// What speaks there.
    #[serde(default)]
    pub engine: Option<SqlEngine>,
    /// The port; the engine's own when nothing says.
    #[serde(default)]
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<u16>,
    /// The user.
    #[serde(default)]
    pub user: Option<String>,
    /// Its password.
    #[serde(default)]
    pub password: Option<String>,
    /// The database.
    #[serde(default)]
    pub database: Option<String>,
    /// The query.
    pub query: String,
}

/// A mailbox, and who may read it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImapRead {
    /// The port.
    #[serde(default = "imap_port")]
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
    /// The user.
    pub user: String,
    /// Its password.
    pub password: String,
    /// The mailbox.
    #[serde(default = "inbox")]
    pub mailbox: String,
}

impl Writer {
    /// The ways to write that are written, of which there must be one.
    pub fn writes(&self) -> Vec<&'static str> {
        let written =
            [self.http.is_some(), self.https.is_some(), self.sql.is_some(), self.smtp.is_some()];
        those(WRITES, written)
    }

    /// The request that it makes, with the word for it.
    pub fn request(&self) -> Option<(&'static str, &HttpWrite)> {
        let http = self.http.as_ref().map(|http| ("http", http));
        http.or_else(|| self.https.as_ref().map(|https| ("https", https)))
    }
}

impl Reader {
    /// The ways to read that are written, of which there must be one.
    pub fn reads(&self) -> Vec<&'static str> {
        let written = [
            self.http.is_some(),
            self.https.is_some(),
            self.sql.is_some(),
            self.imap.is_some(),
            self.command.is_some(),
        ];
        those(READS, written)
    }
}

fn those<const N: usize>(words: [&'static str; N], written: [bool; N]) -> Vec<&'static str> {
    words.into_iter().zip(written).filter_map(|(word, is)| is.then_some(word)).collect()
}

const fn five() -> u32 {
    5
}
const fn two() -> u32 {
    2
}
const fn five_seconds() -> Duration {
    Duration::from_secs(5)
}
fn root() -> String {
    "/".to_owned()
}
const fn smtp_port() -> u16 {
    25
}
const fn imap_port() -> u16 {
    143
}
fn inbox() -> String {
    "INBOX".to_owned()
}
