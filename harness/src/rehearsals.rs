//! Owns rehearsals in the simulator, one night after the other, all in memory: a plan and a seed in, a
//! verdict out.
//! Must not know: files, terminals, what becomes of a verdict.

use std::sync::Arc;

use crate::{
    check::{Judge, Verdict},
    engine::rehearse,
    history::{Changes, Fold, History},
    plan::{Plan, Step},
    sim::{Given, Layout, World},
};

/// A migration that is rehearsed again and again.
#[derive(Debug, Clone)]
pub struct Rehearsals {
    plan: Arc<Plan>,
    given: Arc<Given>,
    known: Known,
}

/// What follows from the plan and its folder, whatever is chosen for a night.
#[derive(Debug, Clone)]
struct Known {
    layout: Arc<Layout>,
    changes: Arc<Changes>,
    judge: Judge,
}

impl Rehearsals {
    /// Of this plan, with what its folder holds besides.
    pub fn new(plan: Plan, given: Given) -> Self {
        let known = Known::of(&plan, &given);
        Self { plan: Arc::new(plan), given: Arc::new(given), known }
    }

    /// Of another plan, with what the folder of this one holds. Where it is the same migration with
    /// other faults, or with other steps left out, that costs next to nothing.
    pub fn of(&self, plan: Plan) -> Self {
        let known = match is_same(&self.plan, &plan) {
            true => self.known.clone(),
            false => Known::of(&plan, &self.given),
        };
        Self { plan: Arc::new(plan), given: Arc::clone(&self.given), known }
    }

    /// Chooses for the nights to come what goes wrong, and what is left out. All else stays as it is.
    pub(crate) fn choose(&mut self, choose: impl FnOnce(&mut Plan)) {
        choose(Arc::make_mut(&mut self.plan));
    }

    /// What a night with this seed proves.
    pub fn verdict(&mut self, seed: u64) -> Verdict {
        let history = self.history(seed);
        self.known.judge.verdict(&history)
    }

    /// The same, without what only explains it.
    pub(crate) fn ruling(&mut self, seed: u64) -> Verdict {
        let history = self.history(seed);
        self.known.judge.ruling(&history)
    }

    /// What happens in it.
    pub fn history(&mut self, seed: u64) -> History {
        // Where nobody holds on to the night before, that copies nothing.
        Arc::make_mut(&mut self.plan).seed = seed;
        let layout = Arc::clone(&self.known.layout);
        let mut world = World::laid_out(Arc::clone(&self.plan), Arc::clone(&self.given), layout);
        let mut fold = Fold::knowing(Arc::clone(&self.known.changes));
        rehearse(&format!("sim-{seed}"), &self.plan, &mut world, &mut fold)
            .expect("memory can be written to");
        fold.finish().expect("it has begun")
    }
}

impl Known {
    fn of(plan: &Plan, given: &Given) -> Self {
        Self {
            layout: Arc::new(Layout::of(plan, given)),
            changes: Arc::new(Changes::of(plan)),
            judge: Judge::new(plan),
        }
    }
}

/// Whether two plans differ in nothing but what may be chosen for a night.
fn is_same(one: &Plan, other: &Plan) -> bool {
    let same_step = |one: &Step, other: &Step| one.id == other.id && one.verb == other.verb;
    one.hosts == other.hosts
        && one.services == other.services
        && one.zone == other.zone
        && one.end_state == other.end_state
        && one.rollback == other.rollback
        && one.steps.len() == other.steps.len()
        && one.steps.iter().zip(&other.steps).all(|(one, other)| same_step(one, other))
}
