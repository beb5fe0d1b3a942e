//! One ledger across all hosts: what was acknowledged must be where the service ended up, and no
//! more often than it was written. Where that could not be read, nothing is proved.

mod class;
mod model;
mod place;
mod reasons;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use self::class::{Class, Sight, class};
pub use self::model::{
    Copies, HostHolding, LateWrite, LateWrites, LedgerClass, LedgerExample, LedgerVerdict,
};
use super::{CauseKind, Reason, Ruling, blame::Scene, completeness};
use crate::{
    base::{HostId, ServiceId, StoryTime},
    history::{Held, Phase, What, Write},
    probe::Client,
    writer::{Told, WriteId, Writer},
};

/// How many writes are told one by one, of each class.
const EXAMPLES: usize = 20;

pub(super) fn check(scene: &Scene<'_>, reasons: &mut Vec<Reason>) -> Vec<LedgerVerdict> {
    let books = scene.plan.writers().map(|(service, writer)| Book::of(scene, service, writer));
    let judged = books.map(|book| {
        let found = reasons::of(&book);
        let ruling = found.iter().map(|reason| reason.verdict).collect::<Ruling>();
        reasons.extend(found);
        book.verdict(ruling.combine(book.early()))
    });
    judged.collect()
}

/// All that there is to know of the writes to one service.
struct Book<'a> {
    scene: &'a Scene<'a>,
    service: &'a ServiceId,
    writer: &'a Writer,
    /// Where the service that keeps the data ended up.
    host: &'a HostId,
    writes: BTreeMap<u64, &'a Write>,
    /// What was found, host by host, in the order of the looks.
    holdings: Vec<(&'a HostId, &'a Held)>,
    classes: BTreeMap<u64, (Class, Sight<'a>)>,
}

impl<'a> Book<'a> {
    fn of(scene: &'a Scene<'a>, service: &'a ServiceId, writer: &'a Writer) -> Self {
        let host = place::end_host(scene, &writer.read.of);
        let mut book = Self {
            scene,
            service,
            writer,
            host,
            writes: BTreeMap::new(),
            holdings: vec![],
            classes: BTreeMap::new(),
        };
        for record in &scene.history.records {
            match &record.what {
                What::Written(write) if write.service == *service => {
                    book.writes.insert(write.number, write);
                }
                What::Read(holding) if holding.service == *service => {
                    book.holdings.push((&holding.host, &holding.found));
                }
                _ => {}
            }
        }
        book.holdings.sort_by_key(|(at, _)| *at != host);
        book.classes = book.classify();
        book
    }

    fn classify(&self) -> BTreeMap<u64, (Class, Sight<'a>)> {
        let here = self.here().map(|held| matches!(held, Held::Unread(_))) == Some(false);
        let nowhere = Sight { here: here.then_some(0), elsewhere: vec![] };
        let mut sights: BTreeMap<u64, Sight<'a>> =
            self.writes.keys().map(|number| (*number, nowhere.clone())).collect();
        for (host, held) in &self.holdings {
            let Held::Writes(tally) = held else { continue };
            for (number, times) in tally.iter() {
                let sight = sights.entry(number).or_insert_with(|| nowhere.clone());
                match *host == self.host {
                    true => sight.here = Some(times),
                    false => sight.elsewhere.push((host, times)),
                }
            }
        }
        let of = |(number, sight): (u64, Sight<'a>)| {
            (number, (class(self.writes.get(&number).copied(), &sight), sight))
        };
        sights.into_iter().map(of).collect()
    }

    /// What was found where the service ended up, if anybody looked.
    fn here(&self) -> Option<&'a Held> {
        self.holdings.iter().find(|(host, _)| *host == self.host).map(|(_, held)| *held)
    }

    /// The other hosts that could not be read, and why.
    fn unread_elsewhere(&self) -> impl Iterator<Item = (&'a HostId, &'a str)> + '_ {
        self.holdings.iter().filter_map(|(host, held)| match held {
            Held::Unread(why) if *host != self.host => Some((*host, why.as_str())),
            _ => None,
        })
    }

    /// A rehearsal that ended before anybody looked has reason enough of its own.
    fn early(&self) -> Ruling {
        if self.here().is_some() { Ruling::Pass } else { Ruling::Unknown }
    }

    fn told(&self, wanted: Told) -> impl Iterator<Item = &'a Write> + '_ {
        self.writes.values().copied().filter(move |write| write.told == wanted)
    }

    /// When the last write was acknowledged.
    fn last_acknowledged(&self) -> Option<StoryTime> {
        self.told(Told::Acknowledged).map(|write| write.ended).max()
    }

    /// Whether no write was acknowledged any more when the migration was over, though its clients
    /// could be expected to have found the way.
    fn fell_silent(&self) -> bool {
        let history = self.scene.history;
        let settle = history.phase_began(Phase::Settle).filter(|_| completeness::whole(history));
        let follows = self.writer.client == Client::Fresh;
        let since = |settle| self.told(Told::Acknowledged).any(|write| write.launched >= settle);
        follows && settle.is_some_and(|settle| !since(settle))
    }

    /// The writes of which something is wrong, in order.
    fn wrong(&self, wanted: LedgerClass) -> Vec<u64> {
        let of = self.classes.iter().filter(|(_, (class, _))| *class == Class::Wrong(wanted));
        of.map(|(number, _)| *number).collect()
    }

    fn count(&self, counts: impl Fn(Class) -> bool) -> u64 {
        self.classes.values().filter(|(class, _)| counts(*class)).count() as u64
    }

    /// The same, of acknowledged writes alone.
    fn count_acknowledged(&self, wanted: &[Class]) -> u64 {
        let of =
            |number| self.classes.get(&number).is_some_and(|(class, _)| wanted.contains(class));
        self.told(Told::Acknowledged).filter(|write| of(write.number)).count() as u64
    }

    fn verdict(&self, verdict: Ruling) -> LedgerVerdict {
        let wrong = |class| self.count(|of| of == Class::Wrong(class));
        let holding = |(host, held): &(&HostId, &Held)| HostHolding {
            host: (*host).clone(),
            found: held.to_string(),
        };
        LedgerVerdict {
            service: self.service.clone(),
            client: self.writer.client,
            host: self.host.clone(),
            acknowledged: self.told(Told::Acknowledged).count() as u64,
            failed: self.told(Told::Failed).count() as u64,
            indeterminate: self.told(Told::Indeterminate).count() as u64,
            skipped: self.writes.values().map(|write| write.skipped).sum(),
            present: self.count_acknowledged(&[Class::Present, Class::SentAgain]),
            lost: wrong(LedgerClass::Lost),
            stranded: wrong(LedgerClass::Stranded),
            duplicate: wrong(LedgerClass::Duplicate),
            recovered: self.count(|of| of == Class::Recovered),
            unexpected: wrong(LedgerClass::Unexpected),
            unseen: self.count(|of| of == Class::Unseen),
            sent_again: self.count(|of| of == Class::SentAgain),
            last_acknowledged_at: self.last_acknowledged().map(Into::into),
            holdings: self.holdings.iter().map(holding).collect(),
            examples: self.examples(),
            late_writes: self.late_writes(),
            verdict,
        }
    }

    fn examples(&self) -> Vec<LedgerExample> {
        use LedgerClass::{Duplicate, Lost, Stranded, Unexpected};
        let first = |class| self.wrong(class).into_iter().take(EXAMPLES).map(move |n| (class, n));
        let all = [Lost, Stranded, Duplicate, Unexpected].into_iter().flat_map(first);
        all.map(|(class, number)| self.example(class, number)).collect()
    }

    fn example(&self, class: LedgerClass, number: u64) -> LedgerExample {
        let write = self.writes.get(&number);
        let (_, sight) = &self.classes[&number];
        let here = sight.here.filter(|times| *times > 0).map(|times| (self.host, times));
        let copies = |(host, times): (&HostId, u64)| Copies { host: host.clone(), times };
        LedgerExample {
            id: WriteId::new(self.service, number).to_string(),
            class,
            launched_at: write.map(|write| write.launched.into()),
            answered_at: write.map(|write| write.ended.into()),
            during: write.map_or_else(Vec::new, |write| self.steps_during(write)),
            found: here.into_iter().chain(sight.elsewhere.iter().copied()).map(copies).collect(),
        }
    }

    fn steps_during(&self, write: &Write) -> Vec<crate::base::StepId> {
        let causes = self.scene.causes(self.service, write.launched, write.ended);
        let steps = causes.into_iter().filter(|cause| cause.kind == CauseKind::Step);
        steps.filter_map(|cause| cause.id.parse().ok()).collect()
    }

    fn late_writes(&self) -> LateWrites {
        let Some(cutover) = place::cutover(self.scene, self.service) else {
            return LateWrites::default();
        };
        let end = place::end_host(self.scene, self.service);
        let late = || {
            let taken = self.told(Told::Acknowledged).filter(|write| write.launched > cutover);
            taken
                .filter_map(|write| Some((write, write.host.as_ref().filter(|host| *host != end)?)))
        };
        let told = |(write, host): (&Write, &HostId)| LateWrite {
            id: WriteId::new(self.service, write.number).to_string(),
            at: write.launched.into(),
            client: write.client,
            host: host.clone(),
            address: self.scene.history.begin.addresses.get(host).cloned(),
        };
        LateWrites {
            count: late().count() as u64,
            first: late().take(EXAMPLES).map(told).collect(),
        }
    }
}
