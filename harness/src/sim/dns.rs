//! Owns the names of the world: what the authoritative server says, and what its two resolvers still
//! hold: one honours TTL, the other overstays it. Nobody asks in vain: a resolver is told who asks
//! when, and it is worked out what it holds only when that matters. What faults do to that is in
//! `wrongs`. A name has an A record, and an AAAA record as long as a fault leaves it one.
//! Must not know: hosts but as numbers, services.

use std::collections::BTreeSet;

use super::{
    clock::{Clock, Work},
    wrongs::{NoName, Wrong, Wrongs},
};
use crate::{
    base::{DnsName, Duration, StoryTime},
    probe::Client,
};

/// All names.
#[derive(Debug, Clone)]
pub(super) struct Dns {
    /// Of each record. The A records come first, each in the place of its name.
    names: Vec<DnsName>,
    records: Vec<Record>,
    aaaas: Vec<Aaaa>,
    /// By [`Resolver`], of each record.
    caches: [Vec<Cache>; 2],
    /// How long the resolver holds every record that overstays.
    late_by: Duration,
    /// When a cached answer runs out that is no longer true.
    stale: BTreeSet<(StoryTime, usize)>,
    wrongs: Wrongs,
    /// Since when nothing has kept the resolvers from fetching that does not now.
    open_since: StoryTime,
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

impl Resolver {
    /// The one that a client asks.
    pub(super) fn of(client: Client) -> Self {
        match client {
            Client::Late => Self::Late,
            Client::Fresh | Client::Keepalive | Client::Pinned => Self::Prompt,
        }
    }
}

/// What the authoritative server says.
#[derive(Debug, Clone, Copy)]
struct Record {
    host: usize,
    ttl: Duration,
}

/// A record that there is only sometimes.
#[derive(Debug, Clone, Copy)]
struct Aaaa {
    /// Whose name.
    name: usize,
    record: usize,
}

/// What a resolver knows of a record.
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
        hosts: impl Iterator<Item = (DnsName, usize)>,
        ttl: Duration,
        late_by: Duration,
    ) -> Self {
        let (names, records): (Vec<_>, Vec<_>) =
            hosts.map(|(name, host)| (name, Record { host, ttl })).unzip();
        let cache = || vec![Cache::default(); records.len()];
        let caches = [cache(), cache()];
        Self {
            names,
            records,
            aaaas: vec![],
            caches,
            late_by,
            stale: BTreeSet::new(),
            wrongs: Wrongs::default(),
            open_since: StoryTime(0),
            unknown_since: None,
        }
    }

    /// There may come to be an AAAA record of a name. Before a fault leaves it one, it is all the same since when.
    pub(super) fn add_aaaa(&mut self, name: usize, host: usize, ttl: Duration) {
        if self.aaaa(name).is_some() {
            return;
        }
        self.aaaas.push(Aaaa { name, record: self.records.len() });
        self.names.push(self.names[name].clone());
        self.records.push(Record { host, ttl });
        for caches in &mut self.caches {
            // Whoever asks for the one asks for the other.
            caches.push(Cache { held: None, askers: caches[name].askers.clone() });
        }
    }

    /// Somebody asks for a name from `first` on, again and again.
    pub(super) fn add_asker(
        &mut self,
        resolver: Resolver,
        name: usize,
        (first, every): (Work, Duration),
    ) {
        let aaaa = self.aaaa(name).map(|aaaa| aaaa.record);
        for record in [name].into_iter().chain(aaaa) {
            self.caches[resolver as usize][record].askers.push((first, every));
        }
    }

    /// The host that a client finds who asks now.
    pub(super) fn host(
        &self,
        resolver: Resolver,
        name: usize,
        now: StoryTime,
    ) -> Result<usize, NoName> {
        if let Some(step) = self.unknown_since {
            return Err(NoName::Unknown(step));
        }
        if let Some(why) = self.wrongs.before_cache(resolver, &self.names[name]) {
            return Err(why);
        }
        let held = self.caches[resolver as usize][name].held.filter(|held| held.until > now);
        match (held, self.wrongs.behind_cache()) {
            (Some(held), _) => Ok(held.host),
            (None, Some(why)) => Err(why),
            (None, None) => Ok(self.records[name].host),
        }
    }

    /// The host whose IPv6 address a client finds who asks now, if any.
    pub(super) fn old_host(
        &self,
        resolver: Resolver,
        name: usize,
        now: StoryTime,
    ) -> Option<usize> {
        let Aaaa { record, .. } = *self.aaaa(name)?;
        if self.wrongs.before_cache(resolver, &self.names[name]).is_some() {
            return None;
        }
        self.has(resolver, record, now).then_some(self.records[record].host)
    }

    /// The same, as the resolver that honours TTL has it, whether it answers anybody or not.
    pub(super) fn known_old_host(&self, name: usize, now: StoryTime) -> Option<usize> {
        let Aaaa { record, .. } = *self.aaaa(name)?;
        let is_told = self.wrongs.told(&self.names[name]).is_none();
        (is_told && self.has(Resolver::Prompt, record, now)).then_some(self.records[record].host)
    }

    /// Whether a resolver holds a record or can fetch it, if nothing keeps it from telling anything.
    fn has(&self, resolver: Resolver, record: usize, now: StoryTime) -> bool {
        let held = self.caches[resolver as usize][record].held;
        held.is_some_and(|held| held.until > now)
            || self.is_published(record) && self.wrongs.behind_cache().is_none()
    }

    fn aaaa(&self, name: usize) -> Option<&Aaaa> {
        self.aaaas.iter().find(|aaaa| aaaa.name == name)
    }

    /// Whether there is such a record at all.
    fn is_published(&self, record: usize) -> bool {
        let is_aaaa = self.aaaas.iter().any(|aaaa| aaaa.record == record);
        !is_aaaa || self.wrongs.leaves_aaaa(&self.names[record])
    }

    /// Why somebody who asks for a name that never changes gets no record, if that is so.
    pub(super) fn misses(&self, name: &DnsName) -> Option<NoName> {
        let why = self.wrongs.before_cache(Resolver::Prompt, name);
        why.or_else(|| self.wrongs.behind_cache())
    }

    /// A name that the resolver holds for longer than its record says, for how long, and what that says.
    pub(super) fn overstaying(&mut self, clock: &Clock) -> Option<(usize, Duration, Duration)> {
        (0..self.records.len() - self.aaaas.len()).find_map(|name| {
            // Whoever looks asks, so that it is held.
            self.ask(name, clock).ok()?;
            let held = self.caches[Resolver::Prompt as usize][name].held?;
            let (left, ttl) = (held.until.since(clock.story()), self.records[name].ttl);
            (left > ttl).then_some((name, left, ttl))
        })
    }

    /// What is wrong with the name servers.
    pub(super) fn wrongs(&self) -> &Wrongs {
        &self.wrongs
    }

    /// A fault begins.
    pub(super) fn begin(&mut self, fault: usize, wrong: Wrong, clock: &Clock) {
        self.before_jump(clock);
        self.wrongs.insert(fault, wrong.clone());
        match wrong {
            Wrong::Stale(by) => self.hold_on(clock.story(), by),
            Wrong::Floor { name, wanted, .. } => self.publish(&name, wanted),
            Wrong::Failing(_) | Wrong::Negative(_) => self.forget(&wrong),
            Wrong::Silent(_) | Wrong::Refusing | Wrong::OldAaaa(_) => {}
        }
        self.open(clock);
    }

    /// A fault ends.
    pub(super) fn end(&mut self, fault: usize, clock: &Clock) {
        self.before_jump(clock);
        let ended = self.wrongs.remove(fault);
        match &ended {
            Some(Wrong::Floor { name, wanted, .. }) => self.publish(name, *wanted),
            Some(Wrong::Stale(_)) if self.wrongs.least_hold() == Duration::ZERO => {
                self.caches[Resolver::Prompt as usize].iter_mut().for_each(|it| it.held = None);
            }
            Some(Wrong::OldAaaa(name)) if !self.wrongs.leaves_aaaa(name) => {
                let gone = self.aaaas.iter().filter(|aaaa| self.names[aaaa.record] == *name);
                for Aaaa { record, .. } in gone {
                    self.caches[Resolver::Prompt as usize][*record].held = None;
                }
            }
            _ => {}
        }
        self.open(clock);
    }

    /// The TTL that a name would be published with if nothing were wrong.
    pub(super) fn wanted_ttl(&self, name: usize) -> Duration {
        self.wrongs.wanted(&self.names[name]).unwrap_or(self.records[name].ttl)
    }

    /// What is fetched from now on is fetched under other conditions, and whoever holds an answer may
    /// get another one when it has run out.
    fn open(&mut self, clock: &Clock) {
        self.open_since = clock.story();
        for cache in &self.caches {
            let held = cache.iter().enumerate().filter_map(|(name, it)| Some((name, it.held?)));
            let held = held.filter(|(_, held)| held.until > clock.story());
            self.stale.extend(held.map(|(name, held)| (held.until, name)));
        }
    }

    /// Whatever the resolver holds it holds for so long at least.
    fn hold_on(&mut self, now: StoryTime, by: Duration) {
        for cache in &mut self.caches[Resolver::Prompt as usize] {
            if let Some(held) = cache.held.as_mut().filter(|held| held.until > now) {
                held.until = held.until.max(now + by);
            }
        }
    }

    /// The resolver no longer holds what it fails for.
    fn forget(&mut self, wrong: &Wrong) {
        let prompt = self.caches[Resolver::Prompt as usize].iter_mut();
        for (cache, name) in prompt.zip(&self.names) {
            let is_meant = match wrong {
                Wrong::Negative(it) => name.is_in(it),
                wrong => wrong.fails(name),
            };
            if is_meant {
                cache.held = None;
            }
        }
    }

    /// A TTL is wanted for a name.
    fn publish(&mut self, name: &DnsName, ttl: Duration) {
        if let Some(place) = self.names.iter().position(|it| it == name) {
            self.records[place].ttl = self.wrongs.publish(name, ttl);
        }
    }

    /// The record as the authoritative server has it.
    pub(super) fn record(&self, name: usize) -> (usize, Duration) {
        (self.records[name].host, self.records[name].ttl)
    }

    /// Somebody asks once, beside all those who ask again and again.
    pub(super) fn ask(&mut self, name: usize, clock: &Clock) -> Result<usize, NoName> {
        self.catch_up(Resolver::Prompt, name, clock);
        let now = clock.story();
        let host = self.host(Resolver::Prompt, name, now)?;
        let until = now + self.hold(Resolver::Prompt, name);
        let cache = &mut self.caches[Resolver::Prompt as usize][name];
        let held = cache.held.filter(|held| held.until > now);
        cache.held = Some(held.unwrap_or(Held { host, until }));
        Ok(host)
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
        let ttl = self.wrongs.publish(&self.names[name], ttl);
        self.records[name] = Record { host, ttl };
    }

    /// For how long a resolver holds a record that it fetches.
    fn hold(&self, resolver: Resolver, name: usize) -> Duration {
        match resolver {
            Resolver::Prompt => self.records[name].ttl.max(self.wrongs.least_hold()),
            Resolver::Late => self.late_by,
        }
    }

    /// Whether a resolver can fetch a record.
    fn fetches(&self, resolver: Resolver, record: usize) -> bool {
        let blocked = self.wrongs.before_cache(resolver, &self.names[record]);
        blocked.or_else(|| self.wrongs.behind_cache()).is_none() && self.is_published(record)
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
        let (until, record) = *self.stale.first().filter(|(until, _)| *until <= now)?;
        self.stale.remove(&(until, record));
        let aaaa = self.aaaas.iter().find(|aaaa| aaaa.record == record);
        Some((until, aaaa.map_or(record, |aaaa| aaaa.name)))
    }

    /// Follows a cache through all that was asked since it was looked at last. Between two calls
    /// neither the record changes nor what is wrong, and story time does not jump.
    fn catch_up(&mut self, resolver: Resolver, name: usize, clock: &Clock) {
        let (now, record) = (clock.story(), self.records[name]);
        if !self.fetches(resolver, name) {
            return;
        }
        let hold = self.hold(resolver, name);
        let cache = &mut self.caches[resolver as usize][name];
        loop {
            let expired = cache.held.map_or(StoryTime(0), |held| held.until).max(self.open_since);
            if expired > now {
                return;
            }
            let from = clock.work_at(expired);
            let asks = cache.askers.iter().map(|(first, every)| next_on_grid(*first, *every, from));
            let asks = asks.min();
            let Some(asked) = asks.map(|work| clock.story_at(work)).filter(|at| *at <= now) else {
                return;
            };
            if hold == Duration::ZERO {
                cache.held = Some(Held { host: record.host, until: asked });
                return;
            }
            let asked = match &cache.askers[..] {
                [(_, every)] => last_fetch(asked, hold, *every, now),
                _ => asked,
            };
            cache.held = Some(Held { host: record.host, until: asked + hold });
        }
    }
}

/// When a record was fetched last, if the only one who asks for it had it fetched at `asked`, and each time
/// that he asked and it was held no longer. Worked out at once: there may be a thousand in an hour.
fn last_fetch(asked: StoryTime, hold: Duration, every: Duration, now: StoryTime) -> StoryTime {
    let every = every.as_micros().max(1);
    let period = hold.as_micros().div_ceil(every) * every;
    StoryTime(asked.0 + now.since(asked).as_micros() / period * period)
}

/// The first moment of a grid that is not before `from`.
pub(super) fn next_on_grid(first: Work, every: Duration, from: Work) -> Work {
    let steps = from.0.saturating_sub(first.0).div_ceil(every.as_micros().max(1));
    Work(first.0 + steps * every.as_micros())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::NameServer;

    const SECOND: Duration = Duration::from_secs(1);

    fn new_dns() -> Dns {
        let name = "www.notes.example".parse().unwrap();
        let (ttl, late_by) = (Duration::from_secs(5), Duration::from_secs(3600));
        Dns::new([(name, 0)].into_iter(), ttl, late_by)
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
        assert_eq!(dns.host(Resolver::Prompt, 0, StoryTime(15_049_999)), Ok(0));
        assert_eq!(dns.host(Resolver::Prompt, 0, StoryTime(15_050_000)), Ok(1));
        assert_eq!(dns.pop_stale(StoryTime(15_049_999)), None);
        assert_eq!(dns.pop_stale(StoryTime(15_050_000)), Some((StoryTime(15_050_000), 0)));
        // The other one fetched it at 0.05 s, and holds it for an hour.
        assert_eq!(dns.next_stale(), Some(StoryTime(3_600_050_000)));
        assert_eq!(dns.host(Resolver::Late, 0, StoryTime(3_600_049_999)), Ok(0));
        assert_eq!(dns.host(Resolver::Late, 0, StoryTime(3_600_050_000)), Ok(1));
    }

    #[test]
    fn the_last_of_many_fetches_is_the_one_that_each_would_have_led_to() {
        let (hold, every) = (Duration::from_millis(1_000), Duration::from_millis(300));
        let mut fetched = StoryTime(50_000);
        for at in (0..40).map(|n| StoryTime(50_000 + n * 333_333)) {
            // It is asked for again 1.2 s later: at 0.9 s it is still held.
            while fetched + Duration::from_millis(1_200) <= at {
                fetched = fetched + Duration::from_millis(1_200);
            }
            assert_eq!(last_fetch(StoryTime(50_000), hold, every, at), fetched, "{at:?}");
        }
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
        assert_eq!((dns.next_stale(), dns.host(Resolver::Prompt, 0, clock.story())), (None, Ok(1)));
        assert_eq!(dns.ask(0, &clock), Ok(1));
        dns.update(0, 0, SECOND, &clock);
        assert_eq!(dns.host(Resolver::Prompt, 0, clock.story()), Ok(1), "asked once, it is cached");
    }

    #[test]
    fn an_aaaa_record_stays_where_it_is_until_the_last_fault_of_it_ends() {
        let name: DnsName = "www.notes.example".parse().unwrap();
        let names = [(name.clone(), 0)].into_iter();
        let (ttl, late_by) = (Duration::from_secs(5), Duration::from_secs(60));
        let (mut dns, mut clock) = (Dns::new(names, ttl, late_by), Clock::default());
        dns.add_asker(Resolver::Late, 0, (Work(50_000), Duration::from_millis(100)));
        dns.add_aaaa(0, 0, ttl);
        let found = |dns: &Dns, clock: &Clock| {
            [Resolver::Prompt, Resolver::Late].map(|it| dns.old_host(it, 0, clock.story()))
        };
        assert_eq!(found(&dns, &clock), [None, None]);
        dns.begin(1, Wrong::OldAaaa(name.clone()), &clock);
        dns.begin(2, Wrong::OldAaaa(name), &clock);
        dns.update(0, 1, SECOND, &clock);
        clock.advance(Work(10_000_000));
        assert_eq!(found(&dns, &clock), [Some(0), Some(0)], "no step moves it");
        dns.end(1, &clock);
        assert_eq!(found(&dns, &clock), [Some(0), Some(0)]);
        dns.end(2, &clock);
        assert_eq!(found(&dns, &clock), [None, Some(0)], "one of them forgets nothing so soon");
        // That one fetched it at 0.05 s, and with it the name's A record.
        assert_eq!(dns.pop_stale(StoryTime(60_050_000)), Some((StoryTime(60_050_000), 0)));
        clock.advance(Work(60_050_000));
        assert_eq!(found(&dns, &clock), [None, None]);
    }

    #[test]
    fn what_is_held_lives_on_while_the_authority_is_silent_and_is_fetched_when_it_is_back() {
        let (mut dns, mut clock) = dns();
        clock.advance(Work(12_000_000));
        dns.begin(7, Wrong::Silent(NameServer::Authority), &clock);
        // Fetched at 10.05 s.
        let found = |dns: &Dns, at| dns.host(Resolver::Prompt, 0, StoryTime(at));
        assert_eq!(dns.next_stale(), Some(StoryTime(15_050_000)));
        assert_eq!(found(&dns, 15_049_999), Ok(0));
        assert_eq!(found(&dns, 15_050_000), Err(NoName::Silent));
        clock.advance(Work(20_000_000));
        dns.end(7, &clock);
        clock.advance(Work(21_000_000));
        dns.update(0, 1, SECOND, &clock);
        assert_eq!(found(&dns, 25_049_999), Ok(0), "fetched at 20.05 s, not before");
        assert_eq!(found(&dns, 25_050_000), Ok(1));
    }

    #[test]
    fn what_goes_wrong_with_a_name_adds_up_and_ends_one_by_one() {
        let (mut dns, mut clock) = dns();
        let name: DnsName = "www.notes.example".parse().unwrap();
        let found = |dns: &Dns, clock: &Clock| dns.host(Resolver::Prompt, 0, clock.story());
        dns.begin(1, Wrong::Failing(vec![]), &clock);
        dns.begin(2, Wrong::Negative(name), &clock);
        dns.begin(3, Wrong::Silent(NameServer::Resolver), &clock);
        for (ends, next) in [
            (None, Err(NoName::Silent)),
            (Some(3), Err(NoName::Negative)),
            (Some(2), Err(NoName::Failed)),
            (Some(1), Ok(0)),
        ] {
            clock.advance(clock.work() + SECOND);
            ends.into_iter().for_each(|fault| dns.end(fault, &clock));
            assert_eq!(found(&dns, &clock), next, "{ends:?}");
            assert_eq!(dns.host(Resolver::Late, 0, clock.story()), Ok(0), "it asks another one");
        }
    }

    #[test]
    fn an_overstaying_resolver_holds_on_to_what_it_has_until_it_forgets_it() {
        let (mut dns, mut clock) = dns();
        clock.advance(Work(1_000_000));
        dns.begin(1, Wrong::Stale(SECOND), &clock);
        assert_eq!(dns.overstaying(&clock), None, "not by a TTL of 5 s");
        dns.begin(2, Wrong::Stale(Duration::from_secs(3600)), &clock);
        let hour = Duration::from_secs(3600);
        assert_eq!(dns.overstaying(&clock), Some((0, hour, Duration::from_secs(5))));
        dns.update(0, 1, SECOND, &clock);
        clock.advance(Work(60_000_000));
        assert_eq!(dns.host(Resolver::Prompt, 0, clock.story()), Ok(0));
        dns.end(2, &clock);
        assert_eq!(dns.host(Resolver::Prompt, 0, clock.story()), Ok(0), "the other one stands");
        dns.end(1, &clock);
        assert_eq!(dns.host(Resolver::Prompt, 0, clock.story()), Ok(1));
    }

    #[test]
    fn a_ttl_with_a_floor_becomes_what_was_wanted_when_the_last_floor_is_gone() {
        let (mut dns, clock) = dns();
        let floor = |wanted| Wrong::Floor {
            name: "www.notes.example".parse().unwrap(),
            least: Duration::from_secs(60),
            wanted,
        };
        dns.begin(1, floor(dns.wanted_ttl(0)), &clock);
        dns.begin(2, floor(dns.wanted_ttl(0)), &clock);
        dns.update(0, 0, SECOND, &clock);
        let minute = Duration::from_secs(60);
        assert_eq!((dns.record(0).1, dns.wanted_ttl(0)), (minute, SECOND));
        dns.end(1, &clock);
        assert_eq!(dns.record(0).1, minute);
        dns.end(2, &clock);
        assert_eq!(dns.record(0).1, SECOND);
    }
}
