//! One launch after the other, and what each answer means.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use tokio::{sync::watch, task::JoinSet};

use super::{
    Sight, Target,
    ask::{Asker, Found},
    command,
    footing::Footing,
    grid::Grid,
    instant_now, rate, short,
    visit::Miss,
};
use crate::{
    base::{Duration, HostId},
    docker::{clock::StoryClock, routes},
    history::Sample,
    probe::{Answer, Probe, Probing},
};

/// What is late by more than this was held up by this machine, not by a timer's grain.
const STALL: Duration = Duration::from_millis(300);

/// What all launches share.
pub(super) struct Post {
    clock: StoryClock,
    hosts: BTreeMap<IpAddr, HostId>,
    probing: Probing,
    footing: Option<Footing>,
    send: Box<dyn Fn(Sample) + Send + Sync>,
    /// When a launch was much too late for the last time.
    stalled: Mutex<Option<Instant>>,
}

/// How many probes of a service wait for an answer, from whichever client. Clones are the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Queue(Arc<AtomicUsize>);

/// A place in a [`Queue`], until it is dropped.
struct Place(Queue);

/// Launches probes at the moments of the grid, for ever. Those in flight end with it.
pub(super) async fn launch_on(
    mut grid: Grid,
    mut every: watch::Receiver<std::time::Duration>,
    queue: Queue,
    asker: Arc<Asker>,
    post: Arc<Post>,
) {
    let most = match asker.target().probe {
        Probe::Command(_) => command::AT_ONCE,
        _ => rate::most_waiting(post.probing),
    };
    let slowest = post.probing.every.to_std();
    let (mut in_flight, mut launched) = (JoinSet::new(), None);
    loop {
        tokio::select! {
            () = tokio::time::sleep_until(grid.next().into()) => {}
            Ok(()) = every.changed() => {
                grid.repace(*every.borrow_and_update(), instant_now());
                continue;
            }
        }
        while let Some(ended) = in_flight.try_join_next() {
            if let Err(crash) = ended {
                post.send_no_sample(asker.target(), format!("the probe crashed: {crash}"));
            }
        }
        let due = grid.next();
        grid.advance(instant_now());
        let since = launched.map_or(slowest, |launched| due.saturating_duration_since(launched));
        if grid.every() < slowest && !rate::is_due(queue.waiting(), since, slowest) {
            continue;
        }
        launched = Some(due);
        post.note_launch(due, instant_now());
        if in_flight.len() < most {
            in_flight.spawn(launch(Arc::clone(&asker), queue.enter(), Arc::clone(&post)));
        } else {
            let why = format!("{most} probes still wait for an answer");
            post.send_no_sample(asker.target(), why);
        }
    }
}

/// One probe. It tells of the moment when its question left for the service: how long the name took
/// to be found is felt, and counts to what it took, but is nothing that the service did.
async fn launch(asker: Arc<Asker>, _place: Place, post: Arc<Post>) {
    let target = asker.target();
    let due = instant_now();
    post.look_where_it_stands(due);
    let Found { met, begun, overdue, result } = asker.ask(post.probing.deadline).await;
    let begun = begun.unwrap_or(due);
    let took = Duration::from(instant_now().saturating_duration_since(begun));
    let launched = met.map_or(begun, |met| met.at);
    let address = met.map(|met| met.address);
    let host = address.and_then(|address| post.hosts.get(&address));
    let (answer, detail) = match result {
        Ok(()) => good(target, address, host, took),
        Err(Miss::Wrong(why)) => (Answer::Wrong, why),
        Err(Miss::Down(why) | Miss::Unresolved(why))
            if is_our_fault(overdue, post.stalled_since(due)) =>
        {
            (Answer::NoSample, format!("this machine was too busy to tell: {why}"))
        }
        Err(Miss::Down(why) | Miss::Unresolved(why)) if post.is_cut_off_since(due) => {
            (Answer::NoSample, format!("this machine is cut off from the world's network: {why}"))
        }
        // Who cannot resolve the name cannot use the service.
        Err(Miss::Down(why) | Miss::Unresolved(why)) => (Answer::Down, why),
        Err(Miss::Unable(why)) => (Answer::NoSample, why),
    };
    post.send(target, host, launched, took, answer, &detail);
}

/// What an answer means that is as expected.
fn good(
    target: &Target,
    met: Option<IpAddr>,
    host: Option<&HostId>,
    took: Duration,
) -> (Answer, String) {
    let service = &target.service;
    match (met, host) {
        (_, Some(host)) if !target.homes.contains(host) => {
            let why = format!("`{host}` answers, where no step starts `{service}`");
            return (Answer::Wrong, why);
        }
        (Some(address), None) => {
            let why = format!("{address} answers, which is no host of this migration");
            return (Answer::Wrong, why);
        }
        _ => {}
    }
    match target.probe.slow_after() {
        Some(slow_after) if took > slow_after => {
            let took = Duration::from_millis(took.as_micros() / 1_000);
            (Answer::Slow, format!("answered after {took}, slow after {slow_after}"))
        }
        _ => (Answer::Up, String::new()),
    }
}

/// Whether a probe that was given up may have been answered in time, and only we were too late to
/// see it: it was given up late, or launches were late meanwhile.
fn is_our_fault(overdue: Option<Duration>, stalled: bool) -> bool {
    overdue.is_some_and(|by| stalled || by > STALL)
}

impl Queue {
    fn waiting(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    fn enter(&self) -> Place {
        self.0.fetch_add(1, Ordering::Relaxed);
        Place(self.clone())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Post {
    pub(super) fn new(
        clock: StoryClock,
        sight: &Sight,
        probing: Probing,
        send: Box<dyn Fn(Sample) + Send + Sync>,
    ) -> Self {
        let footing = Footing::on_network_of(sight.net.resolver().ip(), routes::table);
        let hosts = sight.hosts.clone();
        Self { clock, hosts, probing, footing, send, stalled: Mutex::default() }
    }

    /// A launch that is much too late says that this machine does not get to its work.
    fn note_launch(&self, due: Instant, now: Instant) {
        if Duration::from(now.saturating_duration_since(due)) > STALL {
            *self.stalled.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        }
    }

    fn look_where_it_stands(&self, now: Instant) {
        if let Some(footing) = &self.footing {
            footing.look(now);
        }
    }

    fn is_cut_off_since(&self, begun: Instant) -> bool {
        self.look_where_it_stands(instant_now());
        self.footing.as_ref().is_some_and(|footing| footing.was_missing_since(begun))
    }

    fn stalled_since(&self, launched: Instant) -> bool {
        let stalled = *self.stalled.lock().unwrap_or_else(PoisonError::into_inner);
        stalled.is_some_and(|stalled| stalled >= launched)
    }

    fn send(
        &self,
        target: &Target,
        host: Option<&HostId>,
        launched: Instant,
        took: Duration,
        answer: Answer,
        detail: &str,
    ) {
        (self.send)(Sample {
            service: target.service.clone(),
            client: target.client,
            host: host.cloned(),
            launched: self.clock.at(launched),
            count: 1,
            every_micros: 0,
            answer,
            took_micros: took.as_micros(),
            detail: short(detail),
        });
    }

    fn send_no_sample(&self, target: &Target, why: String) {
        self.send(target, None, instant_now(), Duration::ZERO, Answer::NoSample, &why);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_that_this_machine_was_too_busy_to_follow_is_no_outage() {
        let ms = Duration::from_millis;
        for (overdue, stalled, ours) in [
            (None, true, false), // refused
            (Some(ms(1)), false, false),
            (Some(ms(1)), true, true),
            (Some(ms(3_100)), false, true),
        ] {
            assert_eq!(is_our_fault(overdue, stalled), ours, "{overdue:?} {stalled}");
        }
    }
}
