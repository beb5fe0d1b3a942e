//! `stop`: now, and for every boot to come.

use super::{fails, must_fit};
use crate::{
    plan::ServiceKind,
    sim::hands::{Beat, Hands},
    step::Stop,
};

/// When the program is gone, in hundredths of the whole.
const GONE: u64 = 60;

pub(super) fn play(hands: &mut Hands<'_>, args: &Stop, beat: u32) -> Result<Beat, Beat> {
    let Stop { service: id, on } = args;
    let (host, service) = (hands.host(on), hands.service(id));
    let what = || format!("`{id}` did not stop on `{on}`");
    match beat {
        0 => {
            hands.reach(host, what)?;
            Ok(Beat::Next(hands.share(GONE)))
        }
        1 => {
            hands.reach(host, what)?;
            let is_container =
                matches!(hands.plan.services[service].kind, ServiceKind::Container(_));
            let is_there = hands.facts.instance(host, service).created;
            if is_container && !is_there && !hands.is_unknown(host) {
                let said = "Error response from daemon: No such container";
                return Err(fails(format!("{}: {said}: {id}", what())));
            }
            // Docker writes down first that it is not to run at the next boot.
            must_fit(hands, host, service, what)?;
            hands.facts.stop(host, service);
            hands.facts.change(host, service).at_boot = false;
            Ok(Beat::Next(hands.share(100 - GONE)))
        }
        _ => Ok(Beat::Done(format!("`{id}` stopped on `{on}`"))),
    }
}
