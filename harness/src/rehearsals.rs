//! Owns rehearsals in the simulator, one night after the other, all in memory: a plan and a seed in, a
//! verdict out.
//! Must not know: files, terminals, what becomes of a verdict.

use std::sync::Arc;

use crate::{
    check::{Judge, Verdict},
    engine::rehearse,
    history::{Fold, History},
    plan::Plan,
    sim::{Given, World},
};

/// A migration that is rehearsed again and again.
#[derive(Debug, Clone)]
pub struct Rehearsals {
    plan: Arc<Plan>,
    given: Arc<Given>,
    judge: Judge,
}

impl Rehearsals {
    /// Of this plan, with what its folder holds besides.
    pub fn new(plan: Plan, given: Given) -> Self {
        let judge = Judge::new(&plan);
        Self { plan: Arc::new(plan), given: Arc::new(given), judge }
    }

    /// Of another plan, with what the folder of this one holds.
    pub fn of(&self, plan: Plan) -> Self {
        Self { plan: Arc::new(plan), given: Arc::clone(&self.given) }
    }

    /// What a night with this seed proves.
    pub fn verdict(&mut self, seed: u64) -> Verdict {
        let history = self.history(seed);
        self.judge.verdict(&history)
    }

    /// What happens in it.
    pub fn history(&mut self, seed: u64) -> History {
        // Where nobody holds on to the night before, that copies nothing.
        Arc::make_mut(&mut self.plan).seed = seed;
        let mut world = World::new(Arc::clone(&self.plan), Arc::clone(&self.given));
        let mut fold = Fold::default();
        rehearse(&format!("sim-{seed}"), &self.plan, &mut world, &mut fold)
            .expect("memory can be written to");
        fold.finish().expect("it has begun")
    }
}
