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

use super::{Advice, Failure, Mishap, Schedule, advice::advice, failures};
use crate::{
    check::{Judge, Verdict},
    history::History,
    plan::Plan,
    rehearsals::Rehearsals,
};

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

/// Nights in which the same goes wrong, and one thing more in each; those by their places.
pub(super) struct Bough {
    pub(super) same: Schedule,
    pub(super) more: Vec<usize>,
}

/// How many nights a bough has at most: threads take whole ones.
const MOST_NIGHTS: usize = 256;

impl Bough {
    /// Nights by what two things go wrong in them, as many as there are of the same first in a row.
    pub(super) fn all<F: PartialEq + Copy>(
        nights: &[(F, usize)],
        same: impl Fn(F) -> Schedule,
    ) -> Vec<Self> {
        let rows = nights.chunk_by(|(one, _), (other, _)| one == other);
        let bough = |row: &[(F, usize)]| {
            let more = row.iter().map(|(_, more)| *more).collect();
            Self { same: same(row[0].0), more }
        };
        rows.flat_map(|row| row.chunks(MOST_NIGHTS)).map(bough).collect()
    }
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
        self.played.fetch_add(1, Ordering::Relaxed);
        self.chosen(schedule, |rehearsals| judge(rehearsals, self.plan.seed))
    }

    /// Does something with the rehearsals in which all of this goes wrong.
    fn chosen<T>(&self, schedule: &Schedule, act: impl FnOnce(&mut Rehearsals) -> T) -> T {
        let mut rehearsals = self.idle().pop().unwrap_or_else(|| self.rehearsals.clone());
        rehearsals.choose(|plan| schedule.lay(self.plan, plan));
        let result = act(&mut rehearsals);
        self.idle().push(rehearsals);
        result
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

    /// What is seen of all nights of these boughs, in their order: of all, or of the first boughs where the watcher
    /// ends it.
    pub(super) fn play_boughs<'m, T: Send>(
        &self,
        what: &str,
        boughs: &[Bough],
        mishap: impl Fn(usize) -> &'m Mishap + Sync,
        seen: impl Fn(&Judge, &History) -> T + Sync,
    ) -> Vec<T> {
        self.watcher.begins(what, boughs.iter().map(|bough| bough.more.len()).sum());
        let is_over = || self.watcher.is_over();
        let play = |index: usize| self.play_bough(&boughs[index], &mishap, &seen);
        self.on_all_threads(boughs.len(), is_over, play).into_iter().flatten().collect()
    }

    fn play_bough<'m, T>(
        &self,
        bough: &Bough,
        mishap: impl Fn(usize) -> &'m Mishap,
        seen: impl Fn(&Judge, &History) -> T,
    ) -> Vec<T> {
        let mut all: Vec<Option<T>> = bough.more.iter().map(|_| None).collect();
        self.chosen(&bough.same, |rehearsals| {
            let mishaps = bough.more.iter().map(|place| mishap(*place));
            let plan = rehearsals.plan();
            let more =
                mishaps.map(|mishap| mishap.over(plan).expect("it is none of the plan's own"));
            let more: Vec<_> = more.collect();
            rehearsals.with_each(self.plan.seed, &more, |place, judge, history| {
                all[place] = Some(seen(judge, history));
                self.played.fetch_add(1, Ordering::Relaxed);
                self.watcher.played();
            });
        });
        all.into_iter().map(|seen| seen.expect("each night was played")).collect()
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
        self.on_all_threads(count, is_over, |index| {
            let result = act(index);
            self.watcher.played();
            result
        })
    }

    fn on_all_threads<T: Send>(
        &self,
        count: usize,
        is_over: impl Fn() -> bool + Sync,
        act: impl Fn(usize) -> T + Sync,
    ) -> Vec<T> {
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
