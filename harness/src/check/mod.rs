//! Owns the judgement: what a history proves about its plan. Pure functions, one file per check,
//! each from a [`History`] to a part of the [`Verdict`].
//! Must not know: worlds, engines, how a verdict is shown.
//!
//! A new check is a file here, a field of [`Verdict`], and a line in [`verdict`].

mod advice;
mod blame;
mod blind;
mod comeback;
mod completeness;
mod downtime;
mod end_state;
mod faults;
mod flapping;
mod groups;
mod latency;
mod ledger;
mod model;
mod outages;
mod phases;
mod rollback;
#[cfg(test)]
mod rooms;
mod ruling;
mod seconds;
mod slow;
mod spans;
mod steps;
#[cfg(test)]
pub(crate) mod testing;
mod ties;

use std::{collections::BTreeSet, sync::Arc};

use self::{blame::Scene, ties::Ties};
pub use self::{
    ledger::{
        Copies, HostHolding, LateWrite, LateWrites, LedgerClass, LedgerExample, LedgerVerdict,
    },
    model::*,
    ruling::Ruling,
    seconds::Seconds,
};
use crate::{
    history::{History, Refused, What},
    plan::Plan,
};

/// Judges a rehearsal.
pub fn verdict(history: &History) -> Verdict {
    Judge::new(&history.begin.plan).verdict(history)
}

/// Judges rehearsals of one plan, whatever is chosen for each: seed, faults, what is left out.
#[derive(Debug, Clone)]
pub struct Judge {
    ties: Arc<Ties>,
}

impl Judge {
    /// Works out once what follows from the plan alone.
    pub fn new(plan: &Plan) -> Self {
        Self { ties: Arc::new(Ties::of(plan)) }
    }

    /// Judges one of them.
    pub fn verdict(&self, history: &History) -> Verdict {
        judge(history, &Scene::with(history, &self.ties))
    }

    /// The same, without what only explains it: what outages are put down to and were spent with, what
    /// would shorten them, what could have gone unseen around changes, slow times and latencies, examples of
    /// writes, and all words about what is well. For who judges thousands.
    pub fn ruling(&self, history: &History) -> Verdict {
        judge(history, &Scene::with(history, &self.ties).unexplained())
    }
}

fn judge(history: &History, scene: &Scene<'_>) -> Verdict {
    let begin = &history.begin;
    let mut reasons = completeness::reasons(history);
    let mut steps = steps::check(scene, &mut reasons);
    let seen = downtime::seen(scene);
    let mut services = downtime::check(scene, &seen, &mut reasons);
    comeback::check(scene, &mut reasons);
    let mut groups = groups::check(scene, &seen, &mut reasons);
    let mut rollback = rollback::check(scene, &seen, &mut reasons);
    let ledger = ledger::check(scene, &mut reasons);
    let end_state = end_state::check(scene, &mut reasons);
    let faults = faults::check(scene, &mut reasons);
    if completeness::broke(history) {
        doubt(reasons.iter_mut().map(|reason| &mut reason.verdict));
        doubt(steps.iter_mut().map(|step| &mut step.verdict));
        doubt(services.iter_mut().map(|service| &mut service.verdict));
        doubt(rollback.iter_mut().map(|rollback| &mut rollback.verdict));
        doubt(groups.iter_mut().map(|group| &mut group.verdict));
    }
    // The worst first; within the same, the order of the checks above: causes before effects.
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.verdict));
    Verdict {
        schema_version: SCHEMA_VERSION,
        scenario: begin.plan.scenario.clone(),
        run: begin.run.clone(),
        world: begin.world.clone(),
        notes: begin.notes.clone(),
        seed: begin.plan.seed,
        verdict: reasons.iter().map(|reason| reason.verdict).max().unwrap_or(Ruling::Pass),
        reasons,
        story_seconds: history.last.into(),
        services,
        groups,
        rollback,
        ledger,
        end_state,
        faults,
        steps,
        egress_refused: refused(history),
    }
}

/// What fails in a world that breaks may fail for that: nothing is certain of it.
fn doubt<'a>(rulings: impl Iterator<Item = &'a mut Ruling>) {
    rulings.filter(|ruling| **ruling == Ruling::Fail).for_each(|ruling| *ruling = Ruling::Unknown);
}

/// The JSON Schema of `verdict.json`.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Verdict).to_value()
}

fn refused(history: &History) -> Vec<Refused> {
    let all: BTreeSet<_> = history
        .records
        .iter()
        .filter_map(|record| match &record.what {
            What::EgressRefused(refused) => Some(refused.clone()),
            _ => None,
        })
        .collect();
    all.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::{testing::Story, *};
    use crate::history::{Ending, StepOutcome};

    #[test]
    fn a_whole_rehearsal_passes() {
        let verdict = verdict(&Story::moved_links().history());
        assert_eq!(verdict.verdict, Ruling::Pass, "{:#?}", verdict.reasons);
        assert_eq!(verdict.reasons, []);
    }

    #[test]
    fn every_bad_part_has_a_reason_and_the_worst_comes_first() {
        let story = Story::new()
            .service("links", Some("1s"))
            .start_step("start-links", "links", "new")
            .begin_migrate()
            .played("start-links", 1_000, 2_000, StepOutcome::Failed, "no image `links`")
            .sampled("links", 2_000..9_000, "..xxxxx")
            .complete(9_000);
        let verdict = verdict(&story.history());
        assert_eq!(verdict.verdict, Ruling::Fail);
        let told: Vec<_> = verdict.reasons.iter().map(|r| (r.verdict, r.kind)).collect();
        assert_eq!(told, [(Ruling::Fail, ReasonKind::Step), (Ruling::Fail, ReasonKind::Service)]);
    }

    #[test]
    fn a_step_that_fails_while_the_world_breaks_is_no_proof_against_the_migration() {
        let story = Story::new()
            .service("links", Some("1s"))
            .start_step("start-links", "links", "new")
            .begin_migrate()
            .played("start-links", 1_000, 2_000, StepOutcome::Failed, "closed by remote host")
            .sampled("links", 2_000..9_000, "..xxxxx");
        let broken = story.ended(9_000, Ending::WorldFailed, "host `new` runs no more");
        let verdict = verdict(&broken.history());
        assert_eq!(verdict.verdict, Ruling::Unknown, "{:#?}", verdict.reasons);
        assert_eq!(verdict.reasons[0].kind, ReasonKind::Incomplete);
        assert_eq!(verdict.steps[0].verdict, Ruling::Unknown);
    }

    #[test]
    fn refused_names_are_told_once() {
        let refused = |name: &str| Refused { who: "new".into(), name: name.into() };
        let story = Story::moved_links()
            .refused(refused("updates.example"))
            .refused(refused("keys.example"))
            .refused(refused("updates.example"));
        assert_eq!(
            verdict(&story.history()).egress_refused,
            [refused("keys.example"), refused("updates.example")]
        );
    }

    #[test]
    fn the_schema_names_every_part() {
        let schema = schema();
        for part in ["reasons", "services", "groups", "ledger", "end_state", "faults", "steps"] {
            assert!(schema["properties"][part].is_object(), "{part}");
        }
    }
}
