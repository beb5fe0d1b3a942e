//! Whether a database lets its user in and answers a query.

use std::{net::SocketAddr, pin::Pin};

use mysql_async::{Conn, OptsBuilder, Row, Value, prelude::Queryable};
use tokio_postgres::{NoTls, SimpleQueryMessage};

use super::visit::{Miss, Visit, miss};
use crate::probe::{Sql, SqlEngine};

/// A connection to a database, and somebody logged in.
pub(super) struct Line {
    session: Session,
    pub(super) address: SocketAddr,
}

enum Session {
    Mysql(Box<Conn>),
    Postgres {
        client: tokio_postgres::Client,
        /// While it stands, it is driven by whoever waits for an answer: it must end with the visit.
        driver: Option<Driver>,
    },
}

type Driver = Pin<Box<dyn Future<Output = Result<(), tokio_postgres::Error>> + Send>>;

/// Up if the answer is as expected.
pub(super) async fn open(visit: &Visit<'_>, name: &str, probe: &Sql) -> Result<Line, Miss> {
    let port = probe.port.unwrap_or(probe.engine.port());
    let line = match probe.engine {
        SqlEngine::Mysql => mysql(visit, name, port, probe).await?,
        SqlEngine::Postgres => postgres(visit, name, port, probe).await?,
    };
    again(visit, line, probe).await
}

/// The same on a connection that stands.
pub(super) async fn again(visit: &Visit<'_>, mut line: Line, probe: &Sql) -> Result<Line, Miss> {
    let address = line.address;
    visit.at(format!("waiting for {address} to answer the query"));
    let found = match &mut line.session {
        Session::Mysql(connection) => {
            let row = connection.query_first::<Row, _>(probe.query.as_str()).await;
            row.map_err(|error| of_mysql(&error, address))?.map(|row| first_of_mysql(&row))
        }
        Session::Postgres { client, driver } => {
            let rows = drive(driver, client.simple_query(&probe.query)).await;
            first_of_postgres(rows.map_err(|error| of_postgres(&error, address))?)
        }
    };
    let Some(expected) = probe.expect.as_ref().map(|expect| &expect.value) else { return Ok(line) };
    match found {
        Some(found) if found == *expected => Ok(line),
        Some(found) => {
            Err(Miss::Wrong(format!("{address} answers `{found}`, expected `{expected}`")))
        }
        None => Err(Miss::Wrong(format!("{address} answers no row, expected `{expected}`"))),
    }
}

/// Says goodbye, as far as that needs no answer.
pub(super) async fn close(line: Line) {
    if let Session::Mysql(connection) = line.session {
        // Whether it is heard changes nothing.
        let _ = connection.disconnect().await;
    }
}

async fn mysql(visit: &Visit<'_>, name: &str, port: u16, probe: &Sql) -> Result<Line, Miss> {
    let address = SocketAddr::new(visit.address(name).await?, port);
    visit.at(format!("connecting to {address} and logging in"));
    let options = OptsBuilder::default()
        .ip_or_hostname(address.ip().to_string())
        .tcp_port(port)
        .user(Some(&probe.user))
        .pass(Some(&probe.password))
        .db_name(Some(&probe.database))
        .prefer_socket(false)
        // Otherwise it would ask the server for these first.
        .max_allowed_packet(Some(1024 * 1024))
        .wait_timeout(Some(28_800));
    let connection = Conn::new(options).await.map_err(|error| of_mysql(&error, address))?;
    Ok(Line { session: Session::Mysql(Box::new(connection)), address })
}

fn of_mysql(error: &mysql_async::Error, address: SocketAddr) -> Miss {
    use mysql_async::{DriverError, Error, IoError};
    match error {
        Error::Io(IoError::Io(io)) => miss(io, address),
        Error::Driver(DriverError::ConnectionClosed) => {
            miss(&std::io::ErrorKind::UnexpectedEof.into(), address)
        }
        Error::Server(server) => Miss::Wrong(format!("{address} says `{}`", server.message)),
        other => Miss::Wrong(format!("{address} does not answer as a database: {other}")),
    }
}

fn first_of_mysql(row: &Row) -> String {
    match row.as_ref(0) {
        None | Some(Value::NULL) => "NULL".to_owned(),
        Some(Value::Bytes(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        Some(other) => other.as_sql(true),
    }
}

async fn postgres(visit: &Visit<'_>, name: &str, port: u16, probe: &Sql) -> Result<Line, Miss> {
    let (stream, address) = visit.connect(name, port).await?;
    visit.at(format!("logging in at {address}"));
    let mut config = tokio_postgres::Config::new();
    config.user(&probe.user).password(&probe.password).dbname(&probe.database);
    let connected = config.connect_raw(stream, NoTls).await;
    let (client, driver) = connected.map_err(|error| of_postgres(&error, address))?;
    Ok(Line { session: Session::Postgres { client, driver: Some(Box::pin(driver)) }, address })
}

/// Waits for an answer, and drives the connection meanwhile.
async fn drive<T>(
    driver: &mut Option<Driver>,
    answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, tokio_postgres::Error> {
    let mut answer = std::pin::pin!(answer);
    let until_over = async {
        if let Some(driver) = driver.as_mut() {
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

fn of_postgres(error: &tokio_postgres::Error, address: SocketAddr) -> Miss {
    use std::error::Error;
    if let Some(told) = error.as_db_error() {
        return Miss::Wrong(format!("{address} says `{}`", told.message()));
    }
    let source = error.source().and_then(|source| source.downcast_ref::<std::io::Error>());
    match source {
        Some(io) => miss(io, address),
        None if error.is_closed() => miss(&std::io::ErrorKind::UnexpectedEof.into(), address),
        None => Miss::Wrong(format!("{address} does not answer as a database: {error}")),
    }
}

fn first_of_postgres(messages: Vec<SimpleQueryMessage>) -> Option<String> {
    let row = messages.into_iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    })?;
    Some(row.try_get(0).ok().flatten().unwrap_or("NULL").to_owned())
}
