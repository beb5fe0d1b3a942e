//! Owns the Docker world: actions in, events out. Each action is a task; what it does is in
//! `verbs`, `faults`, `observe`, `writers` and `readers`.
//! Must not know: what the engine makes of it.

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, RecvTimeoutError, channel},
    },
};

use tokio::{
    runtime::Runtime,
    task::{AbortHandle, JoinHandle},
};

use super::{
    Error, Options,
    clock::StoryClock,
    copies::Copies,
    faults,
    members::Members,
    observe,
    power::Power,
    probes::{Prober, Target},
    readers,
    setting::Setting,
    stage::Stage,
    verbs, watch,
    writers::{self, Writers},
};
use crate::{
    base::{ServiceId, StepId, StoryTime},
    plan::Plan,
    world::{self, Action, ActionId, Capabilities, Egress, Event, Outcome, Pace, TeardownError},
    writer::DRAIN,
};

/// Real containers. Made for one plan; torn down when dropped, unless it is to be kept.
pub struct World {
    runtime: Runtime,
    /// Clients, who probe and write, have a thread of their own: whatever actions do on theirs, launches
    /// are on time.
    clients: Runtime,
    stage: Arc<Stage>,
    events: Receiver<Event>,
    /// The actions under way.
    running: BTreeMap<ActionId, AbortHandle>,
    prober: Option<Prober>,
    writers: Option<Writers>,
    torn_down: bool,
}

impl World {
    /// Prepares what a world is made of (images, filled volumes, a network), starts nothing yet.
    pub fn new(plan: Arc<Plan>, options: Options) -> Result<Self, Error> {
        let runtime = runtime("actions", 2)?;
        let clients = self::runtime("clients", 1)?;
        let (send, events) = channel();
        let interrupt = options.interrupt.clone();
        let setting = runtime.block_on(Setting::prepare(&plan, options))?;
        let clock = StoryClock::start();
        let members = Members::new(&setting.labels.run, &plan, &setting.net)?;
        let watch = send.clone();
        runtime.spawn(async move {
            interrupt.asked().await;
            // The engine that would read it may be gone: then nobody needs to know.
            let _ = watch.send(Event::Interrupted);
        });
        let stage = Arc::new(Stage {
            plan,
            setting,
            members,
            clock,
            events: send,
            restarting: false.into(),
            restarted: false.into(),
            power: Power::default(),
            copies: Copies::default(),
            noted: Mutex::default(),
            standing: Mutex::default(),
        });
        let running = BTreeMap::new();
        Ok(Self {
            runtime,
            clients,
            stage,
            events,
            running,
            prober: None,
            writers: None,
            torn_down: false,
        })
    }

    /// Begins `work`, which plays `step`, if it plays one. It ends when it is done, or when it was
    /// cancelled and what it had begun in a container has ended as well: another attempt at the
    /// step must not meet the first.
    fn spawn(
        &mut self,
        id: ActionId,
        step: Option<StepId>,
        work: impl Future<Output = Outcome> + Send + 'static,
    ) {
        let stage = Arc::clone(&self.stage);
        let task = self.runtime.spawn(work);
        self.running.insert(id, task.abort_handle());
        self.runtime.spawn(async move {
            let outcome = outcome(task, async {
                if let Some(step) = step {
                    stage.end_step(&step).await;
                }
            });
            let _ = stage.events.send(Event::Ended(id, outcome.await));
        });
    }

    /// Asks the services from now on. The action goes on as long as that can be done.
    fn start_probing(&mut self, id: ActionId) {
        let stage = &self.stage;
        let homes = stage.plan.homes();
        let targets = stage.plan.services.iter().flat_map(|(id, service)| {
            let asked = service
                .probe
                .iter()
                .flat_map(|probe| service.clients.iter().map(move |client| (probe, *client)));
            asked.map(|(probe, client)| Target {
                service: id.clone(),
                client,
                name: service.name.clone(),
                probe: probe.clone(),
                homes: homes[id].iter().copied().cloned().collect(),
            })
        });
        let events = stage.events.clone();
        let prober = Prober::start(
            self.clients.handle(),
            stage.clock.clone(),
            stage.sight(),
            targets.collect(),
            stage.plan.probing,
            move |sample| {
                let _ = events.send(Event::Sample(sample));
            },
        );
        let (died, watched) = (prober.died(), Arc::clone(stage));
        self.prober = Some(prober);
        self.spawn(id, None, async move {
            Outcome::Failed(tokio::select! {
                () = died => "a bug of ours: a probe has ended".to_owned(),
                why = watch::until_broken(&watched) => why,
            })
        });
    }
}

impl World {
    /// Writes to the services from now on. The action ends when the writers have.
    fn start_writing(&mut self, id: ActionId) {
        let stage = &self.stage;
        let targets = stage.plan.writers().map(|(service, writer)| writers::Target {
            service: service.clone(),
            name: stage.plan.services[service].name.clone(),
            writer: writer.clone(),
        });
        let events = stage.events.clone();
        let (writers, work) = Writers::start(
            self.clients.handle(),
            &stage.clock,
            &stage.sight(),
            targets.collect(),
            Arc::new(move |write| {
                let _ = events.send(Event::Written(write));
            }),
            DRAIN,
        );
        self.writers = Some(writers);
        self.spawn(id, None, async move {
            match work.await {
                Ok(()) => Outcome::Done(String::new()),
                Err(why) => Outcome::Failed(why),
            }
        });
    }
}

impl world::World for World {
    fn capabilities(&self) -> Capabilities {
        let addresses = self.stage.members.addresses.iter();
        Capabilities {
            world: "docker".to_owned(),
            notes: self.stage.setting.notes.clone(),
            addresses: addresses.map(|(id, address)| (id.clone(), address.to_string())).collect(),
        }
    }

    fn now(&self) -> StoryTime {
        self.stage.clock.now()
    }

    fn submit(&mut self, id: ActionId, action: Action) {
        let stage = Arc::clone(&self.stage);
        match action {
            Action::Probe => self.start_probing(id),
            Action::Up => self.spawn(id, None, async move { report(stage.bring_up().await) }),
            Action::Step { step, on } => self.spawn(id, Some(step.clone()), async move {
                report(verbs::play(&stage, &step, on.as_ref()).await)
            }),
            Action::Fault(fault, act) => {
                self.spawn(id, None, async move { report(faults::act(&stage, &fault, act).await) });
            }
            Action::Pass(duration) => self.spawn(id, None, async move {
                match stage.pass(duration).await {
                    Ok(landed) => Outcome::Landed(landed),
                    Err(error) => Outcome::Failed(error.in_words()),
                }
            }),
            Action::Observe(expectation) => self.spawn(id, None, async move {
                Outcome::Found(observe::observe(&stage, &expectation).await)
            }),
            Action::RestartHosts => {
                self.spawn(id, None, async move { report(stage.restart_hosts().await) });
            }
            Action::Write => self.start_writing(id),
            Action::StopWriting => {
                let stopped = self.writers.as_ref().map(Writers::stop);
                self.spawn(id, None, async move {
                    if let Some(stopped) = stopped {
                        stopped.await;
                    }
                    Outcome::Done(String::new())
                });
            }
            Action::Read { service, host } => self.spawn(id, None, async move {
                Outcome::Read(readers::read(&stage, &service, &host).await)
            }),
        }
    }

    fn cancel(&mut self, id: ActionId) {
        if let Some(task) = self.running.remove(&id) {
            task.abort();
        }
    }

    fn wait(&mut self, until: StoryTime) -> Event {
        let left = until.since(self.now()).to_std();
        match self.events.recv_timeout(left) {
            Ok(event) => {
                if let Event::Ended(id, _) = &event {
                    self.running.remove(id);
                }
                event
            }
            Err(RecvTimeoutError::Timeout) => Event::Reached,
            Err(RecvTimeoutError::Disconnected) => unreachable!("the stage holds a sender"),
        }
    }

    fn pace(&mut self, service: &ServiceId, pace: Pace) {
        if let Some(prober) = &self.prober {
            prober.pace(service, pace);
        }
    }

    /// Probes and writers tell of each answer when it comes.
    fn catch_up(&mut self, _service: Option<&ServiceId>) {}

    fn recorded(&mut self, service: &ServiceId, number: u64) {
        if let Some(writers) = &self.writers {
            writers.recorded(service, number);
        }
    }

    fn teardown(&mut self) -> Result<Egress, TeardownError> {
        self.torn_down = true;
        if let Some(prober) = self.prober.take() {
            self.runtime.block_on(prober.stop());
        }
        for task in std::mem::take(&mut self.running).into_values() {
            task.abort();
        }
        self.runtime.block_on(self.stage.take_down())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !self.torn_down {
            // Best effort on the way out of a panic; the next start sweeps what this misses.
            let _ = world::World::teardown(self);
        }
    }
}

fn runtime(name: &str, threads: usize) -> Result<Runtime, Error> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(threads).thread_name(name).enable_all().build().map_err(Error::Runtime)
}

/// What came of a task. What it left behind when it was cancelled is ended first, by `end`.
async fn outcome(task: JoinHandle<Outcome>, end: impl Future<Output = ()>) -> Outcome {
    match task.await {
        Ok(outcome) => outcome,
        Err(stopped) if stopped.is_cancelled() => {
            end.await;
            Outcome::Failed("it was cancelled".to_owned())
        }
        Err(panicked) => Outcome::Failed(format!("a bug of ours: {panicked}")),
    }
}

fn report(result: Result<String, Error>) -> Outcome {
    match result {
        Ok(detail) => Outcome::Done(detail),
        Err(error) => Outcome::Failed(error.in_words()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    /// What came of a task, and whether what it left was ended.
    async fn ended(task: JoinHandle<Outcome>) -> (String, bool) {
        let end = AtomicBool::new(false);
        let outcome = outcome(task, async { end.store(true, Ordering::SeqCst) }).await;
        (format!("{outcome:?}"), end.into_inner())
    }

    #[tokio::test]
    async fn a_cancelled_action_has_ended_when_what_it_began_has() {
        let done = tokio::spawn(async { Outcome::Done("well".to_owned()) });
        assert_eq!(ended(done).await, (r#"Done("well")"#.to_owned(), false));

        let hangs = tokio::spawn(std::future::pending());
        hangs.abort();
        assert_eq!(ended(hangs).await, (r#"Failed("it was cancelled")"#.to_owned(), true));

        let crash = tokio::spawn(async { panic!("on purpose") });
        let (told, was_ended) = ended(crash).await;
        assert!(told.contains("a bug of ours") && !was_ended, "{told}");
    }
}
