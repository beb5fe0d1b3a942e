//! Owns conversations with databases, in MySQL's protocol and in PostgreSQL's: one statement or
//! query at a time, as text.
//! Must not know: what is asked and written, and what for.

use std::{error::Error as StdError, net::SocketAddr, pin::Pin};

use mysql_async::{Conn, DriverError, Error, IoError, OptsBuilder, Row, Value, prelude::Queryable};
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
    Postgres {
        client: Client,
        /// While it stands, it is driven by whoever waits for an answer: it must end with the visit.
        driver: Option<Driver>,
    },
}

/// What moves PostgreSQL's words to and fro.
type Driver = Pin<Box<dyn Future<Output = Result<(), tokio_postgres::Error>> + Send>>;

/// Why a statement was not done.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The database says that it did not do it.
    Refused(String),
    /// The same, because it has no such table.
    NoTable(String),
    /// Nobody knows whether it did.
    Lost(Miss),
}

impl From<Trouble> for Miss {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Refused(why) | Trouble::NoTable(why) => Self::Wrong(why),
            Trouble::Lost(miss) => miss,
        }
    }
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
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Does a statement, in a transaction of its own.
    pub(super) async fn execute(
        &mut self,
        visit: &Visit<'_>,
        statement: &str,
    ) -> Result<(), Trouble> {
        let address = self.address;
        visit.at(format!("waiting for {address} to do the statement"));
        match &mut self.session {
            Session::Mysql(conn) => {
                conn.query_drop(statement).await.map_err(|error| of_mysql(&error, address))
            }
            Session::Postgres { client, driver } => {
                let done = drive(driver, client.batch_execute(statement)).await;
                done.map_err(|error| of_postgres(&error, address))
            }
        }
    }

    /// All rows of a query, each value as text.
    pub(super) async fn rows(
        &mut self,
        visit: &Visit<'_>,
        query: &str,
    ) -> Result<Vec<Vec<String>>, Trouble> {
        let address = self.address;
        visit.at(format!("waiting for {address} to answer the query"));
        match &mut self.session {
            Session::Mysql(conn) => {
                let rows: Vec<Row> =
                    conn.query(query).await.map_err(|error| of_mysql(&error, address))?;
                Ok(rows.into_iter().map(row_of_mysql).collect())
            }
            Session::Postgres { client, driver } => {
                let told = drive(driver, client.simple_query(query)).await;
                let told = told.map_err(|error| of_postgres(&error, address))?;
                Ok(told.iter().filter_map(row_of_postgres).collect())
            }
        }
    }

    /// Says goodbye, as far as that needs no answer.
    pub(super) async fn close(self) {
        if let Session::Mysql(conn) = self.session {
            // Whether it is heard changes nothing.
            let _ = conn.disconnect().await;
        }
    }

    async fn open_mysql(visit: &Visit<'_>, name: &str, server: &SqlServer) -> Result<Self, Miss> {
        let options = |address: SocketAddr| {
            OptsBuilder::default()
                .ip_or_hostname(address.ip().to_string())
                .tcp_port(server.port)
                .user(Some(server.user.as_str()))
                .pass(Some(server.password.as_str()))
                .db_name(Some(server.database.as_str()))
                .prefer_socket(false)
                // Otherwise each connection would begin by asking for them.
                .max_allowed_packet(Some(MAX_PACKET))
                .wait_timeout(Some(MYSQL_WAIT))
        };
        let connect = |address| {
            let connected = Conn::new(options(address));
            let connected =
                async move { connected.await.map_err(|error| of_mysql(&error, address).into()) };
            visit.connect_by(address, connected)
        };
        let (conn, address) = visit.reach(name, server.port, connect).await?;
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
        let connected = config.connect_raw(stream, NoTls).await;
        let (client, driver) = connected.map_err(|error| of_postgres(&error, address))?;
        let session = Session::Postgres { client, driver: Some(Box::pin(driver)) };
        Ok(Self { address, session })
    }
}

/// The most bytes of a statement: MariaDB's own default.
const MAX_PACKET: usize = 16 << 20;
/// MySQL's own default, in seconds; connections are used long before it is over.
const MYSQL_WAIT: usize = 28_800;

/// Waits for an answer, and drives the connection meanwhile.
async fn drive<T>(
    driver: &mut Option<Driver>,
    answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, tokio_postgres::Error> {
    let mut answer = std::pin::pin!(answer);
    let until_over = async {
        if let Some(driver) = driver.as_mut() {
            // What goes wrong is told to whoever waits for an answer.
            let _ = driver.await;
        }
    };
    tokio::select! {
        biased;
        answer = &mut answer => return answer,
        () = until_over => {}
    }
    // It is over, and whatever came of it lies ready.
    *driver = None;
    answer.await
}

fn of_mysql(error: &mysql_async::Error, address: SocketAddr) -> Trouble {
    match error {
        Error::Server(said) => {
            let words = format!("{address} says `{} {}`", said.code, said.message);
            match is_refusal_of_mysql(said) {
                // ER_NO_SUCH_TABLE
                true if said.code == 1146 => Trouble::NoTable(words),
                true => Trouble::Refused(words),
                false => Trouble::Lost(Miss::Wrong(words)),
            }
        }
        Error::Io(IoError::Io(io)) => Trouble::Lost(miss(io, address)),
        Error::Driver(DriverError::ConnectionClosed) => Trouble::Lost(closed(address)),
        other => Trouble::Lost(Miss::Wrong(format!(
            "{address} does not answer as a database: {}",
            chain(other)
        ))),
    }
}

/// A server that shuts down, or was told to leave a statement, may have done it before it says so.
fn is_refusal_of_mysql(said: &mysql_async::ServerError) -> bool {
    // ER_SERVER_SHUTDOWN, ER_QUERY_INTERRUPTED, ER_CONNECTION_KILLED of MariaDB.
    !said.state.starts_with("08") && ![1053, 1317, 1927].contains(&said.code)
}

fn of_postgres(error: &tokio_postgres::Error, address: SocketAddr) -> Trouble {
    if let Some(said) = error.as_db_error() {
        let words = format!("{address} says `{} {}`", said.code().code(), said.message());
        return match is_refusal_of_postgres(said.code()) {
            true if *said.code() == SqlState::UNDEFINED_TABLE => Trouble::NoTable(words),
            true => Trouble::Refused(words),
            false => Trouble::Lost(Miss::Wrong(words)),
        };
    }
    let source = error.source().and_then(|source| source.downcast_ref::<std::io::Error>());
    Trouble::Lost(match source {
        Some(io) => miss(io, address),
        None if error.is_closed() => closed(address),
        None => Miss::Wrong(format!("{address} does not answer as a database: {}", chain(error))),
    })
}

/// See [`is_refusal_of_mysql`].
fn is_refusal_of_postgres(state: &SqlState) -> bool {
    let leaving = [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::QUERY_CANCELED];
    !state.code().starts_with("08") && !leaving.contains(state)
}

fn closed(address: SocketAddr) -> Miss {
    miss(&std::io::ErrorKind::UnexpectedEof.into(), address)
}

/// An error and what is behind it.
fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(behind) = source {
        text += &format!(": {behind}");
        source = behind.source();
    }
    text
}

const NULL: &str = "NULL";

fn row_of_mysql(row: Row) -> Vec<String> {
    let texts = row.unwrap().into_iter().map(|value| match value {
        Value::NULL => NULL.to_owned(),
        Value::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        other => other.as_sql(true),
    });
    texts.collect()
}

fn row_of_postgres(message: &SimpleQueryMessage) -> Option<Vec<String>> {
    let SimpleQueryMessage::Row(row) = message else { return None };
    Some((0..row.len()).map(|column| row.get(column).unwrap_or(NULL).to_owned()).collect())
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
