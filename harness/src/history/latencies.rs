//! How long answers took, to two digits each: few numbers, however many answers there were.

use std::collections::BTreeMap;

/// How many of the leading bits of a number are kept.
const BITS: u32 = 8;

/// How often each latency was seen. It tells numbers apart as an HdrHistogram of two significant digits does
/// (<https://hdrhistogram.github.io/HdrHistogram/>), but keeps only those that came: most services have a few.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Latencies {
    /// By the most that a latency of its kind can be, in microseconds.
    times: BTreeMap<u64, u64>,
    count: u64,
}

impl Latencies {
    /// So many answers took so long.
    pub(super) fn record(&mut self, micros: u64, count: u64) {
        *self.times.entry(most_alike(micros)).or_default() += count;
        self.count += count;
    }

    /// How many there were.
    pub fn len(&self) -> u64 {
        self.count
    }

    /// Whether there was none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The least number of microseconds, to two digits, that this part of all took at most; 0 where there
    /// was none.
    pub fn at_quantile(&self, quantile: f64) -> u64 {
        let wanted = (quantile.clamp(0.0, 1.0) * self.count as f64).ceil().max(1.0) as u64;
        let mut upto = 0;
        let found = self.times.iter().find(|(_, count)| {
            upto += **count;
            upto >= wanted
        });
        found.map_or(0, |(most, _)| *most)
    }
}

/// The most that is not told from a number.
fn most_alike(micros: u64) -> u64 {
    let dropped = (u64::BITS - micros.leading_zeros()).saturating_sub(BITS);
    micros | ((1 << dropped) - 1)
}

#[cfg(test)]
mod tests {
    use hdrhistogram::Histogram;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn quantiles_are_those_of_an_hdr_histogram(
            answers in proptest::collection::vec((0..100_000_000_u64, 1..5_000_u64), 1..50),
            quantile in 0.01..1.0_f64,
        ) {
            let mut histogram = Histogram::<u64>::new(2).unwrap();
            let mut latencies = Latencies::default();
            for (micros, count) in answers {
                histogram.record_n(micros, count).unwrap();
                latencies.record(micros, count);
            }
            prop_assert_eq!(latencies.len(), histogram.len());
            prop_assert_eq!(latencies.at_quantile(quantile), histogram.value_at_quantile(quantile));
        }
    }

    #[test]
    fn without_an_answer_nothing_took_any_time() {
        let none = Latencies::default();
        assert!(none.is_empty());
        assert_eq!(none.at_quantile(0.5), 0);
    }
}
