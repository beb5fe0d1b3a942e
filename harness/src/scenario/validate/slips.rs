//! Owns what people do to steps: it begins with the step, ends by itself, and must be possible.

use super::{At, Context, graph, steps::TAKE_ON, undo};
use crate::{
    base::StepId,
    fault::{BrokenOff, Kind, SlipHow, Trigger},
    scenario::Fault,
};

pub(super) fn check(
    cx: &mut Context<'_>,
    fault: &Fault,
    kind: &Kind,
    needs: &[Vec<usize>],
    at: At<'_>,
) {
    let slip = kind.slip().expect("the caller looked");
    let (word, step) = (kind.word(), slip.step);
    if fault.from.as_ref().is_some_and(|from| *from != Trigger::Before(step.clone())) {
        let message =
            format!("`{word}` begins when it is the turn of `{step}`, and at no other time");
        cx.wrong_but(at.key("from"), message, "take `from` away");
    }
    for (key, written) in
        [("healed_by", fault.healed_by.is_some()), ("for", fault.duration.is_some())]
    {
        if written {
            let message = format!("`{key}` means nothing to `{word}`: it is over with its step");
            cx.wrong_key(at.key(key), message, "take it away");
        }
    }
    let Some(index) = cx.step_of.get(step).copied() else { return };
    let args = at.key(word);
    match slip.how {
        SlipHow::Elsewhere(on) => elsewhere(cx, index, on, args),
        SlipHow::Early(before) => early(cx, index, before, needs, args),
        SlipHow::Fails { at, rolls_back } => fails(cx, index, at, rolls_back, args),
        SlipHow::Skipped | SlipHow::Late(_) | SlipHow::Twice => {}
    }
}

/// Tells a wrong host that is the right one, or of a step that has none.
fn elsewhere(cx: &mut Context<'_>, index: usize, on: &crate::base::HostId, at: At<'_>) {
    let (step, id) = (&cx.scenario.steps[index], cx.steps[index].clone());
    let verbs = step.verbs();
    let first = step.stop.as_ref().and_then(|stopped| cx.service(stopped)).map(|it| &it.on);
    let right = step.on.as_ref().or(first);
    if !verbs.iter().all(|verb| TAKE_ON.contains(verb)) || step.run.is_some() && right.is_none() {
        let message = format!("`{id}` is done on no host, so it cannot be done on another one");
        cx.wrong_but(at.key("step"), message, "name a step with `on:`");
    } else if right == Some(on) {
        cx.wrong(at.key("on"), format!("`{on}` is where `{id}` is to be done"));
    }
}

/// Tells an order that is no other.
fn early(cx: &mut Context<'_>, index: usize, before: &StepId, needs: &[Vec<usize>], at: At<'_>) {
    let Some(other) = cx.step_of.get(before).copied() else { return };
    if !graph::needs(needs, index, other) && !cx.at.key("steps").is_in_doubt() {
        let message = format!("`{}` need not come after `{before}`", cx.steps[index]);
        cx.wrong_but(
            at.key("before"),
            message,
            "name a step that it needs, directly or through others",
        );
    }
}

fn fails(cx: &mut Context<'_>, index: usize, moment: BrokenOff, rolls_back: bool, at: At<'_>) {
    if rolls_back && !undo::has_undo(cx) {
        let message = "nothing can be rolled back: no step has an `undo`";
        cx.wrong_but(at.key("roll_back"), message, "take it away, or give steps an `undo`");
    }
    if moment != BrokenOff::During {
        return;
    }
    let step = &cx.scenario.steps[index];
    let instant = match (&step.wait, &step.check) {
        (Some(_), _) => "wait",
        (_, Some(_)) => "check",
        _ => return,
    };
    let message = format!(
        "`{}` cannot be broken off half-way: a `{instant}` is over in a moment",
        cx.steps[index]
    );
    cx.wrong_but(at.key("at"), message, "use `before` or `after`");
}
