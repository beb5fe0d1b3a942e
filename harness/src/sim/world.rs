//! Owns the simulated world as the engine sees it: actions in, events out, in virtual time.
//! Must not know: what any one action does.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use super::{
    Given, NOTES,
    acts::{Doing, beat, spread},
    chance::Chance,
    clock::{Clock, Work as Moment},
    dns::{Dns, Resolver},
    durations::{self, Work},
    facts::{Content, Facts, State},
    hands::{Beat, Hands},
    layout::{self, Layout},
    probes::Scene,
    queue::Queue,
    watch::{Told, Truth, Watch},
    writers::{Ground, Writers},
};
use crate::{
    base::{Duration, FaultId, ServiceId, StoryTime},
    plan::Plan,
    probe::Client,
    world::{self, Action, ActionId, Capabilities, Egress, Event, Outcome, Pace, TeardownError},
};

/// A simulated world, made for one plan; its seed is the plan's.
#[derive(Clone)]
pub struct World {
    plan: Arc<Plan>,
    layout: Arc<Layout>,
    given: Arc<Given>,
    clock: Clock,
    facts: Facts,
    dns: Dns,
    watch: Watch,
    writers: Writers,
    coming: Queue<Coming>,
    flights: Flights,
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
    /// A service dies: the same.
    Dies(usize, usize, u32),
    /// The first answer of a target after a change is there.
    Answer(usize),
    /// The first answer to a writer after a change is there or, when writing is to end, the next one.
    Written(usize),
}

/// An action under way.
#[derive(Clone)]
struct Flight {
    what: Doing,
    beat: u32,
    whole: Duration,
    chance: Chance,
    /// Why it failed, if that is only to show.
    failure: String,
    /// What it noted for a later beat: data that it saw, and a service that it started.
    noted: Option<Content>,
    noted_start: Option<usize>,
}

impl Flight {
    fn new(what: Doing, whole: Duration, chance: Chance) -> Self {
        let (failure, noted, noted_start) = (String::new(), None, None);
        Self { what, beat: 0, whole, chance, failure, noted, noted_start }
    }
}

/// The actions under way, in the order of their beginning; never many.
#[derive(Clone, Default)]
struct Flights(Vec<(ActionId, Box<Flight>)>);

impl Flights {
    fn insert(&mut self, id: ActionId, flight: Flight) {
        self.0.push((id, Box::new(flight)));
    }

    fn get_mut(&mut self, id: ActionId) -> Option<&mut Flight> {
        self.0.iter_mut().find(|(other, _)| *other == id).map(|(_, flight)| &mut **flight)
    }

    fn remove(&mut self, id: ActionId) -> Option<Box<Flight>> {
        let place = self.0.iter().position(|(other, _)| *other == id)?;
        Some(self.0.remove(place).1)
    }
}

/// The world as its writers see it.
macro_rules! ground {
    ($world:ident) => {
        Ground {
            plan: &$world.plan,
            layout: &$world.layout,
            facts: &mut $world.facts,
            dns: &$world.dns,
            clock: &$world.clock,
        }
    };
}

impl World {
    /// A world that begins at story time 0.
    pub fn new(plan: Arc<Plan>, given: Arc<Given>) -> Self {
        let layout = Arc::new(Layout::of(&plan, &given));
        Self::laid_out(plan, given, layout)
    }

    /// The same, where the layout of the plan is known already.
    pub fn laid_out(plan: Arc<Plan>, given: Arc<Given>, layout: Arc<Layout>) -> Self {
        let first = layout.of_name.iter().map(|services| layout.services[services[0]].on);
        let first = layout.names.iter().cloned().zip(first);
        let dns = Dns::new(first, plan.zone.ttl, plan.probing.late_by);
        let mut world = Self {
            facts: Facts::at_first(&plan, &layout),
            dns,
            layout,
            plan,
            given,
            clock: Clock::default(),
            watch: Watch::default(),
            writers: Writers::default(),
            coming: Queue::new(),
            flights: Flights::default(),
            attempts: BTreeMap::new(),
            events: VecDeque::new(),
        };
        world.add_aaaas();
        world
    }

    /// Has room for the AAAA records that faults of the plan leave.
    fn add_aaaas(&mut self) {
        for name in self.plan.old_aaaas().into_keys() {
            if let Some(name) = self.layout.name(name.as_str()) {
                let first = self.layout.of_name[name][0];
                self.dns.add_aaaa(name, self.layout.services[first].on, self.plan.zone.ttl);
            }
        }
    }

    /// The same world as far as it has come, for a plan with more faults that have not begun yet; none where it would
    /// have been another one from the start.
    pub fn with_faults(&self, plan: &Arc<Plan>) -> Option<Self> {
        let is_there = |id: &FaultId| self.plan.faults.get(id).is_some_and(|fault| fault.active);
        let mut more = plan.active_faults().filter(|(id, _)| !is_there(id));
        let is_same = !more.any(|(_, fault)| fault.kind.is_prepared());
        is_same.then(|| {
            let mut world = Self { plan: Arc::clone(plan), ..self.clone() };
            world.add_aaaas();
            world
        })
    }

    /// What was true for each client all along, whether a probe saw it or not.
    pub fn truth(&self) -> Vec<Truth> {
        self.watch.truth(&self.plan, &self.layout)
    }

    fn begin(&mut self, id: ActionId, action: Action) {
        let chance = |purpose: &[&str]| Chance::of(self.plan.seed, purpose);
        let (what, mut chance) = match action {
            Action::Up => (Doing::Up, chance(&["up"])),
            Action::Probe => return self.start_probing(id),
            Action::Step { step, on } => {
                let number = self.layout.step(&step);
                let attempt = self.attempts.entry(number).or_default();
                *attempt += 1;
                let chance = chance(&["step", step.as_str(), &attempt.to_string()]);
                (Doing::Step(number, on), chance)
            }
            Action::Fault(fault, act) => {
                let number = self.plan.faults.get_index_of(&fault);
                let number = number.expect("the engine speaks of faults of its own plan");
                let chance = chance(&["fault", fault.as_str(), &format!("{act:?}")]);
                (Doing::Fault(number, act), chance)
            }
            Action::Pass(by) => (Doing::Pass(by), chance(&["pass", &id.0.to_string()])),
            Action::Observe(it) => (Doing::Look(it), chance(&["look", &id.0.to_string()])),
            Action::RestartHosts => (Doing::Restart, chance(&["restart"])),
            Action::Write => return self.start_writing(id),
            Action::StopWriting => return self.stop_writing(id),
            Action::Read { service, host } => {
                let chance = chance(&["read", service.as_str(), host.as_str()]);
                (Doing::Read(service, host), chance)
            }
        };
        let whole = durations::draw(spread(&self.given, &self.plan, &what), &mut chance);
        self.flights.insert(id, Flight::new(what, whole, chance));
        self.play(id);
    }

    /// Something that goes on, and takes no time of its own.
    fn go_on(&mut self, id: ActionId, what: Doing) {
        let chance = Chance::of(self.plan.seed, &[]);
        self.flights.insert(id, Flight::new(what, Duration::ZERO, chance));
    }

    /// Writes to the services from now on.
    fn start_writing(&mut self, id: ActionId) {
        self.go_on(id, Doing::Write);
        let first = self.writers.begin(&ground!(self));
        for (number, (writer, first)) in self.layout.writers.iter().zip(first).enumerate() {
            let asker = |name: usize| (self.layout.services[name].name, (first, writer.every));
            let resolver = Resolver::of(writer.client);
            // Who remembers an address asks no more.
            if matches!(writer.client, Client::Fresh | Client::Late) {
                let (name, grid) = asker(writer.service);
                self.dns.add_asker(resolver, name, grid);
            }
            for need in &self.layout.services[writer.service].needs {
                let (name, grid) = asker(*need);
                self.dns.add_asker(Resolver::Prompt, name, grid);
            }
            if let Some(due) = self.writers.due(number) {
                self.coming.push(due, Coming::Written(number));
            }
        }
    }

    /// Begins no write any more.
    fn stop_writing(&mut self, id: ActionId) {
        self.go_on(id, Doing::StopWriting);
        self.writers.stop(&mut ground!(self));
        for number in 0..self.layout.writers.len() {
            if let Some(due) = self.writers.due(number) {
                self.coming.push(due, Coming::Written(number));
            }
        }
        self.tell_written();
        self.end_writing();
    }

    /// The answer to a write is there, or mail is tried again.
    fn written(&mut self, number: usize) {
        self.writers.catch_up(number, &mut ground!(self));
        self.tell_written();
        let ending = self.flights.0.iter().any(|(_, it)| matches!(it.what, Doing::StopWriting));
        if ending {
            if let Some(due) = self.writers.due(number) {
                assert!(due > self.clock.work(), "writer {number} does not come to an end");
                self.coming.push(due, Coming::Written(number));
            }
            self.end_writing();
        }
    }

    /// Writing is over as soon as the last was heard of all that was written.
    fn end_writing(&mut self) {
        if !self.writers.are_done() {
            return;
        }
        let going = self.flights.0.iter();
        let going = going.filter(|(_, it)| matches!(it.what, Doing::Write | Doing::StopWriting));
        for id in going.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.flights.remove(id);
            self.events.push_back(Event::Ended(id, Outcome::Done(String::new())));
        }
    }

    fn tell_written(&mut self) {
        while let Some(event) = self.writers.pop_ended() {
            self.events.push_back(event);
        }
    }

    /// Asks the services from now on.
    fn start_probing(&mut self, id: ActionId) {
        self.go_on(id, Doing::Probe);
        let scene = Scene {
            plan: &self.plan,
            layout: &self.layout,
            facts: &self.facts,
            dns: &self.dns,
            now: self.clock.story(),
        };
        let targets = self.layout.targets.iter();
        let views = targets.map(|target| {
            let memory = scene.memory(target.service, target.client);
            scene.view(target, memory)
        });
        let first = self.watch.begin(views, self.plan.probing.every, &self.clock);
        for (number, (target, first)) in self.layout.targets.iter().zip(first).enumerate() {
            let service = &self.layout.services[target.service];
            let grid = (first, self.plan.probing.every);
            self.dns.add_asker(Resolver::of(target.client), service.name, grid);
            for need in &service.needs {
                // Who asks the service has it ask for what it needs, from its host.
                self.dns.add_asker(Resolver::Prompt, self.layout.services[*need].name, grid);
            }
            if let Some(due) = self.watch.due(number) {
                self.coming.push(due, Coming::Answer(number));
            }
        }
    }

    /// Asks a service more or less often from now on.
    fn pace(&mut self, service: usize, pace: Pace) {
        let every = match pace {
            Pace::Base => self.plan.probing.every,
            Pace::Dense => self.plan.probing.around_changes.min(self.plan.probing.every),
        };
        let (clock, plan, layout) = (self.clock, &*self.plan, &self.layout);
        let events = &mut self.events;
        let mut tell = |sample| events.push_back(Event::Sample(sample));
        let mut told = Told { plan, layout, tell: &mut tell };
        for number in layout.services[service].targets.clone() {
            if let Some(due) = self.watch.pace(number, every, &clock, &mut told) {
                self.coming.push(due, Coming::Answer(number));
            }
        }
    }

    /// Plays one beat of an action.
    fn play(&mut self, id: ActionId) {
        let Some(flight) = self.flights.get_mut(id) else { return };
        if let Doing::Pass(by) = flight.what
            && flight.beat > 0
        {
            self.flights.remove(id);
            self.jump(by);
            return self.events.push_back(Event::Ended(id, Outcome::Landed(self.clock.story())));
        }
        let (mut starting, mut dying) = (vec![], vec![]);
        let mut hands = Hands {
            plan: &self.plan,
            given: &self.given,
            layout: &self.layout,
            facts: &mut self.facts,
            dns: &mut self.dns,
            clock: &self.clock,
            chance: &mut flight.chance,
            whole: flight.whole,
            noted: &mut flight.noted,
            noted_start: &mut flight.noted_start,
            writers: &mut self.writers,
            starting: &mut starting,
            dying: &mut dying,
        };
        let beat = beat(&mut hands, &flight.what, flight.beat);
        flight.whole = hands.whole;
        for (host, service, start) in starting {
            let ready = durations::draw(Work::Ready.spread(), &mut flight.chance);
            let begins = self.clock.work() + self.facts.troubles.delay(host, service);
            self.coming.push(begins + ready, Coming::Ready(host, service, start));
            let_die(&self.facts, &mut self.coming, begins, (host, service, start));
        }
        for it in dying {
            let_die(&self.facts, &mut self.coming, self.clock.work(), it);
        }
        let next = match &beat {
            Beat::Next(after) => Some((*after, Coming::Beat(id))),
            Beat::Fails(after, why) if *after > Duration::ZERO => {
                flight.failure.clone_from(why);
                Some((*after, Coming::Failed(id)))
            }
            _ => None,
        };
        flight.beat += 1;
        self.look_again();
        if let Some((after, coming)) = next {
            return self.coming.push(self.clock.work() + after, coming);
        }
        self.flights.remove(id);
        let ended = match beat {
            Beat::Next(_) => unreachable!("its next beat is to come"),
            Beat::Fails(_, why) => Outcome::Failed(why),
            Beat::Done(text) => Outcome::Done(text),
            Beat::Found(found) => Outcome::Found(found),
            Beat::Read(held) => Outcome::Read(held),
        };
        self.events.push_back(Event::Ended(id, ended));
    }

    /// Lets story time jump. Stale answers that run out on the way do so at their own moment.
    fn jump(&mut self, by: Duration) {
        self.dns.before_jump(&self.clock);
        self.writers.settle(&mut ground!(self));
        self.tell_written();
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
        if touched.is_empty() {
            return;
        }
        let writers = touched.writers(&self.layout);
        for writer in self.writers.see(writers, now, &mut ground!(self)) {
            if let Some(due) = self.writers.due(writer) {
                self.coming.push(due, Coming::Written(writer));
            }
        }
        self.tell_written();
        if self.watch.len() == 0 {
            return;
        }
        let (plan, layout) = (&*self.plan, &self.layout);
        let scene = Scene { plan, layout, facts: &self.facts, dns: &self.dns, now };
        let events = &mut self.events;
        let mut tell = |sample| events.push_back(Event::Sample(sample));
        let mut told = Told { plan, layout, tell: &mut tell };
        for number in touched.targets(layout) {
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
        stale.into_iter().chain(self.coming.next()).chain(self.facts.ways.next_gust()).min()
    }

    /// Lets that come.
    fn step(&mut self) {
        let stale = self.dns.next_stale().is_some_and(|until| until <= self.clock.story());
        if stale {
            return self.expire();
        }
        if self.facts.ways.next_gust().is_some_and(|at| at <= self.clock.work()) {
            self.facts.change_ways().blow(self.clock.work());
            return self.look_again();
        }
        match self.coming.pop() {
            None => {}
            Some(Coming::Beat(id)) => self.play(id),
            Some(Coming::Failed(id)) => {
                if let Some(flight) = self.flights.remove(id) {
                    let failed = Outcome::Failed(flight.failure);
                    self.events.push_back(Event::Ended(id, failed));
                }
            }
            Some(Coming::Ready(host, service, start)) => self.ready(host, service, start),
            Some(Coming::Dies(host, service, start)) => self.dies(host, service, start),
            Some(Coming::Written(writer)) => self.written(writer),
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

    /// A service is killed, if that start of it still runs and its fault is there.
    fn dies(&mut self, host: usize, service: usize, start: u32) {
        let instance = self.facts.instance(host, service);
        let runs = instance.starts == start && instance.state != State::Stopped;
        if runs && self.facts.hosts[host].power.is_on && self.facts.troubles.kills(host, service) {
            self.writers.settle(&mut ground!(self));
            self.facts.stop(host, service);
            self.look_again();
        }
    }

    /// Tells all that was heard of a service by now.
    fn catch_up(&mut self, service: usize) {
        let (clock, plan, layout) = (self.clock, &*self.plan, &self.layout);
        let events = &mut self.events;
        let mut tell = |sample| events.push_back(Event::Sample(sample));
        let mut told = Told { plan, layout, tell: &mut tell };
        for target in layout.services[service].targets.clone() {
            self.watch.catch_up(target, &clock, &mut told);
        }
        if let Some(writer) = layout.services[service].writer {
            self.writers.catch_up(writer, &mut ground!(self));
            self.tell_written();
        }
    }

    /// Tells all that was heard by now.
    fn catch_up_with_all(&mut self) {
        let (clock, plan, layout) = (self.clock, &*self.plan, &self.layout);
        let events = &mut self.events;
        let mut tell = |sample| events.push_back(Event::Sample(sample));
        let mut told = Told { plan, layout, tell: &mut tell };
        for target in 0..self.watch.len() {
            self.watch.catch_up(target, &clock, &mut told);
        }
        self.writers.settle(&mut ground!(self));
        self.tell_written();
    }
}

/// A service runs from a moment on, and may have to die.
fn let_die(
    facts: &Facts,
    coming: &mut Queue<Coming>,
    since: Moment,
    (host, service, start): (usize, usize, u32),
) {
    if let Some(after) = facts.troubles.lives_for(host, service) {
        coming.push(since + after, Coming::Dies(host, service, start));
    }
}

impl world::World for World {
    fn capabilities(&self) -> Capabilities {
        let addresses = self.plan.hosts.keys().zip(&self.layout.addresses);
        Capabilities {
            world: "sim".to_owned(),
            notes: NOTES.map(str::to_owned).to_vec(),
            addresses: addresses.map(|(id, address)| (id.clone(), address.clone())).collect(),
        }
    }

    fn now(&self) -> StoryTime {
        self.clock.story()
    }

    fn submit(&mut self, id: ActionId, action: Action) {
        self.begin(id, action);
    }

    fn cancel(&mut self, id: ActionId) {
        if self.flights.remove(id).is_some() {
            let cancelled = Outcome::Failed("it was cancelled".to_owned());
            self.events.push_back(Event::Ended(id, cancelled));
        }
    }

    fn recorded(&mut self, _service: &ServiceId, _number: u64) {}

    fn awaits_records(&self) -> bool {
        false
    }

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
                    return Event::Reached;
                }
            }
        }
    }

    fn pace(&mut self, service: &ServiceId, pace: Pace) {
        self.pace(layout::place(&self.plan, service), pace);
    }

    fn catch_up(&mut self, service: Option<&ServiceId>) {
        match service {
            Some(service) => self.catch_up(layout::place(&self.plan, service)),
            None => self.catch_up_with_all(),
        }
    }

    fn teardown(&mut self) -> Result<Egress, TeardownError> {
        self.flights.0.clear();
        Ok(Egress::Seen(vec![]))
    }
}
