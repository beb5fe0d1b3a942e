//! Owns what is written to services all along. Nothing is ticked: as long as nothing changes, writes
//! that come to the same are told of as one range, and only what is under way when something does is
//! looked at by itself. Semantics and words are those of the writers of real hosts.
//! Must not know: why anything changes.
//!
//! One way in which it is simpler: mail that is tried again never waits until somebody is free for it.

mod burst;
mod fate;
mod scribe;

use std::collections::VecDeque;

use self::scribe::{Ended, Scribe};
use super::{
    clock::{Clock, Work},
    dns::Dns,
    facts::{Facts, State},
    layout::Layout,
    probes::{Scene, Why, timed_out, unresolved, words},
    watch::first_launch,
};
use crate::{base::StoryTime, history::Write, plan::Plan, world::Event, writer::Told};

/// All writers at work.
#[derive(Debug, Clone, Default)]
pub(super) struct Writers {
    scribes: Vec<Scribe>,
    /// Of what was the last heard that was not told yet.
    ended: VecDeque<Event>,
}

/// What writers write into.
pub(super) struct Ground<'a> {
    pub(super) plan: &'a Plan,
    pub(super) layout: &'a Layout,
    pub(super) facts: &'a mut Facts,
    pub(super) dns: &'a Dns,
    pub(super) clock: &'a Clock,
}

impl Ground<'_> {
    fn scene(&self, now: StoryTime) -> Scene<'_> {
        let Self { plan, layout, facts, dns, .. } = self;
        Scene { plan, layout, facts, dns, now }
    }
}

impl Writers {
    /// Begins to write; the writers share out the time between two writes. Returns the first write
    /// of each.
    pub(super) fn begin(&mut self, ground: &Ground<'_>) -> Vec<Work> {
        let (began, all) = (ground.clock.work(), &ground.layout.writers);
        let scene = ground.scene(ground.clock.story());
        let begin = |(number, writer): (usize, &super::layout::Writer)| {
            let memory = scene.memory(writer.service, writer.client);
            let (fate, memory) = scene.fate(writer, memory);
            Scribe {
                writer: number,
                next: first_launch(began, writer.every, number, all.len()),
                number: 0,
                fate,
                memory,
                bursts: vec![],
                turning: vec![],
                skipped: 0,
                stopped: None,
            }
        };
        self.scribes = all.iter().enumerate().map(begin).collect();
        self.scribes.iter().map(|scribe| scribe.next).collect()
    }

    /// Begins no write any more.
    pub(super) fn stop(&mut self, ground: &mut Ground<'_>) {
        self.settle(ground);
        let now = ground.clock.work();
        for scribe in &mut self.scribes {
            scribe.stopped.get_or_insert(now);
        }
    }

    /// Whether all have heard the last of what they wrote.
    pub(super) fn are_done(&self) -> bool {
        self.scribes.iter().all(Scribe::is_done)
    }

    /// When the answer to the first write after a change is there or, where no more is begun, the next
    /// one.
    pub(super) fn due(&self, writer: usize) -> Option<Work> {
        let scribe = self.scribes.get(writer)?;
        let first = scribe.next + scribe.fate.took;
        if scribe.stopped.is_some() { scribe.wakes_at() } else { Some(first) }
    }

    /// From `since` on writers meet something else, maybe. Returns those that do.
    pub(super) fn see(
        &mut self,
        writers: Vec<usize>,
        since: StoryTime,
        ground: &mut Ground<'_>,
    ) -> Vec<usize> {
        let at = ground.clock.work_at(since);
        let mut changed = vec![];
        for number in writers {
            let Some(scribe) = self.scribes.get_mut(number) else { continue };
            let writer = &ground.layout.writers[number];
            let (fate, memory) = ground.scene(since).fate(writer, scribe.memory);
            if fate == scribe.fate && !scribe.is_broken(writer, ground.facts) {
                scribe.memory = memory;
                continue;
            }
            self.advance(number, at, ground);
            let scribe = &mut self.scribes[number];
            scribe.interrupt(writer, at, ground.facts);
            scribe.memory = memory;
            if scribe.fate != fate {
                scribe.fate = fate;
                changed.push(number);
            }
        }
        self.hand_on(since, ground);
        changed
    }

    /// Goes on with one writer until now.
    pub(super) fn catch_up(&mut self, writer: usize, ground: &mut Ground<'_>) {
        if writer < self.scribes.len() {
            self.advance(writer, ground.clock.work(), ground);
        }
    }

    /// Whatever was written by now is where it belongs.
    pub(super) fn settle(&mut self, ground: &mut Ground<'_>) {
        for number in 0..self.scribes.len() {
            self.advance(number, ground.clock.work(), ground);
        }
        self.hand_on(ground.clock.story(), ground);
    }

    /// The next write of which the last was heard.
    pub(super) fn pop_ended(&mut self) -> Option<Event> {
        self.ended.pop_front()
    }

    fn advance(&mut self, number: usize, until: Work, ground: &mut Ground<'_>) {
        let Ground { plan, layout, facts, clock, .. } = ground;
        let writer = &layout.writers[number];
        let ended = &mut self.ended;
        let mut hear =
            |it: &Ended| ended.push_back(Event::Written(told(it, number, plan, layout, clock)));
        self.scribes[number].advance(writer, until, clock, facts, &mut hear);
    }

    /// What waits in queues goes to who keeps it, as soon as that one is there and takes it. What it refuses
    /// for good is given up.
    fn hand_on(&self, now: StoryTime, ground: &mut Ground<'_>) {
        let relays = ground.layout.writers.iter().enumerate().filter(|(_, writer)| writer.relays);
        for (number, writer) in relays {
            for host in 0..ground.facts.hosts.len() {
                let book = ground.facts.hosts[host].books.get(&writer.service);
                let runs = ground.facts.instance(host, writer.service).state == State::Ready;
                if !runs || !book.is_some_and(|book| book.has_queued(number)) {
                    continue;
                }
                let keeper = ground.scene(now).takes_over(host, writer);
                if !matches!(keeper, Ok(_) | Err(Why::Listed)) {
                    continue;
                }
                let waiting = ground.facts.book(host, writer.service).dequeue(number);
                ground.facts.rewrite(host, writer.service);
                let Ok(keeper) = keeper else { continue };
                for entry in waiting {
                    ground.facts.book(keeper, writer.of).keep(entry);
                }
                ground.facts.rewrite(keeper, writer.of);
            }
        }
    }
}

/// What is told of writes.
fn told(ended: &Ended, writer: usize, plan: &Plan, layout: &Layout, clock: &Clock) -> Write {
    let Ended { burst, told, fate, at, .. } = ended;
    let writer = &layout.writers[writer];
    let (service, _) = plan.services.get_index(writer.service).expect("it is of this plan");
    let host = fate.host.and_then(|host| plan.hosts.get_index(host));
    Write {
        service: service.clone(),
        number: burst.number,
        count: burst.count,
        every_micros: if burst.count > 1 { burst.every.as_micros() } else { 0 },
        client: writer.client,
        launched: burst.launched,
        ended: clock.story_at(*at),
        told: *told,
        host: host.map(|(id, _)| id.clone()),
        attempts: burst.attempts,
        unanswered: burst.unanswered,
        skipped: burst.skipped,
        detail: match told {
            Told::Acknowledged => String::new(),
            Told::Failed | Told::Indeterminate => detail(ended, writer, plan, layout),
        },
    }
}

/// Why writes were not acknowledged: the same words as on real hosts.
fn detail(ended: &Ended, writer: &super::layout::Writer, plan: &Plan, layout: &Layout) -> String {
    let Ended { fate, is_left, .. } = ended;
    let service = &layout.services[writer.service];
    let name = &layout.names[service.name];
    let address = fate.host.map(|host| format!("{}:{}", layout.addresses[host], writer.port));
    let address = address.as_deref().unwrap_or("the name");
    let why = match fate.why {
        Why::Unreachable | Why::Mute => timed_out(fate.why, writer.deadline, address),
        why @ Why::Unnamed(_) => unresolved(why, plan, writer.deadline, writer.client, name),
        why => words(why, plan, address, name.as_str()),
    };
    if *is_left { format!("still in the sender's queue: {why}") } else { why }
}
