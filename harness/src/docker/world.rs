//! Owns the Docker world: actions in, events out. Each action is a task; what it does is in
//! `verbs`, `faults` and `observe`.
//! Must not know: what the engine makes of it.

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, RecvTimeoutError, channel},
    },
};

use tokio::{runtime::Runtime, task::AbortHandle};

use super::{
    Error, Options,
    clock::StoryClock,
    faults,
    members::Members,
    observe,
    probes::{Prober, Target},
    setting::Setting,
    stage::Stage,
    verbs, watch,
};
use crate::{
    base::{StepId, StoryTime},
    plan::Plan,
    world::{self, Action, ActionId, Capabilities, Egress, Event, Outcome, TeardownError},
};

/// Real containers. Made for one plan; torn down when dropped, unless it is to be kept.
pub struct World {
    runtime: Runtime,
    stage: Arc<Stage>,
    events: Receiver<Event>,
    /// The actions under way.
    running: BTreeMap<ActionId, AbortHandle>,
    prober: Option<Prober>,
    torn_down: bool,
}

impl World {
    /// Prepares what a world is made of (images, filled volumes, a network), starts nothing yet.
    pub fn new(plan: Arc<Plan>, options: Options) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(Error::Runtime)?;
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
            noted: Mutex::default(),
        });
        let running = BTreeMap::new();
        Ok(Self { runtime, stage, events, running, prober: None, torn_down: false })
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
            let outcome = match task.await {
                Ok(outcome) => outcome,
                Err(stopped) if stopped.is_cancelled() => {
                    if let Some(step) = step {
                        stage.end_step(&step).await;
                    }
                    Outcome::Failed("it was cancelled".to_owned())
                }
                Err(panicked) => Outcome::Failed(format!("a bug of ours: {panicked}")),
            };
            let _ = stage.events.send(Event::Ended(id, outcome));
        });
    }

    /// Asks the services from now on. The action goes on as long as that can be done.
    fn start_probing(&mut self, id: ActionId) {
        let stage = &self.stage;
        let targets = stage.plan.services.iter().filter_map(|(id, service)| {
            Some(Target {
                service: id.clone(),
                client: service.client,
                name: service.name.clone(),
                probe: service.probe.clone()?,
            })
        });
        let events = stage.events.clone();
        let prober = Prober::start(
            self.runtime.handle(),
            stage.clock.clone(),
            stage.net_view(),
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
            Action::Step(step) => self.spawn(id, Some(step.clone()), async move {
                report(verbs::play(&stage, &step).await)
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

fn report(result: Result<String, Error>) -> Outcome {
    match result {
        Ok(detail) => Outcome::Done(detail),
        Err(error) => Outcome::Failed(error.in_words()),
    }
}
