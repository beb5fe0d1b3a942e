//! Random schedules, each from the seed and its number alone. Swarm style: each draws first which kinds
//! of mishaps it has at all, then some of those; so that rare kinds are not drowned by the common ones.

use std::collections::BTreeMap;

use proptest::{
    collection::vec,
    sample::{Index, subsequence},
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use super::{Mishap, Schedule, cells::Single};
use crate::base::Duration;

/// The most mishaps of one schedule, beside the scenario's own faults.
const MOST: usize = 12;
/// How long a fault of it may last.
const LASTS: [Option<Duration>; 4] = [
    Some(Duration::from_secs(30)),
    Some(Duration::from_secs(300)),
    Some(Duration::from_secs(3600)),
    None,
];

/// What random schedules are drawn from.
pub(super) struct Swarm<'a> {
    singles: &'a [Single],
    /// The singles of each kind of mishap, by their places.
    kinds: BTreeMap<&'static str, Vec<usize>>,
    seed: u64,
}

impl<'a> Swarm<'a> {
    pub(super) fn new(singles: &'a [Single], seed: u64) -> Self {
        let mut kinds: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (place, single) in singles.iter().enumerate() {
            kinds.entry(single.fault).or_default().push(place);
        }
        Self { singles, kinds, seed }
    }

    /// The schedule with this number.
    pub(super) fn schedule(&self, own: &Schedule, number: usize) -> Schedule {
        if self.kinds.is_empty() {
            return own.clone();
        }
        let words: Vec<&'static str> = self.kinds.keys().copied().collect();
        let drawn = (
            subsequence(words.clone(), 1..=words.len()),
            vec(
                (proptest::arbitrary::any::<Index>(), proptest::arbitrary::any::<Index>()),
                2..=MOST,
            ),
        );
        let tree = drawn.new_tree(&mut self.runner(number)).expect("nothing is filtered");
        let (words, picks) = tree.current();
        let pool: Vec<usize> = words.iter().flat_map(|word| &self.kinds[word]).copied().collect();
        own.and(picks.into_iter().map(|(which, lasts)| self.mishap(*which.get(&pool), lasts)))
    }

    fn mishap(&self, place: usize, length: Index) -> Mishap {
        match self.singles[place].mishap.clone() {
            Mishap::Fault { kind, from, .. } if kind.slip().is_none() => {
                Mishap::Fault { kind, from, lasts: *length.get(&LASTS) }
            }
            other => other,
        }
    }

    fn runner(&self, number: usize) -> TestRunner {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.seed.to_le_bytes());
        seed[8..16].copy_from_slice(&(number as u64).to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        TestRunner::new_with_rng(Config { failure_persistence: None, ..Config::default() }, rng)
    }
}
