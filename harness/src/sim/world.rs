//! Owns the simulated world as the engine sees it: actions in, events out, in virtual time.
//! Must not know: what any one action does.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use super::{
    Given, NOTES,
    chance::Chance,
    clock::Clock,
    dns::{Dns, Resolver},
    durations::{self, Work},
    facts::{Facts, State, Touched},
    faults,
    hands::{Beat, Hands},
    layout::{self, Layout},
    observe,
    probes::Scene,
    queue::Queue,
    verbs,
    watch::{Told, Truth, Watch},
};
use crate::{
    base::{Duration, ServiceId, StoryTime},
    expect::Expectation,
    plan::Plan,
    probe::Client,
    scenario::Spread,
    world::{
        self, Action, ActionId, Capabilities, Egress, Event, FaultAct, Outcome, Pace, TeardownError,
    },
};

/// A simulated world, made for one plan; its seed is the plan's.
pub struct World {
    plan: Arc<Plan>,
    layout: Layout,
    given: Arc<Given>,
    clock: Clock,
    facts: Facts,
    dns: Dns,
    watch: Watch,
    coming: Queue<Coming>,
    flights: BTreeMap<ActionId, Flight>,
    /// How often each step was attempted.
    attempts: BTreeMap<usize, u32>,
    events: VecDeque<Event>,
}

/// What is to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Coming {
    /// The next beat of an action.
    Beat(ActionId),
    /// An action has failed, and that shows.
    Failed(ActionId),
    /// A service answers: host, service, number of its start.
    Ready(usize, usize, u32),
    /// The first answer of a target after a change is there.
    Answer(usize),
}

/// An action under way.
struct Flight {
    what: Doing,
    beat: u32,
    whole: Duration,
    chance: Chance,
    /// Why it failed, if that is only to show.
    failure: String,
}

/// What an action is.
enum Doing {
    Up,
    Step(usize),
    Fault(usize, FaultAct),
    Pass(Duration),
    Look(Box<Expectation>),
    Restart,
    /// Goes on until the end.
    Probe,
}

impl World {
    /// A world that begins at story time 0.
    pub fn new(plan: Arc<Plan>, given: Arc<Given>) -> Self {
        let layout = Layout::of(&plan);
        let first = layout.of_name.iter().map(|services| layout.services[services[0]].on);
        let probing = plan.probing;
        let dns = Dns::new(first, plan.zone.ttl, probing.every, probing.late_by);
        Self {
            facts: Facts::at_first(&plan, &layout),
            dns,
            layout,
            plan,
            given,
            clock: Clock::default(),
            watch: Watch::default(),
            coming: Queue::new(),
            flights: BTreeMap::new(),
            attempts: BTreeMap::new(),
            events: VecDeque::new(),
        }
    }

    /// What was true for each client all along, whether a probe saw it or not.
    pub fn truth(&self) -> Vec<Truth> {
        self.watch.truth(&self.plan, &self.layout)
    }

    fn begin(&mut self, id: ActionId, action: Action) {
        let (what, purpose): (_, Vec<String>) = match action {
            Action::Up => (Doing::Up, vec!["up".to_owned()]),
            Action::Probe => return self.start_probing(id),
            Action::Pace(service, pace) => return self.pace(id, &service, pace),
            Action::Step(step) => {
                let number = self.layout.step(&step);
                let attempt = self.attempts.entry(number).or_default();
                *attempt += 1;
                (Doing::Step(number), vec!["step".into(), step.to_string(), attempt.to_string()])
            }
            Action::Fault(fault, act) => {
                let number = self.plan.faults.get_index_of(&fault);
                let number = number.expect("the engine speaks of faults of its own plan");
                let purpose = vec!["fault".into(), fault.to_string(), format!("{act:?}")];
                (Doing::Fault(number, act), purpose)
            }
            Action::Pass(by) => (Doing::Pass(by), vec!["pass".into(), id.0.to_string()]),
            Action::Observe(it) => (Doing::Look(it), vec!["look".into(), id.0.to_string()]),
            Action::RestartHosts => (Doing::Restart, vec!["restart".to_owned()]),
            Action::Write | Action::StopWriting | Action::Read { .. } => {
                let why = Outcome::Failed("the simulator plays no writers".to_owned());
                return self.events.push_back(Event::Ended(id, why));
            }
        };
        let words: Vec<&str> = purpose.iter().map(String::as_str).collect();
        let mut chance = Chance::of(self.plan.seed, &words);
        let whole = durations::draw(self.spread(&what), &mut chance);
        let failure = String::new();
        self.flights.insert(id, Flight { what, beat: 0, whole, chance, failure });
        self.play(id);
    }

    fn spread(&self, what: &Doing) -> Spread {
        match what {
            Doing::Step(step) => {
                durations::of_step(&self.given.timings, &self.plan, &self.plan.steps[*step])
            }
            Doing::Up | Doing::Probe => Work::Up.spread(),
            Doing::Fault(..) => Work::Fault.spread(),
            Doing::Pass(_) => Work::Pass.spread(),
            Doing::Look(it) if matches!(**it, Expectation::Mail(_)) => Work::LookAtMail.spread(),
            Doing::Look(_) => Work::Look.spread(),
            Doing::Restart => Work::Restart.spread(),
        }
    }

    /// Asks the services from now on.
    fn start_probing(&mut self, id: ActionId) {
        let whole = Duration::ZERO;
        let chance = Chance::of(self.plan.seed, &["probe"]);
        let failure = String::new();
        self.flights.insert(id, Flight { what: Doing::Probe, beat: 0, whole, chance, failure });
        let scene = Scene {
            plan: &self.plan,
            layout: &self.layout,
            facts: &self.facts,
            dns: &self.dns,
            now: self.clock.story(),
        };
        let targets = self.layout.targets.iter();
        let views = targets.map(|target| scene.view(target, scene.memory(target)));
        let first = self.watch.begin(views, self.plan.probing.every, &self.clock);
        for (number, (target, first)) in self.layout.targets.iter().zip(first).enumerate() {
            let service = &self.layout.services[target.service];
            let resolver = match target.client {
                Client::Late => Resolver::Late,
                Client::Fresh | Client::Keepalive | Client::Pinned => Resolver::Prompt,
            };
            self.dns.add_asker(resolver, service.name, first);
            for need in &service.needs {
                // Who asks the service has it ask for what it needs, from its host.
                self.dns.add_asker(Resolver::Prompt, self.layout.services[*need].name, first);
            }
            if let Some(due) = self.watch.due(number) {
                self.coming.push(due, Coming::Answer(number));
            }
        }
    }

    /// Asks a service more or less often from now on.
    fn pace(&mut self, id: ActionId, service: &ServiceId, pace: Pace) {
        let every = match pace {
            Pace::Base => self.plan.probing.every,
            Pace::Dense => self.plan.probing.around_changes.min(self.plan.probing.every),
        };
        let service = layout::place(&self.plan, service);
        let (clock, plan, layout) = (self.clock, &*self.plan, &self.layout);
        let events = &mut self.events;
        let mut tell = |sample| events.push_back(Event::Sample(sample));
        let mut told = Told { plan, layout, tell: &mut tell };
        for number in 0..self.watch.len() {
            if layout.targets[number].service == service
                && let Some(due) = self.watch.pace(number, every, &clock, &mut told)
            {
                self.coming.push(due, Coming::Answer(number));
            }
        }
        self.events.push_back(Event::Ended(id, Outcome::Done(String::new())));
    }

    /// Plays one beat of an action.
    fn play(&mut self, id: ActionId) {
        let Some(mut flight) = self.flights.remove(&id) else { return };
        if let Doing::Pass(by) = flight.what
            && flight.beat > 0
        {
            self.jump(by);
            return self.events.push_back(Event::Ended(id, Outcome::Landed(self.clock.story())));
        }
        let mut starting = vec![];
        let mut hands = Hands {
            plan: &self.plan,
            given: &self.given,
            layout: &self.layout,
            facts: &mut self.facts,
            dns: &mut self.dns,
            clock: &self.clock,
            chance: &mut flight.chance,
            whole: flight.whole,
            starting: &mut starting,
        };
        let beat = beat(&mut hands, &flight.what, flight.beat);
        for (host, service, start) in starting {
            let ready = durations::draw(Work::Ready.spread(), &mut flight.chance);
            let at = self.clock.work() + ready;
            self.coming.push(at, Coming::Ready(host, service, start));
        }
        self.look_again();
        let ended = match beat {
            Beat::Next(after) => {
                flight.beat += 1;
                self.flights.insert(id, flight);
                return self.coming.push(self.clock.work() + after, Coming::Beat(id));
            }
            Beat::Fails(after, why) if after > Duration::ZERO => {
                flight.failure = why;
                self.flights.insert(id, flight);
                return self.coming.push(self.clock.work() + after, Coming::Failed(id));
            }
            Beat::Fails(_, why) => Outcome::Failed(why),
            Beat::Done(text) => Outcome::Done(text),
            Beat::Found(found) => Outcome::Found(found),
        };
        self.events.push_back(Event::Ended(id, ended));
    }

    /// Lets story time jump. Stale answers that run out on the way do so at their own moment.
    fn jump(&mut self, by: Duration) {
        self.dns.before_jump(&self.clock);
        let (clock, plan, layout) = (self.clock, &*self.plan, &self.layout);
        let events = &mut self.events;
        let mut tell = |sample| events.push_back(Event::Sample(sample));
        self.watch.before_jump(&clock, &mut Told { plan, layout, tell: &mut tell });
        self.clock.jump(by);
        self.expire();
    }

    /// Stale answers have run out.
    fn expire(&mut self) {
        while let Some((at, name)) = self.dns.pop_stale(self.clock.story()) {
            self.facts.touched.names.push(name);
            self.look_again_at(at);
        }
    }

    /// Whoever can feel what has changed looks again.
    fn look_again(&mut self) {
        self.look_again_at(self.clock.story());
    }

    fn look_again_at(&mut self, now: StoryTime) {
        let touched = std::mem::take(&mut self.facts.touched);
        if touched.is_empty() || self.watch.len() == 0 {
            return;
        }
        let (plan, layout) = (&*self.plan, &self.layout);
        let scene = Scene { plan, layout, facts: &self.facts, dns: &self.dns, now };
        let events = &mut self.events;
        let mut tell = |sample| events.push_back(Event::Sample(sample));
        let mut told = Told { plan, layout, tell: &mut tell };
        for number in feel(layout, touched) {
            let seen = scene.view(&layout.targets[number], self.watch.memory(number));
            let due = self.watch.see(number, seen, now, &self.clock, &mut told);
            if let Some(due) = due {
                self.coming.push(due, Coming::Answer(number));
            }
        }
    }

    /// When something is to come next.
    fn next(&self) -> Option<super::clock::Work> {
        let stale = self.dns.next_stale().map(|until| self.clock.work_at(until));
        stale.into_iter().chain(self.coming.next()).min()
    }

    /// Lets that come.
    fn step(&mut self) {
        let stale = self.dns.next_stale().is_some_and(|until| until <= self.clock.story());
        if stale {
            return self.expire();
        }
        match self.coming.pop() {
            None => {}
            Some(Coming::Beat(id)) => self.play(id),
            Some(Coming::Failed(id)) => {
                if let Some(flight) = self.flights.remove(&id) {
                    let failed = Outcome::Failed(flight.failure);
                    self.events.push_back(Event::Ended(id, failed));
                }
            }
            Some(Coming::Ready(host, service, start)) => self.ready(host, service, start),
            Some(Coming::Answer(target)) => {
                let (clock, plan, layout) = (self.clock, &*self.plan, &self.layout);
                let events = &mut self.events;
                let mut tell = |sample| events.push_back(Event::Sample(sample));
                let mut told = Told { plan, layout, tell: &mut tell };
                self.watch.tell_first(target, &clock, &mut told);
            }
        }
    }

    /// A service answers from now on, if that start of it is still the last.
    fn ready(&mut self, host: usize, service: usize, start: u32) {
        let instance = self.facts.instance(host, service);
        if instance.starts == start && instance.state == State::Starting {
            self.facts.change(host, service).state = State::Ready;
            self.look_again();
        }
    }

    fn flush(&mut self) {
        let (clock, plan, layout) = (self.clock, &*self.plan, &self.layout);
        let events = &mut self.events;
        let mut tell = |sample| events.push_back(Event::Sample(sample));
        self.watch.flush(&clock, &mut Told { plan, layout, tell: &mut tell });
    }
}

/// One beat of anything but a wait.
fn beat(hands: &mut Hands<'_>, what: &Doing, beat: u32) -> Beat {
    match what {
        Doing::Step(number) => {
            let plan = hands.plan;
            verbs::play(hands, &plan.steps[*number], *number, beat)
        }
        Doing::Fault(number, act) => {
            let plan = hands.plan;
            let (_, fault) = plan.faults.get_index(*number).expect("it is of this plan");
            faults::act(hands, *number, fault, *act, beat)
        }
        Doing::Look(expectation) if beat > 0 => Beat::Found(observe::observe(hands, expectation)),
        Doing::Restart => restart(hands, beat),
        Doing::Up if beat > 0 => {
            let hosts = hands.plan.hosts.len();
            Beat::Done(format!("{hosts} hosts, DNS, package proxy, operator"))
        }
        Doing::Look(_) | Doing::Up | Doing::Pass(_) => Beat::Next(hands.whole),
        Doing::Probe => unreachable!("probing has no beats"),
    }
}

/// All hosts go down, boot, and can be worked on again.
fn restart(hands: &mut Hands<'_>, beat: u32) -> Beat {
    let hosts = 0..hands.facts.hosts.len();
    match beat {
        0 => return Beat::Next(hands.share(10)),
        1 => {
            hosts.for_each(|host| hands.facts.power_off(host));
            return Beat::Next(hands.share(60));
        }
        2 => {
            for host in hosts {
                let started = hands.facts.boot(hands.layout, host);
                let started = started.into_iter().map(|(service, start)| (host, service, start));
                hands.starting.extend(started);
            }
            return Beat::Next(hands.share(30));
        }
        _ => {}
    }
    Beat::Done("all hosts restarted".to_owned())
}

/// The targets that can feel it, each once, in order.
fn feel(layout: &Layout, touched: Touched) -> Vec<usize> {
    if touched.all {
        return (0..layout.targets.len()).collect();
    }
    let of_names = touched.names.iter().flat_map(|name| &layout.of_name[*name]);
    let services = touched.services.iter().chain(of_names);
    let mut targets: Vec<_> =
        services.flat_map(|service| layout.services[*service].felt_by.iter().copied()).collect();
    targets.sort_unstable();
    targets.dedup();
    targets
}

impl world::World for World {
    fn capabilities(&self) -> Capabilities {
        let addresses = self.plan.hosts.keys().zip(&self.layout.addresses);
        Capabilities {
            world: "sim".to_owned(),
            notes: NOTES.map(str::to_owned).to_vec(),
            addresses: addresses.map(|(id, address)| (id.clone(), address.to_string())).collect(),
        }
    }

    fn now(&self) -> StoryTime {
        self.clock.story()
    }

    fn submit(&mut self, id: ActionId, action: Action) {
        self.begin(id, action);
    }

    fn cancel(&mut self, id: ActionId) {
        if self.flights.remove(&id).is_some() {
            let cancelled = Outcome::Failed("it was cancelled".to_owned());
            self.events.push_back(Event::Ended(id, cancelled));
        }
    }

    /// It tells of no writes.
    fn recorded(&mut self, _service: &ServiceId, _number: u64) {}

    fn wait(&mut self, until: StoryTime) -> Event {
        loop {
            if let Some(event) = self.events.pop_front() {
                return event;
            }
            let end = self.clock.work_at(until);
            match self.next().filter(|next| *next <= end) {
                Some(next) => {
                    self.clock.advance(next);
                    self.step();
                }
                None => {
                    self.clock.advance(end);
                    self.flush();
                    if self.events.is_empty() {
                        return Event::Reached;
                    }
                }
            }
        }
    }

    fn teardown(&mut self) -> Result<Egress, TeardownError> {
        self.flights.clear();
        Ok(Egress::Seen(vec![]))
    }
}
