//! Owns references: every id that is used must be that of something.

use super::{At, Context};
use crate::{
    base::{HostId, ServiceId, StepId},
    expect::{self, Expectation},
    fault::{Refers, Trigger},
    scenario::{Step, suggest},
    step::Simulated,
};

pub(super) fn check(cx: &mut Context<'_>) {
    let (scenario, root) = (cx.scenario, cx.at);
    for (id, host) in &scenario.hosts {
        if let Some(provider) = &host.provider {
            known(cx, "provider", "providers", provider, cx.host_at(id).key("provider"));
        }
    }
    for (id, service) in &scenario.services {
        let at = cx.service_at(id);
        host(cx, &service.on, at.key("on"));
        services(cx, &service.needs, at.key("needs"));
        if let Some(of) = service.writer.as_ref().and_then(|writer| writer.read.of.as_ref()) {
            self::service(cx, of, at.key("writer").key("read").key("of"));
        }
    }
    for (at, written) in cx.all_steps() {
        step(cx, written, at);
    }
    for (id, fault) in &scenario.faults {
        let at = root.key("faults").key(id.as_str());
        match &fault.from {
            None | Some(Trigger::Start | Trigger::At(_)) => {}
            Some(Trigger::Before(step)) => a_step(cx, step, at.key("from").key("before")),
            Some(Trigger::During(step)) => a_step(cx, step, at.key("from").key("during")),
            Some(Trigger::After(step)) => a_step(cx, step, at.key("from").key("after")),
        }
        if let Some(healer) = &fault.healed_by {
            a_step(cx, healer, at.key("healed_by"));
        }
    }
    for (at, refers) in cx.fault_refers() {
        struck(cx, refers, at);
    }
    for (name, budget) in &scenario.budgets {
        services(cx, &budget.services, root.key("budgets").key(name).key("services"));
    }
    for (at, expectation) in cx.expectations() {
        expected(cx, expectation, at);
    }
}

/// What a fault strikes.
fn struck(cx: &mut Context<'_>, refers: Refers<'_>, at: At<'_>) {
    match refers {
        Refers::Host(id) => host(cx, id, at),
        Refers::Hosts(ids) => {
            ids.iter().enumerate().for_each(|(index, id)| host(cx, id, at.item(index)));
        }
        Refers::Service(id) => service(cx, id, at),
        Refers::DockerHost(id) => docker_host(cx, id, at),
        Refers::Certified(id) => certified(cx, id, at),
        Refers::Step(id) => a_step(cx, id, at),
        Refers::Amounts(all) => amounts(cx, all, at),
        // `zone` and `files` look at these.
        Refers::Name(_)
        | Refers::ServiceName(_)
        | Refers::Names(_)
        | Refers::Blocklist(_)
        | Refers::File(_) => {}
    }
}

fn docker_host(cx: &mut Context<'_>, id: &HostId, at: At<'_>) {
    host(cx, id, at);
    if cx.lacks_docker(id) {
        let help = format!("give `{id}` the line `docker: true`");
        cx.wrong_but(at, format!("this is about a host's Docker, and `{id}` has none"), help);
    }
}

/// Where the world lays no certificate of a service, none can be wrong.
fn certified(cx: &mut Context<'_>, id: &ServiceId, at: At<'_>) {
    service(cx, id, at);
    let Some(service) = cx.service(id) else { return };
    let container = service.container.as_ref();
    if container.is_some_and(|container| container.tls.is_some()) {
        return;
    }
    let help = match container {
        Some(_) => "give its container the key `tls`: the folder where it finds its certificate",
        None => "only services in containers get a certificate of the world",
    };
    cx.wrong_but(at, format!("`{id}` has no certificate"), help);
}

fn step(cx: &mut Context<'_>, step: &Step, at: At<'_>) {
    for (index, need) in step.needs.iter().flatten().enumerate() {
        a_step(cx, need, at.key("needs").item(index));
    }
    if let Some(on) = &step.on {
        host(cx, on, at.key("on"));
    }
    if let Some(image) = &step.image {
        let at = at.key("image");
        services(cx, &image.services, at.key("services"));
        host(cx, &image.from, at.key("from"));
        host(cx, &image.to, at.key("to"));
    }
    if let Some(point) = &step.point {
        host(cx, &point.to, at.key("point").key("to"));
    }
    if let Some(id) = &step.start {
        service(cx, id, at.key("start"));
    }
    if let Some(id) = &step.stop {
        service(cx, id, at.key("stop"));
    }
    if let Some(transfer) = &step.transfer {
        let at = at.key("transfer");
        service(cx, &transfer.service, at.key("service"));
        host(cx, &transfer.from, at.key("from"));
        host(cx, &transfer.to, at.key("to"));
    }
    if let Some(volume) = &step.volume {
        services(cx, volume, at.key("volume"));
    }
    amounts(cx, step.simulates.as_deref().unwrap_or_default(), at.key("simulates"));
}

/// What a script is said to amount to.
fn amounts(cx: &mut Context<'_>, simulates: &[Simulated], at: At<'_>) {
    for (index, what) in simulates.iter().enumerate() {
        let at = at.item(index).key(what.word());
        if let Some(id) = what.service() {
            service(cx, id, at.key("service"));
        }
        match what {
            Simulated::NetworkUp(on) => host(cx, on, at),
            Simulated::Copy(copy) => {
                host(cx, &copy.from, at.key("from"));
                host(cx, &copy.to, at.key("to"));
            }
            _ => what.on().flatten().into_iter().for_each(|on| host(cx, on, at.key("on"))),
        }
    }
}

fn expected(cx: &mut Context<'_>, expectation: &Expectation, at: At<'_>) {
    match expectation {
        Expectation::Listens(ports) => host(cx, &ports.on, at.key("listens").key("on")),
        Expectation::Silent(ports) => host(cx, &ports.on, at.key("silent").key("on")),
        Expectation::Running(running) => those(cx, running, at.key("running")),
        Expectation::Stopped(stopped) => those(cx, stopped, at.key("stopped")),
        Expectation::Unit(unit) => host(cx, &unit.on, at.key("unit").key("on")),
        Expectation::File(file) => host(cx, &file.on, at.key("file").key("on")),
        Expectation::SameData(same) => {
            let at = at.key("same-data");
            service(cx, &same.service, at.key("service"));
            for (index, id) in same.on.iter().enumerate() {
                host(cx, id, at.key("on").item(index));
            }
        }
        Expectation::Dns(dns) => {
            if let Some(id) = &dns.is {
                host(cx, id, at.key("dns").key("is"));
            }
        }
        Expectation::Http(_) => {}
        Expectation::Mail(mail) => service(cx, &mail.service, at.key("mail").key("service")),
    }
}

fn those(cx: &mut Context<'_>, expected: &expect::Services, at: At<'_>) {
    host(cx, &expected.on, at.key("on"));
    services(cx, &expected.services, at.key("services"));
}

fn host(cx: &mut Context<'_>, id: &HostId, at: At<'_>) {
    known(cx, "host", "hosts", id.as_str(), at);
}

fn service(cx: &mut Context<'_>, id: &ServiceId, at: At<'_>) {
    known(cx, "service", "services", id.as_str(), at);
}

fn services(cx: &mut Context<'_>, ids: &[ServiceId], at: At<'_>) {
    for (index, id) in ids.iter().enumerate() {
        service(cx, id, at.item(index));
    }
}

/// Tells an id that is no key of a section.
fn known(cx: &mut Context<'_>, kind: &str, section: &str, id: &str, at: At<'_>) {
    let section_at = cx.at.key(section);
    // It may be what is behind a key that cannot be one.
    let lost = suggest::nearest(id, section_at.trimmed().iter().map(String::as_str)).is_some();
    if lost || section_at.has_key(id) || section_at.is_made_up() {
        return;
    }
    let help = suggest::hint(id, section, &section_at.keys());
    cx.wrong_but(at, format!("unknown {kind} `{id}`"), help);
}

fn a_step(cx: &mut Context<'_>, id: &StepId, at: At<'_>) {
    // A step without an id of its own is named after what it does, which may be in doubt.
    if cx.step_of.contains_key(id) || cx.at.key("steps").is_in_doubt() {
        return;
    }
    let steps: Vec<&str> = cx.steps.iter().map(StepId::as_str).collect();
    let help = suggest::hint(id.as_str(), "steps", &steps);
    cx.wrong_but(at, format!("unknown step `{id}`"), help);
}
