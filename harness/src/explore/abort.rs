//! The way back from everywhere: the migration is broken off at each step, before anything of it is done,
//! half-way and after all of it, and rolled back; and what then is as it was before.

use std::{collections::BTreeSet, sync::atomic::Ordering};

use serde::Serialize;

use super::{
    Confirmed, Coverage, Failure, Minimal, Mishap, Moment, Outcome, Schedule, Watcher,
    cells::OPERATOR,
    crew::Crew,
    found::Found,
    outcome::{failures, why, worst},
    slips::broken_off,
};
use crate::{
    base::StepId,
    check::{Interval, Seconds, Verdict},
    fault::{BrokenOff, Kind, StepFails},
    plan::{Fate, Plan},
    rehearsals::Rehearsals,
    sim::Given,
};

/// What became of a migration that was broken off everywhere. `filage explore --abort --format json`
/// prints it: fields are added, never renamed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Aborts {
    /// The scenario's name.
    pub scenario: String,
    /// The seed of every rehearsal.
    pub seed: u64,
    /// How many rehearsals were played.
    pub rehearsals: usize,
    /// How long that took; known to whoever has a clock.
    pub wall_seconds: f64,
    /// Whether it was ended before everything was played.
    pub partial: bool,
    /// The time that is allowed from the failure until everything is back.
    pub budget_seconds: Option<Seconds>,
    /// Each moment of each step.
    pub cells: Vec<Abort>,
    /// From where on there is no way back; none where there always is.
    pub point_of_no_return: Option<PointOfNoReturn>,
    /// For each kind of failure the smallest schedule that shows it, the worst first.
    pub minimal: Vec<Minimal>,
    /// What was played of what there is.
    pub coverage: Vec<Coverage>,
}

/// A migration that was broken off at one moment, and taken back.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Abort {
    /// The kind of fault: a step that fails.
    pub fault: &'static str,
    /// Who makes it fail.
    pub target: &'static str,
    /// At which step.
    pub step: StepId,
    /// How far that came.
    pub moment: Moment,
    /// How it came out.
    pub outcome: Outcome,
    /// Everything that failed.
    pub failures: BTreeSet<Failure>,
    /// The verdict's own words for the worst of it; may be empty.
    pub why: String,
    /// How long it took until all was undone and every service was back; none where that never came.
    pub took: Option<Interval>,
    /// Whether everything is as it was before, be it in time or not; none where nobody could see.
    pub is_back: Option<bool>,
    /// The file that plays it again, where it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlay: Option<String>,
    /// What came of it on real containers, where it was played there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<Confirmed>,
}

/// The moment from which on a rollback brings nothing back as it was.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PointOfNoReturn {
    /// Since this step
    pub step: StepId,
    /// has come so far.
    pub moment: Moment,
    /// What a rollback comes to there.
    pub failures: BTreeSet<Failure>,
    /// The verdict's own words for the worst of it.
    pub why: String,
}

/// Breaks a migration off everywhere, and takes it back. Of one plan and seed it comes to the same on any
/// number of threads, unless the watcher ends it early.
pub fn abort(plan: &Plan, given: Given, threads: usize, watcher: &dyn Watcher) -> Aborts {
    let rehearsals = Rehearsals::new(plan.clone(), given);
    let crew = Crew::new(plan, &rehearsals, watcher, threads);
    let places = places(plan);
    let play = |index: usize| {
        let (step, moment, at) = &places[index];
        Abort::of(step, *moment, &crew.verdict(&Abort::schedule_of(plan, step, *at)))
    };
    let all = crew.each("moments to break off at", places.len(), || watcher.is_over(), play);
    let partial = all.len() < places.len();
    let mut found = Found::of(plan);
    for (cell, (step, _, at)) in all.iter().zip(&places) {
        found.add(&Abort::schedule_of(plan, step, *at), &cell.failures);
    }
    let (never, cells): (Vec<_>, Vec<_>) = all.into_iter().partition(Abort::never_was);
    let minimal = found.minimal(&crew);
    Aborts {
        scenario: plan.scenario.clone(),
        seed: plan.seed,
        rehearsals: crew.played.load(Ordering::Relaxed),
        wall_seconds: 0.0,
        partial: partial || watcher.is_interrupted(),
        budget_seconds: plan.rollback.as_ref().and_then(|it| it.budget).map(Into::into),
        point_of_no_return: point_of_no_return(&cells),
        minimal,
        coverage: vec![covered(cells.len() + never.len(), places.len(), never.len())],
        cells,
    }
}

/// Everywhere where it can be broken off, in the order of the steps.
fn places(plan: &Plan) -> Vec<(StepId, Moment, BrokenOff)> {
    let played = plan.steps.iter().filter(|step| step.fate == Fate::Play);
    played
        .flat_map(|step| broken_off(step).map(|(moment, at)| (step.id.clone(), moment, at)))
        .collect()
}

fn covered(played: usize, of: usize, never: usize) -> Coverage {
    let mut left_out = "a `wait` and a `check` are not broken off half-way".to_owned();
    if never > 0 {
        left_out += &format!(
            "; at {never} a step cannot be broken off: it is over in half a second, or fails by itself"
        );
    }
    Coverage { what: "moments to break off at", played, of, left_out }
}

/// The first of the last moments, from all of which nothing comes back as it was. Where nobody could see,
/// it is as at the moments around it.
fn point_of_no_return(cells: &[Abort]) -> Option<PointOfNoReturn> {
    let first = cells.iter().rposition(|cell| cell.is_back == Some(true)).map_or(0, |it| it + 1);
    let point = cells[first..].iter().find(|cell| cell.is_back == Some(false))?;
    let (step, moment) = (point.step.clone(), point.moment);
    let (failures, why) = (point.failures.clone(), point.why.clone());
    Some(PointOfNoReturn { step, moment, failures, why })
}

impl Abort {
    fn of(step: &StepId, moment: Moment, verdict: &Verdict) -> Self {
        let failures = failures(verdict);
        let outcome = worst(&failures);
        let first = failures.iter().find(|failure| failure.outcome == outcome);
        let reason = match outcome {
            Outcome::Unknown => verdict.reasons.first(),
            _ => first.and_then(|failure| why(verdict, failure)),
        };
        let took = verdict.rollback.as_ref().and_then(|rollback| rollback.took);
        let is_back = match outcome {
            Outcome::Unknown => None,
            Outcome::Survived | Outcome::BudgetBroken => Some(took.is_some()),
            Outcome::Stuck | Outcome::DataLost => Some(false),
        };
        Self {
            fault: "step-fails",
            target: OPERATOR,
            step: step.clone(),
            moment,
            outcome,
            why: reason.map(|reason| reason.text.clone()).unwrap_or_default(),
            failures,
            took,
            is_back,
            overlay: None,
            confirmed: None,
        }
    }

    /// Whether it could not be broken off there at all.
    fn never_was(&self) -> bool {
        self.outcome == Outcome::Unknown && self.failures.iter().all(Failure::is_unseen_fault)
    }

    /// All that goes wrong in it.
    ///
    /// # Panics
    /// If it is none of this plan.
    pub fn schedule(&self, plan: &Plan) -> Schedule {
        let step = plan.step(&self.step).expect("the step is one of the plan");
        let mut ways = broken_off(step);
        let (_, at) =
            ways.find(|(moment, _)| *moment == self.moment).expect("it can be broken off");
        Self::schedule_of(plan, &self.step, at)
    }

    fn schedule_of(plan: &Plan, step: &StepId, at: BrokenOff) -> Schedule {
        let fails = StepFails { step: step.clone(), at, roll_back: true };
        Schedule::of(plan).and([Mishap::slip(Kind::StepFails(fails))])
    }
}

impl Aborts {
    /// The worst of all.
    pub fn worst(&self) -> Outcome {
        self.cells.iter().map(|cell| cell.outcome).max().unwrap_or(Outcome::Survived)
    }

    /// How many came out like that.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.cells.iter().filter(|cell| cell.outcome == outcome).count()
    }

    /// The one that took longest to be back.
    pub fn slowest(&self) -> Option<(&Abort, Interval)> {
        let back = self.cells.iter().filter_map(|cell| Some((cell, cell.took?)));
        // Of equal ones the first.
        back.rev().max_by_key(|(_, took)| took.max_seconds)
    }

    /// The places of the cells, the worst first; of equal ones that which took longest to be back. What is
    /// broken off half-way comes after those: on real hosts, the step may be over before.
    pub fn worst_first(&self) -> Vec<usize> {
        let mut places: Vec<usize> = (0..self.cells.len()).collect();
        let key = |place: &usize| {
            let Abort { outcome, moment, took, .. } = &self.cells[*place];
            let is_whole = *moment != Moment::During;
            std::cmp::Reverse((*outcome, is_whole, took.map(|took| took.max_seconds)))
        };
        places.sort_by_key(key);
        places
    }
}

impl PointOfNoReturn {
    /// Since when, in words.
    pub fn since(&self) -> String {
        let step = &self.step;
        match self.moment {
            Moment::Before => format!("when it is the turn of step `{step}`"),
            Moment::During | Moment::Instead => format!("once step `{step}` has begun"),
            Moment::After => format!("once step `{step}` is done"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One letter for each moment: back, late, lost, and not seen.
    fn point(cells: &str) -> Option<String> {
        let cell = |(place, letter): (usize, char)| Abort {
            fault: "step-fails",
            target: OPERATOR,
            step: format!("step-{}", place / 3).parse().expect("it is an id"),
            moment: [Moment::Before, Moment::During, Moment::After][place % 3],
            outcome: Outcome::Survived,
            failures: [].into(),
            why: String::new(),
            took: None,
            is_back: [("b", Some(true)), ("x", Some(false)), ("?", None)]
                .into_iter()
                .find_map(|(it, is_back)| it.starts_with(letter).then_some(is_back))
                .expect("it is one of these"),
            overlay: None,
            confirmed: None,
        };
        let cells: Vec<_> = cells.chars().enumerate().map(cell).collect();
        point_of_no_return(&cells).map(|point| point.since())
    }

    #[test]
    fn it_is_the_first_of_the_last_from_which_nothing_comes_back() {
        assert_eq!(point("bbbbbb"), None);
        assert_eq!(point("bbxxbb"), None, "there is a way back from the end");
        let told = |text: &str| Some(text.to_owned());
        assert_eq!(point("bbbbxx"), told("once step `step-1` has begun"));
        assert_eq!(point("bxbbbx"), told("once step `step-1` is done"));
        assert_eq!(point("xxxxxx"), told("when it is the turn of step `step-0`"));
        assert_eq!(
            point("bb?x?x"),
            told("when it is the turn of step `step-1`"),
            "seen from there"
        );
        assert_eq!(point("bbb???"), None);
        assert_eq!(point(""), None);
    }
}
