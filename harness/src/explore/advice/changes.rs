//! The changes of a plan that could help: what people who move servers have learned to do.

use crate::{
    base::{DnsName, Duration, FaultId, OneOrMany, StepId},
    expect::{Expectation, Ports},
    fault::{Slip, SlipHow},
    plan::{Fate, Fault, Plan, Step},
    scenario::{OnFailure, Retry, Then},
    step::{Check, Reach, Transfer, Ttl, Verb, Wait},
};

/// A changed plan, and how it reads.
pub(super) struct Change {
    pub(super) text: String,
    pub(super) edit: Vec<String>,
    pub(super) plan: Plan,
}

/// The TTL while a name moves.
const SHORT_TTL: Duration = Duration::from_secs(5);

/// All of them.
pub(super) fn changes(plan: &Plan) -> Vec<Change> {
    let mut all = not_forgotten(plan);
    all.extend(ttl_lowered(plan));
    all.extend(prepared_before_the_stop(plan));
    all.extend(copied_ahead(plan));
    all.extend(in_parallel(plan));
    all.extend(verified_before_the_switch(plan));
    all.extend(tried_again(plan));
    all
}

/// A step that is forgotten is done; one that comes too early waits for its turn.
fn not_forgotten(plan: &Plan) -> Vec<Change> {
    let caught = |(id, fault): (&FaultId, &Fault)| {
        let Slip { step, how } = fault.kind.slip()?;
        let summary = plan.step(step)?.verb.describe().summary;
        let text = match how {
            SlipHow::Skipped => format!(
                "do not forget step `{step}` ({summary}); let a later step check that it was done"
            ),
            SlipHow::Early(before) => format!(
                "let step `{step}` ({summary}) begin only when it has seen that `{before}` was done"
            ),
            _ => return None,
        };
        let mut changed = plan.clone();
        changed.faults[id].active = false;
        Some(Change { text, edit: vec![], plan: changed })
    };
    plan.active_faults().filter_map(caught).collect()
}

/// The TTL of all names that are switched is lowered first, and the old one runs out.
fn ttl_lowered(plan: &Plan) -> Option<Change> {
    let mut names: Vec<DnsName> = vec![];
    for step in &plan.steps {
        if let Verb::Point(point) = &step.verb {
            names.extend(
                point.name.iter().filter(|name| !names.contains(name)).cloned().collect::<Vec<_>>(),
            );
        }
    }
    let old = plan.zone.ttl;
    if names.is_empty() || old <= SHORT_TTL {
        return None;
    }
    let list: Vec<String> = names.iter().map(ToString::to_string).collect();
    let edit = vec![
        format!("- ttl: {{ name: [{}], to: {SHORT_TTL} }}", list.join(", ")),
        format!("- wait: {{ for: {old}, why: the old TTL runs out }}"),
    ];
    let ttl = Verb::Ttl(Ttl { name: OneOrMany(names), to: SHORT_TTL });
    let wait = Verb::Wait(Wait { duration: old, why: "the old TTL runs out".to_owned() });
    let mut changed = plan.clone();
    let first = added(plan, "advised-ttl", ttl, vec![]);
    let second = added(plan, "advised-wait", wait, vec![first.id.clone()]);
    for step in changed.steps.iter_mut().filter(|step| step.needs.is_empty()) {
        step.needs.push(second.id.clone());
    }
    changed.steps.splice(0..0, [first, second]);
    let text = format!(
        "lower the TTL of all names that are switched, and wait {old} before anything else"
    );
    Some(Change { text, edit, plan: changed })
}

/// What needs no service to be down is done before the first is stopped.
fn prepared_before_the_stop(plan: &Plan) -> Option<Change> {
    let is_stop = |step: &Step| matches!(step.verb, Verb::Stop(_));
    let prepares =
        |step: &Step| matches!(step.verb, Verb::Image(_) | Verb::Volume(_) | Verb::Install(_));
    let stop = plan.steps.iter().position(is_stop)?;
    let late: Vec<Step> =
        plan.steps[stop..].iter().filter(|step| prepares(step)).cloned().collect();
    if late.is_empty() {
        return None;
    }
    let mut changed = plan.clone();
    changed.steps.retain(|step| !late.iter().any(|it| it.id == step.id));
    for step in &late {
        bypass(&mut changed.steps, step);
    }
    // In a row, between what the first stop needs and the stop itself.
    let mut needs = changed.steps[stop].needs.clone();
    let ids: Vec<String> = late.iter().map(|step| format!("`{}`", step.id)).collect();
    for (place, step) in late.into_iter().enumerate() {
        let id = step.id.clone();
        changed.steps.insert(stop + place, Step { needs, ..step });
        needs = vec![id];
    }
    let after = stop + ids.len();
    changed.steps[after].needs = needs;
    let first = &plan.steps[stop].id;
    let text = format!("do {} before `{first}`: no service has to be down for it", ids.join(", "));
    Some(Change { text, edit: vec![], plan: changed })
}

/// Data is copied while the services still run, and then only what differs.
fn copied_ahead(plan: &Plan) -> Option<Change> {
    let stop = plan.steps.iter().position(|step| matches!(step.verb, Verb::Stop(_)))?;
    let is_ahead = |whole: &Transfer| {
        let mut all = plan.steps.iter().filter_map(transfer);
        all.any(|it| it.ahead && it.service == whole.service)
    };
    let whole = plan.steps[stop..].iter().filter_map(transfer).filter(|whole| !is_ahead(whole));
    let late: Vec<_> = whole.map(|whole| Transfer { ahead: true, ..whole.clone() }).collect();
    if late.is_empty() {
        return None;
    }
    let mut changed = plan.clone();
    let mut needs = plan.steps[stop].needs.clone();
    let (mut ids, mut edit) = (vec![], vec![]);
    for (place, copy) in late.into_iter().enumerate() {
        let Transfer { service, from, to, .. } = &copy;
        ids.push(format!("`{service}`"));
        edit.push(format!(
            "- transfer: {{ service: {service}, from: {from}, to: {to}, ahead: true }}"
        ));
        let name = format!("advised-copy-{service}");
        let step = added(plan, &name, Verb::Transfer(copy), needs);
        needs = vec![step.id.clone()];
        changed.steps.insert(stop + place, step);
    }
    changed.steps[stop + ids.len()].needs = needs;
    let text = format!(
        "copy the data of {} before `{}`, while everything runs, and then only what differs",
        ids.join(", "),
        plan.steps[stop].id
    );
    Some(Change { text, edit, plan: changed })
}

/// What a step transfers, if it does.
fn transfer(step: &Step) -> Option<&Transfer> {
    match &step.verb {
        Verb::Transfer(transfer) if step.fate == Fate::Play => Some(transfer),
        _ => None,
    }
}

/// Steps wait only for what they have to do with, so that independent services move side by side.
fn in_parallel(plan: &Plan) -> Option<Change> {
    let mut changed = plan.clone();
    let mut edit = vec![];
    for index in 0..plan.steps.len() {
        let needs = true_needs(plan, index);
        let step = &plan.steps[index];
        if step.needs != needs {
            let list: Vec<&str> = needs.iter().map(StepId::as_str).collect();
            edit.push(format!("{}: needs: [{}]", step.id, list.join(", ")));
        }
        changed.steps[index].needs = needs;
    }
    let text =
        "move services that have nothing to do with each other side by side, each when its own \
                steps are done"
            .to_owned();
    (!edit.is_empty()).then_some(Change { text, edit, plan: changed })
}

/// The last steps before one that have to do with the same things.
fn true_needs(plan: &Plan, index: usize) -> Vec<StepId> {
    let mut needs: Vec<usize> = vec![];
    let mut covered = vec![];
    for before in (0..index).rev() {
        if covered.contains(&before) || !have_to_do(plan, before, index) {
            continue;
        }
        needs.push(before);
        covered.extend((0..before).filter(|earlier| have_to_do(plan, *earlier, before)));
    }
    needs.reverse();
    needs.into_iter().map(|place| plan.steps[place].id.clone()).collect()
}

/// Whether two steps lay hands on the same. A script, a wait and a check stand for everything; so does
/// what the whole of a host is for.
fn have_to_do(plan: &Plan, one: usize, other: usize) -> bool {
    let everything = |step: &Step| {
        let Reach { services, names, hosts } = step.verb.reach();
        let open = matches!(step.verb, Verb::Run(_) | Verb::Wait(_) | Verb::Check(_));
        open || !hosts.is_empty() || (services.is_empty() && names.is_empty())
    };
    let (one, other) = (&plan.steps[one], &plan.steps[other]);
    everything(one)
        || everything(other)
        || services(plan, one).iter().any(|index| services(plan, other).contains(index))
}

/// The services that a step is about, with what they need and what needs them.
fn services(plan: &Plan, step: &Step) -> Vec<usize> {
    let Reach { services, names, .. } = step.verb.reach();
    let about: Vec<_> = plan
        .services
        .iter()
        .filter(|(id, service)| services.contains(id) || names.contains(&service.name))
        .map(|(id, _)| id)
        .collect();
    let related = |id| {
        let needs = plan.with_needs(id);
        about.iter().any(|it| needs.contains(it) || plan.with_needs(it).contains(&id))
    };
    (0..plan.services.len())
        .filter(|index| plan.services.get_index(*index).is_some_and(|(id, _)| related(id)))
        .collect()
}

/// Before each switch somebody looks whether the new host answers.
fn verified_before_the_switch(plan: &Plan) -> Option<Change> {
    let mut changed = plan.clone();
    let mut edit = vec![];
    for point in plan.steps.iter().filter(|step| step.fate == Fate::Play) {
        let Verb::Point(args) = &point.verb else { continue };
        let moved = plan.services.values().filter(|service| args.name.contains(&service.name));
        let ports: Vec<u16> = moved.flat_map(|service| service.kind.ports()).collect();
        if ports.is_empty() {
            continue;
        }
        let list: Vec<String> = ports.iter().map(ToString::to_string).collect();
        edit.push(format!(
            "- check: [listens: {{ on: {}, ports: [{}] }}]",
            args.to,
            list.join(", ")
        ));
        let on = args.to.clone();
        let expectations = vec![Expectation::Listens(Ports { on, ports })];
        let place = changed.steps.iter().position(|step| step.id == point.id);
        let place = place.expect("no step was taken out");
        let id = format!("look-{}", edit.len());
        let needs = point.needs.clone();
        let check = added(plan, &id, Verb::Check(Check { expectations }), needs);
        changed.steps[place].needs = vec![check.id.clone()];
        changed.steps.insert(place, check);
    }
    let text = "look whether the new host listens before each name is switched to it".to_owned();
    (!edit.is_empty()).then_some(Change { text, edit, plan: changed })
}

/// What fails is tried again for as long as a fault is likely to last.
fn tried_again(plan: &Plan) -> Option<Change> {
    let retry =
        OnFailure::Retry(Retry { times: 12, every: Duration::from_secs(30), then: Then::Stop });
    let stops = |step: &&mut Step| {
        step.on_failure == OnFailure::Stop && !matches!(step.verb, Verb::Wait(_) | Verb::Check(_))
    };
    let mut changed = plan.clone();
    let mut count = 0;
    for step in changed.steps.iter_mut().filter(stops) {
        step.on_failure = retry.clone();
        count += 1;
    }
    let text = "try steps again that fail: for six minutes, every half minute".to_owned();
    let edit = vec!["on_failure: { retry: { times: 12, every: 30s } }".to_owned()];
    (count > 0).then_some(Change { text, edit, plan: changed })
}

/// A step that the scenario does not have.
fn added(plan: &Plan, name: &str, verb: Verb, needs: Vec<StepId>) -> Step {
    let taken = |id: &StepId| plan.step(id).is_some();
    let numbered = |number: usize| format!("{name}-{number}");
    let ids = (1..).map(|number| numbered(number).parse().expect("it is an id"));
    let id = ids.into_iter().find(|id| !taken(id)).expect("there are more numbers than steps");
    let deadline = verb.default_deadline();
    let (about, on_failure, fate) = (String::new(), OnFailure::Stop, Fate::Play);
    Step { id, about, needs, on_failure, deadline, verb, fate, undo: vec![] }
}

/// What needed a step that is gone needs what that needed.
fn bypass(steps: &mut [Step], gone: &Step) {
    for step in steps.iter_mut().filter(|step| step.needs.contains(&gone.id)) {
        step.needs.retain(|need| *need != gone.id);
        for need in &gone.needs {
            if !step.needs.contains(need) {
                step.needs.push(need.clone());
            }
        }
    }
}
