//! One write after the other.

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::{Duration, Instant},
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::{JoinError, JoinSet},
};

use super::{
    Scribe,
    attempt::{Answer, Attempt},
};
use crate::{
    docker::probes::{grid::Grid, instant_now, short},
    history::Write,
    writer::{Told, WriteId, Writing},
};

/// How many mails may wait in a sender's queue.
const MOST_QUEUED: usize = 10_000;
/// How long the sender rests before it tries a mail again; the last goes on.
const RESTS: [Duration; 4] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(5),
];

/// Begins a write at each moment of the grid, if a lane is free for it, until it is told to stop;
/// then waits for the last.
pub(super) async fn write_on(mut grid: Grid, scribe: Arc<Scribe>) -> Result<(), JoinError> {
    let writer = &scribe.target.writer;
    let lanes = Arc::new(Semaphore::new(writer.lanes as usize));
    let mut stop = scribe.stop.clone();
    let mut under_way = JoinSet::new();
    let mut numbers = 0..=WriteId::MAX;
    loop {
        tokio::select! {
            () = tokio::time::sleep_until(grid.next().into()) => {}
            // When nobody can say so any more, it is over, too.
            _ = stop.wait_for(Option::is_some) => break,
        }
        while let Some(ended) = under_way.try_join_next() {
            ended?;
        }
        let begun = match &writer.writing {
            Writing::Smtp(_) if under_way.len() < MOST_QUEUED => numbers.next().map(|number| {
                under_way.spawn(until_taken(Arc::clone(&scribe), number, Arc::clone(&lanes)));
            }),
            Writing::Smtp(_) => None,
            Writing::Http(_) | Writing::Https(_) | Writing::Sql(_) => {
                match Arc::clone(&lanes).try_acquire_owned() {
                    Ok(lane) => numbers.next().map(|number| {
                        under_way.spawn(once(Arc::clone(&scribe), number, lane));
                    }),
                    Err(_) => None,
                }
            }
        };
        if begun.is_none() {
            scribe.skipped.fetch_add(1, Relaxed);
        }
        grid.advance(instant_now());
    }
    while let Some(ended) = under_way.join_next().await {
        ended?;
    }
    Ok(())
}

/// A write that is tried once.
async fn once(scribe: Arc<Scribe>, number: u64, lane: OwnedSemaphorePermit) {
    let mut story = Story::begin(&scribe, number);
    let told = match story.attempt().await {
        Answer::Taken => Told::Acknowledged,
        Answer::Refused | Answer::NotNow => Told::Failed,
        Answer::Open => Told::Indeterminate,
    };
    story.end(told, Some(lane)).await;
}

/// A mail. After a transient failure (RFC 5321, 4.5.4.1) it waits in the queue and is sent again, as
/// is one of which nobody knows whether it was taken. That one may arrive twice (RFC 5321, 6.1).
async fn until_taken(scribe: Arc<Scribe>, number: u64, lanes: Arc<Semaphore>) {
    let mut story = Story::begin(&scribe, number);
    let mut rests = RESTS.into_iter().chain(std::iter::repeat(RESTS[RESTS.len() - 1]));
    loop {
        let lane = Arc::clone(&lanes).acquire_owned().await.expect("lanes are never closed");
        if scribe.drained() {
            break;
        }
        match story.attempt().await {
            Answer::Taken => return story.end(Told::Acknowledged, Some(lane)).await,
            Answer::Refused => {
                let told = story.unless_open(Told::Failed);
                return story.end(told, Some(lane)).await;
            }
            Answer::NotNow | Answer::Open => {}
        }
        drop(lane);
        scribe.rest(rests.next().unwrap_or_default()).await;
        if scribe.drained() {
            break;
        }
    }
    let told = story.unless_open(Told::Failed);
    story.detail = format!("still in the sender's queue: {}", story.detail);
    story.end(told, None).await;
}

/// What has been heard of one write.
struct Story<'a> {
    scribe: &'a Scribe,
    number: u64,
    launched: Instant,
    attempts: u64,
    unanswered: u64,
    met: Option<std::net::IpAddr>,
    detail: String,
}

impl<'a> Story<'a> {
    fn begin(scribe: &'a Scribe, number: u64) -> Self {
        let launched = instant_now();
        Self {
            scribe,
            number,
            launched,
            attempts: 0,
            unanswered: 0,
            met: None,
            detail: String::new(),
        }
    }

    async fn attempt(&mut self) -> Answer {
        let id = WriteId::new(&self.scribe.target.service, self.number);
        let Attempt { answer, met, detail } = self.scribe.attempt(id).await;
        self.attempts += 1;
        self.unanswered += u64::from(answer == Answer::Open);
        (self.met, self.detail) = (met, detail);
        answer
    }

    /// A write of which an attempt was never answered may have been taken, whatever came later.
    fn unless_open(&self, told: Told) -> Told {
        if self.unanswered > 0 { Told::Indeterminate } else { told }
    }

    /// Tells of it, and keeps the lane until that is on record.
    async fn end(self, told: Told, lane: Option<OwnedSemaphorePermit>) {
        let scribe = self.scribe;
        let service = &scribe.target.service;
        let ticket = scribe.desk.ticket(service, self.number);
        (scribe.send)(Write {
            service: service.clone(),
            number: self.number,
            count: 1,
            every_micros: 0,
            client: scribe.target.writer.client,
            launched: scribe.clock.at(self.launched),
            ended: scribe.clock.now(),
            told,
            host: self.met.and_then(|address| scribe.hosts.get(&address)).cloned(),
            attempts: self.attempts,
            unanswered: self.unanswered,
            skipped: scribe.skipped.swap(0, Relaxed),
            detail: if told == Told::Acknowledged { String::new() } else { short(&self.detail) },
        });
        let mut stop = scribe.stop.clone();
        tokio::select! {
            _ = ticket => {}
            // After the last write there is no next one that would have to wait.
            _ = stop.wait_for(Option::is_some) => {}
        }
        drop(lane);
    }
}

impl Scribe {
    /// Waits a while. When it is over, what is left is tried at once, and then as before, until
    /// the time for that is over as well.
    async fn rest(&self, rest: Duration) {
        let mut stop = self.stop.clone();
        let stopped = *stop.borrow_and_update();
        match stopped {
            Some(at) => {
                let drained = at + self.drain.to_std();
                let until = (instant_now() + rest).min(drained);
                tokio::time::sleep_until(until.into()).await;
            }
            None => {
                let _ = tokio::time::timeout(rest, stop.wait_for(Option::is_some)).await;
            }
        }
    }

    /// Whether nothing that is still in the queue is tried any more.
    fn drained(&self) -> bool {
        let stopped = *self.stop.borrow();
        stopped.is_some_and(|at| instant_now() >= at + self.drain.to_std())
    }
}
