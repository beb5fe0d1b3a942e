//! Owns the probes of real services: open loop, each launch with a deadline over all of it, from
//! clients that remember as much as their kind does.
//! Must not know: hosts other than by their addresses, containers, what the samples will be used for.
//!
//! Reading order: who is asked and how often here, one launch in `launch`, who asks in `ask`, what in
//! `session` and a file for each protocol, when in `grid` and `rate` (both pure).

mod ask;
mod command;
pub(super) mod dns;
mod doh;
mod footing;
pub(super) mod grid;
pub(super) mod http;
pub(super) mod imap;
mod launch;
pub(super) mod letter;
pub(super) mod lines;
mod net;
mod pool;
mod rate;
pub(super) mod route;
mod session;
pub(super) mod smtp;
mod sql;
mod ssh;
mod tcp;
#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;
mod udp;
pub(super) mod visit;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use ssh_key::PublicKey;
use tokio::{
    runtime::Handle,
    sync::{Notify, watch},
    task::JoinSet,
};

pub(super) use self::net::NoAnswer;
use self::{
    ask::Asker,
    grid::Grid,
    launch::{Post, Queue},
};
pub use self::{
    command::{Call, Ended, Runner},
    net::NetView,
};
use super::clock::StoryClock;
use crate::{
    base::{DnsName, HostId, ServiceId},
    history::Sample,
    probe::{Client, Probe, Probing},
    world::Pace,
};

/// What is asked again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The service.
    pub service: ServiceId,
    /// Where it is asked from.
    pub client: Client,
    /// The name that users know.
    pub name: DnsName,
    /// How it is asked.
    pub probe: Probe,
    /// The hosts that it can be on; an answer from elsewhere is wrong.
    pub homes: BTreeSet<HostId>,
}

/// What clients see of the world.
pub struct Sight {
    /// Its network, through the resolver that honours TTL.
    pub net: NetView,
    /// The same through the resolver that overstays TTL, where there is one.
    pub late: Option<NetView>,
    /// Whose addresses these are.
    pub hosts: BTreeMap<IpAddr, HostId>,
    /// The SSH host keys at these addresses.
    pub host_keys: BTreeMap<IpAddr, PublicKey>,
    /// What runs the programs of probes.
    pub runner: Runner,
}

impl fmt::Debug for Sight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { net, late, hosts, .. } = self;
        f.debug_struct("Sight").field("net", net).field("late", late).field("hosts", hosts).finish()
    }
}

/// Probes on their way, until it is dropped.
///
/// Each target is asked every [`Probing::every`], or more densely while something about it changes,
/// on a grid that neither slow answers nor late launches move. Launches that a busy machine missed
/// are not made up for and send nothing: the gap between the samples shows, and whoever bounds an
/// outage by samples counts it. A launch that is due while too many earlier ones still wait is sent
/// as [`NoSample`](crate::probe::Answer::NoSample).
#[derive(Debug)]
pub struct Prober {
    loops: JoinSet<()>,
    died: Arc<Notify>,
    probing: Probing,
    paces: Mutex<Vec<Paced>>,
}

/// How often a target is asked, and who is told of it.
#[derive(Debug)]
struct Paced {
    service: ServiceId,
    pace: Pace,
    every: watch::Sender<std::time::Duration>,
}

impl Prober {
    /// Begins to ask. `send` gets each sample when its probe ends, so not in the order of
    /// launches; it must not block.
    pub fn start(
        runtime: &Handle,
        clock: StoryClock,
        sight: Sight,
        targets: Vec<Target>,
        probing: Probing,
        send: impl Fn(Sample) + Send + Sync + 'static,
    ) -> Self {
        let begin = instant_now();
        let of = targets.len();
        let sight = Arc::new(sight);
        let post = Arc::new(Post::new(clock, &sight, probing, Box::new(send)));
        let askers = targets.into_iter().map(|target| Asker::new(target, Arc::clone(&sight)));
        let mut queues = BTreeMap::<ServiceId, Queue>::new();
        let (mut loops, mut paces) = (JoinSet::new(), vec![]);
        let died = Arc::<Notify>::default();
        for (index, asker) in askers.enumerate() {
            let grid = Grid::staggered(begin, probing.every.to_std(), index, of);
            let (every, told_every) = watch::channel(grid.every());
            let service = asker.target().service.clone();
            let queue = queues.entry(service.clone()).or_default().clone();
            paces.push(Paced { service, pace: Pace::Base, every });
            let told = Tell(Arc::clone(&died));
            let work =
                launch::launch_on(grid, told_every, queue, Arc::new(asker), Arc::clone(&post));
            loops.spawn_on(
                async move {
                    let _told = told;
                    work.await;
                },
                runtime,
            );
        }
        Self { loops, died, probing, paces: Mutex::new(paces) }
    }

    /// Asks a service more or less densely from now on.
    pub fn pace(&self, service: &ServiceId, pace: Pace) {
        let mut paces = self.paces.lock().unwrap_or_else(PoisonError::into_inner);
        for paced in paces.iter_mut().filter(|paced| paced.service == *service) {
            paced.pace = pace;
        }
        let dense = paces.iter().filter(|paced| paced.pace == Pace::Dense).count();
        let dense_every = rate::dense_every(self.probing, dense, paces.len() - dense);
        for paced in paces.iter() {
            let every = match paced.pace {
                Pace::Base => self.probing.every.to_std(),
                Pace::Dense => dense_every,
            };
            // A loop that is gone is told of by `died`.
            let _ = paced.every.send_if_modified(|now| std::mem::replace(now, every) != every);
        }
    }

    /// Ends when a service is not asked any more, which only [`Prober::stop`] may bring about.
    pub fn died(&self) -> impl Future<Output = ()> + Send + use<> {
        let died = Arc::clone(&self.died);
        async move { died.notified().await }
    }

    /// Ends all probes; when it returns, no sample will be sent any more. Dropping ends them too,
    /// but a moment later.
    pub async fn stop(mut self) {
        self.loops.shutdown().await;
    }
}

/// Tells when it goes, be it in a panic.
struct Tell(Arc<Notify>);

impl Drop for Tell {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

/// At most 200 characters, on one line: servers say what they like.
pub(super) fn short(text: &str) -> String {
    const MAX_CHARS: usize = 200;
    let printable = |c: char| if c.is_control() { ' ' } else { c };
    if text.chars().count() <= MAX_CHARS {
        return text.chars().map(printable).collect();
    }
    text.chars().map(printable).take(MAX_CHARS - 1).chain(['…']).collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "probes measure real time; the clock makes it story time"
)]
pub(super) fn instant_now() -> Instant {
    Instant::now()
}
