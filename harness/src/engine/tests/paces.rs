//! How often services are asked, and when.

use super::{
    super::{
        jumps::Jumps,
        pace::{Change, Pacer},
        pulse::Pulse,
    },
    Script,
    plans::{id, network_down, plan, port_occupied, seconds, step},
    play,
};
use crate::{
    base::{Duration, IndexMap, StoryTime},
    fault::Trigger,
    history::{Sample, What},
    plan::{Plan, Step},
    probe::{Answer, Client},
    step::{Point, Stop, Verb},
    world::Pace::{self, Base, Dense},
};

fn at(second: u64) -> StoryTime {
    StoryTime(second * 1_000_000)
}

fn stop(name: &str, service: &str, needs: &[&str]) -> Step {
    Step { verb: Verb::Stop(Stop { service: id(service), on: id("old") }), ..step(name, needs) }
}

fn point(name: &str, to: &str) -> Step {
    let names = serde_json::from_value(serde_json::json!(name)).unwrap();
    Step { verb: Verb::Point(Point { name: names, to: id(to) }), ..step("point", &[]) }
}

/// A plan with the services `web`, which needs `db`, and `tor`, which nobody asks.
fn three(steps: impl IntoIterator<Item = Step>) -> Plan {
    let mut plan = plan(steps);
    plan.probing.around_changes = Duration::from_millis(100);
    let mut db = plan.services[0].clone();
    db.name = "db.asso.example".parse().unwrap();
    let tor = crate::plan::Service { probe: None, ..db.clone() };
    plan.services[0].needs = vec![id("db")];
    plan.services.insert(id("db"), db);
    plan.services.insert(id("tor"), tor);
    plan
}

fn attempt<'p>(plan: &'p Plan, step: &str) -> Change<'p> {
    Change::Step(plan.step(&id(step)).unwrap())
}

fn strike<'p>(plan: &'p Plan, fault: &str) -> Change<'p> {
    let (id, fault) = plan.faults.iter().find(|(id, _)| id.as_str() == fault).unwrap();
    Change::Fault(id, fault)
}

/// The services that are asked densely while the change goes on.
fn dense_while(plan: &Plan, change: Change<'_>) -> Vec<String> {
    let mut pacer = Pacer::new(plan);
    pacer.begin(change);
    let paces = pacer.next(at(1), &Jumps::default(), &Pulse::new(seconds(1)));
    assert!(paces.iter().all(|(_, pace)| *pace == Dense), "{paces:?}");
    paces.into_iter().map(|(service, _)| service.to_string()).collect()
}

#[test]
fn a_change_concerns_whom_it_takes_down_or_brings_back() {
    let steps = [
        stop("stop-db", "db", &[]),
        stop("stop-web", "web", &[]),
        stop("stop-tor", "tor", &[]),
        step("start-web", &[]),
        point("db.asso.example", "new"),
        step("wait", &[]).waits(5),
        step("look", &[]).checks(&[443]),
    ];
    let plan = three(steps)
        .fault("dark", network_down(Trigger::Start))
        .fault("taken", port_occupied(Trigger::Start));
    for (change, concerned) in [
        (attempt(&plan, "stop-db"), &["db", "web"][..]),
        (attempt(&plan, "stop-web"), &["web"]),
        (attempt(&plan, "stop-tor"), &[]),
        (attempt(&plan, "start-web"), &["web"]),
        (attempt(&plan, "point"), &["db"]),
        (attempt(&plan, "wait"), &[]),
        (attempt(&plan, "look"), &[]),
        // `web` alone is ever on `new`, and nobody listens on port 25.
        (strike(&plan, "dark"), &["web"]),
        (strike(&plan, "taken"), &[]),
    ] {
        assert_eq!(dense_while(&plan, change), concerned, "{change:?}");
    }
}

#[test]
fn nobody_is_asked_densely_where_that_is_no_more_often() {
    let mut plan = three([stop("stop-web", "web", &[])]);
    plan.probing.around_changes = plan.probing.every;
    assert_eq!(dense_while(&plan, attempt(&plan, "stop-web")), [""; 0]);
}

/// The paces of `web` after a change from second 10 to second 12, when it is down from 11 on and
/// comes back at `back`, asked every second.
fn after_a_change(back: u64, jump: Option<(u64, Duration)>) -> Vec<(u64, Pace)> {
    let plan = three([step("start-web", &[])]);
    let (mut pacer, mut pulse) = (Pacer::new(&plan), Pulse::new(seconds(1)));
    let (mut jumps, mut jumped) = (Jumps::default(), Duration::ZERO);
    let change = attempt(&plan, "start-web");
    let mut paces = vec![];
    for second in 0..120 {
        if let Some((_, by)) = jump.filter(|(when, _)| *when == second) {
            jumps.take_off(by);
            jumps.land(by, true);
            jumped = by;
        }
        let now = at(second) + jumped;
        pulse.note(&Sample {
            service: id("web"),
            client: Client::Fresh,
            host: None,
            launched: now,
            count: 1,
            every_micros: 0,
            answer: if (11..back).contains(&second) { Answer::Down } else { Answer::Up },
            took_micros: 1,
            detail: String::new(),
        });
        match second {
            10 => pacer.begin(change),
            12 => pacer.end(change, now, &jumps),
            _ => {}
        }
        let changed = pacer.next(now, &jumps, &pulse);
        paces.extend(changed.into_iter().map(|(_, pace)| (second, pace)));
        if let Some(wakes) = pacer.wakes_at() {
            assert!(wakes > now, "it would be woken for nothing, again and again");
        }
    }
    paces
}

#[test]
fn it_stays_dense_until_the_service_is_steady_but_not_for_ever() {
    for (back, jump, base_from) in [
        // Up again before the change has ended; five answers in a row take four seconds.
        (12, None, 16),
        (30, None, 34),
        (40, None, 44),
        (100, None, 72),
        // A minute of work, however far story time jumps.
        (100, Some((15, seconds(3600))), 72),
    ] {
        let expected = [(10, Dense), (base_from, Base)];
        assert_eq!(after_a_change(back, jump), expected, "back at {back}, jump {jump:?}");
    }
    assert_eq!(after_a_change(11, None), [(10, Dense), (16, Base)], "it never went");
}

#[test]
fn a_rehearsal_asks_densely_around_its_steps_and_faults() {
    let mut plan = plan([stop("stop", "web", &[]), step("coffee", &["stop"]).waits(3600)])
        .fault("dark", network_down(Trigger::Before(id("stop"))).lasts(10));
    plan.hosts = IndexMap::default();
    plan.services[0].on = id("new");
    plan.probing.around_changes = Duration::from_millis(50);
    let played = play(&plan, Script::default());
    let began = played.at("phase Migrate");
    let paces: Vec<_> = played
        .paces
        .iter()
        .map(|(at, service, pace)| (at.since(began).as_seconds(), service.as_str(), *pace))
        .collect();
    // The fault is injected for a second and seen to bite for another, then the step takes one;
    // five answers in a row, a second apart at the base, let it go. The fault ends within the jump.
    let expected = [(0.0, "web", Dense)];
    assert_eq!(paces[..1], expected, "{paces:?}");
    assert_eq!(paces.last().map(|(.., pace)| *pace), Some(Base), "{paces:?}");
    let launches = |from: f64, to: f64| {
        let samples = played.records.iter().filter(|it| matches!(it.what, What::Sample(_)));
        samples.filter(|it| (from..to).contains(&it.at.since(began).as_seconds())).count()
    };
    assert!((18..=21).contains(&launches(1.0, 2.0)), "{}", launches(1.0, 2.0));
    assert_eq!(launches(-9.0, 0.0), 0, "seconds since the beginning are never negative");
}

#[test]
fn start_faults_come_before_anybody_is_asked() {
    let mut plan = plan([step("a", &[])]).fault("dark", network_down(Trigger::Start));
    plan.probing.around_changes = Duration::from_millis(50);
    let played = play(&plan, Script::default());
    let asked = played.at("phase Baseline");
    assert!(played.paces.iter().all(|(at, ..)| *at >= asked), "{:?}", played.paces);
}
