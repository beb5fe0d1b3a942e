//! `run`: what the script is said to amount to. Where nothing is said, nobody knows afterwards what
//! is true of its host; at the operator's side, of anything.

use super::{fails, start};
use crate::{
    base::HostId,
    sim::{
        books::Book,
        facts::Holder,
        hands::{Beat, Hands},
    },
    step::{Run, Simulated, Via},
};

pub(super) fn play(
    hands: &mut Hands<'_>,
    args: &Run,
    step: usize,
    beat: u32,
) -> Result<Beat, Beat> {
    let what = || format!("`{}` failed", args.script);
    if let (Some(on), Via::Ssh) = (&args.on, args.via) {
        let on = hands.host(on);
        hands.reach(on, what)?;
    }
    if beat == 0 {
        return Ok(Beat::Next(hands.whole));
    }
    let Some(simulates) = &args.simulates else {
        forget(hands, args.on.as_ref(), step);
        return Ok(Beat::Done("not simulated: what it amounts to is not said".to_owned()));
    };
    for what in simulates {
        amount(hands, args.on.as_ref(), &args.script, what)?;
    }
    let does: Vec<_> = simulates.iter().map(ToString::to_string).collect();
    Ok(Beat::Done(match does.as_slice() {
        [] => "simulated: it only looked".to_owned(),
        does => format!("simulated: {}", does.join(", ")),
    }))
}

/// Nobody knows any more what is true there.
fn forget(hands: &mut Hands<'_>, on: Option<&HostId>, step: usize) {
    let hosts = match on {
        Some(on) => hands.host(on)..hands.host(on) + 1,
        None => 0..hands.plan.hosts.len(),
    };
    for host in hosts {
        hands.facts.change_host(host).unknown_since.get_or_insert(step);
    }
    if on.is_none() {
        hands.dns.unknown_since.get_or_insert(step);
    }
}

/// Does one of the things that a script does.
pub(in crate::sim) fn amount(
    hands: &mut Hands<'_>,
    on: Option<&HostId>,
    script: &str,
    what: &Simulated,
) -> Result<(), Beat> {
    let on = what.on().and_then(|its| its.or(on)).map(|on| hands.host(on));
    match (what, on) {
        (Simulated::FreePort(it), Some(on)) => free_port(hands, on, it.port),
        (Simulated::NetworkUp(_), Some(on)) => hands.facts.change_host(on).cut_by.clear(),
        (Simulated::Remove(it), Some(on)) => {
            let packages = &mut hands.facts.hosts[on].packages;
            packages.retain(|package| !it.packages.contains(package));
        }
        (Simulated::Start(it), Some(on)) => {
            let service = hands.service(&it.service);
            if hands.is_unknown(on) {
                return Ok(());
            }
            start::begin(hands, on, service).map_err(|why| {
                fails(format!("`{script}` failed: `{}` did not start: {why}", it.service))
            })?;
        }
        (Simulated::Stop(it), Some(on)) => {
            let service = hands.service(&it.service);
            hands.facts.stop(on, service);
            hands.facts.change(on, service).at_boot = false;
        }
        (Simulated::Copy(it), _) => {
            let service = hands.service(&it.service);
            let (from, to) = (hands.host(&it.from), hands.host(&it.to));
            hands.settle_writes();
            hands.facts.copy_data(service, from, to);
        }
        (Simulated::Clear(it), Some(on)) => {
            let service = hands.service(&it.service);
            hands.settle_writes();
            hands.facts.change(on, service).data = None;
            *hands.facts.book(on, service) = Book::default();
        }
        (Simulated::Takes(_), _) => {}
        (_, None) => unreachable!("`scenario::parse` complains about a host that lacks"),
    }
    Ok(())
}

/// Whatever program holds the port and is no service goes, for every boot to come.
fn free_port(hands: &mut Hands<'_>, on: usize, port: u16) {
    let host = hands.facts.change_host(on);
    host.squatters.retain(|occupant| occupant.port != port);
    if matches!(host.ports.get(&port), Some(Holder::Squatter(..))) {
        host.ports.remove(&port);
    }
}
