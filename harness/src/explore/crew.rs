//! Plays many schedules on all cores. Results stand in the order of the schedules, so they are the same
//! however many threads there are.

use std::{
    collections::BTreeSet,
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use super::{Advice, Failure, Schedule, advice::advice, failures};
use crate::{check::Verdict, plan::Plan, rehearsals::Rehearsals};

/// Somebody who follows an exploration, and may end it.
pub trait Watcher: Sync {
    /// So many rehearsals come next, to this end.
    fn begins(&self, what: &str, count: usize);
    /// One more was played.
    fn played(&self);
    /// Whether to look no further, and make small what there is.
    fn is_over(&self) -> bool;
    /// Whether to end now, with what there is as it is.
    fn is_interrupted(&self) -> bool;
}

/// One migration, and what is played of it.
pub(super) struct Crew<'a> {
    pub(super) plan: &'a Plan,
    pub(super) rehearsals: &'a Rehearsals,
    pub(super) watcher: &'a dyn Watcher,
    pub(super) threads: usize,
    pub(super) played: AtomicUsize,
    gives_advice: bool,
    /// Rehearsals that were played, and are there for the next schedule: one for each thread.
    idle: Mutex<Vec<Rehearsals>>,
}

impl<'a> Crew<'a> {
    pub(super) fn new(
        plan: &'a Plan,
        rehearsals: &'a Rehearsals,
        watcher: &'a dyn Watcher,
        threads: usize,
    ) -> Self {
        let (played, idle) = (AtomicUsize::new(0), Mutex::default());
        Self { plan, rehearsals, watcher, threads, played, gives_advice: false, idle }
    }

    /// The same, and says what would help.
    pub(super) fn giving_advice(self) -> Self {
        Self { gives_advice: true, ..self }
    }

    /// How one schedule fails.
    pub(super) fn play(&self, schedule: &Schedule) -> BTreeSet<Failure> {
        failures(&self.judged(schedule, Rehearsals::ruling))
    }

    /// What one schedule comes to.
    pub(super) fn verdict(&self, schedule: &Schedule) -> Verdict {
        self.judged(schedule, Rehearsals::verdict)
    }

    fn judged(
        &self,
        schedule: &Schedule,
        judge: impl FnOnce(&mut Rehearsals, u64) -> Verdict,
    ) -> Verdict {
        let mut rehearsals = self.idle().pop().unwrap_or_else(|| self.rehearsals.clone());
        rehearsals.choose(|plan| schedule.lay(self.plan, plan));
        let verdict = judge(&mut rehearsals, self.plan.seed);
        self.idle().push(rehearsals);
        self.played.fetch_add(1, Ordering::Relaxed);
        verdict
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Rehearsals>> {
        self.idle.lock().expect("no thread of ours panics and goes on")
    }

    /// What would help most where this goes wrong.
    pub(super) fn advice(&self, schedule: &Schedule) -> Option<Advice> {
        (self.gives_advice && !self.watcher.is_interrupted())
            .then(|| advice(&schedule.over(self.plan), self.rehearsals, &self.played))?
    }

    /// How each of so many schedules fails, in their order: all, or the first ones where the watcher ends it.
    pub(super) fn play_all(
        &self,
        what: &str,
        count: usize,
        schedule: impl Fn(usize) -> Schedule + Sync,
    ) -> Vec<BTreeSet<Failure>> {
        let is_over = || self.watcher.is_over();
        self.each(what, count, is_over, |index| self.play(&schedule(index)))
    }

    /// Does so many things on all threads; in their order what came of them.
    pub(super) fn each<T: Send>(
        &self,
        what: &str,
        count: usize,
        is_over: impl Fn() -> bool + Sync,
        act: impl Fn(usize) -> T + Sync,
    ) -> Vec<T> {
        self.watcher.begins(what, count);
        let next = AtomicUsize::new(0);
        let done = Mutex::new(Vec::with_capacity(count));
        let work = || {
            let mut own = vec![];
            // What was taken is done: so there are no holes where it ends early.
            while !is_over() {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= count {
                    break;
                }
                own.push((index, act(index)));
                self.watcher.played();
            }
            done.lock().expect("no thread of ours panics and goes on").append(&mut own);
        };
        thread::scope(|scope| {
            for _ in 0..self.threads.min(count) {
                scope.spawn(work);
            }
        });
        let mut done = done.into_inner().expect("all threads have ended well");
        done.sort_by_key(|(index, _)| *index);
        done.into_iter().map(|(_, result)| result).collect()
    }
}
