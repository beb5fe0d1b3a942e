//! Whether a database lets its user in and answers a query.

use super::visit::{Miss, Visit};
use crate::{docker::database::Database, probe::Sql, writer::SqlServer};

/// Up if the answer is as expected.
pub(super) async fn open(visit: &Visit<'_>, name: &str, probe: &Sql) -> Result<Database, Miss> {
    let server = SqlServer {
        engine: probe.engine,
        port: probe.port.unwrap_or(probe.engine.port()),
        user: probe.user.clone(),
        password: probe.password.clone(),
        database: probe.database.clone(),
    };
    again(visit, Database::open(visit, name, &server).await?, probe).await
}

/// The same on a connection that stands.
pub(super) async fn again(
    visit: &Visit<'_>,
    mut database: Database,
    probe: &Sql,
) -> Result<Database, Miss> {
    let rows = database.rows(visit, &probe.query).await?;
    let Some(expected) = probe.expect.as_ref().map(|expect| &expect.value) else {
        return Ok(database);
    };
    let address = database.address();
    match rows.first().and_then(|row| row.first()) {
        Some(found) if found == expected => Ok(database),
        Some(found) => {
            Err(Miss::Wrong(format!("{address} answers `{found}`, expected `{expected}`")))
        }
        None => Err(Miss::Wrong(format!("{address} answers no row, expected `{expected}`"))),
    }
}
