//! Owns what is left to chance: one stream of numbers per purpose, all from one seed, so that a
//! purpose more does not move the others. ChaCha with 8 rounds, the same on every machine.
//! Must not know: what is drawn.

use chacha20::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

/// How many words of a stream a number takes.
const WORDS: u128 = 2;

/// A stream of numbers.
pub(super) struct Chance {
    seed: u64,
    stream: u64,
    drawn: u64,
    /// Once one was drawn.
    numbers: Option<ChaCha8Rng>,
}

impl Chance {
    /// The stream of a purpose: `["step", "start-mail", "2"]`.
    pub(super) fn of(seed: u64, purpose: &[&str]) -> Self {
        Self { seed, stream: name(purpose), drawn: 0, numbers: None }
    }

    /// A number from 0 up to, but not, 1; all of its 53 bits by chance.
    pub(super) fn part(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn next(&mut self) -> u64 {
        let Self { seed, stream, drawn, numbers } = self;
        let numbers = numbers.get_or_insert_with(|| {
            let mut key = [0; 32];
            key[..8].copy_from_slice(&seed.to_le_bytes());
            let mut numbers = ChaCha8Rng::from_seed(key);
            numbers.set_stream(*stream);
            numbers.set_word_pos(u128::from(*drawn) * WORDS);
            numbers
        });
        *drawn += 1;
        numbers.next_u64()
    }
}

/// Both go on with the same numbers.
impl Clone for Chance {
    fn clone(&self) -> Self {
        Self { numbers: None, ..*self }
    }
}

/// FNV-1a over the words, each with an end.
fn name(purpose: &[&str]) -> u64 {
    let bytes = purpose.iter().flat_map(|word| word.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(seed: u64, purpose: &[&str]) -> u64 {
        Chance::of(seed, purpose).next()
    }

    #[test]
    fn seed_and_purpose_say_what_is_drawn_on_every_machine() {
        // Written down once: histories of old seeds must not change.
        assert_eq!(first(0, &["step", "a"]), 4_663_131_027_768_935_272);
        assert_eq!(first(0, &["step", "a"]), first(0, &["step", "a"]));
        assert_ne!(first(0, &["step", "a"]), first(1, &["step", "a"]));
        assert_ne!(first(0, &["step", "a"]), first(0, &["step", "b"]));
        assert_ne!(first(0, &["step", "ab"]), first(0, &["step", "a", "b"]));
    }

    #[test]
    fn a_copy_goes_on_with_the_same_numbers() {
        let mut chance = Chance::of(7, &["x"]);
        for _ in 0..40 {
            let mut copy = chance.clone();
            let next = [copy.next(), copy.next()];
            assert_eq!(next, [chance.next(), chance.clone().next()]);
        }
    }

    #[test]
    fn parts_lie_between_0_and_1() {
        let mut chance = Chance::of(7, &["x"]);
        let parts: Vec<_> = (0..1_000).map(|_| chance.part()).collect();
        assert!(parts.iter().all(|part| (0.0..1.0).contains(part)));
        let mean = parts.iter().sum::<f64>() / 1_000.0;
        assert!((0.45..0.55).contains(&mean), "{mean}");
    }
}
