//! A world that does what a script says, in virtual time.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use crate::{
    base::{Duration, ServiceId, StoryTime},
    expect::{Expectation, Found, Listener},
    history::{Held, Refused, Sample, Write},
    plan::Plan,
    probe::{Answer, Client},
    world::{Action, ActionId, Capabilities, Egress, Event, Outcome, Pace, TeardownError, World},
    writer::Told,
};

/// How an action goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Play {
    /// Done after so many milliseconds.
    Done(u64),
    /// Failed after so many milliseconds.
    Fails(u64),
    /// Goes on until it is cancelled, and so many milliseconds more.
    Hangs(u64),
    /// Ends twice: a bug.
    Twice,
}

/// When the clock jumps for an [`Action::Pass`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Jumps {
    WhenAsked,
    WhenItEnds,
    Never,
}

/// What a [`Fake`] does. What is not said is done in a second.
#[derive(Debug, Clone)]
pub(super) struct Script {
    /// By what is asked: `up`, `restart`, `probe`, `step a`, `inject f`, ...; one per attempt, the
    /// last again and again.
    pub(super) plays: BTreeMap<String, Vec<Play>>,
    /// What is found, by the expectation's words; as expected where nothing is said.
    pub(super) findings: BTreeMap<String, Vec<Found>>,
    /// When services are down, in seconds.
    pub(super) outages: Vec<(&'static str, u64, u64)>,
    /// When services answer and take no write, in seconds.
    pub(super) refusals: Vec<(&'static str, u64, u64)>,
    /// Probes of these never come back.
    pub(super) mute: Vec<&'static str>,
    /// What is found of the writes, by service and host; nothing where nothing is said.
    pub(super) holdings: BTreeMap<(&'static str, &'static str), Held>,
    pub(super) jumps: Jumps,
    /// The waits, counted from 0, from which on somebody asks to stop twice.
    pub(super) interrupt_at: Option<usize>,
    pub(super) leaves_something: bool,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            plays: BTreeMap::new(),
            findings: BTreeMap::new(),
            outages: vec![],
            refusals: vec![],
            mute: vec![],
            holdings: BTreeMap::new(),
            jumps: Jumps::WhenAsked,
            interrupt_at: None,
            leaves_something: false,
        }
    }
}

impl Script {
    pub(super) fn with(mut self, what: &str, plays: &[Play]) -> Self {
        self.plays.insert(what.to_owned(), plays.to_vec());
        self
    }
}

/// A world that does what a script says.
pub(super) struct Fake<'p> {
    plan: &'p Plan,
    script: Script,
    now: StoryTime,
    coming: BTreeMap<(StoryTime, u64), Coming>,
    serial: u64,
    asked: BTreeMap<String, usize>,
    running: BTreeMap<ActionId, (String, Play)>,
    /// The action that writes, until it is stopped.
    writing: Option<ActionId>,
    lanes: BTreeMap<ServiceId, Lane>,
    /// The writes that are on disk, as whoever keeps the history says.
    pub(super) safe: Safe,
    /// How often it was waited for.
    pub(super) waits: usize,
    /// What was asked of it, in order.
    pub(super) log: Vec<String>,
    /// How often it was taken down.
    pub(super) torn_down: usize,
    /// The most steps that ran at once.
    pub(super) most_steps: usize,
    /// How often services were to be asked, and since when.
    pub(super) paces: Vec<(StoryTime, ServiceId, Pace)>,
}

#[derive(Debug, Clone)]
enum Coming {
    Tell(Event),
    Jump(ActionId, Duration),
    Launch(ServiceId),
    Write(ServiceId),
}

/// Writes that nothing can undo.
pub(super) type Safe = Rc<RefCell<BTreeSet<(ServiceId, u64)>>>;

/// The one lane of a writer.
#[derive(Debug, Default)]
struct Lane {
    next: u64,
    /// The write that is under way or not recorded yet.
    busy: Option<u64>,
}

impl<'p> Fake<'p> {
    pub(super) fn new(plan: &'p Plan, script: Script) -> Self {
        Self {
            plan,
            script,
            now: StoryTime(0),
            coming: BTreeMap::new(),
            serial: 0,
            asked: BTreeMap::new(),
            running: BTreeMap::new(),
            writing: None,
            lanes: BTreeMap::new(),
            safe: Safe::default(),
            waits: 0,
            log: vec![],
            torn_down: 0,
            most_steps: 0,
            paces: vec![],
        }
    }

    fn later(&mut self, ms: u64, what: Coming) {
        self.serial += 1;
        self.coming.insert((self.now + Duration::from_millis(ms), self.serial), what);
    }

    fn jump(&mut self, by: Duration) {
        self.now = self.now + by;
        let coming = std::mem::take(&mut self.coming);
        let moved = coming.into_iter().map(|((at, serial), what)| ((at + by, serial), what));
        self.coming = moved.collect();
    }

    fn times_asked(&mut self, what: &str) -> usize {
        let times = self.asked.entry(what.to_owned()).or_default();
        *times += 1;
        *times - 1
    }

    fn play(&mut self, id: ActionId, what: &str) {
        let time = self.times_asked(what);
        let play = match self.script.plays.get(what) {
            Some(plays) => *plays.get(time).or(plays.last()).unwrap(),
            None if what == "probe" => Play::Hangs(0),
            None => Play::Done(1_000),
        };
        let done = Event::Ended(id, Outcome::Done(format!("{what} done")));
        let failed = Event::Ended(id, Outcome::Failed(format!("{what} failed")));
        self.running.insert(id, (what.to_owned(), play));
        match play {
            Play::Done(ms) => self.later(ms, Coming::Tell(done)),
            Play::Fails(ms) => self.later(ms, Coming::Tell(failed)),
            Play::Hangs(_) => {}
            Play::Twice => {
                self.later(10, Coming::Tell(done.clone()));
                self.later(20, Coming::Tell(done));
            }
        }
    }

    fn look(&mut self, id: ActionId, expectation: &Expectation) {
        let what = expectation.to_string();
        let time = self.times_asked(&what);
        let found = match self.script.findings.get(&what) {
            Some(findings) => findings.get(time).or(findings.last()).unwrap().clone(),
            None => as_expected(expectation),
        };
        self.later(100, Coming::Tell(Event::Ended(id, Outcome::Found(found))));
    }

    /// Whether it is one of these times of a service.
    fn is_in(&self, times: &[(&'static str, u64, u64)], service: &ServiceId) -> bool {
        let second = self.now.0 / 1_000_000;
        let mut times = times.iter();
        times.any(|(id, from, to)| *id == service.as_str() && (*from..*to).contains(&second))
    }

    /// Writes, if the lane is free.
    fn write(&mut self, service: ServiceId) {
        if self.writing.is_none() {
            return;
        }
        let refuses = self.is_in(&self.script.refusals, &service)
            || self.is_in(&self.script.outages, &service);
        let told = if refuses { Told::Failed } else { Told::Acknowledged };
        let lane = self.lanes.entry(service.clone()).or_default();
        if lane.busy.is_none() {
            let number = lane.next;
            (lane.busy, lane.next) = (Some(number), number + 1);
            self.log.push(format!("write {service} {number}"));
            let write = Write {
                service: service.clone(),
                number,
                count: 1,
                every_micros: 0,
                client: Client::Fresh,
                launched: self.now,
                ended: self.now + Duration::from_millis(20),
                told,
                host: None,
                attempts: 1,
                unanswered: 0,
                skipped: 0,
                detail: if told == Told::Failed { "refused".to_owned() } else { String::new() },
            };
            self.later(20, Coming::Tell(Event::Written(write)));
        }
        self.later(200, Coming::Write(service));
    }

    fn stop_writing(&mut self, id: ActionId, what: &str) {
        self.play(id, what);
        if let Some(writing) = self.writing.take() {
            let done = Event::Ended(writing, Outcome::Done(String::new()));
            self.later(30, Coming::Tell(done));
        }
    }

    fn launch(&mut self, service: ServiceId) {
        let at = self.now;
        let is_down = self.is_in(&self.script.outages, &service);
        let sample = Sample {
            service: service.clone(),
            client: Client::Fresh,
            host: None,
            launched: at,
            count: 1,
            every_micros: 0,
            answer: if is_down { Answer::Down } else { Answer::Up },
            took_micros: 20_000,
            detail: if is_down { "connection refused".to_owned() } else { String::new() },
        };
        if !self.script.mute.contains(&service.as_str()) {
            self.later(20, Coming::Tell(Event::Sample(sample)));
        }
        let probing = self.plan.probing;
        let every = match self.paces.iter().rev().find(|(_, of, _)| *of == service) {
            Some((_, _, Pace::Dense)) => probing.around_changes,
            _ => probing.every,
        };
        self.later(every.as_micros() / 1_000, Coming::Launch(service));
    }
}

impl World for Fake<'_> {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            world: "fake".to_owned(),
            notes: vec![],
            addresses: [("new".parse().unwrap(), "10.0.0.2".to_owned())].into_iter().collect(),
        }
    }

    fn now(&self) -> StoryTime {
        self.now
    }

    fn submit(&mut self, id: ActionId, action: Action) {
        let what = words(&action);
        self.log.push(what.clone());
        self.running.insert(id, (what.clone(), Play::Done(0)));
        let steps = self.running.values().filter(|(what, _)| what.starts_with("step ")).count();
        self.most_steps = self.most_steps.max(steps);
        match action {
            Action::Pass(by) if self.script.jumps == Jumps::WhenAsked => {
                self.jump(by);
                let landed = Outcome::Landed(self.now());
                // The report comes a little later than the jump.
                self.later(5, Coming::Tell(Event::Ended(id, landed)));
            }
            Action::Pass(_) if self.script.jumps == Jumps::Never => {
                let stuck = Outcome::Failed("the clock stands".to_owned());
                self.later(5, Coming::Tell(Event::Ended(id, stuck)));
            }
            Action::Pass(by) => self.later(5, Coming::Jump(id, by)),
            Action::Observe(expectation) => self.look(id, &expectation),
            Action::Probe => {
                self.play(id, &what);
                for service in self.plan.services.keys() {
                    self.later(0, Coming::Launch(service.clone()));
                }
            }
            Action::Step { step, .. } => {
                let line = format!("{step} begins");
                self.later(0, Coming::Tell(Event::Output(step, line)));
                self.play(id, &what);
            }
            Action::Up | Action::Fault(..) | Action::RestartHosts => self.play(id, &what),
            Action::Write => {
                self.writing = Some(id);
                let written: Vec<_> =
                    self.plan.writers().map(|(service, _)| service.clone()).collect();
                written.into_iter().for_each(|service| self.later(0, Coming::Write(service)));
            }
            Action::StopWriting => self.stop_writing(id, &what),
            Action::Read { service, host } if !self.script.plays.contains_key(&what) => {
                let held = self.script.holdings.get(&(service.as_str(), host.as_str())).cloned();
                let held = held.unwrap_or_else(|| Held::Nothing("not there".to_owned()));
                self.later(100, Coming::Tell(Event::Ended(id, Outcome::Read(held))));
            }
            Action::Read { .. } => self.play(id, &what),
        }
    }

    fn cancel(&mut self, id: ActionId) {
        let (what, play) = self.running.get(&id).expect("only what runs is cancelled");
        self.log.push(format!("cancel {what}"));
        if let Play::Hangs(ms) = *play {
            let ended = Event::Ended(id, Outcome::Failed("cancelled".to_owned()));
            self.later(ms, Coming::Tell(ended));
        }
    }

    fn pace(&mut self, service: &ServiceId, pace: Pace) {
        self.paces.push((self.now, service.clone(), pace));
    }

    fn catch_up(&mut self, _service: Option<&ServiceId>) {}

    fn wait(&mut self, until: StoryTime) -> Event {
        assert_eq!(self.torn_down, 0, "waited for a world that is gone");
        self.waits += 1;
        assert!(self.waits < 100_000, "the rehearsal hangs at {:?}", self.now);
        if self.script.interrupt_at.is_some_and(|at| self.waits > at) {
            return Event::Interrupted;
        }
        while let Some(((at, _), _)) = self.coming.first_key_value().filter(|(k, _)| k.0 <= until) {
            self.now = self.now.max(*at);
            match self.coming.pop_first().unwrap().1 {
                Coming::Launch(service) => self.launch(service),
                Coming::Write(service) => self.write(service),
                Coming::Jump(id, by) => {
                    self.jump(by);
                    self.running.remove(&id);
                    return Event::Ended(id, Outcome::Landed(self.now()));
                }
                Coming::Tell(event) => {
                    if let Event::Ended(id, _) = &event {
                        self.running.remove(id);
                    }
                    return event;
                }
            }
        }
        self.now = self.now.max(until);
        Event::Reached
    }

    fn recorded(&mut self, service: &ServiceId, number: u64) {
        let is_safe = self.safe.borrow().contains(&(service.clone(), number));
        assert!(is_safe, "write {number} to {service} is said to be on disk and is not");
        self.log.push(format!("recorded {service} {number}"));
        let lane = self.lanes.get_mut(service).expect("only what was written is recorded");
        assert_eq!(lane.busy.take(), Some(number), "each write is recorded once");
    }

    fn teardown(&mut self) -> Result<Egress, TeardownError> {
        self.torn_down += 1;
        if self.script.leaves_something {
            return Err(TeardownError { reason: "a network is in use".to_owned() });
        }
        let name = "example.org".to_owned();
        Ok(Egress::Seen(vec![Refused { who: "new".to_owned(), name }]))
    }
}

fn words(action: &Action) -> String {
    use crate::world::FaultAct::{Heal, Inject, VerifyBite, VerifyGone};
    match action {
        Action::Up => "up".to_owned(),
        Action::Probe => "probe".to_owned(),
        Action::Step { step, on: None } => format!("step {step}"),
        Action::Step { step, on: Some(on) } => format!("step {step} on {on}"),
        Action::Fault(fault, Inject) => format!("inject {fault}"),
        Action::Fault(fault, VerifyBite) => format!("verify bite of {fault}"),
        Action::Fault(fault, Heal) => format!("heal {fault}"),
        Action::Fault(fault, VerifyGone) => format!("verify {fault} gone"),
        Action::Pass(by) => format!("pass {by}"),
        Action::Observe(expectation) => format!("look whether {expectation}"),
        Action::RestartHosts => "restart".to_owned(),
        Action::Write => "write".to_owned(),
        Action::StopWriting => "stop writing".to_owned(),
        Action::Read { service, host } => format!("read {service} on {host}"),
    }
}

fn as_expected(expectation: &Expectation) -> Found {
    let Expectation::Listens(listens) = expectation else {
        panic!("only listeners are looked for in these tests")
    };
    let listener = |port: &u16| Listener { port: *port, program: "nginx".to_owned() };
    Found::Listeners(listens.ports.iter().map(listener).collect())
}
