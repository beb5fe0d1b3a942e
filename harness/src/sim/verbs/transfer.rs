//! `transfer`: what the source holds at the end of the copy is in place at once, or nothing is.

use super::fails;
use crate::{
    sim::{
        facts::{Content, State},
        hands::{Beat, Hands},
    },
    step::Transfer,
};

pub(super) fn play(hands: &mut Hands<'_>, args: &Transfer, beat: u32) -> Result<Beat, Beat> {
    let Transfer { service: id, from: source, to: target } = args;
    let service = hands.service(id);
    let (from, to) = (hands.host(source), hands.host(target));
    let what = format!("copying the data of `{id}` from `{source}` to `{target}`");
    hands.reach(to, &what)?;
    if beat == 0 {
        must_be_idle(hands, service, to, args)?;
        hands.reach(from, &what)?;
        return Ok(Beat::Next(hands.whole));
    }
    hands.reach(from, &what)?;
    let sent = hands.facts.instance(from, service).data;
    let is_unit = hands.layout.services[service].is_unit;
    if is_unit && sent.is_none() && !hands.is_unknown(from) {
        return Err(fails(format!("{what}: tar: no such file or directory on `{source}`")));
    }
    // Docker makes a volume that is not there, on either side.
    let sent = sent.unwrap_or(Content::EMPTY);
    hands.facts.change(from, service).data = Some(sent);
    hands.facts.change(to, service).data = Some(sent);
    Ok(Beat::Done(format!("all data of `{id}`, equal by SHA-256")))
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
