//! The single mishaps of a plan: every kind of fault, at everything it can strike, at every step, before,
//! during and after it; and all that people can do to a step.
//!
//! A fault lasts five minutes of story time, and goes by itself, as if the provider had seen to it. That
//! is longer than a step's own retries and than a usual budget, and shorter than a night: what a
//! migration survives is then its own doing. Nobody comes to help: a step that fails is tried again
//! only as often as the scenario says.

use serde::{Deserialize, Serialize};

use super::{Mishap, slips::People, targets};
use crate::{
    base::{Duration, StepId},
    fault::Trigger,
    plan::{Fate, Plan, Step},
    step::Verb,
};

/// How long a fault lasts that nobody heals.
pub(super) const LASTS: Duration = Duration::from_secs(300);

/// When something goes wrong, as seen from a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Moment {
    /// When its turn has come; it waits until the fault bites.
    Before,
    /// While it runs.
    During,
    /// When it has ended; what follows waits until the fault bites.
    After,
    /// The step itself is what goes wrong.
    Instead,
}

/// A mishap, and where it stands in the matrix.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Single {
    /// The word for what goes wrong.
    pub(super) fault: &'static str,
    /// What it strikes.
    pub(super) target: String,
    pub(super) step: StepId,
    pub(super) moment: Moment,
    /// How, where there is more than one way.
    pub(super) variant: Option<String>,
    pub(super) mishap: Mishap,
}

/// What people's slips strike.
pub(super) const OPERATOR: &str = "operator";

/// All of them, in the order of the steps.
pub(super) fn singles(plan: &Plan) -> Vec<Single> {
    let (targets, people) = (targets::of(plan), People::of(plan));
    let place = |id: &StepId| plan.steps.iter().position(|step| step.id == *id);
    let last: Vec<_> = targets.iter().map(|it| it.until.as_ref().and_then(place)).collect();
    let played = plan.steps.iter().enumerate().filter(|(_, step)| step.fate == Fate::Play);
    let mut all = vec![];
    for (index, step) in played {
        for (target, last) in targets.iter().zip(&last) {
            let is_trap = target.kind.is_trap();
            let in_time = |moment: &Moment| match (last, moment) {
                // Nobody steps into a trap before.
                (Some(last), _) if is_trap => index == *last && *moment == Moment::Before,
                (None, _) => true,
                (Some(last), Moment::After) => index < *last,
                (Some(last), _) => index <= *last,
            };
            for moment in moments(step).into_iter().filter(in_time) {
                let lasts = Some(LASTS);
                let from = moment.of(&step.id);
                let mishap = Mishap::Fault { kind: target.kind.clone(), from, lasts };
                let (fault, target) = (target.kind.word(), target.words.clone());
                let (step, variant) = (step.id.clone(), None);
                all.push(Single { fault, target, step, moment, variant, mishap });
            }
        }
        all.extend(people.slips(index).into_iter().map(|slip| Single {
            fault: slip.kind.word(),
            target: OPERATOR.to_owned(),
            step: step.id.clone(),
            moment: slip.moment,
            variant: slip.variant,
            mishap: Mishap::slip(slip.kind),
        }));
    }
    all
}

/// The moments that a step has: a `wait` and a `check` are over at once, as seen from a fault.
pub(super) fn moments(step: &Step) -> Vec<Moment> {
    match step.verb {
        Verb::Wait(_) | Verb::Check(_) => vec![Moment::Before, Moment::After],
        _ => vec![Moment::Before, Moment::During, Moment::After],
    }
}

impl Moment {
    fn of(self, step: &StepId) -> Trigger {
        match self {
            Self::Before => Trigger::Before(step.clone()),
            Self::During => Trigger::During(step.clone()),
            Self::After => Trigger::After(step.clone()),
            Self::Instead => unreachable!("no fault strikes instead of a step"),
        }
    }
}

impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Before => "before",
            Self::During => "during",
            Self::After => "after",
            Self::Instead => "instead of",
        })
    }
}
