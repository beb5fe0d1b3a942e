//! A look at several expectations, each again until it holds or its time is up. Pure.

use super::jumps::{Due, Jumps};
use crate::{
    base::{Duration, StoryTime},
    expect::{Expectation, Found, Judgement},
};

/// The pause between two looks at the same thing.
const PAUSE: Duration = Duration::from_millis(500);
/// How many looks there may be at once.
const AT_ONCE: usize = 8;

/// A look at several expectations.
#[derive(Debug)]
pub(super) struct Inspection {
    items: Vec<Item>,
    retry_until: Due,
    end: Due,
}

#[derive(Debug)]
struct Item {
    expectation: Expectation,
    state: State,
    last: Option<(Found, Judgement)>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    Resting { until: StoryTime },
    Looking,
    Final,
}

impl Inspection {
    /// What does not hold is looked at again until `retry_until`; nothing is begun after `end`.
    pub(super) fn new(
        expectations: impl IntoIterator<Item = Expectation>,
        retry_until: Due,
        end: Due,
    ) -> Self {
        let item = |expectation| Item {
            expectation,
            state: State::Resting { until: StoryTime(0) },
            last: None,
        };
        Self { items: expectations.into_iter().map(item).collect(), retry_until, end }
    }

    /// What is to be looked at now, and counts as begun.
    pub(super) fn next(&mut self, now: StoryTime, jumps: &Jumps) -> Vec<(usize, Expectation)> {
        let over = now >= jumps.when(self.end);
        let mut free = AT_ONCE - self.looking();
        let mut due = vec![];
        for (index, item) in self.items.iter_mut().enumerate() {
            match item.state {
                State::Resting { .. } if over => item.state = State::Final,
                State::Resting { until } if until <= now && free > 0 => {
                    free -= 1;
                    item.state = State::Looking;
                    due.push((index, item.expectation.clone()));
                }
                _ => {}
            }
        }
        due
    }

    /// The expectation of an item.
    pub(super) fn expectation(&self, index: usize) -> &Expectation {
        &self.items[index].expectation
    }

    /// What a look found.
    pub(super) fn found(
        &mut self,
        index: usize,
        found: (Found, Judgement),
        now: StoryTime,
        jumps: &Jumps,
    ) {
        let again = now + PAUSE;
        let item = &mut self.items[index];
        assert_eq!(item.state, State::Looking, "an answer to a question that was not asked");
        item.state = if found.1.holds == Some(true) || again > jumps.when(self.retry_until) {
            State::Final
        } else {
            State::Resting { until: again }
        };
        item.last = Some(found);
    }

    /// When there is something to do next, if no look ends before.
    pub(super) fn wakes_at(&self) -> Option<StoryTime> {
        if self.looking() == AT_ONCE {
            return None;
        }
        let resting = self.items.iter().filter_map(|item| match item.state {
            State::Resting { until } => Some(until),
            _ => None,
        });
        resting.min()
    }

    /// When no look may go on any more.
    pub(super) fn end(&self) -> Due {
        self.end
    }

    /// Whether all has been seen that will be.
    pub(super) fn is_finished(&self) -> bool {
        self.items.iter().all(|item| item.state == State::Final)
    }

    /// What was found at last, in the order of the expectations.
    pub(super) fn findings(self) -> Vec<(Found, Judgement)> {
        self.items.into_iter().map(Item::finding).collect()
    }

    fn looking(&self) -> usize {
        self.items.iter().filter(|item| item.state == State::Looking).count()
    }
}

impl Item {
    fn finding(self) -> (Found, Judgement) {
        self.last.unwrap_or_else(|| {
            let found = Found::Unseen("there was no time left to look".to_owned());
            let judgement = self.expectation.judge(&found, |_| None);
            (found, judgement)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expect::{Listener, Ports};

    fn ms(ms: u64) -> StoryTime {
        StoryTime(ms * 1_000)
    }

    fn expectations(count: u16) -> Vec<Expectation> {
        let listens = |port| Ports { on: "new".parse().unwrap(), ports: vec![port] };
        (1..=count).map(|port| Expectation::Listens(listens(port))).collect()
    }

    fn inspection(count: u16, jumps: &Jumps) -> Inspection {
        let due = |ms| jumps.due(StoryTime(0), Duration::from_millis(ms));
        Inspection::new(expectations(count), due(1_000), due(3_000))
    }

    fn answer(inspection: &Inspection, index: usize, ports: &[u16]) -> (Found, Judgement) {
        let listener = |port: &u16| Listener { port: *port, program: "nginx".to_owned() };
        let found = Found::Listeners(ports.iter().map(listener).collect());
        let judgement = inspection.expectation(index).judge(&found, |_| None);
        (found, judgement)
    }

    #[test]
    fn what_does_not_hold_is_looked_at_again_until_its_time_is_up() {
        let jumps = Jumps::default();
        let mut look = inspection(2, &jumps);
        assert_eq!(look.next(ms(0), &jumps).len(), 2);
        let (good, bad) = (answer(&look, 0, &[1]), answer(&look, 1, &[]));
        look.found(0, good, ms(10), &jumps);
        look.found(1, bad.clone(), ms(20), &jumps);
        assert_eq!(look.wakes_at(), Some(ms(520)));
        assert_eq!(look.next(ms(519), &jumps), vec![]);
        assert_eq!(look.next(ms(520), &jumps).len(), 1);
        assert!(!look.is_finished());
        look.found(1, bad, ms(530), &jumps);
        assert!(look.is_finished(), "the next look would come after the time is up");
        let holds: Vec<_> = look.findings().into_iter().map(|(_, j)| j.holds).collect();
        assert_eq!(holds, [Some(true), Some(false)]);
    }

    #[test]
    fn eight_at_once_and_none_after_the_end() {
        let jumps = Jumps::default();
        let mut look = inspection(10, &jumps);
        assert_eq!(look.next(ms(0), &jumps).len(), 8);
        assert_eq!(look.wakes_at(), None, "one must end first");
        for index in 0..8 {
            let bad = answer(&look, index, &[]);
            look.found(index, bad, ms(3_000), &jumps);
        }
        assert_eq!(look.next(ms(3_000), &jumps), vec![]);
        assert!(look.is_finished());
        let last = look.findings().pop().unwrap().1;
        assert_eq!(last.found, "could not be seen: there was no time left to look");
        assert_eq!(last.holds, None);
    }
}
