//! Owns services: what they are, where they can run, and what they need.

use std::collections::BTreeMap;

use super::{Context, graph};
use crate::{
    base::ServiceId,
    scenario::{Mistake, Service, suggest},
};

pub(super) fn check(cx: &mut Context<'_>) {
    for (id, service) in &cx.scenario.services {
        kind(cx, id, service);
        ports(cx, id, service);
        refuses(cx, id, service);
    }
    cycles(cx);
}

fn kind(cx: &mut Context<'_>, id: &ServiceId, service: &Service) {
    let at = cx.service_at(id);
    match (&service.container, &service.unit) {
        (Some(_), Some(_)) => {
            let message = format!("`{id}` is both a container and a unit");
            let container = at.key("container").key_span();
            let mistake = Mistake::new(container, message).seen("a container");
            let unit = at.key("unit").key_span();
            cx.tell(at, mistake.and(unit, "a unit").help("keep one of them"));
        }
        (None, None) if !at.is_in_doubt() => {
            let message = format!("`{id}` is neither a container nor a unit");
            cx.wrong_key(at, message, "say what it is by the key `container` or `unit`");
        }
        (Some(_), None) if cx.lacks_docker(&service.on) => {
            let message = format!("`{id}` is a container, but `{}` has no Docker", service.on);
            let help = format!("give `{}` the line `docker: true`", service.on);
            cx.wrong_but(at.key("on"), message, help);
        }
        _ => {}
    }
}

fn ports(cx: &mut Context<'_>, id: &ServiceId, service: &Service) {
    let at = cx.service_at(id);
    if let Some(unit) = &service.unit {
        for (index, port) in unit.listens.iter().enumerate() {
            cx.port(at.key("unit").key("listens").item(index), *port);
        }
    }
}

/// Tells that a service refuses mail which nobody hands on to it.
fn refuses(cx: &mut Context<'_>, id: &ServiceId, service: &Service) {
    if service.refuses.is_nobody() {
        return;
    }
    let gets_mail = cx.scenario.services.iter().any(|(sender, it)| {
        let writer = it.writer.as_ref().filter(|writer| writer.smtp.is_some());
        sender != id && writer.is_some_and(|writer| writer.read.of.as_ref() == Some(id))
    });
    let at = cx.service_at(id).key("refuses");
    if !gets_mail && !cx.at.key("services").is_in_doubt() {
        let message = format!("no other service hands mail on to `{id}`");
        let help = format!(
            "whose mail is refused shows in what other services take by `writer: {{ smtp: ... }}` and \
             hand on to it: `read: {{ of: {id}, ... }}`"
        );
        cx.wrong_key(at, message, help);
    }
}

/// Tells a port that is asked for although the service does not listen on it.
pub(super) fn listens(cx: &mut Context<'_>, id: &ServiceId, port: u16, at: super::At<'_>) {
    let Some(service) = cx.service(id) else { return };
    let ports = service.ports();
    if !ports.contains(&port) {
        let help = match ports.as_slice() {
            [] => format!("`{id}` listens on no port: give it `publish` or `listens`"),
            ports => format!("ports of `{id}`: {}", suggest::words(ports)),
        };
        cx.wrong_but(at, format!("`{id}` does not listen on port {port}"), help);
    }
}

/// A path with its query, of characters that a request line can hold (RFC 3986).
pub(super) fn is_url_path(path: &str) -> bool {
    path.starts_with('/') && path.chars().all(|c| c.is_ascii_graphic() && c != '#')
}

fn cycles(cx: &mut Context<'_>) {
    let services = &cx.scenario.services;
    let index: BTreeMap<&ServiceId, usize> =
        services.keys().enumerate().map(|(index, id)| (id, index)).collect();
    let needs: Vec<Vec<usize>> = services
        .values()
        .map(|of| of.needs.iter().filter_map(|need| index.get(need).copied()).collect())
        .collect();
    for cycle in graph::cycles(&needs) {
        let ids: Vec<&ServiceId> = cycle
            .iter()
            .chain(&cycle[..1])
            .filter_map(|service| services.get_index(*service))
            .map(|(id, _)| id)
            .collect();
        let at = cx.service_at(ids[0]).key("needs");
        cx.wrong_but(
            at,
            format!("services need each other in a circle: {}", way(&ids)),
            "one of them has to come up first: take a need away",
        );
    }
}

/// `a` -> `b` -> `a`
pub(super) fn way<T: std::fmt::Display>(ids: &[T]) -> String {
    ids.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(" -> ")
}
