//! How often each write is there, and sets of numbers in few words: writes are numbered in a row,
//! so that what is there is a few runs of numbers, and what is missing a few holes.

use std::{collections::BTreeMap, fmt, ops::RangeInclusive};

use serde::{Deserialize, Serialize};

/// A set of numbers, as runs in order with holes between them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Numbers(Vec<(u64, u64)>);

impl Numbers {
    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        self.runs().flatten()
    }

    /// How many.
    pub fn len(&self) -> u64 {
        self.0.iter().map(|(first, last)| last - first + 1).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a run that comes after all that there is.
    fn push(&mut self, first: u64, last: u64) {
        match self.0.last_mut() {
            Some((_, before)) if *before + 1 == first => *before = last,
            Some((_, before)) => {
                assert!(*before < first, "{first} comes after {before}");
                self.0.push((first, last));
            }
            None => self.0.push((first, last)),
        }
    }

    /// The same, a run of numbers at a time, with holes between them.
    pub fn runs(&self) -> impl Iterator<Item = RangeInclusive<u64>> + '_ {
        self.0.iter().map(|(first, last)| *first..=*last)
    }
}

impl FromIterator<u64> for Numbers {
    /// From numbers in order.
    fn from_iter<I: IntoIterator<Item = u64>>(numbers: I) -> Self {
        let mut all = Self::default();
        numbers.into_iter().for_each(|number| all.push(number, number));
        all
    }
}

impl fmt::Display for Numbers {
    /// `0 to 411, 413`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (first, last)) in self.0.iter().enumerate() {
            let sep = if at == 0 { "" } else { ", " };
            match last - first {
                0 => write!(f, "{sep}{first}")?,
                _ => write!(f, "{sep}{first} to {last}")?,
            }
        }
        Ok(())
    }
}

/// How often each write was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Those that are there.
    pub there: Numbers,
    /// Of those, the ones that are there more than once, in order, and how often.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub several: Vec<(u64, u64)>,
}

impl FromIterator<u64> for Tally {
    /// From numbers in any order, each as often as it was found.
    fn from_iter<I: IntoIterator<Item = u64>>(found: I) -> Self {
        let mut times: BTreeMap<u64, u64> = BTreeMap::new();
        for number in found {
            *times.entry(number).or_default() += 1;
        }
        let there = times.keys().copied().collect();
        let several = times.into_iter().filter(|(_, times)| *times > 1).collect();
        Self { there, several }
    }
}

impl Tally {
    /// From runs of numbers in any order, each number as often as it is in one.
    pub fn of_runs(runs: impl IntoIterator<Item = RangeInclusive<u64>>) -> Self {
        // Where runs begin and end, how many more of them there are from each moment on.
        let runs = runs.into_iter().filter(|run| !run.is_empty());
        let edges = runs.flat_map(|run| [(*run.start(), 1_i64), (run.end() + 1, -1)]);
        let mut edges: Vec<_> = edges.collect();
        edges.sort_unstable();
        let mut tally = Self::default();
        let (mut from, mut times) = (0, 0_i64);
        for (edge, more) in edges {
            if times > 0 && from < edge {
                tally.there.push(from, edge - 1);
            }
            if times > 1 {
                tally.several.extend((from..edge).map(|number| (number, times.unsigned_abs())));
            }
            (from, times) = (edge, times + more);
        }
        tally
    }

    /// Each write that is there, in order, and how often.
    pub fn iter(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        let mut several = self.several.iter().peekable();
        self.there.iter().map(move |number| {
            let times = several.next_if(|(next, _)| *next == number).map_or(1, |(_, times)| *times);
            (number, times)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_tally_is_short_and_reads_back() {
        let tally: Tally = [3, 0, 1, 2, 7, 9, 9, 8, 9].into_iter().collect();
        let json = serde_json::to_string(&tally).unwrap();
        assert_eq!(json, r#"{"there":[[0,3],[7,9]],"several":[[9,3]]}"#);
        assert_eq!(serde_json::from_str::<Tally>(&json).unwrap(), tally);
        assert_eq!(tally.there.to_string(), "0 to 3, 7 to 9");
        assert_eq!(tally.there.len(), 7);
    }

    #[test]
    fn nothing_is_a_tally_too() {
        let none: Tally = [].into_iter().collect();
        assert_eq!(none, serde_json::from_str(r#"{"there":[]}"#).unwrap());
        assert!(none.there.is_empty());
        assert_eq!(none.there.to_string(), "");
    }

    proptest! {
        #[test]
        fn runs_are_tallied_as_their_numbers_are(
            runs in proptest::collection::vec((0_u64..60, 0_u64..9), 0..20),
        ) {
            let runs: Vec<_> = runs.into_iter().map(|(first, more)| first..=first + more).collect();
            let numbers: Tally = runs.iter().cloned().flatten().collect();
            prop_assert_eq!(Tally::of_runs(runs), numbers);
        }

        #[test]
        fn a_tally_forgets_nothing(found in proptest::collection::vec(0_u64..60, 0..200)) {
            let tally: Tally = found.iter().copied().collect();
            for number in 0..60 {
                let times = found.iter().filter(|one| **one == number).count() as u64;
                let told = tally.iter().find(|(one, _)| *one == number).map_or(0, |(_, times)| times);
                prop_assert_eq!(told, times);
            }
            prop_assert_eq!(tally.there.len(), tally.iter().count() as u64);
        }
    }
}
