//! The scenarios of the repository in the simulator: what fails there, and why, is what fails on
//! real hosts.

use std::sync::Arc;

use filage::{
    base::ServiceId,
    check::{Reason, ReasonKind, Ruling, Verdict},
    plan::{Choices, FaultChoice, Plan},
    probe::Client,
    step::Verb,
};

use super::{bytes, judged, judged_in, plan, world_in};

fn proxgroup() -> Plan {
    plan("scenarios/proxgroup", &Choices::default())
}

fn skipping(steps: &[&str]) -> Plan {
    let skip = steps.iter().map(|step| step.parse().unwrap()).collect();
    plan("scenarios/proxgroup", &Choices { skip, ..Choices::default() })
}

/// The first reason, for short.
fn because(verdict: &Verdict) -> (Ruling, ReasonKind, [Option<&str>; 4]) {
    let Reason { verdict, kind, step, host, service, fault, .. } = &verdict.reasons[0];
    let words = [
        step.as_ref().map(AsRef::as_ref),
        host.as_ref().map(AsRef::as_ref),
        service.as_ref().map(AsRef::as_ref),
        fault.as_ref().map(AsRef::as_ref),
    ];
    (*verdict, *kind, words)
}

#[test]
fn the_scenarios_pass() {
    for name in ["scenarios/proxgroup", "tiny", "twins", "notes"] {
        let dir = if name.contains('/') { name } else { &format!("tests/scenarios/{name}") };
        for seed in 0..20 {
            let plan = Arc::new(plan(dir, &Choices { seed, ..Choices::default() }));
            let verdict = judged_in(world_in(dir, &plan), &plan);
            assert_eq!(verdict.verdict, Ruling::Pass, "{dir} {seed}: {:#?}", verdict.reasons);
        }
    }
}

#[test]
fn without_faults_nothing_fails_either() {
    let choices = Choices { faults: FaultChoice::None, ..Choices::default() };
    let verdict = judged(plan("scenarios/proxgroup", &choices));
    assert_eq!(verdict.verdict, Ruling::Pass, "{:#?}", verdict.reasons);
}

#[test]
fn a_port_that_is_never_freed_fails_the_start() {
    let verdict = judged(skipping(&["free-port-25"]));
    assert_eq!(
        because(&verdict),
        (
            Ruling::Fail,
            ReasonKind::Step,
            [Some("start-mail"), Some("new"), Some("mail"), Some("exim-holds-port-25")]
        )
    );
    let text = &verdict.reasons[0].text;
    let said = "port 25 of `new` is held by `exim4`; Docker said: listen tcp4 0.0.0.0:25: bind: \
                address already in use";
    assert!(text.contains(said), "{text}");
}

#[test]
fn a_ticket_that_is_never_opened_ends_the_migration_at_the_first_login() {
    let verdict = judged(skipping(&["ticket-network"]));
    let (ruling, kind, [step, host, ..]) = because(&verdict);
    assert_eq!((ruling, kind), (Ruling::Fail, ReasonKind::Step));
    assert_eq!((step, host), (Some("first-login"), Some("new")));
    let text = &verdict.reasons[0].text;
    assert!(text.contains("failed 4 times") && text.contains("Connection timed out"), "{text}");
}

#[test]
fn a_name_that_is_never_pointed_leaves_its_service_down() {
    let verdict = judged(skipping(&["point-mail"]));
    let (ruling, kind, [.., service, _]) = because(&verdict);
    assert_eq!((ruling, kind, service), (Ruling::Fail, ReasonKind::Service, Some("mail")));
    let points = verdict.end_state.iter().find(|line| line.id.as_str() == "mail-points-to-new");
    assert_eq!(points.unwrap().verdict, Ruling::Fail);
}

#[test]
fn a_budget_of_a_second_is_exceeded() {
    let mut plan = proxgroup();
    plan.services[&"links".parse::<ServiceId>().unwrap()].budgets[&Client::Fresh] =
        "1s".parse().unwrap();
    let verdict = judged(plan);
    let (ruling, kind, [.., service, _]) = because(&verdict);
    assert_eq!((ruling, kind, service), (Ruling::Fail, ReasonKind::Service, Some("links")));
}

#[test]
fn a_script_of_which_nothing_is_said_makes_unknown_what_depends_on_it() {
    let mut plan = proxgroup();
    for step in &mut plan.steps {
        if let Verb::Run(run) = &mut step.verb {
            run.simulates = run.simulates.take().filter(Vec::is_empty);
        }
    }
    let verdict = judged(plan);
    assert_eq!(verdict.verdict, Ruling::Unknown, "{:#?}", verdict.reasons);
    assert!(verdict.steps.iter().all(|step| step.verdict == Ruling::Pass));
    let unsure = |name: &str| {
        let mut seen = verdict.services.iter().filter(|service| service.name.as_str() == name);
        seen.any(|service| service.verdict == Ruling::Unknown)
    };
    assert!(unsure("mail") && unsure("doh"));
}

#[test]
fn one_seed_is_one_history_byte_for_byte() {
    let bytes = |seed| bytes(plan("scenarios/proxgroup", &Choices { seed, ..Choices::default() }));
    assert_eq!(bytes(7), bytes(7));
    assert_ne!(bytes(7), bytes(8));
}
