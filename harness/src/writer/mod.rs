//! Owns the writers: what is written to a service while it moves, the ids by which each write is
//! known, what a writer can be told, and how the writes are found again.
//! Must not know: sockets, clocks, where a service runs.

mod id;
mod reading;
mod tally;
mod writing;

use serde::{Deserialize, Serialize};

pub use self::{
    id::{PLACEHOLDER, WriteId},
    reading::{HttpRead, ImapRead, Reader, Reading, SqlRead},
    tally::{Numbers, Tally},
    writing::{
        Content, Expect, HttpWrite, Method, SmtpWrite, SqlEngine, SqlServer, SqlWrite, Writing,
    },
};
use crate::{base::Duration, probe::Client};

/// How long the sender of mail goes on, when writing is over, with what is still in its queue.
pub const DRAIN: Duration = Duration::from_secs(30);

/// What writes to a service all along, and how that is found again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Writer {
    /// How.
    pub writing: Writing,
    /// How often a write is begun. One that nobody is free for is left out, and never made up for.
    pub per_second: u32,
    /// How many writes are under way at most.
    pub lanes: u32,
    /// From where.
    pub client: Client,
    /// When an answer is given up; of mail, when an attempt is.
    pub deadline: Duration,
    /// How it is found again.
    pub read: Reader,
}

impl Writer {
    /// The time from the beginning of one write to that of the next.
    pub fn every(&self) -> Duration {
        Duration::from_micros(1_000_000 / u64::from(self.per_second.max(1)))
    }

    /// How long it may take to come to an end when it is told to.
    pub fn time_to_end(&self) -> Duration {
        match self.writing {
            Writing::Smtp(_) => self.deadline + DRAIN,
            Writing::Http(_) | Writing::Https(_) | Writing::Sql(_) => self.deadline,
        }
    }
}

/// What a writer was told of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Told {
    /// That it was taken.
    Acknowledged,
    /// That it was not; or nobody was there who could have taken it.
    Failed,
    /// Nothing that could be relied on: it was sent, and then came no answer, or one that says
    /// neither.
    Indeterminate,
}
