//! Where a service ended up, since when its users are led there, and between which steps something
//! happened. Pure.

use super::super::{blame::Scene, spans::StepSpan};
use crate::{
    base::{HostId, ServiceId, StoryTime},
    history::StepOutcome,
    step::Verb,
};

/// The host where a service was started last; where no step started it, the one that its name was
/// pointed to last, or where it was at first. After a rollback it has to be there again.
pub(super) fn end_host<'a>(scene: &Scene<'a>, service: &ServiceId) -> &'a HostId {
    if scene.rolled_back {
        return &scene.plan.services[service].on;
    }
    let started = last_passed(scene, |verb| match verb {
        Verb::Start(start) if start.service == *service => Some(&start.on),
        _ => None,
    });
    let place = started.or_else(|| pointed(scene, service));
    place.map_or(&scene.plan.services[service].on, |(host, _)| host)
}

/// When the users of a service were led to the host where it ended up: since its name points there,
/// or else since it was started there.
pub(super) fn cutover(scene: &Scene<'_>, service: &ServiceId) -> Option<StoryTime> {
    let end = end_host(scene, service);
    let started = last_passed(scene, |verb| match verb {
        Verb::Start(start) if start.service == *service && start.on == *end => Some(&start.on),
        _ => None,
    });
    let pointed = pointed(scene, service).filter(|(host, _)| *host == end);
    pointed.or(started).map(|(_, at)| at)
}

/// After and before which steps on a service, or on what keeps its data, something happened that
/// lasted from one moment to another: `after `transfer-links` began and before `stop-links` ended`.
pub(super) fn between(
    scene: &Scene<'_>,
    services: &[&ServiceId],
    from: StoryTime,
    to: StoryTime,
) -> Option<String> {
    let names: Vec<_> = services.iter().filter_map(|id| scene.plan.services.get(*id)).collect();
    let is_near = |span: &&StepSpan<'_>| {
        let reach = span.step.verb.reach();
        reach.services.iter().any(|id| services.contains(&id))
            || names.iter().any(|service| reach.names.contains(&service.name))
    };
    let near: Vec<_> = scene.steps.iter().filter(is_near).collect();
    let marks = near.iter().flat_map(|span| {
        let began = span.started.map(|at| (at, format!("`{}` began", span.step.id)));
        let ended = span.started.and(span.ended);
        began.into_iter().chain(ended.map(|at| (at, format!("`{}` ended", span.step.id))))
    });
    let marks: Vec<_> = marks.collect();
    let after = marks.iter().filter(|(at, _)| *at <= from).max_by_key(|(at, _)| *at);
    let before = marks.iter().filter(|(at, _)| *at >= to).min_by_key(|(at, _)| *at);
    match (after, before) {
        (Some((_, after)), Some((_, before))) => Some(format!("after {after} and before {before}")),
        (Some((_, after)), None) => Some(format!("after {after}")),
        (None, Some((_, before))) => Some(format!("before {before}")),
        (None, None) => None,
    }
}

fn pointed<'a>(scene: &Scene<'a>, service: &ServiceId) -> Option<(&'a HostId, StoryTime)> {
    let name = &scene.plan.services[service].name;
    last_passed(scene, |verb| match verb {
        Verb::Point(point) if point.name.contains(name) => Some(&point.to),
        _ => None,
    })
}

/// Of the steps that passed and lead somewhere, where the last leads, and when it ended.
fn last_passed<'a>(
    scene: &Scene<'a>,
    leads: impl Fn(&'a Verb) -> Option<&'a HostId>,
) -> Option<(&'a HostId, StoryTime)> {
    let passed = scene.steps.iter().filter(|span| span.outcome == Some(StepOutcome::Passed));
    let places = passed.filter_map(|span| Some((leads(&span.step.verb)?, span.ended?)));
    places.max_by_key(|(_, at)| *at)
}
