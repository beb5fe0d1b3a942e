//! The writes to a service in pieces: numbers in a row that were told of in one record, and were
//! found equally often in each place. However many writes there are, there are no more pieces than
//! records and holes. Pure.

use std::{iter::Peekable, ops::RangeInclusive, slice};

use super::class::{Class, Sight, class};
use crate::{
    base::HostId,
    history::{Held, Write},
};

/// Writes in a row of which the same is to be said.
pub(super) struct Piece<'a> {
    pub(super) numbers: RangeInclusive<u64>,
    /// What was recorded of them; none where nobody wrote them.
    pub(super) write: Option<&'a Write>,
    pub(super) sight: Sight<'a>,
    pub(super) class: Class,
}

impl Piece<'_> {
    /// How many they are.
    pub(super) fn len(&self) -> u64 {
        len(&self.numbers)
    }
}

/// How many numbers those are.
pub(super) fn len(numbers: &RangeInclusive<u64>) -> u64 {
    (numbers.end() + 1).saturating_sub(*numbers.start())
}

/// All that was written or found, in order, of writes in order. Of two records of the same write the one
/// that begins later counts.
pub(super) fn cut<'a>(
    writes: &[&'a Write],
    host: &HostId,
    holdings: &[(&'a HostId, &'a Held)],
) -> Vec<Piece<'a>> {
    let read = holdings.iter().any(|(at, held)| *at == host && !matches!(held, Held::Unread(_)));
    let mut looks: Vec<_> = holdings
        .iter()
        .filter_map(|(at, held)| match held {
            Held::Writes(tally) => Some((*at, Look::at(tally.there.runs(), &tally.several))),
            Held::Nothing(_) | Held::Unread(_) => None,
        })
        .collect();
    let edges = edges(writes, holdings);
    let (mut pieces, mut begun) = (Vec::with_capacity(edges.len()), 0);
    for numbers in between(&edges) {
        let (first, _) = numbers.clone().into_inner();
        while writes.get(begun).is_some_and(|write| write.number <= first) {
            begun += 1;
        }
        let write = writes[..begun].last().copied();
        let write = write.filter(|write| write.numbers().contains(&first));
        let mut sight = Sight { here: read.then_some(0), elsewhere: vec![] };
        for (at, look) in &mut looks {
            match look.times(first) {
                0 => {}
                times if *at == host => sight.here = Some(times),
                times => sight.elsewhere.push((*at, times)),
            }
        }
        if write.is_some() || sight.is_somewhere() {
            let class = class(write, &sight);
            pieces.push(Piece { numbers, write, sight, class });
        }
    }
    pieces
}

/// Where something changes from one number to the next, in order.
fn edges(writes: &[&Write], holdings: &[(&HostId, &Held)]) -> Vec<u64> {
    let ends = |first: u64, last: u64| [first, last.saturating_add(1)];
    let mut edges: Vec<u64> =
        writes.iter().flat_map(|write| ends(write.number, write.last_number())).collect();
    for (_, held) in holdings {
        if let Held::Writes(tally) = held {
            edges.extend(tally.there.runs().flat_map(|run| ends(*run.start(), *run.end())));
            edges.extend(tally.several.iter().flat_map(|(number, _)| ends(*number, *number)));
        }
    }
    // They are a few rows one after the other, each in order.
    edges.sort();
    edges.dedup();
    edges
}

fn between(edges: &[u64]) -> impl Iterator<Item = RangeInclusive<u64>> + '_ {
    edges.windows(2).map(|pair| pair[0]..=pair[1] - 1)
}

/// What a reader found, asked for one number after the other, in order.
struct Look<'a, R: Iterator> {
    runs: Peekable<R>,
    several: Peekable<slice::Iter<'a, (u64, u64)>>,
}

impl<'a, R: Iterator<Item = RangeInclusive<u64>>> Look<'a, R> {
    fn at(runs: R, several: &'a [(u64, u64)]) -> Self {
        Self { runs: runs.peekable(), several: several.iter().peekable() }
    }

    fn times(&mut self, number: u64) -> u64 {
        while self.runs.next_if(|run| *run.end() < number).is_some() {}
        while self.several.next_if(|(several, _)| *several < number).is_some() {}
        let several = self.several.peek().filter(|(several, _)| *several == number);
        match self.runs.peek().is_some_and(|run| run.contains(&number)) {
            true => several.map_or(1, |(_, times)| *times),
            false => 0,
        }
    }
}
