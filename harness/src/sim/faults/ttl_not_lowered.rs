//! `ttl-not-lowered`: the name is published with the TTL of its zone at least. Afterwards with the one
//! that was wanted last.

use super::{begin, besides, end};
use crate::{
    fault::TtlNotLowered,
    sim::{hands::Hands, wrongs::Wrong},
    world::FaultAct,
};

pub(super) fn act(
    hands: &mut Hands<'_>,
    number: usize,
    args: &TtlNotLowered,
    act: FaultAct,
) -> Result<String, String> {
    let name = &args.name;
    let place = hands.layout.name(name.as_str());
    let place = place.ok_or_else(|| format!("`{name}` has no address in the zone"))?;
    let least = hands.plan.zone.ttl;
    let published = hands.dns.record(place).1;
    let told = format!("`{name}` has TTL {} s", published.as_secs_ceil());
    match act {
        FaultAct::Inject => {
            let wanted = hands.dns.wanted_ttl(place);
            begin(hands, number, Wrong::Floor { name: name.clone(), least, wanted })
        }
        FaultAct::VerifyBite if published >= least => Ok(told),
        FaultAct::VerifyBite => Err(told),
        FaultAct::Heal => end(hands, number),
        FaultAct::VerifyGone => {
            let still = format!("the TTL of `{name}` gets no lower");
            let other = besides(
                hands,
                &still,
                |wrong| matches!(wrong, Wrong::Floor { name: of, .. } if of == name),
            );
            Ok(other.unwrap_or(told))
        }
    }
}
