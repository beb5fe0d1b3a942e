//! Owns what the engine can ask of this world, how long each takes, and its beats.
//! Must not know: events, who waits for them.

use super::{
    Given,
    durations::{self, Work},
    faults,
    hands::{Beat, Hands},
    observe, reading, verbs,
};
use crate::{
    base::{Duration, HostId, ServiceId},
    expect::Expectation,
    plan::Plan,
    scenario::Spread,
    world::FaultAct,
};

/// What an action is.
#[derive(Clone)]
pub(super) enum Doing {
    Up,
    /// By its place; on another host than the planned one, if one is named.
    Step(usize, Option<HostId>),
    Fault(usize, FaultAct),
    Pass(Duration),
    Look(Box<Expectation>),
    Restart,
    /// Looking for the writes to a service on a host.
    Read(ServiceId, HostId),
    /// Goes on until the end.
    Probe,
    /// Goes on until it is stopped.
    Write,
    /// Goes on until the last was heard of all that was written.
    StopWriting,
}

/// How long it takes.
pub(super) fn spread(given: &Given, plan: &Plan, what: &Doing) -> Spread {
    match what {
        Doing::Step(step, _) => durations::of_step(&given.timings, plan, plan.nth_step(*step)),
        Doing::Up | Doing::Probe | Doing::Write | Doing::StopWriting => Work::Up.spread(),
        Doing::Fault(..) => Work::Fault.spread(),
        Doing::Pass(_) => Work::Pass.spread(),
        Doing::Look(it) if matches!(**it, Expectation::Mail(_)) => Work::LookAtMail.spread(),
        Doing::Look(_) | Doing::Read(..) => Work::Look.spread(),
        Doing::Restart => Work::Restart.spread(),
    }
}

/// One beat of anything but a wait.
pub(super) fn beat(hands: &mut Hands<'_>, what: &Doing, beat: u32) -> Beat {
    match what {
        Doing::Step(number, on) => {
            let planned = &hands.plan.nth_step(*number).verb;
            let elsewhere = on.as_ref().and_then(|on| planned.elsewhere(on));
            verbs::play(hands, elsewhere.as_ref().unwrap_or(planned), *number, beat)
        }
        Doing::Fault(number, act) => {
            let plan = hands.plan;
            let (_, fault) = plan.faults.get_index(*number).expect("it is of this plan");
            faults::act(hands, *number, fault, *act, beat)
        }
        Doing::Look(expectation) if beat > 0 => Beat::Found(observe::observe(hands, expectation)),
        Doing::Read(service, host) => reading::read(hands, service, host, beat),
        Doing::Restart => restart(hands, beat),
        Doing::Up if beat > 0 => {
            let hosts = hands.plan.hosts.len();
            Beat::Done(format!("{hosts} hosts, DNS, package proxy, operator"))
        }
        Doing::Look(_) | Doing::Up | Doing::Pass(_) => Beat::Next(hands.whole),
        Doing::Probe | Doing::Write | Doing::StopWriting => {
            unreachable!("what goes on has no beats")
        }
    }
}

/// All hosts go down, boot, and can be worked on again.
fn restart(hands: &mut Hands<'_>, beat: u32) -> Beat {
    let hosts = 0..hands.facts.hosts.len();
    match beat {
        0 => return Beat::Next(hands.share(10)),
        1 => {
            hosts.for_each(|host| hands.facts.power_off(host));
            return Beat::Next(hands.share(60));
        }
        2 => {
            hosts.for_each(|host| hands.boot(host));
            return Beat::Next(hands.share(30));
        }
        _ => {}
    }
    Beat::Done("all hosts restarted".to_owned())
}
