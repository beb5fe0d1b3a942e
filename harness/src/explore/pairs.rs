//! Pairs of mishaps, of which the hopeless are left out: where both are harmless alone, and neither can
//! touch what the other left, both together are harmless.

use std::collections::BTreeMap;

use super::{Mishap, Moment, cells::Single};
use crate::{
    base::{HostId, ServiceId, StepId},
    fault::{Kind, Slip, SlipHow},
    plan::Plan,
    step::Reach,
};

/// Two singles, by their places.
pub(super) type Pair = (usize, usize);

/// What pairs there are, and what of them is worth a rehearsal.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Pairs {
    /// Those that are worth one, in order.
    pub(super) worth: Vec<Pair>,
    /// How many there are of single mishaps that are survived.
    pub(super) all: usize,
}

/// The pairs of the singles that are survived alone: for any other the single is the smaller schedule.
/// A fault after a step and one before the next are the same moment in a pair, so the former stands
/// back.
pub(super) fn pairs(plan: &Plan, singles: &[Single], survived: &[bool]) -> Pairs {
    let homes = plan.homes();
    let all_touched: Vec<_> =
        singles.iter().map(|single| touched(plan, &homes, &single.mishap)).collect();
    let alone: Vec<usize> = (0..survived.len())
        .filter(|index| survived[*index] && !stands_back(&singles[*index]))
        .collect();
    let mut pairs = Pairs::default();
    for (place, first) in alone.iter().enumerate() {
        for second in &alone[place + 1..] {
            pairs.all += 1;
            let meet = all_touched[*first].meets(&all_touched[*second]);
            if meet && !are_one(&singles[*first], &singles[*second]) {
                pairs.worth.push((*first, *second));
            }
        }
    }
    pairs
}

/// Whether a single is the same in a pair as the one before the next step.
fn stands_back(single: &Single) -> bool {
    single.moment == Moment::After && slip(single).is_none()
}

/// Whether two are none: the same fault at two moments is one that lasts longer, a step that is forgotten
/// is not done otherwise, and nothing happens during it.
fn are_one(one: &Single, other: &Single) -> bool {
    let is_skip = |single| slip(single).is_some_and(|slip| slip.how == SlipHow::Skipped);
    let same_step = one.step == other.step;
    match (slip(one), slip(other)) {
        (None, None) => one.fault == other.fault && one.target == other.target,
        (Some(_), Some(_)) => {
            same_step && (one.fault == other.fault || is_skip(one) || is_skip(other))
        }
        (Some(_), None) => same_step && is_skip(one) && other.moment == Moment::During,
        (None, Some(_)) => same_step && is_skip(other) && one.moment == Moment::During,
    }
}

/// What somebody does to a step, if that is it.
fn slip(single: &Single) -> Option<Slip<'_>> {
    match &single.mishap {
        Mishap::Fault { kind, .. } => kind.slip(),
        Mishap::Own(_) => None,
    }
}

/// The services that can feel a mishap, one bit for each.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Touched(Vec<u64>);

impl Touched {
    fn of(feels: impl Iterator<Item = bool>) -> Self {
        let mut words = vec![];
        for (place, feels) in feels.enumerate() {
            if place % 64 == 0 {
                words.push(0);
            }
            words[place / 64] |= u64::from(feels) << (place % 64);
        }
        Self(words)
    }

    fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(one, other)| one & other != 0)
    }
}

/// Who can feel a mishap: the services that it strikes, and those that need one of them.
fn touched(plan: &Plan, homes: &Homes<'_>, mishap: &Mishap) -> Touched {
    let struck = |id: &ServiceId| match mishap {
        Mishap::Own(fault) => feels(plan, homes, id, &plan.faults[fault].kind),
        Mishap::Fault { kind, .. } => feels(plan, homes, id, kind),
    };
    Touched::of(plan.services.keys().map(|id| plan.with_needs(id).into_iter().any(struck)))
}

/// Where each service is at one time or another.
type Homes<'a> = BTreeMap<&'a ServiceId, Vec<&'a HostId>>;

/// Whether a fault can strike a service itself.
fn feels(plan: &Plan, homes: &Homes<'_>, id: &ServiceId, kind: &Kind) -> bool {
    let reach = kind.reach();
    let service = &plan.services[id];
    let ports = service.kind.ports();
    let listens = reach.ports.is_empty() || reach.ports.iter().any(|port| ports.contains(port));
    let meant = reach.services.is_empty() || reach.services.contains(id);
    let there = match reach.hosts {
        [] => !reach.services.is_empty(),
        hosts => homes[id].iter().any(|home| hosts.contains(home)),
    };
    reach.is_everywhere
        || reach.names.contains(&service.name)
        || (there && meant && listens)
        || reach.step.is_some_and(|step| handled(plan, homes, id, step))
}

/// Whether a step lays hands on a service. One that names nothing, such as a `wait`, is there for all.
fn handled(plan: &Plan, homes: &Homes<'_>, id: &ServiceId, step: &StepId) -> bool {
    let Some(step) = plan.step(step) else { return true };
    let Reach { services, names, hosts } = step.verb.reach();
    let nothing = services.is_empty() && names.is_empty() && hosts.is_empty();
    nothing
        || services.contains(id)
        || names.contains(&plan.services[id].name)
        || homes[id].iter().any(|home| hosts.contains(home))
}
