//! Pairs of mishaps, of which the hopeless are left out: where both are harmless alone, and neither can
//! touch what the other left, both together are harmless.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use super::{Mishap, Moment, cells::Single, notice::are_alike};
use crate::{
    base::{Duration, HostId, ServiceId, StepId},
    check::{Seconds, Verdict},
    fault::{Kind, Slip, SlipHow},
    plan::Plan,
    step::Reach,
};

/// Two singles, by their places.
pub(super) type Pair = (usize, usize);

/// What pairs there are of mishaps that are survived alone, and what of them is worth a rehearsal.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Pairs {
    /// Those that are worth one, in order.
    pub(super) worth: Vec<Pair>,
    /// How many cannot touch each other.
    pub(super) strangers: usize,
    /// How many begin with a fault of which nobody notices whether it is there yet when the other begins.
    pub(super) unnoticed: usize,
}

/// The pairs of the singles that are survived alone: for any other the single is the smaller schedule.
/// A fault after a step and one before the next are the same moment in a pair, so the former stands
/// back.
///
/// Where a fault that begins at one step makes the same night as one that begins at a later step, nobody
/// notices between the two whether it is there yet; and if something else begins after that, both are
/// there for the longer the nearer the two are. So of such moments only those at the last step that begins
/// before the other mishap are worth a rehearsal.
///
/// `alone` holds each single's night, where that was survived.
pub(super) fn pairs(
    plan: &Plan,
    singles: &[Single],
    alone: &[Option<Verdict>],
    usual: &Verdict,
) -> Pairs {
    let homes = plan.homes();
    let all_touched: Vec<_> =
        singles.iter().map(|single| touched(plan, &homes, &single.mishap)).collect();
    let survived: Vec<usize> = (0..alone.len())
        .filter(|index| alone[*index].is_some() && !stands_back(&singles[*index]))
        .collect();
    let nearer = Nearer::of(singles, alone, &survived, usual);
    let mut pairs = Pairs::default();
    for (place, first) in survived.iter().enumerate() {
        for second in &survived[place + 1..] {
            let meet = all_touched[*first].meets(&all_touched[*second]);
            if !meet || are_one(&singles[*first], &singles[*second]) {
                pairs.strangers += 1;
            } else if nearer.is_there(*first, *second) {
                pairs.unnoticed += 1;
            } else {
                pairs.worth.push((*first, *second));
            }
        }
    }
    pairs
}

/// When a fault begins next without anybody noticing.
struct Nearer {
    /// When each single begins, as steps go that nothing goes wrong with.
    begins: Vec<Seconds>,
    /// When the same fault begins next and makes the same night; none where it never does.
    next: Vec<Option<Seconds>>,
}

impl Nearer {
    fn of(
        singles: &[Single],
        alone: &[Option<Verdict>],
        survived: &[usize],
        usual: &Verdict,
    ) -> Self {
        let started: BTreeMap<_, _> =
            usual.steps.iter().filter_map(|step| Some((&step.id, step.started_at?))).collect();
        let begin = |single: &Single| {
            let step = match slip(single).map(|slip| slip.how) {
                Some(SlipHow::Early(before)) => before,
                _ => &single.step,
            };
            started.get(step).copied().unwrap_or(Seconds(Duration::MAX))
        };
        let begins: Vec<Seconds> = singles.iter().map(begin).collect();
        let mut moments: BTreeMap<(&str, &str), BTreeSet<(Seconds, usize)>> = BTreeMap::new();
        // What people do stays done.
        for at in survived.iter().copied().filter(|at| slip(&singles[*at]).is_none()) {
            let Single { fault, target, .. } = &singles[at];
            moments.entry((fault, target)).or_default().insert((begins[at], at));
        }
        let mut next = vec![None; singles.len()];
        for moments in moments.values() {
            for (begin, at) in moments {
                let mut later =
                    moments.range((Bound::Excluded((*begin, usize::MAX)), Bound::Unbounded));
                let same_night = later.find(|(_, other)| alike(&alone[*at], &alone[*other]));
                next[*at] = same_night.map(|(begin, _)| *begin);
            }
        }
        Self { begins, next }
    }

    /// Whether one of two begins once more before the other, or with it, and nobody notices the difference.
    fn is_there(&self, one: usize, other: usize) -> bool {
        let before = |earlier: usize, later: usize| {
            self.next[earlier].is_some_and(|next| next <= self.begins[later])
        };
        before(one, other) || before(other, one)
    }
}

fn alike(one: &Option<Verdict>, other: &Option<Verdict>) -> bool {
    one.as_ref().zip(other.as_ref()).is_some_and(|(one, other)| are_alike(one, other))
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
