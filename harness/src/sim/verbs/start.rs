//! `start`: the service takes its ports, or says who has them; a moment later it answers.

use super::{NO_ROOM, fails};
use crate::{
    base::Duration,
    plan::ServiceKind,
    sim::{
        facts::{Content, Holder, State},
        hands::{Beat, Hands},
    },
    step::Start,
};

/// When the program begins, in hundredths of the whole; the rest is spent on seeing that it stays.
const BEGINS: u64 = 55;

pub(super) fn play(hands: &mut Hands<'_>, args: &Start, beat: u32) -> Result<Beat, Beat> {
    let Start { service: id, on } = args;
    let (host, service) = (hands.host(on), hands.service(id));
    let is_unit = hands.layout.services[service].is_unit;
    let plan = hands.plan;
    let what = || match &plan.services[service].kind {
        ServiceKind::Unit(unit) => format!("unit `{}` did not start on `{on}`", unit.name),
        ServiceKind::Container(_) => format!("`{id}` did not start on `{on}`"),
    };
    match beat {
        0 => {
            hands.reach(host, what)?;
            return Ok(Beat::Next(hands.share(BEGINS)));
        }
        1 if hands.is_unknown(host) => {}
        1 => {
            hands.reach(host, what)?;
            let said = if is_unit { "" } else { "Docker said: " };
            begin(hands, host, service).map_err(|why| match why.split_once("; ") {
                Some((who, why)) => fails(format!("{}: {who}; {said}{why}", what())),
                None => fails(format!("{}: {said}{why}", what())),
            })?;
        }
        _ => {
            let stays = hands.facts.instance(host, service).state != State::Stopped;
            return match stays || hands.is_unknown(host) {
                true => Ok(Beat::Done(format!("`{id}` runs on `{on}`"))),
                false => Err(fails(format!("`{id}` died right after its start on `{on}`"))),
            };
        }
    }
    let delay = match hands.facts.instance(host, service).state {
        State::Starting => hands.facts.troubles.delay(host, service),
        State::Stopped | State::Ready => Duration::ZERO,
    };
    Ok(Beat::Next(delay + hands.share(100 - BEGINS)))
}

/// Creates what is not there yet, and lets it run, now and at every boot. An error says who is in
/// the way, then why that is.
pub(in crate::sim) fn begin(
    hands: &mut Hands<'_>,
    host: usize,
    service: usize,
) -> Result<(), String> {
    let is_unit = hands.layout.services[service].is_unit;
    let instance = hands.facts.instance(host, service);
    if !is_unit && !instance.created && !hands.facts.hosts[host].images.contains(&service) {
        let (id, _) = hands.plan.services.get_index(service).expect("it is of this plan");
        return Err(format!("No such container: {id}"));
    }
    // Docker writes down anew that it is to run at every boot, whether it runs or not.
    if hands.facts.is_full(hands.layout, host, service) {
        return Err(NO_ROOM.to_owned());
    }
    let instance = hands.facts.change(host, service);
    instance.created = true;
    instance.at_boot = true;
    if hands.layout.services[service].has_data {
        // Docker makes a volume that is not there, empty.
        hands.facts.change(host, service).data.get_or_insert(Content::EMPTY);
    }
    if instance_runs(hands, host, service) {
        return Ok(());
    }
    if hands.facts.troubles.refuses(host, service) {
        return Err("its start is refused".to_owned());
    }
    if let Some((port, holder)) = hands.facts.taken(hands.layout, host, service) {
        let (id, _) = hands.plan.hosts.get_index(host).expect("it is of this plan");
        let who = format!("port {port} of `{id}` is held by `{}`", hands.program(holder));
        let of_docker = matches!(holder, Holder::Service(it) if !hands.layout.services[it].is_unit);
        let why = match of_docker {
            true => format!("Bind for 0.0.0.0:{port} failed: port is already allocated"),
            false => format!("listen tcp4 0.0.0.0:{port}: bind: address already in use"),
        };
        return Err(format!("{who}; {why}"));
    }
    hands.start(host, service);
    Ok(())
}

fn instance_runs(hands: &Hands<'_>, host: usize, service: usize) -> bool {
    hands.facts.instance(host, service).state != State::Stopped
}
