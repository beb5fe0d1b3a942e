//! Owns the writes to real services: at a steady rate that slow answers do not change, several at
//! once, each with an id of its own, and from each lane no next one before the last is on record.
//! Must not know: containers, hosts other than by their addresses, what the writes will prove.
//!
//! Reading order: who writes and when here, one write after the other in `lanes`, one attempt in
//! `attempt`, and a file for each protocol. A new way to write is a file and an arm in `attempt`.

mod attempt;
mod http;
mod lanes;
mod smtp;
mod sql;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    marker,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicU64},
    time::Instant,
};

use tokio::{
    runtime::Handle,
    sync::{oneshot, watch},
    task::JoinSet,
};

use self::attempt::Memory;
use super::{
    clock::StoryClock,
    probes::{NetView, Sight, grid::Grid, instant_now},
};
use crate::{
    base::{DnsName, Duration, HostId, ServiceId},
    history::Write,
    probe::Client,
    writer::Writer,
};

/// What is written to again and again.
#[derive(Debug, Clone)]
pub struct Target {
    /// The service.
    pub service: ServiceId,
    /// The name that users know.
    pub name: DnsName,
    /// How it is written to.
    pub writer: Writer,
}

/// Writers at work.
#[derive(Debug)]
pub struct Writers {
    stop: watch::Sender<Option<Instant>>,
    ended: watch::Receiver<bool>,
    desk: Arc<Desk>,
}

/// One writer, and what it works with.
struct Scribe {
    target: Target,
    net: NetView,
    memory: Memory,
    clock: StoryClock,
    hosts: BTreeMap<IpAddr, HostId>,
    /// Writes that were left out since the last one that was told of.
    skipped: AtomicU64,
    /// When writing was told to stop.
    stop: watch::Receiver<Option<Instant>>,
    /// How long mail is tried again after that.
    drain: Duration,
    desk: Arc<Desk>,
    send: Send,
}

/// Who is told of each write when the last was heard of it; it must not block.
pub type Send = Arc<dyn Fn(Write) + marker::Send + Sync>;

impl Writers {
    /// Begins to write; mail that is in the queue when it is told to stop is tried again for as long
    /// as `drain`. What is returned besides ends when the writers have, and ends them when it is dropped.
    pub fn start(
        runtime: &Handle,
        clock: &StoryClock,
        sight: &Sight,
        targets: Vec<Target>,
        send: Send,
        drain: Duration,
    ) -> (Self, impl Future<Output = Result<(), String>> + marker::Send + use<>) {
        let (stop, stopped) = watch::channel(None);
        let (end, ended) = watch::channel(false);
        let desk = Arc::<Desk>::default();
        let (begin, of) = (instant_now(), targets.len());
        let mut loops = JoinSet::new();
        for (index, target) in targets.into_iter().enumerate() {
            let every = std::time::Duration::from_secs(1) / target.writer.per_second;
            let grid = Grid::staggered(begin, every, index, of);
            let scribe = Scribe {
                net: net(&target, sight),
                memory: Memory::of(target.writer.client),
                target,
                clock: clock.clone(),
                hosts: sight.hosts.clone(),
                skipped: AtomicU64::new(0),
                stop: stopped.clone(),
                drain,
                desk: Arc::clone(&desk),
                send: Arc::clone(&send),
            };
            loops.spawn_on(lanes::write_on(grid, Arc::new(scribe)), runtime);
        }
        let work = async move {
            while let Some(one) = loops.join_next().await {
                let crashed = one.and_then(|ended| ended);
                crashed.map_err(|crash| format!("a bug of ours: a writer crashed: {crash}"))?;
            }
            // Whoever waits for it may have gone.
            let _ = end.send(true);
            Ok(())
        };
        (Self { stop, ended, desk }, work)
    }

    /// Begins no write any more; ends when the last was heard of each.
    pub fn stop(&self) -> impl Future<Output = ()> + marker::Send + use<> {
        self.stop.send_replace(Some(instant_now()));
        let mut ended = self.ended.clone();
        async move {
            // When the writers are gone without a word, there is nothing more to wait for.
            let _ = ended.wait_for(|ended| *ended).await;
        }
    }

    /// A write is on record.
    pub fn recorded(&self, service: &ServiceId, number: u64) {
        self.desk.recorded(service, number);
    }
}

/// The network as the writer's client sees it.
fn net(target: &Target, sight: &Sight) -> NetView {
    match (target.writer.client, &sight.late) {
        (Client::Late, Some(late)) => late.clone(),
        (Client::Late, None) => panic!("`{}` is written to late, by no resolver", target.service),
        (Client::Fresh | Client::Keepalive | Client::Pinned, _) => sight.net.clone(),
    }
}

/// Where lanes wait until their writes are on record.
#[derive(Debug, Default)]
struct Desk(Mutex<BTreeMap<(ServiceId, u64), oneshot::Sender<()>>>);

impl Desk {
    /// To be asked before the write is told of.
    fn ticket(&self, service: &ServiceId, number: u64) -> oneshot::Receiver<()> {
        let (send, receive) = oneshot::channel();
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = waiting.insert((service.clone(), number), send);
        assert!(before.is_none(), "write {number} to `{service}` is told of twice");
        receive
    }

    fn recorded(&self, service: &ServiceId, number: u64) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(waiter) = waiting.remove(&(service.clone(), number)) {
            // When writing has been stopped, nobody waits any more.
            let _ = waiter.send(());
        }
    }
}
