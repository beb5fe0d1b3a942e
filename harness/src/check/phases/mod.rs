//! What an outage was spent with, moment by moment: from the good answer before it to the good answer
//! after it, exactly one phase at a time.

mod course;
#[cfg(test)]
mod tests;

use self::course::Course;
use super::{
    OutagePhase, PhaseKind,
    blame::Scene,
    outages::{Outage, Seen},
};
use crate::base::{Duration, StepId};

/// The phases of an outage, each once, in the order in which they first came. Together they last as
/// long as it may have lasted, and their shares add up to 1.
pub(super) fn of(scene: &Scene<'_>, seen: &Seen<'_>, outage: &Outage) -> Vec<OutagePhase> {
    let course = Course::new(scene, seen, outage);
    let edges = course.edges();
    let mut doings: Vec<_> = edges.iter().map(|(from, _)| course.doing(*from)).collect();
    for at in (1..edges.len()).rev() {
        // It may not have been down yet; then what came next took it down.
        if edges[at - 1].1 <= outage.first_bad && doings[at - 1].phase == PhaseKind::Unexplained {
            doings[at - 1] = doings[at];
        }
    }
    let mut spent: Vec<(Doing<'_>, Duration)> = vec![];
    for (doing, (from, to)) in doings.into_iter().zip(edges) {
        let lasted = to.since(from);
        match spent.iter_mut().find(|(known, _)| *known == doing) {
            Some((_, all)) => *all = *all + lasted,
            None => spent.push((doing, lasted)),
        }
    }
    let thousandths =
        shares(&spent.iter().map(|(_, lasted)| lasted.as_micros()).collect::<Vec<_>>());
    spent
        .into_iter()
        .zip(thousandths)
        .map(|((doing, lasted), thousandths)| OutagePhase {
            phase: doing.phase,
            seconds: lasted.into(),
            share: f64::from(thousandths) / 1_000.0,
            step: doing.step.cloned(),
        })
        .collect()
}

/// What went on at a moment, and which step stands for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Doing<'s> {
    phase: PhaseKind,
    step: Option<&'s StepId>,
}

/// How many thousandths of the whole each part is: 1000 in all, none further off than by one.
fn shares(parts: &[u64]) -> Vec<u16> {
    let whole: u64 = parts.iter().sum();
    if whole == 0 {
        return parts.iter().zip(0..).map(|(_, at)| if at == 0 { 1_000 } else { 0 }).collect();
    }
    let mut before = 0;
    let mut upto = 0;
    parts
        .iter()
        .map(|part| {
            before += part;
            let next = u128::from(before) * 1_000 / u128::from(whole);
            let next = u16::try_from(next).expect("a part is no more than the whole");
            let share = next - upto;
            upto = next;
            share
        })
        .collect()
}
