//! Owns the ids of steps that the user gave none: the verb and what it acts on.
//! Must not know: what steps do.

use std::collections::BTreeSet;

use super::model::{Scenario, Step};
use crate::base::{Id, StepId};

/// The ids of all steps, in the order of the text. What would be made twice gets `-2`, `-3` and
/// so on; an id that the user gave is left as it is, even where it is there twice.
pub fn step_ids(scenario: &Scenario) -> Vec<StepId> {
    let mut made = BTreeSet::new();
    scenario
        .steps
        .iter()
        .map(|step| match &step.id {
            Some(id) => id.clone(),
            None => remember(unique(&name(step), |id| made.contains(id)), &mut made),
        })
        .collect()
}

/// The ids of what undoes each step, given those of the steps: `undo-` and the step's own.
pub fn undo_ids(scenario: &Scenario, steps: &[StepId]) -> Vec<Vec<StepId>> {
    let mut made: BTreeSet<StepId> = steps.iter().cloned().collect();
    let mut named = |undone: &StepId, undo: &Step| match &undo.id {
        Some(id) => id.clone(),
        None => {
            let id = unique(&format!("undo-{undone}"), |id| made.contains(id));
            remember(id, &mut made)
        }
    };
    let undoes = |(step, id): (&Step, &StepId)| {
        step.undo.iter().flatten().map(|undo| named(id, undo)).collect()
    };
    scenario.steps.iter().zip(steps).map(undoes).collect()
}

fn remember(id: StepId, made: &mut BTreeSet<StepId>) -> StepId {
    made.insert(id.clone());
    id
}

/// The verb and what it acts on; for a script, its name, which says more.
fn name(step: &Step) -> String {
    let first_label = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    let (verb, object) = if let Some(script) = &step.run {
        let file = script.rsplit('/').next().unwrap_or_default();
        return word(file.split('.').next().unwrap_or_default())
            .unwrap_or_else(|| "run".to_owned());
    } else if let Some(image) = &step.image {
        ("image", image.services.first().map(ToString::to_string))
    } else if let Some(packages) = &step.install {
        ("install", packages.first().cloned())
    } else if let Some(point) = &step.point {
        ("point", point.name.first().map(|name| first_label(name.as_str())))
    } else if let Some(service) = &step.start {
        ("start", Some(service.to_string()))
    } else if let Some(service) = &step.stop {
        ("stop", Some(service.to_string()))
    } else if let Some(transfer) = &step.transfer {
        let word = if transfer.ahead { "copy" } else { "transfer" };
        (word, Some(transfer.service.to_string()))
    } else if let Some(ttl) = &step.ttl {
        ("ttl", ttl.name.first().map(|name| first_label(name.as_str())))
    } else if let Some(services) = &step.volume {
        ("volume", services.first().map(ToString::to_string))
    } else if step.wait.is_some() {
        ("wait", None)
    } else if step.check.is_some() {
        ("check", None)
    } else {
        ("step", None)
    };
    match object.as_deref().and_then(word) {
        Some(object) => format!("{verb}-{object}"),
        None => verb.to_owned(),
    }
}

/// A text with whatever cannot be part of an id made a hyphen; none if nothing is left.
fn word(text: &str) -> Option<String> {
    let hyphenate = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let hyphenated: String = text.chars().map(hyphenate).collect();
    let parts: Vec<&str> = hyphenated.split('-').filter(|part| !part.is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join("-"))
}

/// The name as an id; where that is taken, with `-2`, `-3` and so on.
pub(crate) fn unique<K>(name: &str, is_taken: impl Fn(&Id<K>) -> bool) -> Id<K> {
    let numbered = |number: usize| {
        let suffix = if number == 1 { String::new() } else { format!("-{number}") };
        let room = Id::<K>::MAX_CHARS - suffix.len();
        let base = name[..name.len().min(room)].trim_end_matches('-');
        format!("{base}{suffix}").parse().expect("letters, digits and inner hyphens")
    };
    let mut numbered = (1..).map(numbered);
    numbered.find(|id| !is_taken(id)).expect("there are more numbers than ids")
}
