//! A statement that writes.

use super::attempt::{Answer, Done, Errand, Kept};
use crate::{
    docker::{
        database::{Database, Trouble},
        probes::visit::Miss,
    },
    writer::SqlWrite,
};

/// Runs the statement, on the connection that was kept if there is one. Whether that still stands
/// is found out by using it, as programs do.
pub(super) async fn write(
    errand: &Errand<'_>,
    sql: &SqlWrite,
    kept: Option<Kept>,
) -> Result<Done, Miss> {
    let mut database = match kept {
        Some(Kept::Sql(database)) => {
            errand.visit.meet(database.address().ip());
            database
        }
        _ => Database::open(errand.visit, errand.name, &sql.server).await?,
    };
    errand.sent.now();
    // Ids are letters, digits and hyphens: in quotes they are nothing but a text.
    let statement = errand.id.fill(&sql.insert);
    Ok(match database.execute(errand.visit, &statement).await {
        Ok(()) => ((Answer::Taken, String::new()), Some(Kept::Sql(database))),
        Err(Trouble::Refused(why) | Trouble::NoTable(why)) => {
            ((Answer::Refused, why), Some(Kept::Sql(database)))
        }
        Err(Trouble::Lost(miss)) => ((Answer::Open, miss.into_words()), None),
    })
}
