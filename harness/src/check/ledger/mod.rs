//! One ledger across all hosts: what was acknowledged must be where the service ended up, and no
//! more often than it was written. Where that could not be read, nothing is proved.

mod class;
mod model;
mod pieces;
mod place;
mod reasons;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, ops::RangeInclusive};

pub use self::model::{
    Copies, HostHolding, LateWrite, LateWrites, LedgerClass, LedgerExample, LedgerVerdict,
};
use self::{class::Class, pieces::Piece};
use super::{CauseKind, Reason, Ruling, blame::Scene, completeness};
use crate::{
    base::{HostId, IndexSet, ServiceId, StoryTime},
    history::{Held, Phase, What, Write},
    plan::Plan,
    probe::Client,
    writer::{Told, WriteId, Writer},
};

/// How many writes are told one by one, of each class.
const EXAMPLES: usize = 20;

pub(super) fn check(scene: &Scene<'_>, reasons: &mut Vec<Reason>) -> Vec<LedgerVerdict> {
    let books = scene.plan.writers().zip(Entries::of(scene));
    let books = books.map(|((service, writer), told)| Book::of(scene, service, writer, told));
    let judged = books.map(|book| {
        let found = reasons::of(&book);
        let ruling = found.iter().map(|reason| reason.verdict).collect::<Ruling>();
        reasons.extend(found);
        book.verdict(ruling.combine(book.early()))
    });
    judged.collect()
}

/// What was recorded of one service.
#[derive(Default)]
struct Entries<'a> {
    writes: Vec<&'a Write>,
    holdings: Vec<(&'a HostId, &'a Held)>,
}

impl<'a> Entries<'a> {
    /// Of each service that is written to, in the order of the plan.
    fn of(scene: &Scene<'a>) -> Vec<Self> {
        let plan: &'a Plan = scene.plan;
        let places: IndexSet<&ServiceId> = plan.writers().map(|(service, _)| service).collect();
        let mut all: Vec<Self> = places.iter().map(|_| Self::default()).collect();
        for record in &scene.history.records {
            match &record.what {
                What::Written(write) => {
                    if let Some(place) = places.get_index_of(&write.service) {
                        all[place].writes.push(write);
                    }
                }
                What::Read(holding) => {
                    if let Some(place) = places.get_index_of(&holding.service) {
                        all[place].holdings.push((&holding.host, &holding.found));
                    }
                }
                _ => {}
            }
        }
        all.iter_mut().for_each(|entries| entries.put_in_order());
        all
    }

    /// Of two records of the same write the later counts.
    fn put_in_order(&mut self) {
        self.writes.reverse();
        self.writes.sort_by_key(|write| write.number);
        self.writes.dedup_by_key(|write| write.number);
    }
}

/// All that there is to know of the writes to one service.
struct Book<'a> {
    scene: &'a Scene<'a>,
    service: &'a ServiceId,
    writer: &'a Writer,
    /// Where the service that keeps the data ended up.
    host: &'a HostId,
    /// By the number of the first.
    writes: Vec<&'a Write>,
    /// What was found, host by host, in the order of the looks.
    holdings: Vec<(&'a HostId, &'a Held)>,
    /// What became of them, in order.
    pieces: Vec<Piece<'a>>,
}

impl<'a> Book<'a> {
    fn of(
        scene: &'a Scene<'a>,
        service: &'a ServiceId,
        writer: &'a Writer,
        Entries { writes, mut holdings }: Entries<'a>,
    ) -> Self {
        let host = place::end_host(scene, &writer.read.of);
        holdings.sort_by_key(|(at, _)| *at != host);
        let pieces = pieces::cut(&writes, host, &holdings);
        Self { scene, service, writer, host, writes, holdings, pieces }
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
        self.writes.iter().copied().filter(move |write| write.told == wanted)
    }

    /// When the last write was acknowledged.
    fn last_acknowledged(&self) -> Option<StoryTime> {
        self.told(Told::Acknowledged).map(Write::last_ended).max()
    }

    /// When the migration was over, if no write was acknowledged any more from then on, though its
    /// clients could be expected to have found the way.
    fn fell_silent(&self) -> Option<StoryTime> {
        let history = self.scene.history;
        let settle = history.phase_began(Phase::Settle).filter(|_| completeness::whole(history));
        let settle = settle.filter(|_| self.writer.client == Client::Fresh)?;
        let taken = self.told(Told::Acknowledged).any(|write| write.last_launched() >= settle);
        (!taken).then_some(settle)
    }

    /// The writes of which something is wrong, in order.
    fn wrong(&self, wanted: LedgerClass) -> Vec<&Piece<'a>> {
        self.pieces.iter().filter(|piece| piece.class == Class::Wrong(wanted)).collect()
    }

    /// How many writes there are of each class, and how many of those were acknowledged.
    fn counts(&self) -> BTreeMap<Class, (u64, u64)> {
        let mut counts: BTreeMap<Class, (u64, u64)> = BTreeMap::new();
        for piece in &self.pieces {
            let (all, acknowledged) = counts.entry(piece.class).or_default();
            *all += piece.len();
            if piece.write.is_some_and(|write| write.told == Told::Acknowledged) {
                *acknowledged += piece.len();
            }
        }
        counts
    }

    fn verdict(&self, verdict: Ruling) -> LedgerVerdict {
        let counts = self.counts();
        let count = |class| counts.get(&class).copied().unwrap_or_default();
        let all = |class| count(class).0;
        let wrong = |class| all(Class::Wrong(class));
        let told = |told| self.told(told).map(|write| write.count).sum();
        let holding = |(host, held): &(&HostId, &Held)| HostHolding {
            host: (*host).clone(),
            found: held.to_string(),
        };
        LedgerVerdict {
            service: self.service.clone(),
            client: self.writer.client,
            host: self.host.clone(),
            acknowledged: told(Told::Acknowledged),
            failed: told(Told::Failed),
            indeterminate: told(Told::Indeterminate),
            skipped: self.writes.iter().map(|write| write.skipped).sum(),
            present: count(Class::Present).1 + count(Class::SentAgain).1,
            lost: wrong(LedgerClass::Lost),
            stranded: wrong(LedgerClass::Stranded),
            duplicate: wrong(LedgerClass::Duplicate),
            recovered: all(Class::Recovered),
            unexpected: wrong(LedgerClass::Unexpected),
            unseen: all(Class::Unseen),
            sent_again: all(Class::SentAgain),
            last_acknowledged_at: self.last_acknowledged().map(Into::into),
            holdings: self.scene.explained(|| self.holdings.iter().map(holding).collect()),
            examples: self.scene.explained(|| self.examples()),
            late_writes: self.late_writes(),
            verdict,
        }
    }

    fn examples(&self) -> Vec<LedgerExample> {
        use LedgerClass::{Duplicate, Lost, Stranded, Unexpected};
        let first = |class| {
            let numbers = self.wrong(class).into_iter().flat_map(move |piece| {
                piece.numbers.clone().map(move |number| self.example(class, piece, number))
            });
            numbers.take(EXAMPLES)
        };
        [Lost, Stranded, Duplicate, Unexpected].into_iter().flat_map(first).collect()
    }

    fn example(&self, class: LedgerClass, piece: &Piece<'_>, number: u64) -> LedgerExample {
        let write = piece.write.map(|write| write.one(number));
        let here = piece.sight.here.filter(|times| *times > 0).map(|times| (self.host, times));
        let elsewhere = piece.sight.elsewhere.iter().copied();
        let copies = |(host, times): (&HostId, u64)| Copies { host: host.clone(), times };
        LedgerExample {
            id: WriteId::new(self.service, number).to_string(),
            class,
            launched_at: write.as_ref().map(|write| write.launched.into()),
            answered_at: write.as_ref().map(|write| write.ended.into()),
            during: write.map_or_else(Vec::new, |write| self.steps_during(&write)),
            found: here.into_iter().chain(elsewhere).map(copies).collect(),
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
            let taken = self.told(Told::Acknowledged);
            taken
                .filter_map(|write| Some((write, write.host.as_ref().filter(|host| *host != end)?)))
                .map(|(write, host)| (write, host, write.begun_after(cutover)))
        };
        let told = |(write, host, numbers): (&'a Write, &'a HostId, RangeInclusive<u64>)| {
            numbers.map(move |number| LateWrite {
                id: WriteId::new(self.service, number).to_string(),
                at: write.one(number).launched.into(),
                client: write.client,
                host: host.clone(),
                address: self.scene.history.begin.addresses.get(host).cloned(),
            })
        };
        LateWrites {
            count: late().map(|(.., numbers)| pieces::len(&numbers)).sum(),
            first: self.scene.explained(|| late().flat_map(told).take(EXAMPLES).collect()),
        }
    }
}
