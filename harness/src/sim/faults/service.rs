//! `service-does-not-start`, `service-starts-slowly`, `service-dies`, `service-not-enabled`: each start
//! of the service on the host meets them, also one at boot, until they are healed.

use crate::{
    base::{HostId, ServiceId},
    fault::{ServiceDies, ServiceDoesNotStart, ServiceNotEnabled, ServiceStartsSlowly},
    sim::{facts::State, hands::Hands, troubles::What},
    world::FaultAct,
};

pub(super) fn does_not_start(
    hands: &mut Hands<'_>,
    number: usize,
    args: &ServiceDoesNotStart,
    act: FaultAct,
) -> Result<String, String> {
    let ServiceDoesNotStart { service, on } = args;
    let what = What::NoStart(hands.host(on));
    let words = format!("starts of `{service}` on `{on}` have failed");
    strike(hands, number, (service, on), act, what, &words)
}

pub(super) fn starts_slowly(
    hands: &mut Hands<'_>,
    number: usize,
    args: &ServiceStartsSlowly,
    act: FaultAct,
) -> Result<String, String> {
    let ServiceStartsSlowly { service, on, by } = args;
    let what = What::SlowStart(hands.host(on), *by);
    let words = format!("starts of `{service}` on `{on}` have taken {by} longer");
    strike(hands, number, (service, on), act, what, &words)
}

pub(super) fn dies(
    hands: &mut Hands<'_>,
    number: usize,
    args: &ServiceDies,
    act: FaultAct,
) -> Result<String, String> {
    let ServiceDies { service, on, after } = args;
    let host = hands.host(on);
    let words = format!("starts of `{service}` on `{on}` have ended in its death");
    let done = strike(hands, number, (service, on), act, What::Dies(host, *after), &words)?;
    if act == FaultAct::Inject {
        let service = hands.service(service);
        let starts = hands.facts.instance(host, service).starts;
        hands.dying.push((host, service, starts));
    }
    Ok(done)
}

pub(super) fn not_enabled(
    hands: &mut Hands<'_>,
    number: usize,
    args: &ServiceNotEnabled,
    act: FaultAct,
) -> Result<String, String> {
    let ServiceNotEnabled { service: id, on } = args;
    let (host, service) = (hands.host(on), hands.service(id));
    let instance = hands.facts.instance(host, service);
    let boots = hands.facts.hosts[host].power.boots;
    match act {
        FaultAct::Inject if !instance.at_boot => Err(format!("`{id}` is not enabled on `{on}`")),
        FaultAct::Inject => {
            hands.facts.change(host, service).at_boot = false;
            hands.facts.troubles.add(number, service, What::NotEnabled(boots));
            Ok(String::new())
        }
        FaultAct::VerifyBite => match hands.facts.troubles.of(number).map(|it| &it.what) {
            Some(What::NotEnabled(before)) if *before == boots => {
                Err(format!("`{on}` was not booted since"))
            }
            _ if instance.at_boot || instance.state != State::Stopped => {
                Err(format!("somebody has enabled or started `{id}` on `{on}`"))
            }
            _ => Ok(format!("`{id}` did not come back when `{on}` was booted")),
        },
        FaultAct::Heal => {
            hands.facts.change(host, service).at_boot = true;
            hands.facts.troubles.remove(number);
            Ok(String::new())
        }
        FaultAct::VerifyGone if instance.at_boot => Ok(format!("`{id}` is enabled on `{on}`")),
        FaultAct::VerifyGone => Err(format!("`{id}` is not enabled on `{on}`")),
    }
}

/// The four acts of a fault that starts step into.
fn strike(
    hands: &mut Hands<'_>,
    number: usize,
    (service, on): (&ServiceId, &HostId),
    act: FaultAct,
    what: What,
    words: &str,
) -> Result<String, String> {
    match act {
        FaultAct::Inject => {
            let place = hands.service(service);
            hands.facts.troubles.add(number, place, what);
            Ok(String::new())
        }
        FaultAct::VerifyBite => match hands.facts.troubles.of(number).map_or(0, |it| it.bites) {
            0 => Err(format!("nobody has started `{service}` on `{on}` since")),
            bites => Ok(format!("{bites} {words}")),
        },
        FaultAct::Heal => {
            hands.facts.troubles.remove(number);
            Ok(String::new())
        }
        FaultAct::VerifyGone if hands.facts.troubles.of(number).is_some() => {
            Err(format!("starts of `{service}` on `{on}` still meet it"))
        }
        FaultAct::VerifyGone => Ok(format!("starts of `{service}` on `{on}` are as they were")),
    }
}
