//! What would shorten the downtime of a service most: one line, where one phase makes up half of it.

use super::{Outage, PhaseKind, Seconds};
use crate::{
    base::{Duration, ServiceId, StepId},
    plan::{Plan, Service},
    probe::Client,
    step::Verb,
};

/// Less downtime than this is not worth a word.
const LEAST: Duration = Duration::from_secs(1);

pub(super) fn of(
    plan: &Plan,
    service: &ServiceId,
    client: Client,
    outages: &[Outage],
) -> Option<String> {
    let whole: Duration = outages.iter().map(|outage| outage.max_seconds.0).sum();
    let parts = parts(outages);
    let sum = |kind| parts.iter().filter(|part| part.kind == kind).map(|part| part.lasted).sum();
    // Of equal halves, the one that came first.
    let mut kinds = parts.iter().map(|part| (part.kind, sum(part.kind)));
    let (kind, lasted): (PhaseKind, Duration) =
        kinds.find(|(_, lasted)| *lasted + *lasted >= whole)?;
    if whole < LEAST {
        return None;
    }
    let longest = parts.iter().filter(|part| part.kind == kind).max_by_key(|part| part.lasted)?;
    let what = what(plan.services.get(service)?, plan, client, longest);
    Some(format!("{} of {} is {kind}: {what}", Seconds(lasted), Seconds(whole)))
}

/// A phase with its step, over all outages.
struct Part<'a> {
    kind: PhaseKind,
    step: Option<&'a StepId>,
    lasted: Duration,
}

fn parts(outages: &[Outage]) -> Vec<Part<'_>> {
    let mut parts: Vec<Part<'_>> = vec![];
    for phase in outages.iter().flat_map(|outage| &outage.phases) {
        let (kind, step, lasted) = (phase.phase, phase.step.as_ref(), phase.seconds.0);
        match parts.iter_mut().find(|part| part.kind == kind && part.step == step) {
            Some(part) => part.lasted = part.lasted + lasted,
            None => parts.push(Part { kind, step, lasted }),
        }
    }
    parts
}

/// What can be done about a phase.
fn what(service: &Service, plan: &Plan, client: Client, part: &Part<'_>) -> String {
    let step = part.step.map(|step| format!(" (step `{step}`)")).unwrap_or_default();
    match part.kind {
        PhaseKind::Transferring => {
            format!("copy before the stop, and after it only the difference{step}")
        }
        PhaseKind::Starting => format!(
            "start it before the stop if it can run twice, or see in its log what it waits for{step}"
        ),
        PhaseKind::Stopped => format!("see in its log why it does not end at once{step}"),
        PhaseKind::Working => format!("do that before the stop, or without taking it down{step}"),
        PhaseKind::WaitingForDns => dns(service, plan, client, part),
        PhaseKind::RefusedByPort => {
            format!("look for listeners on its ports before the stop, not after it{step}")
        }
        PhaseKind::StartFailed => format!("try the start before the stop{step}"),
        PhaseKind::Network => "see that the network holds before the stop".to_owned(),
        PhaseKind::Faulted => "see to it before the stop that this cannot happen".to_owned(),
        PhaseKind::Idle if part.step.is_some() => {
            format!("wait before the stop, not after it{step}")
        }
        PhaseKind::Idle => {
            "prepare before the stop, and let independent steps run side by side, so \
                            that each follows at once"
                .to_owned()
        }
        PhaseKind::Unexplained => "no step was at work on it; its log may say why".to_owned(),
    }
}

fn dns(service: &Service, plan: &Plan, client: Client, part: &Part<'_>) -> String {
    let name = &service.name;
    if let Some(step) = part.step {
        return format!("point `{name}` as soon as it runs (step `{step}`)");
    }
    let lowered = plan.steps.iter().rev().find_map(|step| match &step.verb {
        Verb::Ttl(ttl) if ttl.name.contains(name) => Some(ttl.to),
        _ => None,
    });
    match (client, lowered) {
        (Client::Pinned | Client::Late, _) => {
            "these clients keep the old address whatever its TTL: let the old host forward to the \
             new one until they are gone"
                .to_owned()
        }
        (_, None) => format!("lower the TTL of `{name}` {} before", plan.zone.ttl),
        (_, Some(to)) => {
            format!("lower the TTL of `{name}` below {to}, {} before", plan.zone.ttl)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{OutagePhase, testing::Story};

    fn phase(phase: PhaseKind, seconds: u64, step: Option<&str>) -> OutagePhase {
        OutagePhase {
            phase,
            seconds: Duration::from_secs(seconds).into(),
            share: 0.0,
            step: step.map(|step| step.parse().unwrap()),
        }
    }

    fn outage(phases: Vec<OutagePhase>) -> Outage {
        let max = phases.iter().map(|phase| phase.seconds.0).sum::<Duration>();
        let zero = Duration::ZERO.into();
        let max_seconds = max.into();
        Outage { from: zero, to: None, min_seconds: zero, max_seconds, causes: vec![], phases }
    }

    fn advice(client: Client, outages: &[Outage]) -> Option<String> {
        let plan = Story::new().service("links", None).begin().plan;
        of(&plan, &"links".parse().unwrap(), client, outages)
    }

    #[test]
    fn each_phase_has_its_advice() {
        use PhaseKind::*;
        let table = [
            (Transferring, Some("t")),
            (Starting, Some("s")),
            (Stopped, Some("s")),
            (Working, Some("free-port")),
            (WaitingForDns, Some("point")),
            (WaitingForDns, None),
            (RefusedByPort, Some("s")),
            (StartFailed, Some("s")),
            (Network, None),
            (Idle, Some("people")),
            (Idle, None),
            (Unexplained, None),
        ];
        let told = table.map(|(kind, step)| {
            advice(Client::Fresh, &[outage(vec![phase(kind, 5, step)])]).unwrap()
        });
        insta::assert_snapshot!(told.join("\n"), @"
        5s of 5s is transferring: copy before the stop, and after it only the difference (step `t`)
        5s of 5s is starting: start it before the stop if it can run twice, or see in its log what it waits for (step `s`)
        5s of 5s is stopping: see in its log why it does not end at once (step `s`)
        5s of 5s is another step: do that before the stop, or without taking it down (step `free-port`)
        5s of 5s is waiting for DNS: point `links.example` as soon as it runs (step `point`)
        5s of 5s is waiting for DNS: lower the TTL of `links.example` 1h before
        5s of 5s is a taken port: look for listeners on its ports before the stop, not after it (step `s`)
        5s of 5s is a failed start: try the start before the stop (step `s`)
        5s of 5s is a dead network: see that the network holds before the stop
        5s of 5s is idle: wait before the stop, not after it (step `people`)
        5s of 5s is idle: prepare before the stop, and let independent steps run side by side, so that each follows at once
        5s of 5s is unexplained: no step was at work on it; its log may say why
        ");
    }

    #[test]
    fn clients_that_overstay_the_ttl_are_not_helped_by_a_lower_one() {
        let outages = [outage(vec![phase(PhaseKind::WaitingForDns, 5, None)])];
        let told = [Client::Late, Client::Pinned, Client::Keepalive]
            .map(|client| advice(client, &outages));
        assert_eq!(told[0], told[1]);
        assert_ne!(told[0], told[2]);
        assert!(told[0].as_ref().unwrap().contains("let the old host forward"));
    }

    #[test]
    fn there_is_advice_where_one_phase_makes_up_half_of_all_downtime() {
        use PhaseKind::*;
        let dns = |seconds| phase(WaitingForDns, seconds, None);
        let two = [
            outage(vec![phase(Stopped, 6, Some("stop")), dns(40)]),
            outage(vec![phase(Starting, 10, Some("start")), dns(2)]),
        ];
        let told = advice(Client::Fresh, &two).unwrap();
        assert_eq!(
            told,
            "42s of 58s is waiting for DNS: lower the TTL of `links.example` 1h before"
        );
        let three = vec![phase(Stopped, 4, None), dns(4), phase(Starting, 4, None)];
        assert_eq!(advice(Client::Fresh, &[outage(three)]), None);
        let halves = vec![phase(Stopped, 4, None), dns(4)];
        assert!(
            advice(Client::Fresh, &[outage(halves)]).unwrap().starts_with("4s of 8s is stopping")
        );
        assert_eq!(advice(Client::Fresh, &[]), None);
        assert_eq!(advice(Client::Fresh, &[outage(vec![phase(Stopped, 0, None)])]), None);
    }
}
