//! Owns the probes of real services: open loop, each one with a name resolved afresh, a socket of
//! its own and a deadline over all of it.
//! Must not know: hosts, containers, what the samples will be used for.
//!
//! A new kind of probe is a file here and an arm in [`ask`].

mod dns;
mod doh;
mod grid;
pub(super) mod http;
pub(super) mod lines;
mod net;
pub(super) mod smtp;
mod tcp;
#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;
pub(super) mod visit;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use tokio::{runtime::Handle, sync::Notify, task::JoinSet};

pub use self::net::NetView;
pub(super) use self::net::NoAnswer;
use self::{
    grid::Grid,
    http::Scheme,
    visit::{Miss, Visit},
};
use super::clock::StoryClock;
use crate::{
    base::{DnsName, Duration, ServiceId},
    history::Sample,
    probe::{Answer, Client, Probe, Probing},
};

/// What is late by more than this was held up by this machine, not by a timer's grain.
const STALL: Duration = Duration::from_millis(300);

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
}

/// Probes on their way, until it is dropped.
///
/// Each target is asked every [`Probing::every`], on a grid that neither slow answers nor late
/// launches move. Launches that a busy machine missed are not made up for and send nothing: the
/// gap between the samples shows, and whoever bounds an outage by samples counts it. A launch
/// that is due while too many earlier ones still wait is sent as [`Answer::NoSample`].
#[derive(Debug)]
pub struct Prober {
    loops: JoinSet<()>,
    died: Arc<Notify>,
}

impl Prober {
    /// Begins to ask. `send` gets each sample when its probe ends, so not in the order of
    /// launches; it must not block.
    pub fn start(
        runtime: &Handle,
        clock: StoryClock,
        net: NetView,
        targets: Vec<Target>,
        probing: Probing,
        send: impl Fn(Sample) + Send + Sync + 'static,
    ) -> Self {
        let begin = instant_now();
        let of = targets.len();
        let post =
            Arc::new(Post { clock, net, probing, send: Box::new(send), stalled: Mutex::default() });
        let mut loops = JoinSet::new();
        let died = Arc::<Notify>::default();
        for (index, target) in targets.into_iter().enumerate() {
            let grid = Grid::staggered(begin, probing.every.to_std(), index, of);
            let told = Tell(Arc::clone(&died));
            let work = launch_on(grid, Arc::new(target), Arc::clone(&post));
            loops.spawn_on(
                async move {
                    let _told = told;
                    work.await;
                },
                runtime,
            );
        }
        Self { loops, died }
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

/// What all launches share.
struct Post {
    clock: StoryClock,
    net: NetView,
    probing: Probing,
    send: Box<dyn Fn(Sample) + Send + Sync>,
    /// When a launch was much too late for the last time.
    stalled: Mutex<Option<Instant>>,
}

/// Launches probes at the moments of the grid, for ever. Those in flight end with it.
async fn launch_on(mut grid: Grid, target: Arc<Target>, post: Arc<Post>) {
    let most = most_in_flight(post.probing);
    let mut in_flight = JoinSet::new();
    loop {
        tokio::time::sleep_until(grid.next().into()).await;
        while let Some(ended) = in_flight.try_join_next() {
            if let Err(crash) = ended {
                post.send_no_sample(&target, format!("the probe crashed: {crash}"));
            }
        }
        post.note_launch(grid.next(), instant_now());
        if in_flight.len() < most {
            in_flight.spawn(launch(Arc::clone(&target), Arc::clone(&post)));
        } else {
            post.send_no_sample(&target, format!("{most} probes still wait for an answer"));
        }
        grid.advance(instant_now());
    }
}

/// As many as can wait at once when every one waits for its deadline, and a few that end late.
fn most_in_flight(probing: Probing) -> usize {
    let waiting = probing.deadline.as_micros().div_ceil(probing.every.as_micros().max(1));
    usize::try_from(waiting).unwrap_or(usize::MAX).saturating_add(4).min(256)
}

/// One probe.
async fn launch(target: Arc<Target>, post: Arc<Post>) {
    let launched = instant_now();
    let found = ask(&post.net, &target, post.probing.deadline).await;
    let took = Duration::from(instant_now().saturating_duration_since(launched));
    let (answer, detail) = match found {
        Ok(()) => (Answer::Up, String::new()),
        Err(Miss::Wrong(why)) => (Answer::Wrong, why),
        Err(Miss::Down(why) | Miss::Unresolved(why))
            if is_our_fault(took, post.probing.deadline, post.stalled_since(launched)) =>
        {
            (Answer::NoSample, format!("this machine was too busy to tell: {why}"))
        }
        // Who cannot resolve the name cannot use the service.
        Err(Miss::Down(why) | Miss::Unresolved(why)) => (Answer::Down, why),
        Err(Miss::Unable(why)) => (Answer::NoSample, why),
    };
    post.send(&target, launched, took, answer, &detail);
}

/// Whether a probe that was given up may have been answered in time, and only we were too late to
/// see it: it was given up late, or launches were late meanwhile.
fn is_our_fault(took: Duration, deadline: Duration, stalled: bool) -> bool {
    took >= deadline && (stalled || took > deadline + STALL)
}

impl Post {
    /// A launch that is much too late says that this machine does not get to its work.
    fn note_launch(&self, due: Instant, now: Instant) {
        if Duration::from(now.saturating_duration_since(due)) > STALL {
            *self.stalled.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        }
    }

    fn stalled_since(&self, launched: Instant) -> bool {
        let stalled = *self.stalled.lock().unwrap_or_else(PoisonError::into_inner);
        stalled.is_some_and(|stalled| stalled >= launched)
    }

    fn send(
        &self,
        target: &Target,
        launched: Instant,
        took: Duration,
        answer: Answer,
        detail: &str,
    ) {
        (self.send)(Sample {
            service: target.service.clone(),
            client: target.client,
            launched: self.clock.at(launched),
            answer,
            took_micros: took.as_micros(),
            detail: short(detail),
        });
    }

    fn send_no_sample(&self, target: &Target, why: String) {
        self.send(target, instant_now(), Duration::ZERO, Answer::NoSample, &why);
    }
}

/// Asks once.
async fn ask(net: &NetView, target: &Target, deadline: Duration) -> Result<(), Miss> {
    let (visit, name) = (&Visit::new(net, deadline), target.name.as_str());
    let port = target.probe.port();
    let asked = async {
        match &target.probe {
            Probe::Tcp(probe) => tcp::ask(visit, name, probe).await,
            Probe::Http(probe) => http::ask(visit, name, port, Scheme::Http, probe).await,
            Probe::Https(probe) => http::ask(visit, name, port, Scheme::Https, probe).await,
            Probe::Dns(probe) => dns::ask(visit, name, probe).await,
            Probe::Doh(probe) => doh::ask(visit, name, probe).await,
            Probe::Smtp(probe) => smtp::ask(visit, name, probe).await,
        }
    };
    visit.limit(asked).await
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
fn instant_now() -> Instant {
    Instant::now()
}
