//! Owns conversations with databases, in MySQL's protocol and in PostgreSQL's: one statement or
//! query at a time, as text.
//! Must not know: what is written, and what for.

use std::{
    net::{IpAddr, SocketAddr},
    pin::Pin,
};

use mysql_async::{Conn, OptsBuilder, Row, Value, prelude::Queryable};
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage, error::SqlState};

use super::probes::visit::{Miss, Visit, miss};
use crate::writer::{SqlEngine, SqlServer};

/// A database that has let us in.
pub(super) struct Database {
    address: SocketAddr,
    session: Session,
}

enum Session {
    Mysql(Box<Conn>),
    Postgres(Client, Driver),
}

/// What moves PostgreSQL's words to and fro: driven by whoever waits for an answer, not by a task of
/// its own, so that it ends with the conversation.
type Driver = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Why a statement was not done.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The database says that it did not do it.
    Refused(String),
    /// Nobody knows whether it did.
    Lost(String),
}

impl Database {
    /// Connects and logs in.
    pub(super) async fn open(
        visit: &Visit<'_>,
        name: &str,
        server: &SqlServer,
    ) -> Result<Self, Miss> {
        match server.engine {
            SqlEngine::Mysql => Self::open_mysql(visit, name, server).await,
            SqlEngine::Postgres => Self::open_postgres(visit, name, server).await,
        }
    }

    /// Whose it is.
    pub(super) fn address(&self) -> IpAddr {
        self.address.ip()
    }

    /// Does a statement, in a transaction of its own.
    pub(super) async fn execute(
        &mut self,
        visit: &Visit<'_>,
        statement: &str,
    ) -> Result<(), Trouble> {
        visit.at(format!("waiting for {} to do the statement", self.address));
        let address = self.address;
        match &mut self.session {
            Session::Mysql(conn) => {
                conn.query_drop(statement).await.map_err(|error| of_mysql(&error, address))
            }
            Session::Postgres(client, driver) => {
                let done = drive(driver, client.batch_execute(statement)).await;
                done.map_err(|error| of_postgres(&error, address))
            }
        }
    }

    /// All rows of a query, each as one text.
    pub(super) async fn rows(
        &mut self,
        visit: &Visit<'_>,
        query: &str,
    ) -> Result<Vec<String>, Trouble> {
        visit.at(format!("waiting for {} to answer the query", self.address));
        let address = self.address;
        match &mut self.session {
            Session::Mysql(conn) => {
                let rows: Vec<Row> =
                    conn.query(query).await.map_err(|error| of_mysql(&error, address))?;
                Ok(rows.into_iter().map(text_of_mysql).collect())
            }
            Session::Postgres(client, driver) => {
                let told = drive(driver, client.simple_query(query)).await;
                let told = told.map_err(|error| of_postgres(&error, address))?;
                Ok(told.iter().filter_map(text_of_postgres).collect())
            }
        }
    }

    async fn open_mysql(visit: &Visit<'_>, name: &str, server: &SqlServer) -> Result<Self, Miss> {
        let address = SocketAddr::new(visit.address(name).await?, server.port);
        visit.at(format!("logging in at {address}"));
        let options = OptsBuilder::default()
            .ip_or_hostname(address.ip().to_string())
            .tcp_port(server.port)
            .user(Some(server.user.as_str()))
            .pass(Some(server.password.as_str()))
            .db_name(Some(server.database.as_str()))
            .prefer_socket(false)
            // Otherwise each connection would begin by asking for them.
            .max_allowed_packet(Some(MAX_PACKET))
            .wait_timeout(Some(MYSQL_WAIT));
        let conn = Conn::new(options).await.map_err(|error| match error {
            mysql_async::Error::Io(mysql_async::IoError::Io(io)) => miss(&io, address),
            error => Miss::Wrong(format!("{address} does not let us in: {error}")),
        })?;
        Ok(Self { address, session: Session::Mysql(Box::new(conn)) })
    }

    async fn open_postgres(
        visit: &Visit<'_>,
        name: &str,
        server: &SqlServer,
    ) -> Result<Self, Miss> {
        let (stream, address) = visit.connect(name, server.port).await?;
        visit.at(format!("logging in at {address}"));
        let mut config = Config::new();
        config.user(&server.user).password(&server.password).dbname(&server.database);
        let (client, connection) = config.connect_raw(stream, NoTls).await.map_err(|error| {
            Miss::Wrong(format!("{address} does not let us in: {}", chain(&error)))
        })?;
        let driver = Box::pin(async move {
            // What goes wrong is told to whoever waits for an answer.
            let _ = connection.await;
        });
        Ok(Self { address, session: Session::Postgres(client, driver) })
    }
}

/// The most bytes of a statement: MariaDB's own default.
const MAX_PACKET: usize = 16 << 20;
/// MySQL's own default, in seconds; connections are used long before it is over.
const MYSQL_WAIT: usize = 28_800;

async fn drive<T>(driver: &mut Driver, work: impl Future<Output = T>) -> T {
    tokio::pin!(work);
    tokio::select! {
        biased;
        done = &mut work => return done,
        () = driver => {}
    }
    // It is over, and the client knows.
    work.await
}

fn of_mysql(error: &mysql_async::Error, address: SocketAddr) -> Trouble {
    match error {
        mysql_async::Error::Server(said) if is_refusal_of_mysql(said) => {
            Trouble::Refused(format!("{address} says `{} {}`", said.code, said.message))
        }
        other => Trouble::Lost(format!("{address}: {other}")),
    }
}

/// A server that shuts down, or was told to leave a statement, may have done it before it says so.
fn is_refusal_of_mysql(said: &mysql_async::ServerError) -> bool {
    // ER_SERVER_SHUTDOWN, ER_QUERY_INTERRUPTED, ER_CONNECTION_KILLED of MariaDB.
    !said.state.starts_with("08") && ![1053, 1317, 1927].contains(&said.code)
}

fn of_postgres(error: &tokio_postgres::Error, address: SocketAddr) -> Trouble {
    match error.as_db_error() {
        Some(said) if is_refusal_of_postgres(said.code()) => {
            Trouble::Refused(format!("{address} says `{} {}`", said.code().code(), said.message()))
        }
        _ => Trouble::Lost(format!("{address}: {}", chain(error))),
    }
}

/// See [`is_refusal_of_mysql`].
fn is_refusal_of_postgres(state: &SqlState) -> bool {
    let leaving = [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::QUERY_CANCELED];
    !state.code().starts_with("08") && !leaving.contains(state)
}

/// An error and what is behind it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(behind) = source {
        text += &format!(": {behind}");
        source = behind.source();
    }
    text
}

fn text_of_mysql(row: Row) -> String {
    let texts = row.unwrap().into_iter().map(|value| match value {
        Value::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        other => other.as_sql(true),
    });
    texts.collect::<Vec<_>>().join("\t")
}

fn text_of_postgres(message: &SimpleQueryMessage) -> Option<String> {
    let SimpleQueryMessage::Row(row) = message else { return None };
    let texts: Vec<_> = (0..row.len()).map(|column| row.get(column).unwrap_or_default()).collect();
    Some(texts.join("\t"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_leaves_may_have_done_it() {
        for (code, state, refused) in [
            (1062, "23000", true),
            (1146, "42S02", true),
            (1053, "08S01", false),
            (1317, "70100", false),
            (1927, "70100", false),
        ] {
            let (message, state) = (String::new(), state.to_owned());
            let said = mysql_async::ServerError { code, message, state };
            assert_eq!(is_refusal_of_mysql(&said), refused, "{code}");
        }
        for (state, refused) in [
            (SqlState::UNIQUE_VIOLATION, true),
            (SqlState::UNDEFINED_TABLE, true),
            (SqlState::ADMIN_SHUTDOWN, false),
            (SqlState::CONNECTION_FAILURE, false),
        ] {
            assert_eq!(is_refusal_of_postgres(&state), refused, "{state:?}");
        }
    }
}
