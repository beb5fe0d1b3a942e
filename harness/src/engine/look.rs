//! A look at several expectations, each again until it holds or its time is up. Pure.

use std::collections::BTreeSet;

use super::jumps::{Due, Jumps};
use crate::{
    base::{Duration, StoryTime},
    expect::{Expectation, Found},
};

/// How many looks there may be at once.
const AT_ONCE: usize = 8;

/// A look at several expectations. Whatever is asked of it costs the same however many they are.
#[derive(Debug, Clone)]
pub(super) struct Inspection<'p> {
    items: Vec<Item<'p>>,
    /// Those that rest, by the end of their rest.
    resting: BTreeSet<(StoryTime, usize)>,
    /// Those whose rest is over.
    rested: BTreeSet<usize>,
    /// How many are being looked at.
    looking: usize,
    pause: Duration,
    retry_until: Due,
    end: Due,
}

#[derive(Debug, Clone)]
struct Item<'p> {
    expectation: &'p Expectation,
    is_looked_at: bool,
    last: Option<Finding>,
}

/// What was found, and whether that is as expected.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Finding {
    pub(super) found: Found,
    pub(super) holds: Option<bool>,
}

impl<'p> Inspection<'p> {
    /// What does not hold is looked at again after a pause, for the last time at `retry_until`; nothing is
    /// begun after `end`.
    pub(super) fn new(
        expectations: impl IntoIterator<Item = &'p Expectation>,
        pause: Duration,
        retry_until: Due,
        end: Due,
    ) -> Self {
        let item = |expectation| Item { expectation, is_looked_at: false, last: None };
        let items: Vec<_> = expectations.into_iter().map(item).collect();
        let rested = (0..items.len()).collect();
        Self { items, resting: BTreeSet::new(), rested, looking: 0, pause, retry_until, end }
    }

    /// What is to be looked at now, and counts as begun.
    pub(super) fn next(&mut self, now: StoryTime, jumps: &Jumps) -> Vec<(usize, &'p Expectation)> {
        if now >= jumps.when(self.end) {
            self.resting.clear();
            self.rested.clear();
        }
        while self.resting.first().is_some_and(|(until, _)| *until <= now) {
            self.rested.extend(self.resting.pop_first().map(|(_, item)| item));
        }
        let mut due = vec![];
        while self.looking < AT_ONCE
            && let Some(index) = self.rested.pop_first()
        {
            self.looking += 1;
            self.items[index].is_looked_at = true;
            due.push((index, self.items[index].expectation));
        }
        due
    }

    /// The expectation of an item.
    pub(super) fn expectation(&self, index: usize) -> &'p Expectation {
        self.items[index].expectation
    }

    /// What a look found.
    pub(super) fn found(&mut self, index: usize, finding: Finding, now: StoryTime, jumps: &Jumps) {
        let time_is_up = jumps.when(self.retry_until);
        let item = &mut self.items[index];
        assert!(item.is_looked_at, "an answer to a question that was not asked");
        item.is_looked_at = false;
        self.looking -= 1;
        let again = (now + self.pause).min(time_is_up);
        let is_in_time = now < time_is_up && again < jumps.when(self.end);
        if finding.holds != Some(true) && is_in_time {
            self.resting.insert((again, index));
        }
        item.last = Some(finding);
    }

    /// When there is something to do next, if no look ends before.
    pub(super) fn wakes_at(&self) -> Option<StoryTime> {
        if self.looking == AT_ONCE {
            return None;
        }
        let rested = self.rested.first().map(|_| StoryTime(0));
        rested.or_else(|| self.resting.first().map(|(until, _)| *until))
    }

    /// When no look may go on any more.
    pub(super) fn end(&self) -> Due {
        self.end
    }

    /// Whether all has been seen that will be.
    pub(super) fn is_finished(&self) -> bool {
        self.looking == 0 && self.resting.is_empty() && self.rested.is_empty()
    }

    /// What was found at last, in the order of the expectations.
    pub(super) fn findings(self) -> impl Iterator<Item = (&'p Expectation, Finding)> {
        let unseen = || {
            let found = Found::Unseen("there was no time left to look".to_owned());
            Finding { found, holds: None }
        };
        self.items.into_iter().map(move |it| (it.expectation, it.last.unwrap_or_else(unseen)))
    }
}

#[cfg(test)]
mod tests {
    use crate::base::IndexMap;

    use super::*;
    use crate::expect::{Listener, Ports};

    fn ms(ms: u64) -> StoryTime {
        StoryTime(ms * 1_000)
    }

    fn expectations(count: u16) -> Vec<Expectation> {
        let listens = |port| Ports { on: "new".parse().unwrap(), ports: vec![port] };
        (1..=count).map(|port| Expectation::Listens(listens(port))).collect()
    }

    fn inspection<'p>(all: &'p [Expectation], jumps: &Jumps) -> Inspection<'p> {
        let due = |ms| jumps.due(StoryTime(0), Duration::from_millis(ms));
        Inspection::new(all, Duration::from_millis(500), due(1_000), due(3_000))
    }

    fn answer(inspection: &Inspection<'_>, index: usize, ports: &[u16]) -> Finding {
        let listener = |port: &u16| Listener { port: *port, program: "nginx".to_owned() };
        let found = Found::Listeners(ports.iter().map(listener).collect());
        let holds = inspection.expectation(index).holds(&found, &IndexMap::default());
        Finding { found, holds }
    }

    #[test]
    fn what_does_not_hold_is_looked_at_again_until_its_time_is_up() {
        let jumps = Jumps::default();
        let two = expectations(2);
        let mut look = inspection(&two, &jumps);
        assert_eq!(look.next(ms(0), &jumps).len(), 2);
        let (good, bad) = (answer(&look, 0, &[1]), answer(&look, 1, &[]));
        look.found(0, good, ms(10), &jumps);
        look.found(1, bad.clone(), ms(20), &jumps);
        assert_eq!(look.wakes_at(), Some(ms(520)));
        assert_eq!(look.next(ms(519), &jumps), vec![]);
        assert_eq!(look.next(ms(520), &jumps).len(), 1);
        assert!(!look.is_finished());
        look.found(1, bad.clone(), ms(530), &jumps);
        assert_eq!(look.wakes_at(), Some(ms(1_000)), "once more when the time is up");
        assert_eq!(look.next(ms(1_000), &jumps).len(), 1);
        look.found(1, bad, ms(1_010), &jumps);
        assert!(look.is_finished());
        let holds: Vec<_> = look.findings().map(|(_, finding)| finding.holds).collect();
        assert_eq!(holds, [Some(true), Some(false)]);
    }

    #[test]
    fn where_its_time_is_up_at_the_end_nobody_waits_for_that() {
        let jumps = Jumps::default();
        let one = expectations(1);
        let due = jumps.due(StoryTime(0), Duration::from_millis(1_000));
        let mut look = Inspection::new(&one, Duration::from_millis(500), due, due);
        for (begun, ended, again) in [(0, 10, Some(ms(510))), (510, 520, None)] {
            assert_eq!(look.next(ms(begun), &jumps).len(), 1);
            let bad = answer(&look, 0, &[]);
            look.found(0, bad, ms(ended), &jumps);
            assert_eq!(look.wakes_at(), again);
        }
        assert!(look.is_finished(), "it has failed, and is not late");
    }

    #[test]
    fn eight_at_once_and_none_after_the_end() {
        let jumps = Jumps::default();
        let ten = expectations(10);
        let mut look = inspection(&ten, &jumps);
        assert_eq!(look.next(ms(0), &jumps).len(), 8);
        assert_eq!(look.wakes_at(), None, "one must end first");
        for index in 0..8 {
            let bad = answer(&look, index, &[]);
            look.found(index, bad, ms(3_000), &jumps);
        }
        assert_eq!(look.next(ms(3_000), &jumps), vec![]);
        assert!(look.is_finished());
        let (_, last) = look.findings().last().unwrap();
        assert_eq!(last.found.to_string(), "could not be seen: there was no time left to look");
        assert_eq!(last.holds, None);
    }
}
