//! `transfer`: what the source holds is in place at once at the end, or nothing is: what was written
//! to in the meantime is no copy of anything.

use super::fails;
use crate::{
    plan::ServiceKind,
    sim::{
        facts::State,
        hands::{Beat, Hands},
    },
    step::Transfer,
};

pub(super) fn play(hands: &mut Hands<'_>, args: &Transfer, beat: u32) -> Result<Beat, Beat> {
    let Transfer { service: id, from: source, to: target } = args;
    let service = hands.service(id);
    let (from, to) = (hands.host(source), hands.host(target));
    let what = || format!("copying the data of `{id}` from `{source}` to `{target}`");
    hands.reach(to, what)?;
    if beat == 0 {
        must_be_idle(hands, service, to, args)?;
        hands.reach(from, what)?;
        hands.settle_writes();
        *hands.noted = hands.facts.instance(from, service).data;
        return Ok(Beat::Next(hands.whole));
    }
    hands.reach(from, what)?;
    hands.settle_writes();
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
    Ok(Beat::Done(format!("all data of `{id}`, equal by SHA-256")))
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
