//! `sql`: does the database answer a query?

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Duration;

/// See [`super::Probe::Sql`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sql {
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
    #[serde(default)]
    pub password: String,
    /// The database.
    pub database: String,
    /// What is asked.
    #[serde(default = "select_one")]
    pub query: String,
    /// What the answer must be; any without an error when left out.
    #[serde(default)]
    pub expect: Option<SqlExpect>,
    /// A later answer is slow.
    #[serde(default)]
    pub slow_after: Option<Duration>,
}

/// What the answer to a query must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SqlExpect {
    /// The first value of the first row, as text.
    pub value: String,
}

/// The protocols of databases that are spoken here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SqlEngine {
    /// MySQL's and MariaDB's.
    #[default]
    Mysql,
    /// PostgreSQL's.
    Postgres,
}

impl SqlEngine {
    /// The port where it is sought first.
    pub const fn port(self) -> u16 {
        match self {
            Self::Mysql => 3306,
            Self::Postgres => 5432,
        }
    }
}

impl fmt::Display for SqlEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Mysql => "mysql",
            Self::Postgres => "postgres",
        })
    }
}

fn select_one() -> String {
    "SELECT 1".to_owned()
}
