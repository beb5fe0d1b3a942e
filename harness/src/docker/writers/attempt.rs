//! One attempt at a write, and what it came to.

use std::{
    net::IpAddr,
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
};

use super::{Scribe, http, smtp, sql};
use crate::{
    docker::{
        database::Database,
        probes::{
            http::{After, Line, Scheme},
            lines::Lines,
            route::Route,
            visit::{Miss, Visit},
        },
    },
    probe::Client,
    writer::{WriteId, Writing},
};

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// It was taken.
    Taken,
    /// It was not, and never will be.
    Refused,
    /// It was certainly not taken this time.
    NotNow,
    /// It was sent, and nobody knows.
    Open,
}

/// An attempt.
pub(super) struct Attempt {
    pub(super) answer: Answer,
    /// Whom it went to, if it came to that.
    pub(super) met: Option<IpAddr>,
    /// Why it was not taken.
    pub(super) detail: String,
}

/// What was said to it, and why it was not taken.
pub(super) type Said = (Answer, String);
/// The same, and the connection, if it can be used again.
pub(super) type Done = (Said, Option<Kept>);

/// What each protocol has to know of an attempt.
pub(super) struct Errand<'a> {
    pub(super) visit: &'a Visit<'a>,
    pub(super) sent: &'a Sent,
    /// The service's name.
    pub(super) name: &'a str,
    pub(super) id: WriteId<'a>,
    pub(super) after: After,
}

/// Whether the write itself has gone out: before, whatever goes wrong, it was not taken.
#[derive(Debug, Default)]
pub(super) struct Sent(AtomicBool);

impl Sent {
    /// To be said before the first byte that could do something.
    pub(super) fn now(&self) {
        self.0.store(true, SeqCst);
    }
}

/// What a client remembers from one write to the next.
pub(super) enum Memory {
    /// Nothing.
    None,
    /// Connections.
    Connections(Mutex<Vec<Kept>>),
    /// Where the name led at first.
    Address(OnceLock<Route>),
}

/// A connection on which something was written.
pub(super) enum Kept {
    Http(Line),
    Sql(Database),
    Smtp(Lines),
}

impl Memory {
    pub(super) fn of(client: Client) -> Self {
        match client {
            Client::Fresh | Client::Late => Self::None,
            Client::Keepalive => Self::Connections(Mutex::default()),
            Client::Pinned => Self::Address(OnceLock::new()),
        }
    }

    /// What becomes of a connection.
    pub(super) fn after(&self) -> After {
        if matches!(self, Self::Connections(_)) { After::Keep } else { After::Close }
    }

    fn take(&self) -> Option<Kept> {
        let Self::Connections(kept) = self else { return None };
        kept.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// Keeps a connection: there is one to a lane at most, as each is taken before it is used.
    fn keep(&self, connection: Kept) {
        if let Self::Connections(kept) = self {
            kept.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}

impl Scribe {
    /// Writes once, within the deadline.
    pub(super) async fn attempt(&self, id: WriteId<'_>) -> Attempt {
        let pinned = if let Memory::Address(address) = &self.memory { Some(address) } else { None };
        let deadline = self.target.writer.deadline;
        let (visit, sent) = (Visit::new(&self.net, deadline).pinned(pinned), Sent::default());
        let (answer, detail) = match visit.limit(self.write(&visit, &sent, id)).await {
            Ok(said) => said,
            Err(miss) => {
                let answer = if sent.0.load(SeqCst) { Answer::Open } else { Answer::NotNow };
                (answer, miss.into_words())
            }
        };
        Attempt { answer, met: visit.met().map(|met| met.address), detail }
    }

    async fn write(&self, visit: &Visit<'_>, sent: &Sent, id: WriteId<'_>) -> Result<Said, Miss> {
        let (name, after) = (self.target.name.as_str(), self.memory.after());
        let (errand, kept) = (Errand { visit, sent, name, id, after }, self.memory.take());
        let (said, connection) = match &self.target.writer.writing {
            Writing::Http(http) => http::write(&errand, Scheme::Http, http, kept).await?,
            Writing::Https(http) => http::write(&errand, Scheme::Https, http, kept).await?,
            Writing::Sql(sql) => sql::write(&errand, sql, kept).await?,
            Writing::Smtp(smtp) => smtp::write(&errand, smtp, kept).await?,
        };
        if let Some(connection) = connection {
            self.memory.keep(connection);
        }
        Ok(said)
    }
}
