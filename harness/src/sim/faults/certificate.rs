//! `certificate-expired`, `certificate-not-issued`: each start of the service on the host meets them, also
//! one at boot, until they are healed; then who was started with the wrong one is started again.

use super::ids;
use crate::{
    base::{HostId, ServiceId},
    sim::{
        facts::{Certificate, State},
        hands::Hands,
        troubles::What,
    },
    world::FaultAct,
};

pub(super) fn act(
    hands: &mut Hands<'_>,
    number: usize,
    (id, on): (&ServiceId, &HostId),
    flaw: Certificate,
    act: FaultAct,
) -> Result<String, String> {
    let (host, service) = (hands.host(on), hands.service(id));
    match act {
        FaultAct::Inject => {
            hands.facts.troubles.add(number, service, What::Certificate(host, flaw));
            Ok(String::new())
        }
        FaultAct::VerifyBite => {
            let runs = hands.facts.instance(host, service).state != State::Stopped;
            match hands.facts.troubles.of(number).map_or(0, |it| it.bites) {
                0 => Err(format!("nobody has started `{id}` on `{on}` since")),
                _ if flaw == Certificate::Missing && runs => {
                    Err(format!("`{id}` runs without a certificate"))
                }
                _ if flaw == Certificate::Missing => {
                    Ok(format!("`{id}` has not come up on `{on}`, where it has no certificate"))
                }
                _ if !runs => {
                    Err(format!("no client was told that the certificate of `{id}` has expired"))
                }
                _ => Ok(format!(
                    "clients refuse what `{id}` shows on `{on}`: certificate has expired"
                )),
            }
        }
        FaultAct::Heal => {
            let has_struck = hands.facts.troubles.of(number).is_some_and(|it| it.bites > 0);
            hands.facts.troubles.remove(number);
            let has_wrong = hands.facts.instance(host, service).certificate != Certificate::Good;
            if has_struck && has_wrong {
                hands.settle_writes();
                hands.facts.stop(host, service);
                hands.start(host, service);
            }
            Ok(String::new())
        }
        FaultAct::VerifyGone => {
            let others = hands.facts.troubles.certificates(host, service);
            Ok(match ids(hands, others) {
                None => format!("the certificate of `{id}` on `{on}` is good"),
                Some(others) => {
                    format!("healed; the certificate of `{id}` is wrong because of {others}")
                }
            })
        }
    }
}
