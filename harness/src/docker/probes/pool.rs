//! Connections that stand, by age. The oldest is used first; while it is busy, the next launch
//! takes another.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::session::Session;

/// What a `keepalive` client keeps.
#[derive(Default)]
pub(super) struct Pool(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    sessions: BTreeMap<u64, Session>,
    opened: u64,
}

impl Pool {
    const MOST: usize = 16;

    /// The oldest that is not busy, and its age.
    pub(super) fn take(&self) -> Option<(u64, Session)> {
        self.kept().sessions.pop_first()
    }

    /// Gives back what was taken.
    pub(super) fn put(&self, age: u64, session: Session) {
        let sessions = &mut self.kept().sessions;
        sessions.insert(age, session);
        if sessions.len() > Self::MOST {
            sessions.pop_last();
        }
    }

    /// Keeps another one.
    pub(super) fn put_new(&self, session: Session) {
        let age = {
            let mut kept = self.kept();
            kept.opened += 1;
            kept.opened
        };
        self.put(age, session);
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pool({})", self.kept().sessions.len())
    }
}
