//! Owns faults: one kind each, with a beginning and an end that can be.

use super::{At, Context, graph, slips, steps};
use crate::{
    base::{Duration, FaultId, StepId},
    fault::{Custom, Kind, Trigger, WORDS},
    scenario::{Fault, Mistake, suggest},
};

pub(super) fn check(cx: &mut Context<'_>) {
    let needs = cx.step_needs();
    for (id, fault) in &cx.scenario.faults {
        let at = cx.at.key("faults").key(id.as_str());
        kind(cx, id, fault, at);
        match fault.kinds().as_slice() {
            [kind] if kind.slip().is_some() => slips::check(cx, fault, kind, &needs, at),
            _ => {
                trigger(cx, fault, at);
                end(cx, fault, &needs, at);
            }
        }
    }
}

fn kind(cx: &mut Context<'_>, id: &FaultId, fault: &Fault, at: At<'_>) {
    match fault.kinds().as_slice() {
        [kind] => {
            let at = at.key(kind.word());
            nonsense(cx, kind, at);
            if let Kind::Custom(custom) = kind {
                amounts(cx, custom, at);
            }
        }
        [] if at.is_in_doubt() => {}
        [] => {
            let mistake =
                Mistake::new(at.key_span(), format!("`{id}` does not say what goes wrong"));
            let help = format!("add one of {}", suggest::words(&WORDS));
            cx.tell(at, mistake.help(help));
        }
        kinds => {
            let words: Vec<&str> = kinds.iter().map(Kind::word).collect();
            let message = format!("`{id}` is several faults: {}", suggest::words(&words));
            let mut mistake = Mistake::new(at.key(words[0]).key_span(), message);
            for word in &words[1..] {
                mistake = mistake.and(at.key(word).key_span(), "another one");
            }
            cx.tell(at, mistake.help("make a fault of each"));
        }
    }
}

/// What the scripts of a user's own fault are said to do.
fn amounts(cx: &mut Context<'_>, custom: &Custom, at: At<'_>) {
    let simulates = custom.simulates.as_deref().unwrap_or_default();
    steps::simulated(cx, simulates, custom.on.as_ref(), at.key("simulates"));
    let heals = (&custom.heal_simulates, at.key("heal_simulates"));
    steps::simulated(cx, heals.0, custom.on.as_ref(), heals.1);
}

fn nonsense(cx: &mut Context<'_>, kind: &Kind, at: At<'_>) {
    for it in kind.nonsense() {
        let at = at.key(it.key);
        let mistake = Mistake::new(at.span(), it.message);
        cx.tell(at, if it.help.is_empty() { mistake } else { mistake.help(it.help) });
    }
}

fn trigger(cx: &mut Context<'_>, fault: &Fault, at: At<'_>) {
    let Some(from) = &fault.from else {
        if fault.trigger().is_none() && !fault.kinds().is_empty() && !at.is_in_doubt() {
            let help = "add `from: start`, or `from: { before: STEP }`";
            cx.wrong_key(at, "the fault does not say when it begins", help);
        }
        return;
    };
    let Trigger::During(id) = from else { return };
    let Some(step) = cx.step_of.get(id).map(|index| &cx.scenario.steps[*index]) else { return };
    let instant = match (&step.wait, &step.check) {
        (Some(_), _) => "wait",
        (_, Some(_)) => "check",
        _ => return,
    };
    let message = format!("nothing can go wrong during `{id}`: a `{instant}` is over in a moment");
    let help = "use `before` or `after`";
    cx.wrong_but(at.key("from").key("during"), message, help);
}

fn end(cx: &mut Context<'_>, fault: &Fault, needs: &[Vec<usize>], at: At<'_>) {
    if let (Some(_), Some(_)) = (&fault.healed_by, &fault.duration) {
        let mistake = Mistake::new(at.key("for").key_span(), "a fault with two ends")
            .seen("it ends after this time")
            .and(at.key("healed_by").key_span(), "and with this step");
        cx.tell(at, mistake.help("keep one of them"));
    }
    if fault.duration == Some(Duration::ZERO) {
        cx.wrong(at.key("for"), "a fault of no length never was");
    }
    let (Some(healer), Some((word, step))) = (&fault.healed_by, fault.from.as_ref().and_then(step))
    else {
        return;
    };
    let place = |id: &StepId| cx.step_of.get(id).copied();
    let (Some(healing), Some(triggering)) = (place(healer), place(step)) else { return };
    let too_early = if healing == triggering {
        word == "after"
    } else {
        graph::needs(needs, triggering, healing)
    };
    if too_early && !cx.at.key("steps").is_in_doubt() {
        let message = format!("`{healer}` is over when the fault begins, it cannot heal it");
        let healed_by = at.key("healed_by");
        let mistake = Mistake::new(healed_by.span(), message)
            .and(at.key("from").key(word).span(), "the fault begins here");
        cx.tell(healed_by, mistake.help("name a step that comes later"));
    }
}

/// The step with which a fault begins.
fn step(trigger: &Trigger) -> Option<(&'static str, &StepId)> {
    match trigger {
        Trigger::Start | Trigger::At(_) => None,
        Trigger::Before(step) => Some(("before", step)),
        Trigger::During(step) => Some(("during", step)),
        Trigger::After(step) => Some(("after", step)),
    }
}
