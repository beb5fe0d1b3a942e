//! `transfer`: what the source holds is in place at once at the end, or nothing is: what was written
//! to in the meantime is no copy of anything. What is copied ahead changes nothing, but makes the next
//! copy shorter.

use super::{fails, must_fit};
use crate::{
    base::Duration,
    plan::ServiceKind,
    sim::{
        facts::State,
        hands::{Beat, Hands},
    },
    step::Transfer,
};

/// How long a transfer takes however little there is to be sent: it reads and compares both sides.
const OVERHEAD: Duration = Duration::from_secs(7);
/// What the rest is divided by where the data was copied ahead: a tenth of it has changed since then.
const CHANGED: u64 = 10;

pub(super) fn play(hands: &mut Hands<'_>, args: &Transfer, beat: u32) -> Result<Beat, Beat> {
    let Transfer { service: id, from: source, to: target, ahead } = args;
    let service = hands.service(id);
    let (from, to) = (hands.host(source), hands.host(target));
    let what = || format!("copying the data of `{id}` from `{source}` to `{target}`");
    hands.reach(to, what)?;
    if *ahead {
        return copy_ahead(hands, service, (from, to), beat, what);
    }
    if beat == 0 {
        must_be_idle(hands, service, to, args)?;
        hands.reach(from, what)?;
        hands.settle_writes();
        *hands.noted = hands.facts.instance(from, service).data;
        let is_ahead = hands.facts.hosts[to].ahead.get(&service) == Some(&from);
        return Ok(Beat::Next(if is_ahead { difference(hands.whole) } else { hands.whole }));
    }
    hands.reach(from, what)?;
    hands.settle_writes();
    must_fit(hands, to, service, what)?;
    if hands.facts.troubles.cuts_off(service) {
        return Err(fails(format!("{}: tar: Unexpected EOF in archive", what())));
    }
    let sent = hands.facts.instance(from, service).data;
    let is_unit = hands.layout.services[service].is_unit;
    if is_unit && sent.is_none() && !hands.is_unknown(from) {
        return Err(fails(format!("{}: tar: no such file or directory on `{source}`", what())));
    }
    let older = sent.and_then(|now| hands.facts.troubles.older(service, from, now));
    if older.is_none() && hands.noted.is_some() && *hands.noted != sent && !hands.is_unknown(from) {
        let folder = folder(&hands.plan.services[service].kind);
        return Err(fails(format!(
            "the copy of `{folder}` on `{target}` is not what is on `{source}`: it was written to \
             meanwhile; is the service still running there?"
        )));
    }
    match older {
        Some((data, book)) => hands.facts.put_data(service, to, data, book),
        None => hands.facts.copy_data(service, from, to),
    }
    if hands.facts.troubles.corrupts(service) {
        hands.facts.rewrite(to, service);
    }
    hands.facts.hosts[to].ahead.remove(&service);
    Ok(Beat::Done(format!("all data of `{id}`, equal by SHA-256")))
}

/// Nobody minds what is written meanwhile.
fn copy_ahead(
    hands: &mut Hands<'_>,
    service: usize,
    (from, to): (usize, usize),
    beat: u32,
    what: impl Fn() -> String + Copy,
) -> Result<Beat, Beat> {
    hands.reach(from, what)?;
    if beat == 0 {
        return Ok(Beat::Next(hands.whole));
    }
    must_fit(hands, to, service, what)?;
    hands.facts.hosts[to].ahead.insert(service, from);
    Ok(Beat::Done("what is there now; the next transfer brings what differs".to_owned()))
}

/// What is left of the time for all of it, where only what differs is sent.
fn difference(whole: Duration) -> Duration {
    let sending = whole.as_micros().saturating_sub(OVERHEAD.as_micros());
    Duration::from_micros(whole.as_micros() - sending + sending / CHANGED)
}

/// Where the data lies: what is copied first.
fn folder(kind: &ServiceKind) -> &str {
    let folder = match kind {
        ServiceKind::Container(container) => container.volumes.keys().next(),
        ServiceKind::Unit(unit) => unit.data.first(),
    };
    folder.map_or("its data", String::as_str)
}

/// Nobody may work on data that is about to be replaced.
fn must_be_idle(hands: &Hands<'_>, service: usize, to: usize, args: &Transfer) -> Result<(), Beat> {
    let runs = hands.facts.instance(to, service).state != State::Stopped;
    if !runs || !hands.layout.services[service].has_data || hands.is_unknown(to) {
        return Ok(());
    }
    let Transfer { service, to, .. } = args;
    Err(fails(format!(
        "the data of `{service}` on `{to}` would be replaced while a program there works on it; \
         stop `{service}` on `{to}` first"
    )))
}
