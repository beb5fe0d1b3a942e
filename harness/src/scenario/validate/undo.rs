//! Owns the way back: what undoes a step can be done by itself, and a rollback has something to undo.

use super::{At, Context, graph};
use crate::scenario::{OnFailure, Step, model::ABORT};

pub(super) fn check(cx: &mut Context<'_>) {
    rollbacks(cx);
    for (index, step) in cx.scenario.steps.iter().enumerate() {
        let Some(undo) = &step.undo else { continue };
        let at = cx.step_at(index).key("undo");
        if undo.is_empty() && !at.is_in_doubt() {
            let help = "say what takes the step back, or leave `undo` out";
            cx.wrong_but(at, "`undo` lists no step", help);
        }
        undoable(cx, step, at);
        for (item, undo) in undo.iter().enumerate() {
            alone(cx, undo, at.item(item));
        }
    }
    if cx.scenario.budgets.contains_key(ABORT) && !has_undo(cx) {
        let at = cx.at.key("budgets").key(ABORT);
        let message = "nothing is ever rolled back within this time: no step has an `undo`";
        cx.wrong_key(at, message, "give the steps that can be taken back an `undo`");
    }
}

/// Tells a rollback before which nothing can be undone.
fn rollbacks(cx: &mut Context<'_>) {
    let needs = cx.step_needs();
    for (index, step) in cx.scenario.steps.iter().enumerate() {
        if !step.on_failure.as_ref().is_some_and(OnFailure::rolls_back) {
            continue;
        }
        let mut others = cx.scenario.steps.iter().enumerate();
        let undone =
            others.any(|(other, step)| step.undo.is_some() && !graph::needs(&needs, other, index));
        if !undone && !cx.at.key("steps").is_in_doubt() {
            let id = &cx.steps[index];
            let message = format!("`{id}` rolls back, but no step until then has an `undo`");
            let help = "give the steps that can be taken back an `undo`, or write `stop`";
            cx.wrong_but(cx.step_at(index).key("on_failure"), message, help);
        }
    }
}

/// Tells an undo of what changes nothing.
fn undoable(cx: &mut Context<'_>, step: &Step, at: At<'_>) {
    let why = match (&step.check, &step.wait) {
        (Some(_), _) => "a `check` changes nothing",
        (_, Some(_)) => "a `wait` only lets time pass",
        _ => return,
    };
    cx.wrong_key(at, format!("there is nothing to undo: {why}"), "take `undo` away");
}

/// Tells what means nothing to a step that undoes another.
fn alone(cx: &mut Context<'_>, undo: &Step, at: At<'_>) {
    if undo.undo.is_some() {
        let message = "what undoes a step is not undone itself";
        cx.wrong_key(at.key("undo"), message, "take this `undo` away");
    }
    if undo.needs.is_some() {
        let message = "`needs` means nothing here: a rollback plays one step after the other";
        cx.wrong_key(at.key("needs"), message, "take it away; the order of the list counts");
    }
    if undo.on_failure.as_ref().is_some_and(OnFailure::rolls_back) {
        let message = "a rollback is not rolled back";
        cx.wrong_but(at.key("on_failure"), message, "write `stop`, `continue` or `retry`");
    }
}

pub(super) fn has_undo(cx: &Context<'_>) -> bool {
    let in_doubt = cx.at.key("steps").is_in_doubt();
    in_doubt || cx.scenario.steps.iter().any(|step| step.undo.is_some())
}
