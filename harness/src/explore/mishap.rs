//! What goes wrong in one rehearsal, and how it lies over a plan.

use std::fmt;

use indexmap::IndexMap;

use crate::{
    base::{Duration, FaultId, StepId},
    fault::{Kind, StepSkipped, Trigger},
    plan::{Fate, Fault, Plan},
    scenario::{self, Overlay},
};

/// One thing that goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum Mishap {
    /// A fault that the scenario has itself.
    Own(FaultId),
    /// A fault that it has not.
    Fault {
        /// What goes wrong.
        kind: Kind,
        /// When.
        from: Trigger,
        /// For how long; until the migration is over where it says nothing.
        lasts: Option<Duration>,
    },
}

impl Mishap {
    /// What somebody does to a step: it begins with the step's turn, and is over with its moment.
    ///
    /// # Panics
    /// If the kind is none of what people do.
    pub fn slip(kind: Kind) -> Self {
        let step = kind.slip().expect("it is what people do to a step").step.clone();
        Self::Fault { kind, from: Trigger::Before(step), lasts: None }
    }

    /// The fault that a plan has more by it; none where it is one of its own.
    pub(super) fn over(&self, plan: &Plan) -> Option<(FaultId, Fault)> {
        let Self::Fault { kind, from, lasts } = self else { return None };
        let id = free_id(kind.word(), |id| plan.faults.contains_key(id));
        Some((id, fault(kind, from, *lasts)))
    }

    /// The operator forgets a step.
    pub fn skipped(step: StepId) -> Self {
        Self::slip(Kind::StepSkipped(StepSkipped { step }))
    }
}

/// All that goes wrong in one rehearsal.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Schedule(pub Vec<Mishap>);

impl Schedule {
    /// What goes wrong in the plan as it is; what it leaves out is forgotten like any other step.
    pub fn of(plan: &Plan) -> Self {
        let own = plan.active_faults().map(|(id, _)| Mishap::Own(id.clone()));
        let skipped = plan.steps.iter().filter(|step| step.fate == Fate::Skip);
        Self(own.chain(skipped.map(|step| Mishap::skipped(step.id.clone()))).collect())
    }

    /// The same, and more.
    pub fn and(&self, more: impl IntoIterator<Item = Mishap>) -> Self {
        let mut all = self.0.clone();
        for mishap in more {
            if !all.contains(&mishap) {
                all.push(mishap);
            }
        }
        Self(all)
    }

    /// The plan in which all of this goes wrong, and nothing else.
    pub fn over(&self, plan: &Plan) -> Plan {
        let mut night = plan.clone();
        self.lay(plan, &mut night);
        night
    }

    /// Makes of a night of a plan, whatever goes wrong in it, the one in which all of this does, and nothing
    /// else.
    pub(super) fn lay(&self, plan: &Plan, night: &mut Plan) {
        night.faults.truncate(plan.faults.len());
        night.faults.values_mut().for_each(|fault| fault.active = false);
        night.steps.iter_mut().filter(|step| step.fate == Fate::Skip).for_each(|step| {
            step.fate = Fate::Play;
        });
        for mishap in &self.0 {
            match mishap {
                Mishap::Own(id) => night.faults[id].active = true,
                Mishap::Fault { .. } => night.faults.extend(mishap.over(night)),
            }
        }
    }

    /// The file that makes any rehearsal of the scenario this one.
    pub fn overlay(&self, plan: &Plan, about: &str) -> Overlay {
        let (mut own, mut faults) = (vec![], IndexMap::new());
        for mishap in &self.0 {
            match mishap {
                Mishap::Own(id) => own.push(id.clone()),
                Mishap::Fault { kind, from, lasts } => {
                    let taken =
                        |id: &FaultId| plan.faults.contains_key(id) || faults.contains_key(id);
                    let id = free_id(kind.word(), taken);
                    faults.insert(id, written(kind, from, *lasts));
                }
            }
        }
        Overlay {
            version: Overlay::VERSION,
            scenario: plan.scenario.clone(),
            about: about.to_owned(),
            seed: Some(plan.seed),
            own_faults: Some(own),
            skip: vec![],
            faults,
        }
    }
}

fn fault(kind: &Kind, from: &Trigger, duration: Option<Duration>) -> Fault {
    Fault {
        about: String::new(),
        kind: kind.clone(),
        from: from.clone(),
        healed_by: None,
        duration,
        active: true,
    }
}

/// As a user writes it: what people do to a step begins with that, and needs no word of it.
fn written(kind: &Kind, from: &Trigger, lasts: Option<Duration>) -> scenario::Fault {
    let written = scenario::Fault::of(kind.clone(), from.clone(), lasts);
    let from = written.from.clone().filter(|_| kind.slip().is_none());
    scenario::Fault { from, ..written }
}

/// The kind's word, and a number where that is somebody's id already.
fn free_id(word: &str, taken: impl Fn(&FaultId) -> bool) -> FaultId {
    let numbered = |number: usize| match number {
        1 => word.to_owned(),
        more => format!("{word}-{more}"),
    };
    (1..)
        .map(|number| numbered(number).parse().expect("a word and a number are an id"))
        .find(|id| !taken(id))
        .expect("there are more numbers than faults")
}

impl fmt::Display for Mishap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own(id) => write!(f, "fault `{id}` of the scenario"),
            Self::Fault { kind, .. } if kind.slip().is_some() => kind.fmt(f),
            Self::Fault { kind, from, lasts: Some(lasts) } => {
                write!(f, "{kind} {from}, for {lasts}")
            }
            Self::Fault { kind, from, lasts: None } if kind.shows_in_mail() => {
                write!(f, "{kind} {from}, until all is judged")
            }
            Self::Fault { kind, from, lasts: None } => {
                write!(f, "{kind} {from}, to the end of the migration")
            }
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [] => f.write_str("nothing goes wrong"),
            mishaps => {
                let words: Vec<String> = mishaps.iter().map(ToString::to_string).collect();
                f.write_str(&words.join("; "))
            }
        }
    }
}
