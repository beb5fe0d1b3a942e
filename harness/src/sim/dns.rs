//! Owns the names of the world: what the authoritative server says, and what its two resolvers still
//! hold: one honours TTL, the other overstays it. Nobody asks in vain: a resolver is told who asks
//! when, and it is worked out what it holds only when that matters.
//! Must not know: hosts but as numbers, services.

use std::collections::BTreeSet;

use super::clock::{Clock, Work};
use crate::base::{Duration, StoryTime};

/// All names.
#[derive(Debug)]
pub(super) struct Dns {
    records: Vec<Record>,
    /// By [`Resolver`].
    caches: [Vec<Cache>; 2],
    /// How long the resolver holds every record that overstays.
    late_by: Duration,
    /// When a cached answer runs out that is no longer true.
    stale: BTreeSet<(StoryTime, usize)>,
    /// A step did something to the zone that nobody said.
    pub(super) unknown_since: Option<usize>,
}

/// Whom a client asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resolver {
    /// Honours TTL.
    Prompt = 0,
    /// Overstays it.
    Late = 1,
}

/// What the authoritative server says.
#[derive(Debug, Clone, Copy)]
struct Record {
    host: usize,
    ttl: Duration,
}

/// What a resolver knows of a name.
#[derive(Debug, Clone, Default)]
struct Cache {
    held: Option<Held>,
    /// One moment of each grid on which somebody asks, and its distances.
    askers: Vec<(Work, Duration)>,
}

#[derive(Debug, Clone, Copy)]
struct Held {
    host: usize,
    until: StoryTime,
}

impl Dns {
    /// Every name points to the first host of its service.
    pub(super) fn new(
        hosts: impl Iterator<Item = usize>,
        ttl: Duration,
        late_by: Duration,
    ) -> Self {
        let records: Vec<_> = hosts.map(|host| Record { host, ttl }).collect();
        let cache = || vec![Cache::default(); records.len()];
        let caches = [cache(), cache()];
        let stale = BTreeSet::new();
        Self { records, caches, late_by, stale, unknown_since: None }
    }

    /// Somebody asks for a name from `first` on, again and again.
    pub(super) fn add_asker(
        &mut self,
        resolver: Resolver,
        name: usize,
        (first, every): (Work, Duration),
    ) {
        self.caches[resolver as usize][name].askers.push((first, every));
    }

    /// The host that a client finds who asks now.
    pub(super) fn host(&self, resolver: Resolver, name: usize, now: StoryTime) -> usize {
        let held = self.caches[resolver as usize][name].held;
        held.filter(|held| held.until > now).map_or(self.records[name].host, |held| held.host)
    }

    /// The record as the authoritative server has it.
    pub(super) fn record(&self, name: usize) -> (usize, Duration) {
        (self.records[name].host, self.records[name].ttl)
    }

    /// Somebody asks once, beside all those who ask again and again.
    pub(super) fn ask(&mut self, name: usize, clock: &Clock) -> usize {
        self.catch_up(Resolver::Prompt, name, clock);
        let (now, record) = (clock.story(), self.records[name]);
        let cache = &mut self.caches[Resolver::Prompt as usize][name];
        let held = cache.held.filter(|held| held.until > now);
        let held = held.unwrap_or(Held { host: record.host, until: now + record.ttl });
        cache.held = Some(held);
        held.host
    }

    /// Changes the record; caches follow when they will.
    pub(super) fn update(&mut self, name: usize, host: usize, ttl: Duration, clock: &Clock) {
        for resolver in [Resolver::Prompt, Resolver::Late] {
            self.catch_up(resolver, name, clock);
            let held = self.caches[resolver as usize][name].held;
            if let Some(held) = held.filter(|held| held.until > clock.story()) {
                self.stale.insert((held.until, name));
            }
        }
        self.records[name] = Record { host, ttl };
    }

    /// Works out what is held, before story time jumps.
    pub(super) fn before_jump(&mut self, clock: &Clock) {
        for name in 0..self.records.len() {
            self.catch_up(Resolver::Prompt, name, clock);
            self.catch_up(Resolver::Late, name, clock);
        }
    }

    /// When the next stale answer runs out.
    pub(super) fn next_stale(&self) -> Option<StoryTime> {
        self.stale.first().map(|(until, _)| *until)
    }

    /// A name whose stale answer has run out by `now`, with the moment; the earliest.
    pub(super) fn pop_stale(&mut self, now: StoryTime) -> Option<(StoryTime, usize)> {
        let first = *self.stale.first().filter(|(until, _)| *until <= now)?;
        self.stale.remove(&first);
        Some(first)
    }

    /// Follows a cache through all that was asked since it was looked at last. Between two calls
    /// neither the record changes nor story time jumps.
    fn catch_up(&mut self, resolver: Resolver, name: usize, clock: &Clock) {
        let (now, record) = (clock.story(), self.records[name]);
        let hold = match resolver {
            Resolver::Prompt => record.ttl,
            Resolver::Late => self.late_by,
        };
        let cache = &mut self.caches[resolver as usize][name];
        loop {
            let expired = cache.held.map_or(StoryTime(0), |held| held.until);
            if expired > now {
                return;
            }
            let from = clock.work_at(expired);
            let asks = cache.askers.iter().map(|(first, every)| next_on_grid(*first, *every, from));
            let asks = asks.min();
            let Some(asked) = asks.map(|work| clock.story_at(work)).filter(|at| *at <= now) else {
                return;
            };
            cache.held = Some(Held { host: record.host, until: asked + hold });
            if hold == Duration::ZERO {
                return;
            }
        }
    }
}

/// The first moment of a grid that is not before `from`.
pub(super) fn next_on_grid(first: Work, every: Duration, from: Work) -> Work {
    let steps = from.0.saturating_sub(first.0).div_ceil(every.as_micros().max(1));
    Work(first.0 + steps * every.as_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn new_dns() -> Dns {
        Dns::new([0].into_iter(), Duration::from_secs(5), Duration::from_secs(3600))
    }

    /// One name with TTL 5 s on host 0, asked for every 100 ms from 50 ms on.
    fn dns() -> (Dns, Clock) {
        let grid = (Work(50_000), Duration::from_millis(100));
        let mut dns = new_dns();
        dns.add_asker(Resolver::Prompt, 0, grid);
        dns.add_asker(Resolver::Late, 0, grid);
        (dns, Clock::default())
    }

    #[test]
    fn a_cached_answer_lives_from_the_ask_that_fetched_it() {
        let (mut dns, mut clock) = dns();
        clock.advance(Work(12_000_000));
        dns.update(0, 1, SECOND, &clock);
        // Fetched at 0.05, 5.05 and 10.05 s.
        assert_eq!(dns.next_stale(), Some(StoryTime(15_050_000)));
        assert_eq!(dns.host(Resolver::Prompt, 0, StoryTime(15_049_999)), 0);
        assert_eq!(dns.host(Resolver::Prompt, 0, StoryTime(15_050_000)), 1);
        assert_eq!(dns.pop_stale(StoryTime(15_049_999)), None);
        assert_eq!(dns.pop_stale(StoryTime(15_050_000)), Some((StoryTime(15_050_000), 0)));
        // The other one fetched it at 0.05 s, and holds it for an hour.
        assert_eq!(dns.next_stale(), Some(StoryTime(3_600_050_000)));
        assert_eq!(dns.host(Resolver::Late, 0, StoryTime(3_600_049_999)), 0);
        assert_eq!(dns.host(Resolver::Late, 0, StoryTime(3_600_050_000)), 1);
    }

    #[test]
    fn what_runs_out_in_a_jump_is_fetched_where_it_landed() {
        let (mut dns, mut clock) = dns();
        clock.advance(Work(1_000_000));
        dns.before_jump(&clock);
        clock.jump(Duration::from_secs(3600));
        clock.advance(Work(2_000_000));
        dns.update(0, 1, SECOND, &clock);
        // The next ask after the jump was at work time 1.05 s.
        assert_eq!(dns.next_stale(), Some(StoryTime(3_606_050_000)));
    }

    #[test]
    fn without_anybody_who_asks_nothing_is_cached() {
        let mut dns = new_dns();
        let clock = Clock::default();
        dns.update(0, 1, SECOND, &clock);
        assert_eq!((dns.next_stale(), dns.host(Resolver::Prompt, 0, clock.story())), (None, 1));
        assert_eq!(dns.ask(0, &clock), 1);
        dns.update(0, 0, SECOND, &clock);
        assert_eq!(dns.host(Resolver::Prompt, 0, clock.story()), 1, "asked once, it is cached");
    }
}
