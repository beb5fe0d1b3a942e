//! By a query.

use crate::{
    docker::{
        database::{Database, Trouble},
        probes::visit::{Miss, Visit},
    },
    writer::SqlRead,
};

/// Each row as a text.
pub(super) async fn rows(
    visit: &Visit<'_>,
    name: &str,
    sql: &SqlRead,
) -> Result<Vec<String>, Miss> {
    let mut database = Database::open(visit, name, &sql.server).await?;
    let rows = match database.rows(visit, &sql.query).await {
        // What was never brought there holds no write.
        Err(Trouble::NoTable(_)) => vec![],
        rows => rows?,
    };
    Ok(rows.into_iter().map(|row| row.join("\t")).collect())
}
