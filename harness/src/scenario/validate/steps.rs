//! Owns steps: one verb each, with what belongs to it, in an order that exists.

use std::collections::BTreeMap;

use super::{At, Context, graph, services::way};
use crate::{
    base::{Duration, HostId, ServiceId, StepId},
    scenario::{Mistake, OnFailure, Step, model::VERBS, suggest},
    step::Simulated,
};

/// The verbs that need a host, and those that may have one.
const NEED_ON: [&str; 3] = ["install", "start", "volume"];
pub(super) const TAKE_ON: [&str; 5] = ["install", "run", "start", "stop", "volume"];

pub(super) fn check(cx: &mut Context<'_>) {
    duplicates(cx);
    for (at, step) in cx.all_steps() {
        match step.verbs().as_slice() {
            [verb] => belongs(cx, step, verb, at),
            [] if at.is_in_doubt() => {}
            [] => {
                let mistake = Mistake::new(at.key_span(), "the step has no verb");
                let help = format!("say what it does by one of {}", suggest::words(&VERBS));
                cx.tell(at, mistake.help(help));
            }
            verbs => several(cx, verbs, at),
        }
        times(cx, step, at);
        moves(cx, step, at);
        docker(cx, step, at);
        let simulates = step.simulates.as_deref().unwrap_or_default();
        simulated(cx, simulates, step.on.as_ref(), at.key("simulates"));
    }
    cycles(cx);
}

/// Tells what a script is said to do nobody knows where, or cannot do there.
pub(super) fn simulated(
    cx: &mut Context<'_>,
    simulates: &[Simulated],
    on: Option<&HostId>,
    at: At<'_>,
) {
    for (index, what) in simulates.iter().enumerate() {
        let at = at.item(index).key(what.word());
        let on = what.on().map(|its| its.or(on));
        if on == Some(None) && !at.is_in_doubt() {
            let message = format!("`{}` lacks its host: the script runs on none", what.word());
            cx.wrong_but(at, message, "add `on:` with the id of a host to it");
        }
        match what {
            Simulated::FreePort(it) => cx.port(at.key("port"), it.port),
            Simulated::Takes(time) => {
                let day = Duration::from_secs(24 * 3600);
                cx.in_range(at, time, Duration::ZERO..=day);
            }
            Simulated::Start(_) => {
                let service = what.service().and_then(|id| cx.service(id));
                let container = service.is_some_and(|service| service.container.is_some());
                if let Some(host) = on.flatten().filter(|host| container && cx.lacks_docker(host)) {
                    let message = format!("a container cannot start: `{host}` has no Docker");
                    cx.wrong_but(at, message, format!("give `{host}` the line `docker: true`"));
                }
            }
            Simulated::NetworkUp(_)
            | Simulated::Remove(_)
            | Simulated::Stop(_)
            | Simulated::Copy(_)
            | Simulated::Clear(_) => {}
        }
    }
}

fn several(cx: &mut Context<'_>, verbs: &[&str], at: At<'_>) {
    let mut verbs = verbs.to_vec();
    verbs.sort_by_key(|verb| at.key(verb).key_span());
    let message = format!("the step has several verbs: {}", suggest::words(&verbs));
    let mut mistake = Mistake::new(at.key(verbs[0]).key_span(), message);
    for verb in &verbs[1..] {
        mistake = mistake.and(at.key(verb).key_span(), "another one");
    }
    cx.tell(at, mistake.help("make a step of each"));
}

fn duplicates(cx: &mut Context<'_>) {
    let mut first: BTreeMap<StepId, At<'_>> = BTreeMap::new();
    let place = |at: At<'_>| {
        let id = at.key("id");
        if id.is_written() { (id.span(), "") } else { (at.key_span(), ", by default") }
    };
    for (id, (at, _)) in cx.all_ids().into_iter().zip(cx.all_steps()) {
        let Some(other) = first.get(&id).copied() else {
            first.insert(id, at);
            continue;
        };
        let ((one, how), (another, other_how)) = (place(at), place(other));
        let mistake = Mistake::new(one, format!("two steps have the id `{id}`"))
            .seen(format!("this one{how}"))
            .and(another, format!("and this one{other_how}"));
        if !other.is_in_doubt() && !at.is_in_doubt() {
            cx.tell(at, mistake.help("give one of them another `id`"));
        }
    }
}

/// Tells keys that the verb lacks or cannot use.
fn belongs(cx: &mut Context<'_>, step: &Step, verb: &str, at: At<'_>) {
    let doubt = at.is_in_doubt();
    if step.on.is_none() && NEED_ON.contains(&verb) && !doubt {
        let mistake = Mistake::new(at.key(verb).key_span(), format!("`{verb}` lacks its host"));
        cx.tell(at, mistake.help("add `on:` with the id of a host to the step"));
    }
    let mut useless = vec![];
    if step.on.is_some() && !TAKE_ON.contains(&verb) {
        useless.push(("on", suggest::words(&TAKE_ON)));
    }
    if verb != "run" {
        useless.extend(step.via.iter().map(|_| ("via", "`run`".to_owned())));
        useless.extend(step.arguments.iter().map(|_| ("arguments", "`run`".to_owned())));
        useless.extend(step.simulates.iter().map(|_| ("simulates", "`run`".to_owned())));
    }
    for (key, users) in useless {
        let at = at.key(key);
        let mistake = Mistake::new(at.key_span(), format!("`{key}` means nothing to `{verb}`"));
        cx.tell(at, mistake.help(format!("it belongs to {users}")));
    }
    if step.via.is_some() && verb == "run" && step.on.is_none() && !doubt {
        let message = "`via` without `on`: there is no way to no host";
        cx.wrong_but(at.key("via"), message, "add `on:` with the id of a host to the step");
    }
    if step.check.as_ref().is_some_and(Vec::is_empty) {
        cx.wrong(at.key("check"), "the check expects nothing");
    }
}

fn times(cx: &mut Context<'_>, step: &Step, at: At<'_>) {
    let (second, day) = (Duration::from_secs(1), Duration::from_secs(24 * 3600));
    if let Some(deadline) = &step.deadline {
        cx.in_range(at.key("deadline"), deadline, second..=day);
    }
    if let Some(OnFailure::Retry(retry)) = &step.on_failure {
        let at = at.key("on_failure").key("retry");
        cx.in_range(at.key("times"), &retry.times, 1..=100);
        cx.in_range(at.key("every"), &retry.every, Duration::ZERO..=day);
    }
    if step.wait.as_ref().is_some_and(|wait| wait.duration == Duration::ZERO) {
        cx.wrong(at.key("wait").key("for"), "there is nothing to wait for in no time");
    }
}

/// Tells moves from a host to itself, and of nothing.
fn moves(cx: &mut Context<'_>, step: &Step, at: At<'_>) {
    let transfer = step.transfer.as_ref().map(|step| ("transfer", &step.from, &step.to));
    let image = step.image.as_ref().map(|step| ("image", &step.from, &step.to));
    for (verb, from, to) in transfer.into_iter().chain(image).filter(|(_, from, to)| from == to) {
        let at = at.key(verb);
        let message = format!("`{verb}` goes from `{from}` to `{to}`, which is the same host");
        let mistake = Mistake::new(at.key("to").span(), message);
        let doubt = at.key("from").is_made_up() || at.key("to").is_made_up();
        if !doubt {
            cx.tell(at, mistake.and(at.key("from").span(), "from here"));
        }
    }
    if let Some(transfer) = &step.transfer
        && cx.service(&transfer.service).is_some_and(|service| !service.has_data())
    {
        let message = format!("`{}` has no data to transfer", transfer.service);
        let help = "data is in the `volumes` of a container, or in the `data` of a unit";
        cx.wrong_but(at.key("transfer").key("service"), message, help);
    }
    for (index, id) in step.image.iter().flat_map(|image| image.services.iter()).enumerate() {
        if cx.service(id).is_some_and(|service| service.unit.is_some()) {
            let message = format!("`{id}` is a unit, it has no image");
            cx.wrong(at.key("image").key("services").item(index), message);
        }
    }
}

/// Tells hosts that a container cannot go to.
fn docker(cx: &mut Context<'_>, step: &Step, at: At<'_>) {
    let mut uses: Vec<(&ServiceId, &HostId, At<'_>)> = vec![];
    if let (Some(id), Some(on)) = (&step.start, &step.on) {
        uses.push((id, on, at.key("on")));
    }
    if let (Some(ids), Some(on)) = (&step.volume, &step.on) {
        uses.extend(ids.iter().map(|id| (id, on, at.key("on"))));
    }
    if let Some(transfer) = &step.transfer {
        uses.push((&transfer.service, &transfer.from, at.key("transfer").key("from")));
        uses.push((&transfer.service, &transfer.to, at.key("transfer").key("to")));
    }
    if let Some(image) = &step.image {
        for id in image.services.iter() {
            uses.push((id, &image.from, at.key("image").key("from")));
            uses.push((id, &image.to, at.key("image").key("to")));
        }
    }
    let mut told = vec![];
    for (id, host, at) in uses {
        let container = cx.service(id).is_some_and(|service| service.container.is_some());
        if container && cx.lacks_docker(host) && !told.contains(&at.span()) {
            told.push(at.span());
            let message = format!("`{id}` is a container, but `{host}` has no Docker");
            cx.wrong_but(at, message, format!("give `{host}` the line `docker: true`"));
        }
    }
}

fn cycles(cx: &mut Context<'_>) {
    for cycle in graph::cycles(&cx.step_needs()) {
        let ids: Vec<_> = cycle.iter().chain(&cycle[..1]).map(|step| &cx.steps[*step]).collect();
        let message = format!("steps need each other in a circle: {}", way(&ids));
        // Needs that nobody wrote cannot be pointed at; in a circle at least one is written.
        let mut written = cycle.iter().map(|step| cx.step_at(*step).key("needs"));
        let Some(at) = written.find(|needs| needs.is_written()) else { continue };
        let help = "a step that says nothing needs the one before it; `needs: []` needs none";
        cx.wrong_but(at, message, help);
    }
}
