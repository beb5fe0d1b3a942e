//! What people do to steps in one rehearsal, and how that is told. Pure.
//!
//! A slip bites where it was seen to do what it says, and is over with its moment: nobody makes up for
//! it, so the verdict is what the migration comes to with it.

use crate::{
    base::{FaultId, StepId},
    fault::{SlipHow, Trigger},
    history::FaultStage,
    plan::{Fault, Plan, Step},
};

/// All slips of a rehearsal.
#[derive(Debug, Clone)]
pub(super) struct Slips<'p> {
    all: Vec<Placed<'p>>,
    told: Vec<Told<'p>>,
}

/// How far a slip came, and what was seen of it.
pub(super) type Told<'p> = (&'p FaultId, FaultStage, String);

#[derive(Debug, Clone)]
struct Placed<'p> {
    fault: &'p FaultId,
    from: &'p Trigger,
    step: usize,
    how: SlipHow<'p>,
    when: When,
}

/// How far a slip has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// Its moment is still to come.
    Coming,
    /// It goes on.
    There,
    /// Its moment is over.
    Over,
}

impl<'p> Slips<'p> {
    pub(super) fn of(plan: &'p Plan, place_of: impl Fn(&StepId) -> usize) -> Self {
        let mut slips = Self { all: vec![], told: vec![] };
        for (id, fault) in plan.active_faults() {
            if let Some(slip) = fault.kind.slip() {
                slips.add(id, fault, place_of(slip.step), slip.how);
            }
        }
        slips
    }

    /// One more, of which nothing was to be noticed so far.
    pub(super) fn add(&mut self, fault: &'p FaultId, of: &'p Fault, step: usize, how: SlipHow<'p>) {
        self.all.push(Placed { fault, from: &of.from, step, how, when: When::Coming });
    }

    /// The slips, with what each waits for.
    pub(super) fn faults(&self) -> impl Iterator<Item = (&'p FaultId, &'p Trigger)> {
        self.all.iter().map(|slip| (slip.fault, slip.from))
    }

    /// The steps that are to be done too early, each with the one that it is done before.
    pub(super) fn early(&self) -> Vec<(usize, &'p StepId)> {
        let early = self.all.iter().filter_map(|slip| match slip.how {
            SlipHow::Early(before) => Some((slip.step, before)),
            _ => None,
        });
        early.collect()
    }

    /// The first slip of a step that came so far, and is one of these.
    pub(super) fn find(
        &self,
        step: usize,
        when: When,
        is_meant: impl Fn(SlipHow<'p>) -> bool,
    ) -> Option<(usize, SlipHow<'p>)> {
        let slips = self.all.iter().enumerate();
        let mut meant =
            slips.filter(|(_, slip)| slip.step == step && slip.when == when && is_meant(slip.how));
        meant.next().map(|(number, slip)| (number, slip.how))
    }

    /// It begins.
    pub(super) fn begin(&mut self, slip: usize, seen: impl Into<String>) {
        self.all[slip].when = When::There;
        self.tell(slip, FaultStage::Injected, seen);
    }

    /// Its moment is over. Whether it did what it says, and what was seen of that.
    pub(super) fn end(&mut self, slip: usize, bite: Result<String, String>) {
        self.all[slip].when = When::Over;
        let (stage, seen) = match bite {
            Ok(seen) => (FaultStage::BiteVerified, seen),
            Err(seen) => (FaultStage::BiteNotSeen, seen),
        };
        self.tell(slip, stage, seen.clone());
        self.tell(slip, FaultStage::Healed, "its moment is over; nobody makes up for it");
        self.tell(slip, FaultStage::GoneVerified, seen);
    }

    fn tell(&mut self, slip: usize, stage: FaultStage, seen: impl Into<String>) {
        self.told.push((self.all[slip].fault, stage, seen.into()));
    }

    /// What there is to tell since this was asked last.
    pub(super) fn take_told(&mut self) -> Vec<Told<'p>> {
        std::mem::take(&mut self.told)
    }
}

/// What steps need, by their places, when some of them are done too early: each needs what the step
/// needs that it is done before, which then waits for it. What follows it still waits for all that it
/// should have come after. An order that would be no other is left as it is.
pub(super) fn reordered(
    steps: &[&Step],
    early: &[(usize, &StepId)],
    place_of: impl Fn(&StepId) -> usize,
) -> Vec<Vec<usize>> {
    let needs = |step: &&Step| step.needs.iter().map(&place_of).collect();
    let mut needs: Vec<Vec<usize>> = steps.iter().map(needs).collect();
    for (step, before) in early {
        let (step, before) = (*step, place_of(before));
        if !leads_to(&needs, step, before) {
            continue;
        }
        let sooner = needs[before].clone();
        let own = std::mem::replace(&mut needs[step], sooner);
        for other in &mut needs {
            if other.contains(&step) {
                let more: Vec<_> =
                    own.iter().filter(|need| !other.contains(need)).copied().collect();
                other.extend(more);
            }
        }
        needs[before].push(step);
    }
    needs
}

/// Whether a step needs another one, directly or through others.
fn leads_to(needs: &[Vec<usize>], step: usize, other: usize) -> bool {
    let (mut reached, mut next) = (vec![step], 0);
    while let Some(place) = reached.get(next).copied() {
        next += 1;
        if needs[place].contains(&other) {
            return true;
        }
        let more: Vec<_> =
            needs[place].iter().filter(|it| !reached.contains(it)).copied().collect();
        reached.extend(more);
    }
    false
}
