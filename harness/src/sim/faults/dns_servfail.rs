//! `dns-servfail`: the resolver fails for the names, and holds nothing of them.

use super::{begin, besides, end};
use crate::{
    fault::DnsServfail,
    sim::{
        hands::Hands,
        wrongs::{NoName, Wrong},
    },
    world::FaultAct,
};

pub(super) fn act(
    hands: &mut Hands<'_>,
    number: usize,
    args: &DnsServfail,
    act: FaultAct,
) -> Result<String, String> {
    let name = args.names.first().unwrap_or(&hands.plan.zone.name);
    match act {
        FaultAct::Inject => begin(hands, number, Wrong::Failing(args.names.clone())),
        FaultAct::VerifyBite => match hands.dns.wrongs().told(name) {
            Some(NoName::Failed) => Ok(format!("the resolver answers SERVFAIL for `{name}`")),
            _ => Err(format!("the resolver does not answer SERVFAIL for `{name}`")),
        },
        FaultAct::Heal => end(hands, number),
        FaultAct::VerifyGone => {
            let other = besides(hands, &format!("`{name}` has no answer"), |wrong| {
                wrong.fails(name) || wrong.silences_authority()
            });
            Ok(other
                .unwrap_or_else(|| format!("the resolver does not answer SERVFAIL for `{name}`")))
        }
    }
}
