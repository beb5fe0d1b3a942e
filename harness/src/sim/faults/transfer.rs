//! `transfer-interrupted`, `transfer-corrupted`, `transfer-older-copy`: each `transfer` of the service
//! meets them, until they are healed. What they have spoilt stays spoilt.

use crate::{
    base::ServiceId,
    fault::{TransferCorrupted, TransferInterrupted, TransferOlderCopy},
    sim::{hands::Hands, troubles::What},
    world::FaultAct,
};

pub(super) fn interrupted(
    hands: &mut Hands<'_>,
    number: usize,
    args: &TransferInterrupted,
    act: FaultAct,
) -> Result<String, String> {
    let words = "broke off";
    strike(hands, number, &args.service, act, words, |_, _| What::CutOff)
}

pub(super) fn corrupted(
    hands: &mut Hands<'_>,
    number: usize,
    args: &TransferCorrupted,
    act: FaultAct,
) -> Result<String, String> {
    let words = "were corrupted when they had arrived";
    strike(hands, number, &args.service, act, words, |_, _| What::Corrupted)
}

pub(super) fn older_copy(
    hands: &mut Hands<'_>,
    number: usize,
    args: &TransferOlderCopy,
    act: FaultAct,
) -> Result<String, String> {
    let words = "were older than what there was";
    strike(hands, number, &args.service, act, words, |hands, service| {
        hands.settle_writes();
        let of_host = |host| {
            let data = hands.facts.instance(host, service).data?;
            let book = hands.facts.hosts[host].books.get(&service).cloned().unwrap_or_default();
            Some((data, book))
        };
        What::Older((0..hands.facts.hosts.len()).map(of_host).collect())
    })
}

/// The four acts of a fault that copies step into.
fn strike(
    hands: &mut Hands<'_>,
    number: usize,
    id: &ServiceId,
    act: FaultAct,
    words: &str,
    what: impl Fn(&mut Hands<'_>, usize) -> What,
) -> Result<String, String> {
    match act {
        FaultAct::Inject => {
            let service = hands.service(id);
            let what = what(hands, service);
            hands.facts.troubles.add(number, service, what);
            Ok(String::new())
        }
        FaultAct::VerifyBite => match hands.facts.troubles.of(number).map_or(0, |it| it.bites) {
            0 => Err(format!("no copy of the data of `{id}` met it")),
            bites => Ok(format!("{bites} copies of the data of `{id}` {words}")),
        },
        FaultAct::Heal => {
            hands.facts.troubles.remove(number);
            Ok(String::new())
        }
        FaultAct::VerifyGone if hands.facts.troubles.of(number).is_some() => {
            Err(format!("copies of the data of `{id}` still meet it"))
        }
        FaultAct::VerifyGone => Ok(format!("copies of the data of `{id}` arrive as they are sent")),
    }
}
