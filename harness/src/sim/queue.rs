//! Owns what is to come, in order of its time and, within a moment, of its making.
//! Must not know: what any of it does.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::clock::Work;

/// More than this at once is a bug of ours: every action, service and client has one or two.
const MOST: usize = 1 << 22;

/// Things to come.
#[derive(Debug, Clone)]
pub(super) struct Queue<T> {
    coming: BinaryHeap<Reverse<(Work, u64, T)>>,
    serial: u64,
}

impl<T: Ord> Queue<T> {
    pub(super) fn new() -> Self {
        Self { coming: BinaryHeap::new(), serial: 0 }
    }

    pub(super) fn push(&mut self, at: Work, what: T) {
        assert!(self.coming.len() < MOST, "the simulator has too much to do at once");
        self.serial += 1;
        self.coming.push(Reverse((at, self.serial, what)));
    }

    /// When the next thing comes.
    pub(super) fn next(&self) -> Option<Work> {
        self.coming.peek().map(|Reverse((at, ..))| *at)
    }

    pub(super) fn pop(&mut self) -> Option<T> {
        self.coming.pop().map(|Reverse((.., what))| what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earlier_comes_first_and_of_two_the_one_that_was_made_first() {
        let mut queue = Queue::new();
        for (at, what) in [(5, 'b'), (5, 'a'), (3, 'c'), (9, 'd')] {
            queue.push(Work(at), what);
        }
        assert_eq!(queue.next(), Some(Work(3)));
        let order: String = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(order, "cbad");
    }
}
