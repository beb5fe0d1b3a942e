//! Somebody who asks one service again and again, and what he remembers from one time to the next.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use super::{
    NetView, Sight, Target,
    http::After,
    pool::Pool,
    route::Route,
    session::Session,
    visit::{Met, Miss, Visit},
};
use crate::{base::Duration, probe::Client};

/// Who asks.
#[derive(Debug)]
pub(super) struct Asker {
    target: Target,
    sight: Arc<Sight>,
    net: NetView,
    memory: Memory,
    asked: AtomicU64,
}

/// What a client remembers.
#[derive(Debug)]
enum Memory {
    /// Nothing.
    None,
    /// Connections.
    Connections(Pool),
    /// Where the name led at first.
    Address(OnceLock<Route>),
}

/// What came of asking.
pub(super) struct Found {
    /// Who was asked, if it came to that.
    pub(super) met: Option<Met>,
    /// When it began, where what came before was no business of the service.
    pub(super) begun: Option<Instant>,
    /// How much later than it should it was given up, if it was.
    pub(super) overdue: Option<Duration>,
    pub(super) result: Result<(), Miss>,
}

impl Asker {
    pub(super) fn new(target: Target, sight: Arc<Sight>) -> Self {
        let memory = match target.client {
            Client::Fresh | Client::Late => Memory::None,
            Client::Keepalive => Memory::Connections(Pool::default()),
            Client::Pinned => Memory::Address(OnceLock::new()),
        };
        let net = match (target.client, &sight.late) {
            (Client::Late, Some(late)) => late.clone(),
            (Client::Late, None) => panic!("`{}` is asked late, by no resolver", target.service),
            _ => sight.net.clone(),
        };
        Self { target, sight, net, memory, asked: AtomicU64::new(0) }
    }

    /// Whom it asks.
    pub(super) fn target(&self) -> &Target {
        &self.target
    }

    /// What there is to be seen.
    pub(super) fn sight(&self) -> &Sight {
        &self.sight
    }

    /// A word that it says only once.
    pub(super) fn unique(&self) -> String {
        let Target { service, client, .. } = &self.target;
        format!("probe-{service}-{client}-{}", self.asked.fetch_add(1, Ordering::Relaxed))
    }

    /// Asks once.
    pub(super) async fn ask(&self, deadline: Duration) -> Found {
        let pinned = if let Memory::Address(address) = &self.memory { Some(address) } else { None };
        let visit = Visit::new(&self.net, deadline).pinned(pinned);
        let result = visit.limit(self.converse(&visit)).await;
        let (met, begun, overdue) = (visit.met(), visit.begun(), visit.overdue());
        Found { met, begun, overdue, result }
    }

    async fn converse(&self, visit: &Visit<'_>) -> Result<(), Miss> {
        let Memory::Connections(pool) = &self.memory else {
            Session::open(visit, self, After::Close).await?.close(visit).await;
            return Ok(());
        };
        while let Some((age, session)) = pool.take() {
            match session.again(visit, self).await {
                Ok(session) => {
                    pool.put(age, session);
                    return Ok(());
                }
                // It has ended, as its user notices only now.
                Err(Miss::Down(_)) => {}
                Err(other) => return Err(other),
            }
        }
        pool.put_new(Session::open(visit, self, After::Keep).await?);
        Ok(())
    }
}
