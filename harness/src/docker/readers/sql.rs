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
    let rows = database.rows(visit, &sql.query).await;
    rows.map_err(|trouble| match trouble {
        Trouble::Refused(why) | Trouble::Lost(why) => Miss::Wrong(why),
    })
}
